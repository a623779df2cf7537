"""Functions that read option values, and options that several commands share."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suno_tui.tasks.spending import Budget


def add_json(parser: argparse.ArgumentParser, *, below: bool = False) -> None:
    """Add `--json`; with `below`, to a subcommand of one that has it, so that both places work."""
    # A default would override an option that was given before the subcommand.
    default: Any = argparse.SUPPRESS if below else False
    parser.add_argument(
        "--json", action="store_true", default=default, help="print JSON Lines on standard output"
    )


def add_patience(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--patience",
        metavar="SECONDS",
        type=read_seconds,
        default=60.0,
        help="stop waiting after SECONDS of errors only (%(default)g)",
    )


def read_weight(text: str) -> float:
    """Read a number; `Song.problems` checks its range."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, not {text!r}") from None


def read_whole(text: str) -> int:
    """Read a whole number; `Song.problems` checks its range."""
    from suno_tui.providers.song_fields import read_value

    value = read_value("seed", text)
    if not isinstance(value, int):
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}")
    return value


def read_duration(text: str) -> float:
    """Read seconds, also as minutes and seconds (`2:30`); `Song.problems` checks the range."""
    from suno_tui.providers.song_fields import read_value

    found = read_value("duration", text)
    if not isinstance(found, float):
        raise argparse.ArgumentTypeError(f"must be seconds or M:SS, such as 2:30, not {text!r}")
    return found


def read_origin(text: str) -> str:
    """Read a web page's origin, `https://app.example` or `http://127.0.0.1:8080`, or `*`."""
    if text != "*" and not re.fullmatch(r"https?://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?", text):
        raise argparse.ArgumentTypeError(
            f"must be scheme and host without a path, such as https://app.example, not {text!r}"
        )
    return text.lower()


def read_seconds(text: str) -> float:
    """Read a number of seconds, 0 or more."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise argparse.ArgumentTypeError(f"must be a number of seconds, not {text!r}")
    return seconds


def read_count(text: str) -> int:
    """Read a number of tasks, 1 to 100."""
    count = int(text) if text.isdecimal() else 0
    if not 1 <= count <= 100:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 100, not {text!r}")
    return count


def read_budget(text: str) -> Budget:
    """Read an amount that may be spent, in dollars (`2.00`) or credits (`400cr`).

    The budget has no requester yet.
    """
    from suno_tui.tasks.spending import Budget

    try:
        return Budget.read(text, "")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def read_stars(text: str) -> int:
    """Read a rating, 0 to 5."""
    if text not in tuple("012345"):
        raise argparse.ArgumentTypeError(f"must be 0 to 5 stars, not {text!r}")
    return int(text)


def read_place(text: str) -> int:
    """Read a place in a list, from 1."""
    place = int(text) if text.isdecimal() else 0
    if not place:
        raise argparse.ArgumentTypeError(f"must be a position (1, 2, …), not {text!r}")
    return place
