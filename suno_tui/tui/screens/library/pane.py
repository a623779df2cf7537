"""The library's pane: the list of tracks with its actions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.widgets import Input

from suno_tui.common.errors import StudioError
from suno_tui.library.track import Track
from suno_tui.library.views import ALL, IN_TRASH
from suno_tui.tui.screens.library.labels import view_label
from suno_tui.tui.screens.library.songs import TrackItems, song_key
from suno_tui.tui.screens.library.track_actions import TrackActions
from suno_tui.tui.screens.library.view_actions import ViewActions
from suno_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.tui.context import Context

SHOW_SECONDS = 5
"""Seconds within which a wanted track must be listed for the cursor to go to it."""


class LibraryPane(ViewActions, TrackActions):
    """The list of tracks with its actions."""

    app: Context

    class Play(Message):
        """Sent to play a track; `place` is its index in `tracks`."""

        def __init__(self, track: Track, tracks: Sequence[Track | None], place: int) -> None:
            super().__init__()
            self.track = track
            self.tracks = tracks
            self.place = place

    _wanted: tuple[Track, str, float] | None = None
    """The track that the cursor goes to once it is listed, the id of its song's lead take, and
    until when (`monotonic`)."""

    @property
    def track(self) -> Track | None:
        """The track under the cursor; none while the views have the focus."""
        return None if self.side.has_focus else self.rows.current

    def label(self, id: str) -> str | None:
        if id == "clear" and self.app.library.under_way:
            return "Stop"
        if id == "clear" and self._filter_in_use:
            return "Clear filter"
        if id == "mark_range" and self.rows.in_range:
            return "End of range"
        if id == "fold_song":
            return "Fold takes" if self.rows.is_unfolded else None
        if id == "fold_songs":
            return "One row per take" if self.folded else "One row per song"
        if id == "clear":
            return "All tracks" if self.view != ALL else self.app.navigation.label(id)
        if id == "open":
            return "Restore" if self.view == IN_TRASH else "Play"
        return None

    @property
    def _filter_in_use(self) -> bool:
        return bool(self.field.value) or self.field.has_focus

    def why_not(self, id: str) -> str | None:
        if id == "clear":
            progress = self.app.library.under_way is not None
            here = self._filter_in_use or self.rows.in_range or self.view != ALL
            useful = here or progress
            return None if useful else self.app.navigation.why_not(id)
        if id == "trash" and self.view == IN_TRASH:
            return f"It is in the trash already; {self.app.keymap.key('delete')} deletes for good."
        if id == "leave_playlist" and self.view.kind != "playlist":
            return "In a playlist only."
        if id == "clear_marks":
            return None if self.rows.marked else "Nothing is marked."
        if id in ("fold_song", "fold_songs") and not self.view.folds:
            return f"{view_label(self.view)} lists each track by itself."
        if id == "fold_song" and not self.folded:
            key = self.app.keymap.key("fold_songs")
            return f"Shown already; {key}: one row for a song."
        if id in ("mark_all", "fold_song", "sort") and not self.rows.items:
            return "No track here."
        if id == "fold_song" and not self.rows.can_fold:
            return "This song has only one take."
        return super().why_not(id)

    def action_open(self) -> None:
        if self.view == IN_TRASH and self.track is not None:
            ids = self.chosen_ids
            self.change(lambda library: library.restore(ids))
        elif self.track is not None:
            self.post_message(self.Play(self.track, self.rows.items, self.rows.cursor))

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        if event.rows is self.rows:
            self._preview_current()
            if self.rows.in_range:
                self._update_subtitle()

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def action_details(self) -> None:
        from suno_tui.tui.screens.library.details import TrackDetails

        if self.track is not None:
            self.app.push_screen(TrackDetails(self.studio, self.rows, self.track))

    def action_filter(self) -> None:
        self.query_one("#filter-line").add_class("-shown")
        self.field.focus()
        self._prepare_filter()

    @work(exclusive=True, group="prepare")
    async def _prepare_filter(self) -> None:
        """Prepare the search for the first letter of a filter; not earlier, as it takes 8 MB."""
        if self._results is not None:
            with contextlib.suppress(StudioError):
                await asyncio.to_thread(self._results.prepare)

    def set_subtitle(self, text: str) -> None:
        super().set_subtitle(f"⏎ to the list · {text}" if self.field.has_focus else text)

    def on_descendant_focus(self) -> None:
        self._update_subtitle()

    def on_descendant_blur(self) -> None:
        self._update_subtitle()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.reload()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_filter()

    def action_clear(self) -> None:
        if (change := self.app.library.under_way) is not None:
            change.stop()
        elif self.rows.in_range:
            self.rows.end_range()
            self._update_subtitle()
        elif self.field.value:
            self.field.value = ""
            self._leave_filter()
        elif self.field.has_focus:
            self._leave_filter()
        elif self.view != ALL:
            self.show_view(ALL)
        else:
            self.app.navigation.action_clear()

    def _leave_filter(self) -> None:
        self.query_one("#filter-line").set_class(bool(self.query_text), "-shown")
        self.rows.focus()

    def action_next_match(self) -> None:
        self._step_match(1)

    def action_previous_match(self) -> None:
        self._step_match(-1)

    def _step_match(self, by: int) -> None:
        if self.rows.items:
            self.rows.move_to((self.rows.cursor + by) % len(self.rows.items))

    def action_leave_playlist(self) -> None:
        """Take tracks out of the playlist that is shown; they stay in the library."""
        name, ids = self.view.name, set(self.chosen_ids)

        def take_out(library: Library) -> None:
            entries = library.playlists.entries(name)
            places = [at for at, each in enumerate(entries) if each.track and each.track.id in ids]
            library.playlists.remove(name, places)

        key = self.app.keymap.key("undo")
        self.change(take_out, f"{self.chosen_label}: taken out of {name}; {key} undoes it.")

    # Marks

    @property
    def chosen_ids(self) -> list[str]:
        marked = [] if self.side.has_focus else list(self.rows.marked)
        return marked or super().chosen_ids

    @property
    def whole_ids(self) -> list[str]:
        whole = [] if self.rows.marked or self.side.has_focus else self.rows.song_ids
        return whole or self.chosen_ids

    def action_mark(self) -> None:
        """Mark the track or the song, or remove its mark; move the cursor to the next one."""
        if self.track is not None:
            self.rows.toggle_mark()
            self.rows.action_move_down()
            self._update_subtitle()

    def action_mark_down(self) -> None:
        self.rows.step_and_mark(1)
        self._update_subtitle()

    def action_mark_up(self) -> None:
        self.rows.step_and_mark(-1)
        self._update_subtitle()

    def action_mark_range(self) -> None:
        """Mark all rows that the cursor passes from now on, until the key is pressed again."""
        if self.rows.in_range:
            self.rows.end_range()
        elif self.track is not None:
            self.rows.begin_range()
        self._update_subtitle()

    @work(exclusive=True, group="marks")
    async def action_mark_all(self) -> None:
        """Mark all tracks that the filter finds."""
        library, query, view = self.studio.library, self.query_text, self.view
        ids = await asyncio.to_thread(lambda: library.search(query, view=view).ids())
        self.rows.set_marks(ids)
        self._update_subtitle()

    def action_clear_marks(self) -> None:
        self.rows.end_range()
        self.rows.set_marks(())
        self._update_subtitle()

    # Dialogs

    def action_searches(self) -> None:
        from suno_tui.tui.screens.library.searches import SearchesDialog

        self.app.push_screen(
            SearchesDialog(self.studio.library, self.query_text),
            lambda query: self.search_for(query) if query is not None else None,
        )

    @work(exclusive=True, group="show")
    async def show_track(self, track_id: str) -> None:
        """Put the cursor on a track, among the takes of its song; leave the filter and the view."""
        library = self.studio.library

        def find() -> tuple[Track, str]:
            track = library.get(track_id)
            return track, library.lead(track).id

        try:
            self._wanted = (*await asyncio.to_thread(find), monotonic() + SHOW_SECONDS)
        except StudioError as error:
            self.app.notify_error(error)
            return
        if self._go_to_wanted():
            return
        with self.field.prevent(Input.Changed):
            self.field.value = ""
        self._leave_filter()
        self.show_view(ALL)

    def on_track_list_pane_listed(self) -> None:
        self._go_to_wanted()

    def _go_to_wanted(self) -> bool:
        """Put the cursor on the wanted track, and unfold its song; return whether it is listed."""
        if self._wanted is None or monotonic() > self._wanted[2]:
            return False
        track, lead, _ = self._wanted
        if self.rows.select(track.id) and self.rows.takes(self.rows.cursor) is None:
            self._wanted = None
            return True
        items = self.rows.items
        if not (self.folded and self.rows.select(lead) and isinstance(items, TrackItems)):
            return False
        self._unfolded[song_key(track)] = items.place_of(self.rows.cursor)
        self.reload(select=track.id)
        return True

    def search_for(self, query: str) -> None:
        """Filter by a query, as if it had been typed."""
        self.field.value = query
        self._leave_filter()

    def action_playlists(self) -> None:
        from suno_tui.tui.screens.library.playlists import PlaylistsDialog

        self.app.push_screen(PlaylistsDialog(self.studio.library))

    def action_open_trash(self) -> None:
        from suno_tui.tui.screens.library.trash import TrashDialog

        self.app.push_screen(TrashDialog(self.studio.library))

    @work(exclusive=True, group="repair")
    async def action_repair(self) -> None:
        """Show the repair of each damaged text file, and write it if the user agrees."""
        from suno_tui.tui.screens.library.repair import repair_all

        try:
            await repair_all(self.app)
        except StudioError as error:
            self.app.notify_error(error)
