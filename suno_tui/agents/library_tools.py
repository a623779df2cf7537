"""The agent's tools for the library. Each change can be undone, by the agent or in the studio."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.agents.agent import Agent
from suno_tui.agents.tables import track_table
from suno_tui.common.errors import UsageError
from suno_tui.common.text import clean
from suno_tui.library.edit_log import EditLog
from suno_tui.library.track import MOST_STARS
from suno_tui.library.undo import Edited, FileChanged, Group

if TYPE_CHECKING:
    from suno_tui.studio import Studio

MOST_FOUND = 100
"""The most tracks or tasks in one answer."""
_EDITABLE = ("title", "style", "tags", "lyrics", "rating", "favorite", "notes")
"""The keys of a track that an agent may change."""


def within(limit: int) -> int:
    """Return a requested number of tracks or tasks, limited to 1 to `MOST_FOUND`."""
    return max(1, min(limit, MOST_FOUND))


class LibraryTools(Agent):
    """The tools for tracks and playlists."""

    def __init__(self, studio: Studio, name: str, *, read_only: bool, export_folder: Path) -> None:
        super().__init__(studio, name, read_only=read_only)
        self._export_folder = export_folder
        self._edits = EditLog(studio.home.edit_log)
        self._changing = threading.Lock()

    def search_library(self, query: str = "", limit: int = 20) -> dict[str, Any]:
        """Return the tracks that a query finds, the newest first, without their lyrics."""
        self.studio.library.refresh()
        found = self.studio.library.tracks(query, limit=within(limit))
        return {"tracks": [track_table(track) for track in found]}

    def get_track(self, id: str) -> dict[str, Any]:
        """Return a track with its lyrics, its files and its family."""
        self.studio.library.refresh()
        track = self.studio.library.find(id)
        family = self.studio.library.family(track)
        shown = track_table(track)
        shown["foreign"]["lyrics"] = clean(track.lyrics, lines=True)
        shown["foreign"]["audio"] = clean(str(track.audio))
        shown["parent"] = family.parent.id if family.parent else None
        shown["made_from_it"] = [each.id for each in family.children]
        shown["other_takes"] = [each.id for each in self.studio.library.other_takes(track)]
        return shown

    def edit_track(
        self, id: str, changes: Mapping[str, Any], undo: str | None = None
    ) -> dict[str, Any]:
        """Change a track's texts, rating or favourite, or undo such a change by its undo id."""
        self.may_write()
        library = self.studio.library
        library.refresh()
        if undo is not None:
            edit = self._edit_of(undo)
            if not isinstance(edit, Edited) or edit.track_id != library.find(id).id:
                raise UsageError(f"undo: {undo!r} is not a change of this track.")
            edit.revert(library.changes)
            return track_table(library.find(id))
        given = {name: changes.get(name) for name in _EDITABLE}
        if all(value is None for value in given.values()):
            raise UsageError("Name what to change: title, style, tags, lyrics, notes, rating …")
        if given["rating"] not in (None, *range(MOST_STARS + 1)):
            raise UsageError(f"A rating is 0 to {MOST_STARS}.")
        track = library.find(id)
        made = self._make_change(lambda: library.changes.set_keys(track.id, given))
        track = library.get(track.id)
        # Log the new name, since that is what the owner sees.
        token = self._log(made._replace(name=track.name) if isinstance(made, Edited) else None)
        return track_table(track) | {"undo": token}

    def _make_change(self, change: Callable[[], object]) -> Edited | FileChanged | None:
        """Make a change, and return its entry in the history; None if nothing changed."""
        history = self.studio.library.changes.history
        with self._changing:
            before = history.last
            change()
            made = history.last
        if made is before:
            return None
        if isinstance(made, Group) and len(made.actions) == 1:
            made = made.actions[0]
        return made if isinstance(made, Edited | FileChanged) else None

    def _log(self, made: Edited | FileChanged | None) -> str | None:
        """Write a change to the edit log; return its undo id, None for no change."""
        return None if made is None else self._edits.append(self.requester, made)

    def _edit_of(self, token: str) -> Edited | FileChanged:
        """Return this agent's change with an undo id. Raises `UsageError`."""
        logged = self._edits.find(token)
        if logged is None or logged.who != self.requester:
            raise UsageError(f"undo: {self.requester} made no change {token!r}.")
        return logged.edit

    def playlist(
        self, action: str, name: str = "", ids: Sequence[str] = (), undo: str | None = None
    ) -> dict[str, Any]:
        """List playlists, show or create one, add or remove its tracks, or undo such a change."""
        playlists = self.studio.library.playlists
        if action == "list":
            names = playlists.names()
            return {"playlists": [
                {"foreign": {"name": clean(each)}, "tracks": playlists.count(each)}
                for each in names[:MOST_FOUND]
            ]}  # fmt: skip
        if action not in ("show", "create", "add", "remove", "undo"):
            raise UsageError("action: one of list, show, create, add, remove, undo.")
        if action != "show":
            self.may_write()
        self.studio.library.refresh()
        tracks = [self.studio.library.find(each) for each in ids]
        token = None
        if action == "create":
            token = self._log(self._make_change(lambda: playlists.create(name, tracks)))
        elif action == "add":
            token = self._log(self._make_change(lambda: playlists.add(name, tracks)))
        elif action == "remove":
            gone = {track.id for track in tracks}
            places = [place for place, entry in enumerate(playlists.entries(name))
                      if entry.track is not None and entry.track.id in gone]  # fmt: skip
            token = self._log(self._make_change(lambda: playlists.remove(name, places)))
        elif action == "undo":
            edit = self._edit_of(undo or "")
            if not isinstance(edit, FileChanged) or edit.file != playlists.file(name):
                raise UsageError(f"undo: {undo!r} is not a change of this playlist.")
            edit.revert(self.studio.library.changes)
            if edit.before is None:
                return {"foreign": {"name": clean(name)}, "tracks": [], "missing": 0}
        entries = playlists.entries(name)
        shown = {
            "foreign": {"name": clean(name)},
            "tracks": [track_table(entry.track) for entry in entries if entry.track is not None],
            "missing": sum(entry.track is None for entry in entries),
        }
        return shown | ({"undo": token} if token is not None else {})

    def export(self, ids: Sequence[str]) -> dict[str, Any]:
        """Copy tracks with their tags into the export folder."""
        from suno_tui.library.export import export

        self.may_write()
        self.studio.library.refresh()
        tracks = [self.studio.library.find(each) for each in ids[:MOST_FOUND]]
        done = export(tracks, self._export_folder, inside=self.studio.library.folder)
        return {"foreign": {"files": [clean(str(file)) for one in done for file in one.files]}}
