"""What plays next, to see and to change."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from suno_tui.library.track import Track
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.lists import Cell, Rows, centred
from suno_tui.tui.sound.deck import Deck
from suno_tui.tui.text import content, fit, one_line
from suno_tui.tui.when import clock

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp

Item = tuple[int, Track]

LOOK_SECONDS = 0.5
"""How often it is asked what the list goes on with: it may have gone on."""

_AROUND = 8
"""Rows of the dialog beside its list."""


class NextRows(Rows[Item]):
    """Tracks with their numbers, in the order in which they will play."""

    app: StudioApp

    def key_of(self, item: Item) -> Hashable:
        return item[0]

    def draw(self, item: Item, width: int) -> list[Cell]:
        number, track = item
        length = clock(track.duration)
        name = max(10, width - 16)
        return [
            (fit(str(number + 1), 3, "right"), "muted"),
            ("  ", ""),
            (fit(f"{track.name} {track.take}", name), ""),
            (fit(length, width - 5 - name, "right"), "muted"),
        ]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        lines = [
            ("Nothing is put here yet.", "strong"),
            (f"{self.app.keymap.key('enqueue')} in the library adds a track.", "muted"),
        ]
        return centred(lines, width, height)


class UpNextList(Dialog[None]):
    """Up next: the tracks put there by hand, and what the list goes on with."""

    app: StudioApp

    DEFAULT_CSS = """
    UpNextList {
        & NextRows { height: 3; min-height: 3; }
        & #up-next-then { height: auto; max-height: 2; margin-top: 1; }
    }
    """
    LABELS = {
        "open": "Play now", "trash": "Take out", "shift_down": "Later", "shift_up": "Sooner",
        "delete": "Clear", "undo": "Undo",
    }  # fmt: skip
    BINDINGS = [Binding("enter", "open", show=False)]

    def __init__(self, deck: Deck) -> None:
        super().__init__("Up next")
        self.deck = deck

    def body(self) -> ComposeResult:
        yield NextRows(id="up-next")
        yield Static(id="up-next-then")

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.rows.focus()
        self.deck.upnext.on_shift = self._shifted
        self.set_interval(LOOK_SECONDS, self._say_then)

    def on_resize(self) -> None:
        self.grow(self.rows, _AROUND)

    @property
    def rows(self) -> NextRows:
        return self.query_one(NextRows)

    def label(self, id: str) -> str | None:
        """What an action is called here."""
        return self.LABELS.get(id)

    def why_not(self, id: str) -> str | None:
        if id in ("clear", "undo") or self.rows.current is not None:
            return None
        return "Nothing is up next."

    def on_rows_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.rows.current is not None:
            at, track = self.rows.current
            self.deck.upnext.remove(at)
            self.app.play_aside(track)
            self.dismiss(None)

    def action_trash(self) -> None:
        if self.rows.current is not None:
            self.deck.upnext.remove(self.rows.cursor)
            self._changed()

    def action_shift_down(self) -> None:
        self._move(1)

    def action_shift_up(self) -> None:
        self._move(-1)

    def action_delete(self) -> None:
        self.deck.upnext.clear()
        self._changed()

    def action_undo(self) -> None:
        if self.deck.upnext.undo():
            self._changed()
        else:
            self.app.say("Nothing to undo here.")

    def _move(self, by: int) -> None:
        if self.rows.current is not None:
            to = self.deck.upnext.move(self.rows.cursor, by)
            self._changed()
            self.rows.move_to(to)

    def on_unmount(self) -> None:
        if self.deck.upnext.on_shift == self._shifted:
            self.deck.upnext.on_shift = lambda _by: None

    def _shifted(self, by: int) -> None:
        """The first one begins to play, or others have come before it: the cursor stays on its
        track."""
        if self.is_current:
            cursor = self.rows.cursor + by if self.rows.items else 0
            self._show()
            self.rows.move_to(cursor)

    def _changed(self) -> None:
        self._show()
        self.app.changed_up_next()

    def _show(self) -> None:
        self.rows.set_items([*enumerate(self.deck.upnext.tracks)])
        self.grow(self.rows, _AROUND)
        seconds = sum(track.duration for track in self.deck.upnext.tracks)
        count = len(self.deck.upnext.tracks)
        total = f"{count} track{'' if count == 1 else 's'} · {clock(seconds)}   " if count else ""
        self.query_one("#frame").border_subtitle = content(f"{total}esc closes")
        self._say_then()

    def _say_then(self) -> None:
        then = self.deck.after_up_next
        text = "Then nothing." if then is None else f"Then {one_line(then.name, 50)} {then.take}"
        if then is not None:
            text += ", and so on down the list that plays."
        line, new = self.query_one("#up-next-then", Static), content(text, "$text-muted")
        if line.content != new:
            line.update(new)
