"""The man page, made from the parser: `python -m suno_tui.cli.manual > suno-tui.1`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from suno_tui import __version__
from suno_tui.cli.parser import EXIT_CODES, build_parser

WIDTH = "78"
"""Columns of the usage lines and the options."""


def manual() -> str:
    """Return the page in roff, with the help of every command as it is printed."""
    os.environ["COLUMNS"] = WIDTH
    parser = build_parser()
    lines = [
        f'.TH SUNO\\-TUI 1 "" "suno\\-tui {__version__}" "User Commands"',
        ".SH NAME",
        "suno\\-tui \\- a full\\-screen terminal studio for AI music",
        ".SH SYNOPSIS",
        *_verbatim(parser.format_usage().removeprefix("usage: ")),
        ".SH COMMANDS",
    ]
    for command in _commands(parser):
        lines += [f".SS {_escaped(command.prog)}", *_verbatim(command.format_help())]
    lines += [".SH EXIT STATUS", *_verbatim(EXIT_CODES.partition("\n")[2])]
    return "\n".join(lines) + "\n"


def _commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a command and all commands below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from _commands(command)


def _verbatim(text: str) -> list[str]:
    return [".nf", *map(_escaped, text.strip("\n").split("\n")), ".fi"]


def _escaped(line: str) -> str:
    line = line.replace("\\", "\\e").replace("-", "\\-")
    line = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in line)
    # roff takes a line that begins with "." or "'" as a request.
    return f"\\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    print(manual(), end="")
