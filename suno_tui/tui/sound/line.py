"""The player's line: what plays, its waveform, the time."""

from __future__ import annotations

from suno_tui.tui.sound.band import Band, Row, row_of
from suno_tui.tui.sound.wave import wave_rows
from suno_tui.tui.text import cells, fit, one_line
from suno_tui.tui.when import clock


class PlayerLine(Band):
    """One line over the keys."""

    def draw(self, width: int, height: int) -> list[Row]:
        deck = self.deck
        track = deck.track
        if track is None:
            return [row_of([(" ■ ", "muted"), (fit("Nothing plays.", width - 3), "muted")])]
        sign = "▶" if deck.playing else "…" if deck.loading else "‖"
        if deck.trouble:
            return [row_of([(" ✖ ", "warn"), (fit(deck.trouble, width - 3), "warn")])]
        times = f"{clock(deck.position)} / {clock(deck.duration)}"
        sound = f"  vol {deck.volume}" if deck.volume else "  muted"
        if deck.output in ("silent", "none"):
            sound = "  no sound device"
        right = f"  {times}" + (sound if width >= 56 else "") + " "
        room = width - cells(right) - 4
        title_width = min(34, room if width < 50 else max(12, room * 2 // 5))
        title = one_line(f"{one_line(track.name, title_width - 3)} {track.take}", title_width)
        left = row_of([(f" {sign} ", "done"), (fit(title, title_width), "title"), (" ", "")])
        room = max(0, width - len(left) - cells(right))
        wave = wave_rows(deck, room, 1)[0] if room >= 4 else row_of([(" " * room, "")])
        sound_role = "warn" if "device" in sound else "muted"
        return [left + wave + row_of([(f"  {times}", ""), (right[2 + len(times) :], sound_role)])]
