"""`suno-tui completion`: a script that makes a shell complete commands and options."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from suno_tui.cli.parser import REPAIR, Options, build_parser


def run(options: Options) -> int:
    """Print the script for the shell; it knows the commands of this version."""
    import shtab

    parser = build_parser()
    for action in list(_actions(parser)):
        if str(action.metavar).endswith("FILE"):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar == "FOLDER":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, options.shell), end="")
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a command and of all commands below it, without `REPAIR`.

    A shell can't complete a command of two words.
    """
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            action.choices.pop(REPAIR, None)
            action._choices_actions[:] = [
                each for each in action._choices_actions if each.dest != REPAIR
            ]
            for command in dict.fromkeys(action.choices.values()):
                yield from _actions(command)
        yield action
