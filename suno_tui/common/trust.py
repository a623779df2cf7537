"""Find out whether other users could have written a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def written_by_others(path: Path) -> str | None:
    """Return how other users could have written a file with commands, and what to do; else None.

    Anyone who can write to its folder can replace the file. For a link, both ends are checked.
    """
    real = path.resolve()
    for place in dict.fromkeys((real, real.parent, path.parent)):
        if found := changed_by_others(place):
            why, remedy = found
            return (
                f"{place} {why}, so the commands in {path} are not run. "
                f"If you trust what is in it, run: {remedy}"
            )
    return None


def changed_by_others(path: Path) -> tuple[str, str] | None:
    """Return how users other than this one and root can change a file or folder, and the command
    that prevents it; None if they can't, or if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    user = os.geteuid()
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    if found.st_uid not in (user, 0):
        return f"belongs to another user (mode {mode})", f"sudo chown {user} {path}"
    # In a folder like /tmp, users can create files but not replace those of others.
    shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not shared:
        return f"can be written by others (mode {mode})", f"chmod go-w {path}"
    return None
