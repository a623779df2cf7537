"""`suno-tui pause`, `next`, `previous`, `seek`, `volume`, `stop` and `now`: control playback.

A status line runs `now` every few seconds, so nothing here imports the library or the screen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import Home
from suno_tui.common.text import clean, clock
from suno_tui.listener.commander import Commander, what_plays
from suno_tui.listener.protocol import Message, ProtocolError, as_frame
from suno_tui.listener.sockets import home_id

if TYPE_CHECKING:
    import argparse

RATE = 44_100
FORMAT = "{title} {take}  {position}/{length}"
NAMES = (
    "title", "style", "track", "take", "state", "position", "length", "left", "percent", "volume",
)  # fmt: skip
"""The names that `--format` may contain."""


class NothingPlays(StudioError):
    """Neither a studio of this home nor a player has a track."""

    title = "Nothing is playing"
    code = "nothing_plays"
    exit_code = 5


class PlayerGone(StudioError):
    """The player or studio that plays did not answer an order."""

    title = "The player does not answer"
    code = "player_gone"
    exit_code = 4


def now(options: argparse.Namespace) -> int:
    """Print what plays; if nothing does, print nothing and return 5."""
    with what_plays(os.environ, home_id(Home.find().data)) as found:
        if found is None:
            return NothingPlays.exit_code
        show(found[1], json=options.json, template=options.format)
    return 0


def run(options: argparse.Namespace) -> int:
    """Send an order to the studio or player that plays, and print what plays then.

    Raises `NothingPlays` and `PlayerGone`.
    """
    do, read = _ORDERS[options.order]
    value = read(options)
    with what_plays(os.environ, home_id(Home.find().data)) as found:
        if found is None:
            raise NothingPlays("Nothing is playing: `suno-tui play` plays something.")
        commander, before = found
        try:
            do(commander, before, value)
            after = commander.now()
        except (OSError, ProtocolError) as error:
            raise PlayerGone("The player does not answer. Try again.") from error
        show(after, json=options.json)
    return 0


def show(now: Message, *, json: bool, template: str | None = None) -> None:
    """Print what plays; print nothing if playback has ended."""
    if not now["loaded"]:
        return
    from suno_tui.cli.output import print_json, write_line

    if json:
        print_json(facts(now))
    else:
        paused = "" if now["playing"] or template is not None else "  paused"
        write_line(filled(FORMAT if template is None else template, now) + paused)


def facts(now: Message) -> dict[str, Any]:
    """Return what plays, for scripts (`docs/cli.md`)."""
    return {
        "state": "playing" if now["playing"] else "paused",
        "title": now["title"],
        "style": now["style"],
        "track": now["track"] or None,
        "take": now["take"] or None,
        "position": round(now["frame"] / RATE, 1),
        "length": round(now["seconds"], 1) or None,
        "volume": now["volume"],
    }


def filled(template: str, now: Message) -> str:
    """Fill in a template such as `{title} {position}/{length}`. Raises `UsageError`."""
    at, length = now["frame"] / RATE, now["seconds"]
    values = {
        **{name: str(now[name] or "") for name in ("title", "style", "track", "take")},
        "state": "playing" if now["playing"] else "paused",
        "position": clock(at),
        "length": clock(length) if length else "?",
        "left": clock(length - at) if length else "?",
        "percent": str(min(100, int(100 * at / length))) if length else "?",
        "volume": str(now["volume"]),
    }

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise UsageError(
                f"--format: there is no {{{found[1]}}}. There are "
                f"{', '.join(f'{{{name}}}' for name in NAMES)}."
            )
        return clean(values[found[1]])

    return re.sub(r"\{(\w*)\}", value, template)


def _pause(commander: Commander, before: Message, toggle: bool) -> None:
    commander.order("pause" if before["playing"] or not toggle else "play")


def _skip(commander: Commander, before: Message, by: int) -> None:
    commander.order("skip", by=by)


def _seek(commander: Commander, before: Message, text: str) -> None:
    frame = as_frame(moment(text, before["frame"] / RATE, before["seconds"]) * RATE)
    commander.order("seek", frame=frame)


def _set_volume(commander: Commander, before: Message, text: str) -> None:
    percent = int(text) + (before["volume"] if text[0] in "+-" else 0)
    commander.order("volume", percent=max(0, min(100, percent)))


def _stop(commander: Commander, before: Message, _nothing: None) -> None:
    commander.order("unload")


def moment(text: str, at: float, length: float) -> float:
    """Return the second that `1:23`, `83`, `50%`, `+10` or `-1:00` means. Raises `UsageError`."""
    found = re.fullmatch(r"([+-]?)(?:(\d+):(?:(\d+):)?)?(\d+(?:\.\d+)?)(%?)", text, re.ASCII)
    if found is None or (found[5] and (found[1] or found[2])):
        raise UsageError(f"seek: write 1:23, 50%, +10 or -10, not {text!r}.")
    if found[5]:
        if not length:
            raise UsageError("seek: the length of this track is not known: write a time.")
        seconds = float(found[4]) / 100 * length
    else:
        seconds = float(found[4])
        if found[2]:
            seconds += 60 * int(found[3] or found[2]) + (3600 * int(found[2]) if found[3] else 0)
    seconds = at + float(f"{found[1]}1") * seconds if found[1] else seconds
    return max(0.0, min(seconds, length or seconds))


def _read_volume(options: argparse.Namespace) -> str:
    text: str = options.volume
    if re.fullmatch(r"[+-]?\d{1,3}", text, re.ASCII) is None or int(text) > 100:
        raise UsageError(f"volume: write 0 to 100, +5 or -5, not {text!r}.")
    return text


def _read_moment(options: argparse.Namespace) -> str:
    moment(options.to, 0.0, 1.0)  # report a mistake even if nothing plays
    return str(options.to)


Order = Callable[[Commander, Message, Any], None]
_ORDERS: dict[str, tuple[Order, Callable[[argparse.Namespace], Any]]] = {
    "pause": (_pause, lambda options: options.toggle),
    "next": (_skip, lambda _: 1),
    "previous": (_skip, lambda _: -1),
    "seek": (_seek, _read_moment),
    "volume": (_set_volume, _read_volume),
    "stop": (_stop, lambda _: None),
}
