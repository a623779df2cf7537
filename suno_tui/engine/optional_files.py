"""Files that the engine uses if the machine has them: find a usual one, and name what is wrong."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path


def find_valid(files: Iterable[Path], check: Callable[[Path], None]) -> Path | None:
    """Return the first file that passes a check; None if none does.

    check: raises OSError or ValueError.
    """
    for file in files:
        try:
            check(file)
        except (OSError, ValueError):
            continue
        return file
    return None


def require_file(path: Path) -> os.stat_result:
    """Return the facts of a regular file. Raises OSError, and ValueError if it is something else.

    Opening a named pipe would wait for ever.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ValueError("this is not a file")
    return facts


def trouble(name: object, check: Callable[[], object], consequence: str) -> str | None:
    """Return what is wrong with a file, and the consequence; None if nothing is.

    name: as the user knows the file. check: raises OSError or ValueError.
    """
    try:
        check()
    except (OSError, ValueError) as error:
        return f"{name}: {getattr(error, 'strerror', None) or error}. {consequence}"
    return None
