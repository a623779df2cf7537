"""The player's bar: the track that plays, its waveform, the time."""

from __future__ import annotations

from textual import events
from textual.message import Message

from suno_tui.common.text import clock
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.widgets.cell_strip import Row, row_of
from suno_tui.tui.widgets.content import cells, fit, one_line
from suno_tui.tui.widgets.waveform import SeekStrip, wave_rows

Parts = list[tuple[str, str]]

_SIGN = 3
"""Columns of the sign for play and pause."""
_LEAST = 16
"""Columns below which the waveform is left out."""


class PlayerBar(SeekStrip):
    """One row above the footer."""

    def __init__(self, session: PlaybackSession, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session

    @property
    def timeline(self) -> PlaybackSession:
        return self.session

    _wave = range(0)
    """The columns of the waveform."""

    class Toggled(Message):
        """A click on the sign at the left edge: play or pause."""

    def on_click(self, event: events.Click) -> None:
        if event.x < _SIGN:
            self.post_message(self.Toggled())
        else:
            super().on_click(event)

    def second_at(self, x: int, y: int) -> float | None:
        if x not in self._wave:
            return None
        return self.session.duration * self._wave.index(x) / len(self._wave)

    def draw(self, width: int, height: int) -> list[Row]:
        self._wave = range(0)
        session = self.session
        track = session.track
        if track is None:
            return [row_of([(" ■ ", "muted"), (fit("Nothing playing.", width - 3), "muted")])]
        if session.trouble:
            name = one_line(session.name, max(8, width // 3))
            text = f"{name}: {session.trouble}"
            return [row_of([(" ✖ ", "warn"), (fit(text, width - 3), "warn")])]
        sign = "▶" if session.playing else "…" if session.will_play else "‖"
        right: Parts = [("  ", ""), (f"{clock(session.position)} / {clock(session.duration)}", "")]
        if width >= 70:
            right += modes(session) + takes(session)
        if width >= 56:
            right.append(("  ", ""))
            right.append(sound(session))
        right.append((" ", ""))
        used = sum(cells(text) for text, _ in right)
        room = width - used - 4
        # The name comes first; a waveform of fewer columns shows nothing.
        take = session.take_label(track)
        most = min(40, room - _LEAST) if room >= 2 * _LEAST else room
        name = one_line(track.name, most - cells(take) - 1)
        left = row_of([(f" {sign} ", "done"), (f"{name} {take}", "title"), ("  ", "")])
        room = max(0, width - len(left) - used)
        if room < _LEAST // 2:
            return [left + row_of([(" " * room, ""), *right])]
        self._wave = range(len(left), len(left) + room)
        return [left + wave_rows(session, room, 1)[0] + row_of(right)]


def modes(session: PlaybackSession) -> Parts:
    """Return signs for shuffle, repeat and the loop, as far as they are on."""
    repeat = {"all": "repeat", "one": "repeat 1"}.get(session.order.repeat, "")
    words = ("shuffle" if session.order.shuffle else "", repeat, "loop" if session.loop else "")
    text = " ".join(filter(None, words))
    return [("  ", ""), (text, "title")] if text else []


def takes(session: PlaybackSession) -> Parts:
    """Return the numbers or letters of the takes; the one that plays is in brackets."""
    order = session.takes if session.blind is None else session.blind.order
    if len(order) < 2 or session.track is None:
        return []
    playing = session.take_label(session.track)
    parts: Parts = [("  ", "")]
    for label in map(session.take_label, order[:6]):
        parts.append((f"[{label}]", "now") if label == playing else (f" {label} ", "muted"))
    return parts


def sound(session: PlaybackSession) -> tuple[str, str]:
    """Return the volume, or why there is no sound."""
    if session.output == "none" and session.studio.settings.player.command:
        return "command failed", "warn"
    if session.output in ("silent", "none"):
        return "no sound device", "warn"
    return (f"vol {session.volume}" if session.volume else "muted"), "muted"
