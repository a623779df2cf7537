"""The dialog that shows and changes what is up next."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from suno_tui.common.text import clock
from suno_tui.library.track import Track
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.playback.session import PlaybackSession
from suno_tui.tui.widgets.content import content, fit, fit_named, one_line
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

Item = tuple[int, Track]

POLL_SECONDS = 0.5
"""Seconds between two updates of the last row, which changes when another track plays."""

_OTHER_ROWS = 8
"""Rows of the dialog other than its list."""


class UpNextRows(VirtualList[Item]):
    """Tracks with their numbers, in the order in which they will play."""

    app: Context

    def key_of(self, item: Item) -> Hashable:
        return item[0]

    def draw(self, item: Item, width: int) -> list[Cell]:
        number, track = item
        length = clock(track.duration)
        name = max(10, width - 16)
        return [
            (fit(str(number + 1), 3, "right"), "muted"),
            ("  ", ""),
            (fit_named(track.name, str(track.take), name), ""),
            (fit(length, width - 5 - name, "right"), "muted"),
        ]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        lines = [
            ("Nothing here yet.", "strong"),
            (f"{self.app.keymap.key('enqueue')} in the library adds a track.", "muted"),
        ]
        return centred(lines, width, height)


class UpNextDialog(Dialog[None]):
    """The tracks that the user put up next, and the track with which the list continues."""

    app: Context

    DEFAULT_CSS = """
    UpNextDialog {
        & UpNextRows { height: 3; min-height: 3; }
        & #up-next-then { height: auto; max-height: 2; margin-top: 1; }
    }
    """
    LABELS = {
        "open": "Play now", "remove_item": "Take out", "shift_down": "Later", "shift_up": "Sooner",
        "delete_list": "Clear", "undo": "Undo",
    }  # fmt: skip
    BINDINGS = [Binding("enter", "open", show=False)]

    def __init__(self, session: PlaybackSession) -> None:
        super().__init__("Up next")
        self.session = session

    def body(self) -> ComposeResult:
        yield UpNextRows(id="up-next")
        yield Static(id="up-next-then")

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.rows.focus()
        self.session.up_next.on_shifted = self._tracks_shifted
        self.set_interval(POLL_SECONDS, self._update_after)

    def on_resize(self) -> None:
        self.grow(self.rows, _OTHER_ROWS)

    @property
    def rows(self) -> UpNextRows:
        return self.query_one(UpNextRows)

    def why_not(self, id: str) -> str | None:
        if id in ("clear", "undo") or self.rows.current is not None:
            return None
        return "Nothing is up next."

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.rows.current is not None:
            at, track = self.rows.current
            self.session.up_next.remove(at)
            self.app.playback.play_now(track)
            self.dismiss(None)

    def action_remove_item(self) -> None:
        if self.rows.current is not None:
            self.session.up_next.remove(self.rows.cursor)
            self._changed()

    def action_shift_down(self) -> None:
        self._move(1)

    def action_shift_up(self) -> None:
        self._move(-1)

    def action_delete_list(self) -> None:
        self.session.up_next.clear()
        self._changed()

    def action_undo(self) -> None:
        if self.session.up_next.undo():
            self._changed()
        else:
            self.app.notify_briefly("Nothing to undo here.")

    def _move(self, by: int) -> None:
        if self.rows.current is not None:
            to = self.session.up_next.move(self.rows.cursor, by)
            self._changed()
            self.rows.move_to(to)

    def on_unmount(self) -> None:
        if self.session.up_next.on_shifted == self._tracks_shifted:
            self.session.up_next.on_shifted = lambda _by: None

    def _tracks_shifted(self, by: int) -> None:
        """Keep the cursor on its track after the first one left or others came before it."""
        if self.is_current:
            cursor = self.rows.cursor + by if self.rows.items else 0
            self._show()
            self.rows.move_to(cursor)

    def _changed(self) -> None:
        self._show()
        self.app.playback.up_next_changed()

    def _show(self) -> None:
        self.rows.set_items([*enumerate(self.session.up_next.tracks)])
        self.grow(self.rows, _OTHER_ROWS)
        seconds = sum(track.duration for track in self.session.up_next.tracks)
        count = len(self.session.up_next.tracks)
        total = f"{count} track{'' if count == 1 else 's'} · {clock(seconds)}   " if count else ""
        self.query_one("#frame").border_subtitle = content(f"{total}esc closes")
        self._update_after()

    def _update_after(self) -> None:
        then = self.session.after_up_next
        text = "Then nothing." if then is None else f"Then {one_line(then.name, 50)} {then.take}"
        if then is not None:
            text += ", and so on down the list that plays."
        line, new = self.query_one("#up-next-then", Static), content(text, "$text-muted")
        if line.content != new:
            line.update(new)
