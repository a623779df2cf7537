"""The player's line: what plays, its waveform, the time."""

from __future__ import annotations

from suno_tui.tui.ages import clock
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.widgets.cell_strip import Row, row_of
from suno_tui.tui.widgets.content import cells, fit, one_line
from suno_tui.tui.widgets.waveform import SeekStrip, wave_rows

Parts = list[tuple[str, str]]

_LEAST = 16
"""Columns that the wave takes at least, or none."""


class PlayerBar(SeekStrip):
    """One line over the keys."""

    def __init__(self, deck: PlaybackSession, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.deck = deck

    @property
    def timeline(self) -> PlaybackSession:
        return self.deck

    _wave = range(0)
    """The columns of the wave."""

    def second_at(self, x: int, y: int) -> float | None:
        if x not in self._wave:
            return None
        return self.deck.duration * self._wave.index(x) / len(self._wave)

    def draw(self, width: int, height: int) -> list[Row]:
        self._wave = range(0)
        deck = self.deck
        track = deck.track
        if track is None:
            return [row_of([(" ■ ", "muted"), (fit("Nothing plays.", width - 3), "muted")])]
        if deck.trouble:
            name = one_line(deck.name, max(8, width // 3))
            text = f"{name}: {deck.trouble}"
            return [row_of([(" ✖ ", "warn"), (fit(text, width - 3), "warn")])]
        sign = "▶" if deck.playing else "…" if deck.loading else "‖"
        right: Parts = [("  ", ""), (f"{clock(deck.position)} / {clock(deck.duration)}", "")]
        if width >= 70:
            right += takes(deck)
        if width >= 56:
            right.append(("  ", ""))
            right.append(sound(deck))
        right.append((" ", ""))
        used = sum(cells(text) for text, _ in right)
        room = width - used - 4
        # The name comes first; a wave of fewer columns tells nothing.
        take = deck.letter(track)
        most = min(40, room - _LEAST) if room >= 2 * _LEAST else room
        name = one_line(track.name, most - cells(take) - 1)
        left = row_of([(f" {sign} ", "done"), (f"{name} {take}", "title"), ("  ", "")])
        room = max(0, width - len(left) - used)
        if room < _LEAST // 2:
            return [left + row_of([(" " * room, ""), *right])]
        self._wave = range(len(left), len(left) + room)
        return [left + wave_rows(deck, room, 1)[0] + row_of(right)]


def takes(deck: PlaybackSession) -> Parts:
    """The takes of the song by number or letter, the one that is heard in brackets."""
    order = deck.takes if deck.blind is None else deck.blind.order
    if len(order) < 2 or deck.track is None:
        return []
    heard = deck.letter(deck.track)
    parts: Parts = [("  ", "")]
    for letter in map(deck.letter, order[:6]):
        parts.append((f"[{letter}]", "now") if letter == heard else (f" {letter} ", "muted"))
    return parts


def sound(deck: PlaybackSession) -> tuple[str, str]:
    """How loud it is, or why nothing is heard."""
    if deck.output == "none" and deck.studio.settings.player.command:
        return "command failed", "warn"
    if deck.output in ("silent", "none"):
        return "no sound device", "warn"
    return (f"vol {deck.volume}" if deck.volume else "muted"), "muted"
