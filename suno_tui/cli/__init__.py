"""The same studio without a screen: the command line that scripts rely on (`cli.md`).

A command imports what it needs and no more: Textual only for the screen, httpx with the first
request. Exit codes are those of `cli.md`; errors go to stderr, `--json` alone owns stdout.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence

from suno_tui.errors import StudioError
from suno_tui.text import clean

INTERRUPTED = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, or the studio where none is named; returns the exit code."""
    # The start makes much and drops little: looking for garbage was a sixth of it.
    gc.set_threshold(50_000, 20, 50)
    _open_what_is_closed()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        _say_what_is_missing()
    except StudioError as error:
        print(f"suno-tui: {clean(str(error), lines=True)}", file=sys.stderr)
        from suno_tui.cli.output import OutputFailed

        if isinstance(error, OutputFailed):
            _drop_output()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`| head`): end quietly, as other tools do.
        _drop_output()
        return 128 + signal.SIGPIPE
    return code


def _run(arguments: Sequence[str]) -> int:
    if not arguments:
        # The studio itself waits for no parser: building all of it takes a tenth of the start.
        from suno_tui.cli import screen

        return screen.run()
    from suno_tui.cli.parser import REPAIR, build_parser

    if list(arguments[:2]) == REPAIR.split():
        arguments = [REPAIR, *arguments[2:]]
    options = build_parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _say_what_is_missing() -> None:
    """Say once, after a command that needed a lock, that its file system has none."""
    from suno_tui.home import missing_locks, without_locks

    for folder in sorted(without_locks)[:1]:
        if told := missing_locks(folder):
            print(f"suno-tui: {clean(told)}", file=sys.stderr)


def _open_what_is_closed() -> None:
    """Stand something in for standard files that the caller closed (`>&-`).

    Otherwise a database of ours gets such a number, and what is printed goes into it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _drop_output() -> None:
    """What can't be written is not tried again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
