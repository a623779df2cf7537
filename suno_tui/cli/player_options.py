"""The options of the commands that control playback."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from suno_tui.cli.command_parser import CommandParser
from suno_tui.cli.option_types import add_json

Add = Callable[..., argparse.ArgumentParser]

NOW = "Show what plays, such as in a status line"
_NOW_EXAMPLES = (
    ("suno-tui now --format '{title} {position}/{length}'", "for tmux: see the README"),
)
FORMAT_HELP = (
    "such as '{title} {position}/{length}'; also {take} {style} {track} {state} {left} {percent} "
    "{volume}"
)


def player_options(command: Add) -> None:
    """Add the commands; `command` adds a command with its name and help text."""
    play = command(
        "play", "Play tracks in the open studio, or without one",
        ("suno-tui play style:lofi", "what a search finds, one after the other"),
        ("suno-tui play", "play on after a pause"),
        searching=True,
    )  # fmt: skip
    play.add_argument(
        "words",
        nargs="*",
        metavar="QUERY|ID|FILE",
        help="a search, a track's id or its file; nothing: play on",
    )
    pause = _order(command, "pause", "Pause what plays")
    pause.add_argument("--toggle", action="store_true", help="play on if it is paused: for a key")
    _order(command, "next", "Play the next track")
    _order(command, "previous", "Play the track from its beginning, or the one before")
    seek = _order(
        command, "seek", "Go to another time of the track",
        ("suno-tui seek 1:23", "to a time; 50% is the middle"),
        ("suno-tui seek -10", "ten seconds back"),
    )  # fmt: skip
    seek.add_argument("to", metavar="TIME", help="1:23, 50%%, +10 or -10")
    volume = _order(command, "volume", "Set the volume")
    volume.add_argument("volume", metavar="N", help="0 to 100, +5 or -5")
    _order(command, "stop", "Stop what plays")
    now = command("now", NOW, *_NOW_EXAMPLES)
    _now_options(now)
    add_json(play)


def read_now(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options of `suno-tui now` without the parser for all commands, whose imports would
    take most of a status line's time."""
    parser = CommandParser(
        prog="suno-tui now", description=f"{NOW}.", examples=_NOW_EXAMPLES, minus=True
    )
    _now_options(parser)
    return parser.parse_args(arguments)


def _now_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_now)
    parser.add_argument("--format", metavar="TEXT", help=FORMAT_HELP)
    add_json(parser)


def _order(
    command: Add, name: str, text: str, *examples: tuple[str, str]
) -> argparse.ArgumentParser:
    made = command(name, text, *examples, minus=True, module="player")
    made.set_defaults(order=name)
    add_json(made)
    return made


def _now(options: argparse.Namespace) -> int:
    from suno_tui.cli.player import now

    return now(options)
