"""What becomes of an error that nobody expected: a few words for the user, the rest in a file.

Local variables are never shown and never written: the API key is one of them in many frames, and
what stands on a terminal is pasted into public bug reports.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean

if TYPE_CHECKING:
    import asyncio

    from suno_tui.common.paths import Home

LOG_FILE = "studio.log"

MOST_LOG = 1_000_000
"""Bytes after which the log is begun anew."""

MOST_REPORT = 100_000
"""Characters of one report that are kept: an exception may quote what a provider sent."""

_SECRET = re.compile(r"(Bearer\s+)[^\s'\"]+|\bsk-[\w-]{4,}")


class Crashed(StudioError):
    """The studio ended because of a mistake in it; the log has the traceback."""

    title = "The studio ended by mistake"
    code = "crash"


def crashed(home: Home, error: BaseException) -> Crashed:
    """Write the error to the log, and return what to tell the user."""
    return _told(type(error).__name__, note(home, error))


def crashed_with(home: Home, report: str) -> Crashed:
    """As `crashed`, for an error of which only a report is left."""
    return _told("", _write(home, report))


def note(home: Home, error: BaseException) -> Path | str:
    """Append the traceback to the log; its path, or why it could not be written."""
    return _write(home, "".join(traceback.format_exception(error)))


def watch(home: Home) -> None:
    """Write the errors that escape from threads and finalizers to the log, not to the screen."""

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            note(home, args.exc_value)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            note(home, args.exc_value)

    def anywhere(_kind: object, error: BaseException, _at: object) -> None:
        print(f"suno-tui: {crashed(home, error)}", file=sys.stderr)

    threading.excepthook, sys.unraisablehook, sys.excepthook = in_thread, unraisable, anywhere


def watch_loop(home: Home, loop: asyncio.AbstractEventLoop) -> None:
    """Write the errors of callbacks and forgotten tasks to the log."""

    def in_loop(_: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            note(home, error)
        else:
            _write(home, str(context.get("message", "")))

    loop.set_exception_handler(in_loop)


def _told(kind: str, written: Path | str) -> Crashed:
    what = f" ({kind})" if kind else ""
    if isinstance(written, Path):
        where = (
            f"The details are in {written}. "
            "Please report the mistake with them; look through them before you hand them on."
        )
    else:
        where = f"The details could not be written: {written}."
    return Crashed(
        f"the studio has ended because of a mistake in it{what}. "
        "The songs in the queue go on without it; start suno-tui again to see them.\n" + where
    )


def _write(home: Home, report: str) -> Path | str:
    path = home.log / LOG_FILE
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    text = f"{when} {os.getpid()}\n{clean(_without_keys(report), lines=True)[-MOST_REPORT:]}\n"
    try:
        make_folder(home.log)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(path, flags, 0o600)
        try:
            if os.fstat(handle).st_size > MOST_LOG:
                os.ftruncate(handle, 0)
            os.fchmod(handle, 0o600)
            os.write(handle, text.encode())
        finally:
            os.close(handle)
    except (OSError, StudioError) as error:
        return getattr(error, "strerror", None) or str(error)
    return path


def _without_keys(report: str) -> str:
    """The report without what looks like a key: the text of an exception may hold one."""
    with contextlib.suppress(KeyError):
        key = os.environ["SUNO_TUI_API_KEY"].strip()
        if len(key) > 3:
            report = report.replace(key, "(key)")
    return _SECRET.sub(lambda found: f"{found[1] or ''}(key)", report)
