"""Dialogs for playlists: their tracks, their order, and adding tracks to one."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clock
from suno_tui.library.playlists import Entry as PlaylistEntry
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.tui.dialogs.editable_list import EditableListDialog
from suno_tui.tui.dialogs.item_picker import Item, NameDialog
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


def add_to_playlist(app: Context, ids: list[str], label: str) -> None:
    """Ask for a playlist, old or new, and add the tracks at its end."""
    playlists = app.studio.library.playlists
    try:
        names = playlists.names()
    except StudioError as error:
        app.notify_error(error)
        return

    def find(text: str) -> list[Entry]:
        name = " ".join(text.split())
        known = any(name.casefold() == other.casefold() for other in names)
        return [] if known or not name else [Entry(("new", name), f"New playlist: {name}")]

    def add(chosen: Hashable) -> None:
        if chosen is None:
            return
        new, name = chosen if isinstance(chosen, tuple) else (None, str(chosen))

        def put(library: Library) -> None:
            tracks = [library.get(track_id) for track_id in ids]
            if new:
                library.playlists.create(name, tracks)
            else:
                library.playlists.add(name, tracks)

        app.library.change(put, f"{label}: in the playlist {name}.")

    entries = [Entry(name, name) for name in names] or [
        Entry(("new", "Playlist 1"), "New playlist: Playlist 1, or type a name")
    ]
    app.push_screen(Picker(f"{label}: to which playlist?", entries, find=find), add)


class PlaylistsDialog(EditableListDialog[None]):
    """All playlists; Enter opens one."""

    LABELS = {"new_item": "New", "rename_item": "Rename", "delete_list": "Delete", "open": "Open"}

    def __init__(self, library: Library) -> None:
        super().__init__("Playlists", library, empty="", end_width=10)

    def on_mount(self) -> None:
        key = self.app.keymap.key("to_playlist")
        self.rows.empty = f"None yet: {key} puts a track into a new one."
        super().on_mount()

    def read(self) -> list[Item]:
        items = []
        for name in self.library.playlists.names():
            entries = self.library.playlists.entries(name)
            seconds = sum(entry.track.duration for entry in entries if entry.track)
            count = f"{len(entries)} track{'' if len(entries) == 1 else 's'}"
            items.append(Item(name, name, count, clock(seconds)))
        return items

    def action_open(self) -> None:
        if self.key is not None:
            self.app.push_screen(PlaylistDialog(self.library, self.key))

    def on_screen_resume(self) -> None:
        self.reload()  # a playlist may have been changed in its own dialog

    def action_new_item(self) -> None:
        def make(name: str | None) -> None:
            if name:
                self.change(lambda: self.library.playlists.create(name))

        self.app.push_screen(NameDialog("New playlist", ""), make)

    def action_rename_item(self) -> None:
        if (old := self.key) is None:
            return

        def rename(name: str | None) -> None:
            if name and name != old:
                self.change(lambda: self.library.playlists.rename(old, name))

        self.app.push_screen(NameDialog("Rename the playlist", old), rename)

    def action_delete_list(self) -> None:
        if (name := self.key) is not None:
            delete = partial(self.change, lambda: self.library.playlists.delete(name))
            key = self.app.keymap.key("undo")
            text = f"{name}: the playlist is deleted, its tracks stay. {key} brings it back."
            self.app.ask("Delete the playlist?", text, delete, yes="Delete", deletes=True)


def _where(entry: PlaylistEntry, trashed: set[str]) -> str:
    """Return where the track of an entry is if it is not in the library."""
    return "in the trash" if entry.id in trashed else f"not found: {entry.path}"


class PlaylistDialog(EditableListDialog[None]):
    """One playlist: Enter plays from there; tracks can be moved and taken out."""

    LABELS = {
        "open": "Play", "remove_item": "Take out", "shift_down": "Move down", "shift_up": "Move up",
    }  # fmt: skip

    def __init__(self, library: Library, name: str) -> None:
        super().__init__(one_line(name, 60), library, empty="No tracks in it yet.")
        self.name_of_list = name

    def read(self) -> list[Item]:
        entries = self.library.playlists.entries(self.name_of_list)
        lost = any(entry.track is None for entry in entries)
        trashed = {track.id for track in self.library.trashed()} if lost else set()
        return [
            Item(
                f"{place} {entry.id}",
                entry.track.name if entry.track else entry.text,
                entry.track.style if entry.track else _where(entry, trashed),
                clock(entry.track.duration) if entry.track else "",
                track=entry.track,
                take=str(entry.track.take) if entry.track else "",
            )
            for place, entry in enumerate(entries)
        ]

    def why_not(self, id: str) -> str | None:
        reason = super().why_not(id)
        if reason is None and id == "open" and self._track is None:
            return "This track is not in the library any more; it may be in the trash."
        return reason

    @property
    def _track(self) -> Track | None:
        """The track in the row under the cursor, if it is in the library."""
        return self.rows.current.track if self.rows.current is not None else None

    def action_open(self) -> None:
        if self._track is not None:
            self.app.playback.play_track(self._track, [item.track for item in self.rows.items])

    def action_remove_item(self) -> None:
        if self.key is not None:
            place = self.rows.cursor
            self.change(lambda: self.library.playlists.remove(self.name_of_list, [place]))

    def action_shift_down(self) -> None:
        self._shift(1)

    def action_shift_up(self) -> None:
        self._shift(-1)

    def _shift(self, by: int) -> None:
        place = self.rows.cursor
        if self.key is not None and 0 <= place + by < len(self.rows.items):
            name = self.name_of_list
            self.change(lambda: self.library.playlists.move(name, place, place + by))
            self.rows.move_to(place + by)
