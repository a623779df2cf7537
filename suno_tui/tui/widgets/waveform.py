"""The song's shape: how loud it is from end to end, its sections, and how far it has come."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from suno_tui.player.waveform import fit
from suno_tui.tui.controllers.playback_session import Deck
from suno_tui.tui.screens.player.timed_lyrics import Mark
from suno_tui.tui.widgets.cell_strip import Band, Row, row_of
from suno_tui.tui.widgets.content import cells, one_line

BLOCKS = " ▁▂▃▄▅▆▇█"
CURVE = 1.6
"""Above 1, quiet passages are drawn lower than they measure, so that the shape is seen."""


class Wave(Band):
    """The waveform over several rows; the names of the sections stand under it."""

    DEFAULT_CSS = "Wave { background: $surface; }"

    def draw(self, width: int, height: int) -> list[Row]:
        if self.deck.track is None or width < 1 or height < 1:
            return []
        marks = self.deck.marks
        tall = height - bool(marks) if height > 1 else height
        rows = wave_rows(self.deck, width, tall)
        return rows if tall == height else [*rows, self._names(marks, width)]

    def second_at(self, x: int, y: int) -> float | None:
        """Where a column begins; on the name of a section, where that begins."""
        marks = self.deck.marks
        if marks and 0 < y == self.size.height - 1:
            edges = edges_of(self.deck, self.size.width)
            return marks[max(0, bisect_right(edges, x) - 1)].at
        return self.deck.duration * x / self.size.width

    def _names(self, marks: Sequence[Mark], width: int) -> Row:
        now = bisect_right([mark.at for mark in marks], self.deck.position) - 1
        starts = [min(width, edge) for edge in edges_of(self.deck, width)] + [width]
        parts, used = [(" " * starts[0], "")], starts[0]
        for number, mark in enumerate(marks):
            room = max(0, starts[number + 1] - used)
            name = next((n for n in (mark.label, mark.short) if cells(n) < room), "")
            shown = one_line(name, room)
            parts += [
                (shown, "now" if number == now else "muted"),
                (" " * (room - cells(shown)), ""),
            ]
            used += room
        return row_of(parts)


def wave_rows(deck: Deck, width: int, height: int) -> list[Row]:
    """The waveform of the deck; a plain line while it is not known."""
    done = round(width * deck.position / deck.duration) if deck.duration else 0
    edges = edges_of(deck, width)
    roles = []
    for x in range(width):
        other = "-b" if bisect_right(edges, x) % 2 else ""
        roles.append(("done" if x < done else "rest") + other)
    if not deck.levels:
        lines = [" " * width] * height
        lines[height // 2] = "━" * width
    else:
        lines = bars_of(deck.levels, width, height)
    return [list(zip(line, roles, strict=True)) for line in lines]


def edges_of(deck: Deck, width: int) -> list[int]:
    """The columns in which the sections of the deck's track begin."""
    length = deck.duration or 1
    return [int(width * mark.at / length) for mark in deck.marks]


def bars_of(levels: bytes, width: int, height: int = 1) -> list[str]:
    """The waveform on so many columns and rows, from the top; silence is its lowest step."""
    columns = fit(levels, width)
    top = max(columns, default=0) or 1
    full = height * 8
    steps = [max(1, round((level / top) ** CURVE * full)) for level in columns]
    return [
        "".join(BLOCKS[min(8, max(0, step - row * 8))] for step in steps)
        for row in reversed(range(height))
    ]
