"""`suno-tui help`: the help of a command."""

from __future__ import annotations

from suno_tui.cli.parser import REPAIR, Options, build_parser


def run(options: Options) -> int:
    """Print the help of the command that the words name; an unknown command is an error."""
    words = options.command
    if words[:2] == REPAIR.split():
        words = [REPAIR, *words[2:]]
    build_parser().parse_args([*words, "--help"])
    return 0
