"""Whether a file can have been written by somebody else than the user."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def written_by_others(path: Path) -> str | None:
    """Say how somebody else may have written a file of commands; None if nobody else may.

    Whoever may write to its folder may put another file in its place; a link counts as both ends.
    """
    real = path.resolve()
    for place in dict.fromkeys((real, real.parent, path.parent)):
        if found := changed_by_others(place):
            told, mend = found
            return (
                f"{place} {told}, so the commands in {path} are not run. "
                f"If you trust what is in it, run: {mend}"
            )
    return None


def changed_by_others(path: Path) -> tuple[str, str] | None:
    """How others than the user and root may change a file or folder, and the command that ends
    that; None if they can't, or if there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    user = os.geteuid()
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    if found.st_uid not in (user, 0):
        return f"belongs to another user (mode {mode})", f"sudo chown {user} {path}"
    # In a folder like /tmp, all may make files and nobody may replace another's.
    shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not shared:
        return f"can be written by others (mode {mode})", f"chmod go-w {path}"
    return None
