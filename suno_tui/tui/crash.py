"""Reports unexpected errors: a short text for the user, the traceback in a log file.

Local variables are never shown or written: many frames hold the API key, and users paste terminal
output into public bug reports.
"""

from __future__ import annotations

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
"""Size in bytes at which the log is emptied."""

MOST_REPORT = 100_000
"""Longest report in characters: an exception may quote what a provider sent."""

_SECRET = re.compile(r"(Bearer\s+)[^\s'\"]+|\bsk-[\w-]{4,}")


class Crashed(StudioError):
    """The studio ended because of a bug; the log has the traceback."""

    title = "The studio crashed"
    code = "crash"


def crashed(home: Home, error: BaseException) -> Crashed:
    """Log an error; return the error to show to the user."""
    return _crash_report(type(error).__name__, log_error(home, error))


def crashed_with(home: Home, report: str) -> Crashed:
    """Log a report, if there is no exception any more; return the error to show to the user."""
    return _crash_report("", _write(home, report))


def log_error(home: Home, error: BaseException) -> Path | str:
    """Append a traceback to the log; return its path, or why it could not be written."""
    return _write(home, "".join(traceback.format_exception(error)))


def watch(home: Home) -> None:
    """Log errors that escape from threads and finalizers, instead of printing them."""

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            log_error(home, args.exc_value)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            log_error(home, args.exc_value)

    def anywhere(_kind: object, error: BaseException, _at: object) -> None:
        print(f"suno-tui: {crashed(home, error)}", file=sys.stderr)

    threading.excepthook, sys.unraisablehook, sys.excepthook = in_thread, unraisable, anywhere


def watch_loop(home: Home, loop: asyncio.AbstractEventLoop) -> None:
    """Log errors of callbacks and of tasks that are never awaited."""

    def in_loop(_: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            log_error(home, error)
        else:
            _write(home, str(context.get("message", "")))

    loop.set_exception_handler(in_loop)


def _crash_report(kind: str, written: Path | str) -> Crashed:
    what = f" ({kind})" if kind else ""
    if isinstance(written, Path):
        where = (
            f"The details are in {written}. "
            "Please report the bug with them, after checking that they hold nothing private."
        )
    else:
        where = f"The details could not be written: {written}."
    return Crashed(
        f"the studio crashed{what}. "
        "The queue keeps working; start suno-tui again to see it.\n" + where
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
    """Replace what looks like an API key: the text of an exception may contain one."""
    for name in ("SUNO_TUI_API_KEY", "SUNO_TUI_WRITER_KEY"):
        key = os.environ.get(name, "").strip()
        if len(key) > 3:
            report = report.replace(key, "(key)")
    return _SECRET.sub(lambda found: f"{found[1] or ''}(key)", report)
