"""The dialog that lists drafts or recipes, to open, search, rename and delete them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult

from suno_tui.common.errors import DamagedFile, StudioError
from suno_tui.drafts import SongFolder, named_by_title
from suno_tui.lyrics.sections import outline
from suno_tui.providers.song import Song
from suno_tui.tui.ages import age
from suno_tui.tui.dialogs.item_picker import Item, ItemPicker, NameDialog, NameField
from suno_tui.tui.widgets.content import content, one_line
from suno_tui.tui.widgets.text_field import TextField

_AT_ONCE = 30
"""Songs that are read before the list is shown: one screen."""

_MORE = 200
"""Songs of each later batch."""


class SongPicker(ItemPicker):
    """Drafts or recipes, and a search in their text.

    Undo restores what was deleted, until the dialog is closed. `rename(old, wanted)` renames a song
    and returns its new name; the default is the folder's.
    """

    DEFAULT_CSS = """
    SongPicker NameField { display: none; margin-top: 1; }
    SongPicker NameField.-shown { display: block; }
    """

    def __init__(
        self,
        title: str,
        folder: SongFolder,
        *,
        empty: str,
        current: str | None,
        rename: Callable[[str, str], str] | None = None,
    ) -> None:
        super().__init__(title, [], empty=empty)
        self.LABELS = {**self.LABELS, "rename_item": "Rename", "remove_item": "Delete"}
        self.empty_text = empty
        self.rename = rename or folder.rename
        self.folder, self.current = folder, current
        self.field = NameField()
        self.field.placeholder = "words of the song"
        self._deleted: list[tuple[int, str, Path]] = []
        self._songs: dict[str, Song] = {}

    def body(self) -> ComposeResult:
        yield self.field
        yield self.rows

    def on_mount(self) -> None:
        try:
            names = self.folder.names()
        except StudioError as error:
            self.app.notify_error(error)
            names = []
        # At once, because keys that were typed ahead need the list.
        self._put(0, self._load(names[:_AT_ONCE]))
        self._read_rest(names[_AT_ONCE:])
        super().on_mount()

    @work
    async def _read_rest(self, names: list[str]) -> None:
        """Read the rest in batches, and show each."""
        for start in range(0, len(names), _MORE):
            some = await asyncio.to_thread(self._load, names[start : start + _MORE])
            self._put(len(self.items), some)

    def found(self) -> list[Item]:
        wanted = self.field.text.casefold().split()
        self.rows.empty = "Nothing matches." if wanted else self.empty_text
        return [item for item in self.items if all(word in self._text(item) for word in wanted)]

    def _text(self, item: Item) -> str:
        song = self._songs.get(item.key)
        parts = (song.title, song.style, song.prompt, song.lyrics) if song is not None else ()
        return " ".join((item.key, item.name, *parts)).casefold()

    def action_filter(self) -> None:
        """Open the search, which follows the typing."""
        self.field.add_class("-shown")
        self.field.focus()

    def action_clear(self) -> None:
        """Close the search, or else the dialog (Esc)."""
        if not self.field.has_class("-shown"):
            super().action_clear()
            return
        self.field.remove_class("-shown")
        self.field.set_value("")
        self.rows.focus()

    @on(TextField.Changed)
    def _searched(self, event: TextField.Changed) -> None:
        event.stop()
        self.show()

    def on_name_field_done(self) -> None:
        self.rows.focus()

    def label(self, id: str) -> str | None:
        if id == "clear" and self.field.has_class("-shown"):
            return "Clear filter"
        return super().label(id)

    def why_not(self, id: str) -> str | None:
        """Return why an action is off here, or None if it is on."""
        if id == "undo":
            return None if self._deleted else "Nothing was deleted here."
        if id not in ("remove_item", "open", "rename_item"):
            return None
        if self.rows.current is None:
            return "There is nothing in the list."
        if self.rows.current.key not in self._songs:
            return "It can't be opened; its line says why."
        if id == "remove_item" and self.rows.current.key == self.current:
            return "This one is open in the form."
        return None

    def action_remove_item(self) -> None:
        item = self.rows.current
        if item is not None and item.key in self._songs:
            try:
                aside = self.folder.set_aside(item.key)
            except StudioError as error:
                self.app.notify_error(error)
                return
            self._deleted.append((self._take_out(item), item.key, aside))
            self.show()
            key = self.app.keymap.key("undo")
            self.query_one("#frame").border_subtitle = content(f"{key} brings it back · esc closes")

    def action_rename_item(self) -> None:
        """Give the song a name of the user's own."""
        item = self.rows.current
        if item is None:
            return
        old = item.key

        def rename(wanted: str | None) -> None:
            if not wanted:
                return
            try:
                new = self.rename(old, wanted)
            except StudioError as error:
                self.app.notify_error(error)
                return
            if old == self.current:
                self.current = new
            # The old file is still there if another program had written it.
            self._put(self._take_out(item), self._load(dict.fromkeys((new, old))))
            self.rows.select(new)

        self.app.push_screen(NameDialog(f"Rename {one_line(old, 40)}", old), rename)

    def action_undo(self) -> None:
        place, name, aside = self._deleted[-1]
        try:
            new = self.folder.put_back(aside, name)
        except StudioError as error:
            self.app.notify_error(error)
            return
        self._deleted.pop()
        self._put(place, self._load([new]))

    def on_unmount(self) -> None:
        """Delete for good what was deleted here."""
        for _, _, aside in self._deleted:
            with contextlib.suppress(OSError):
                aside.unlink()

    def on_virtual_list_moved(self) -> None:
        """Update the footer: the draft in the form can't be deleted."""
        self._update_keys()

    def _put(self, place: int, songs: list[tuple[Item, Song | None]]) -> None:
        """Insert songs at a place in the list, and show them."""
        self.items[place:place] = [item for item, _ in songs]
        self._songs |= {item.key: song for item, song in songs if song is not None}
        self.show()

    def _take_out(self, item: Item) -> int:
        """Remove a song from the list; return its place."""
        place = self.items.index(item)
        del self.items[place]
        self._songs.pop(item.key, None)
        return place

    def _load(self, names: Iterable[str]) -> list[tuple[Item, Song | None]]:
        """Read the songs of these names that exist; None instead of one that can't be read."""
        found: list[tuple[Item, Song | None]] = []
        now = datetime.now(UTC)
        for name in names:
            try:
                kept = self.folder.load(name)
            except StudioError as error:
                why = error.why if isinstance(error, DamagedFile) else str(error)
                found.append((Item(name, name, why, lead=self._mark(name)), None))
                continue
            if kept is not None:
                title, facts = kept.song.name or name, _facts(kept.song)
                if not named_by_title(name, kept.song):
                    title, facts = name, " · ".join(filter(None, (kept.song.name, facts)))
                when = age(kept.written_at, now)
                found.append((Item(name, title, facts, when, self._mark(name)), kept.song))
        return found

    def _mark(self, name: str) -> str:
        """Return the sign before a draft, which marks the one in the form."""
        if self.current is None:
            return ""
        return "▸ " if name == self.current else "  "

    def action_open(self) -> None:
        if self.rows.current is not None and self.rows.current.key in self._songs:
            super().action_open()


def _facts(song: Song) -> str:
    if not song.custom_mode:
        return "instrumental prompt" if song.instrumental else "prompt"
    shape = "instrumental" if song.instrumental else outline(song.lyrics)
    return " · ".join(part for part in (song.style, shape) if part)
