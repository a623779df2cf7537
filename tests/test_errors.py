"""The error tree: all of it is drawn at the top of `common/errors.py`."""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import suno_tui
from suno_tui.common import errors
from suno_tui.common.errors import StudioError, home_error


def drawn(error: type[StudioError], depth: int = 0) -> Iterator[str]:
    """The lines of the drawing for an error class and those below it."""
    name = "  " * depth + error.__name__
    room = error.__module__.split(".")[1]
    yield f"    {name:<26}{error.code:<22}{error.exit_code:<3}{room}"
    for below in sorted(
        error.__subclasses__(), key=lambda found: (found.__name__, found.exit_code)
    ):
        if below.__module__.startswith("suno_tui."):
            yield from drawn(below, depth + 1)


def test_the_drawing_of_the_errors_is_complete() -> None:
    for module in pkgutil.walk_packages(suno_tui.__path__, "suno_tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    documentation = errors.__doc__ or ""
    drawing = [line for line in documentation.splitlines() if line.startswith("    ")]
    assert drawing == list(drawn(StudioError))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOSPC, "/x: the disk is full. Free some space; the studio then resumes."),
        (errno.EACCES, "/x: Permission denied. Give yourself permission or set SUNO_TUI_HOME."),
        (errno.EIO, "/x: Input/output error. Check the path, or set SUNO_TUI_HOME to another "
         "folder."),
    ],
)  # fmt: skip
def test_a_reason_is_given_once(number: int, text: str) -> None:
    assert str(home_error(Path("/x"), OSError(number, os.strerror(number)))) == text
