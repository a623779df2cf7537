"""What plays next, to see and to change."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
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


class NextRows(Rows[Item]):
    """Tracks with their numbers, in the order in which they will play."""

    BINDINGS = [
        Binding("j,down", "move_down", show=False),
        Binding("k,up", "move_up", show=False),
        Binding("pagedown", "move_page_down", show=False),
        Binding("pageup", "move_page_up", show=False),
        Binding("g,home", "move_top", show=False),
        Binding("G,end", "move_bottom", show=False),
    ]

    def key_of(self, item: Item) -> Hashable:
        return item[0]

    def draw(self, item: Item, width: int) -> list[Cell]:
        number, track = item
        length = clock(track.duration)
        name = max(10, width - 14)
        return [
            (fit(str(number + 1), 3, "right"), "muted"),
            (fit(f"  {track.name} {track.take}", name), ""),
            (fit(length, width - 3 - name, "right"), "muted"),
        ]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        lines = [
            ("Nothing is put here yet.", "strong"),
            ("w in the library adds a track.", "muted"),
        ]
        return centred(lines, width, height)


class UpNextList(Dialog[None]):
    """Up next: the tracks put there by hand, and what the list goes on with."""

    app: StudioApp

    DEFAULT_CSS = """
    UpNextList {
        & > #frame { height: 70%; min-height: 14; }
        & NextRows { height: 1fr; }
        & #up-next-then { height: auto; max-height: 2; margin-top: 1; }
        & #up-next-keys { height: auto; margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("enter", "play_it", show=False),
        Binding("d,delete", "remove", show=False),
        Binding("J,shift+down", "later", show=False),
        Binding("K,shift+up", "sooner", show=False),
        Binding("D", "clear_all", show=False),
        Binding("u", "take_back", show=False),
    ]

    def __init__(self, deck: Deck) -> None:
        super().__init__("Up next")
        self.deck = deck

    def body(self) -> ComposeResult:
        yield NextRows(id="up-next")
        yield Static(id="up-next-then")
        yield Static(_keys(), id="up-next-keys")

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.rows.focus()

    @property
    def rows(self) -> NextRows:
        return self.query_one(NextRows)

    def action_play_it(self) -> None:
        if self.rows.current is not None:
            at, track = self.rows.current
            self.deck.upnext.remove(at)
            self.app.play_aside(track)
            self.dismiss(None)

    def action_remove(self) -> None:
        if self.rows.current is not None:
            self.deck.upnext.remove(self.rows.cursor)
            self._changed()

    def action_later(self) -> None:
        self._move(1)

    def action_sooner(self) -> None:
        self._move(-1)

    def action_clear_all(self) -> None:
        self.deck.upnext.clear()
        self._changed()

    def action_take_back(self) -> None:
        if self.deck.upnext.undo():
            self._changed()
        else:
            self.app.say("Nothing to undo here.")

    def _move(self, by: int) -> None:
        if self.rows.current is not None:
            to = self.deck.upnext.move(self.rows.cursor, by)
            self._changed()
            self.rows.move_to(to)

    def _changed(self) -> None:
        self._show()
        self.app.changed_up_next()

    def _show(self) -> None:
        self.rows.set_items([*enumerate(self.deck.upnext.tracks)])
        seconds = sum(track.duration for track in self.deck.upnext.tracks)
        count = len(self.deck.upnext.tracks)
        total = f"{count} track{'' if count == 1 else 's'} · {clock(seconds)}   " if count else ""
        self.query_one("#frame").border_subtitle = content(f"{total}esc closes")
        then = self.deck.after_up_next
        text = "Then nothing." if then is None else f"Then {one_line(then.name, 50)} {then.take}"
        if then is not None:
            text += ", and so on down the list that plays."
        self.query_one("#up-next-then", Static).update(content(text, "$text-muted"))


def _keys() -> Content:
    key = "bold $footer-key-foreground"
    pairs = (
        ("⏎", "Play now"), ("d", "Remove"), ("J K", "Later, sooner"), ("D", "Clear"), ("u", "Undo"),
    )  # fmt: skip
    parts: list[tuple[str, str] | str] = []
    for name, text in pairs:
        parts += [(name, key), f" {text}  "]
    return Content.assemble(*parts)
