"""Now playing: the track in the player, and its lyrics going along with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from suno_tui.library.track import Track
from suno_tui.tui.library.cover import Cover
from suno_tui.tui.library.details import music, stars
from suno_tui.tui.lists import Cell, Rows
from suno_tui.tui.main.pane import Pane
from suno_tui.tui.sound.deck import Deck
from suno_tui.tui.sound.wave import Wave
from suno_tui.tui.sound.words import Sung, words_of
from suno_tui.tui.text import content, fit, one_line

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp


class LyricRows(Rows[Sung]):
    """Lyrics; the line that is sung now stands out, and is kept in view."""

    BINDINGS = [
        Binding("j,down", "move_down", show=False),
        Binding("k,up", "move_up", show=False),
        Binding("pagedown", "move_page_down", show=False),
        Binding("pageup", "move_page_up", show=False),
        Binding("home", "move_top", show=False),
        Binding("G,end", "move_bottom", show=False),
        Binding("enter", "open_line", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sung")
        self.now: int | None = None
        """The row that is sung; None where no times are known, and before the first line."""
        self.without = ""

    def key_of(self, item: Sung) -> Hashable:
        return item.number

    def action_open_line(self) -> None:
        self.post_message(self.Opened(self))

    def draw(self, item: Sung, width: int) -> list[Cell]:
        if item.number == self.now:
            role = "accent"
        elif item.text.startswith("["):
            role = "key"
        else:
            role = "muted" if self.now is not None and item.number < self.now else ""
        return [(fit(" " + item.text, width), role)]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return [[(fit("  " + self.without, width), "muted")]]

    def set_words(self, words: list[Sung], without: str) -> None:
        """Show the words of another track, from the top; `without` is said where it has none."""
        self.now, self.cursor, self.without = None, 0, without
        self.set_items(words)
        self.scroll_to(y=0, animate=False, immediate=True)

    def follow(self, position: float) -> float | None:
        """Go to the line that is sung at that second; the second at which the next one begins.

        The cursor goes along unless the user has taken it elsewhere.
        """
        timed = [(row.at, row.number) for row in self.items if row.at is not None]
        place = bisect_right(timed, (position, len(self.items)))
        now = timed[place - 1][1] if place else None
        if now != self.now:
            before, self.now = self.now or 0, now
            along = self.cursor == before
            # What was sung is dimmed: between the two, every row changes.
            for number in range(min(before, now or 0), max(before, now or 0) + 1):
                self.refresh_row(number)
            if along:
                self._go_along(now or 0)
        return timed[place][0] if place < len(timed) else None

    def _go_along(self, row: int) -> None:
        """Bring a row into view, with room for what follows: pages turn, lines do not crawl."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= row < top + height - _AHEAD:
            self.scroll_to(y=max(0, row - height // 4), animate=False, immediate=True)
        self.move_to(row)


class PlayerPane(Pane):
    """What plays, at length."""

    place = "player"
    app: StudioApp

    DEFAULT_CSS = """
    PlayerPane {
        padding: 0 0 0 1;
        & > #playing-facts { height: auto; padding-right: 1; }
        & > Wave { height: 4; margin: 1 2 1 0; }
        & > Wave.-low { height: 3; }
        & > Wave.-none { display: none; }
        & > #playing-words { height: 1fr; }
        & LyricRows { width: 1fr; height: 1fr; }
    }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(id="player-pane")
        self.deck = deck
        self.rows = LyricRows()
        self._shown: Track | None = None
        self._next_line: Timer | None = None

    def compose(self) -> ComposeResult:
        self.set_title("Now playing")
        yield Static(id="playing-facts")
        yield Wave(self.deck)
        with Horizontal(id="playing-words"):
            yield Cover(id="playing-cover")
            yield self.rows

    def on_mount(self) -> None:
        self.look()

    def on_resize(self) -> None:
        width, height = self.size
        low = height < 24
        self.query_one(Wave).set_class(low, "-low")
        self.query_one(Cover).resize(width // 2 - 8, height - (7 if low else 8))

    def look(self) -> None:
        """Show the track and the line that it is at."""
        track = self.deck.track
        if not self.display:
            return
        if track != self._shown or not self.rows.items:
            self._shown = track
            self.query_one("#playing-facts", Static).update(_facts(track))
            self.query_one(Cover).show(track)
            self.query_one(Wave).set_class(track is None, "-none")
            self.rows.set_words(words_of(track) if track is not None else [], _without(track))
            self.set_subtitle("enter plays from the line" if track and track.lines else "")
        self.query_one(Wave).look()
        self._follow()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Go to the line under the cursor, where it is known when it is sung."""
        event.stop()
        line = self.rows.current
        if line is not None and line.at is not None:
            self.deck.seek(line.at - self.deck.position)
            self.app.show_sound()

    def _follow(self) -> None:
        """Light the line that is sung, and be back in time for the next one."""
        if self._next_line is not None:
            self._next_line.stop()
            self._next_line = None
        following = self.rows.follow(self.deck.position)
        if self.deck.playing and following is not None and self.display:
            self._next_line = self.set_timer(
                max(0.05, following - self.deck.position), self._follow
            )

    def why_not(self, id: str) -> str | None:
        return "Nothing plays." if self.deck.track is None and id in _ON_TRACK else None

    def action_clone(self) -> None:
        if self.deck.track is not None and self.deck.track.song is not None:
            self.app.main.write(self.deck.track.song)

    def action_copy_lyrics(self) -> None:
        if self.deck.track is not None:
            self.app.copy("lyrics", self.deck.track.lyrics)

    def action_copy_path(self) -> None:
        if self.deck.track is not None:
            self.app.copy("path", str(self.deck.track.audio))

    def action_copy_id(self) -> None:
        if self.deck.track is not None:
            self.app.copy("id", self.deck.track.id)


_AHEAD = 2
"""Rows that are seen below the line that is sung."""

_ON_TRACK = ("clone", "copy_lyrics", "copy_path", "copy_id", "actions")


def _without(track: Track | None) -> str:
    """What to say in the place of words."""
    if track is None:
        return ""
    instrumental = track.song is not None and track.song.instrumental
    return "Instrumental." if instrumental else "No lyrics."


def _facts(track: Track | None) -> Content:
    if track is None:
        return content(
            "Nothing plays. Choose a track in the library and press Enter.", "$text-muted"
        )
    style = one_line(track.style or track.tags, 300)
    rating = stars(track.rating) + ("  ♥" if track.favorite else "")
    return Content.assemble(
        content(f"{one_line(track.name, 200)} {track.take}", "bold $accent"),
        (f"  {rating}", "$warning"),
        "\n",
        content(" · ".join(filter(None, (style, music(track)))), "$text-muted"),
    )
