"""The command line, which scripts rely on (`docs/cli.md`): one module for each command.

A command imports only what it needs: Textual only for the screen, httpx only for a request. Errors
go to stderr; with `--json`, stdout has nothing but JSON Lines. `parser` defines the commands and
their options, `output` prints.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from suno_tui.common.errors import StudioError
from suno_tui.common.garbage import collect_seldom
from suno_tui.common.text import clean

INTERRUPTED = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, or the studio if there is none; return the exit code."""
    collect_seldom()
    _open_closed_streams()
    arguments = sys.argv[1:] if argv is None else argv
    try:
        code = _run(arguments)
        sys.stdout.flush()
        _warn_of_missing_locks()
        if not arguments:
            from suno_tui.cli.screen import end_at_once

            end_at_once(code)
    except StudioError as error:
        print(f"suno-tui: {clean(str(error), lines=True)}", file=sys.stderr)
        from suno_tui.cli.output import OutputFailed

        if isinstance(error, OutputFailed):
            _drop_output()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader ended (`| head`): end quietly, as other tools do.
        _drop_output()
        return 128 + signal.SIGPIPE
    return code


def _run(arguments: Sequence[str]) -> int:
    if not arguments:
        # The studio needs no parser; building one would take a tenth of the start.
        from suno_tui.cli import screen

        return screen.run()
    if arguments[0] == "now":
        from suno_tui.cli.player_options import read_now

        options = read_now(arguments[1:])
        now: int = options.run(options)
        return now
    from suno_tui.cli.parser import REPAIR, build_parser

    if list(arguments[:2]) == REPAIR.split():
        arguments = [REPAIR, *arguments[2:]]
    options = build_parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _warn_of_missing_locks() -> None:
    """Warn once, after a command that needed a lock, that its file system has none."""
    if "suno_tui.common.locks" not in sys.modules:
        return
    from suno_tui.common.locks import folders_without_locks, missing_locks

    for folder in sorted(folders_without_locks)[:1]:
        if warning := missing_locks(folder):
            print(f"suno-tui: {clean(warning)}", file=sys.stderr)


def _open_closed_streams() -> None:
    """Open the null device for standard streams that the caller closed (`>&-`).

    Otherwise a database could get such a file descriptor, and output would be written into it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _drop_output() -> None:
    """Keep Python from writing the rest of the output at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
