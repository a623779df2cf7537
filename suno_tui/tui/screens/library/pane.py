"""The library's pane: the list of tracks with its actions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.widgets import Input

from suno_tui.common.errors import StudioError
from suno_tui.library.track import Track
from suno_tui.tui.screens.library.listing import TrackListPane
from suno_tui.tui.screens.library.track_actions import TrackActions

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

SORTS = {
    "-added": "newest first",
    "title": "by title",
    "-rating": "best rated first",
    "-fav": "favourites first",
    "-len": "longest first",
    "style": "by style",
}
"""The sort orders that `s` goes through, with their labels."""


class LibraryPane(TrackListPane, TrackActions):
    """The list of tracks with its actions."""

    app: Context

    class Play(Message):
        """Sent to play a track; `place` is its index in `tracks`."""

        def __init__(self, track: Track, tracks: Sequence[Track | None], place: int) -> None:
            super().__init__()
            self.track = track
            self.tracks = tracks
            self.place = place

    @property
    def track(self) -> Track | None:
        """The track under the cursor."""
        return self.rows.current

    def label(self, id: str) -> str | None:
        if id == "clear" and self.app.library.under_way:
            return "Stop"
        if id == "clear" and self._filter_in_use:
            return "Clear filter"
        if id == "clear":
            return self.app.navigation.label(id)
        return "Play" if id == "open" else None

    @property
    def _filter_in_use(self) -> bool:
        return bool(self.field.value) or self.field.has_focus

    def why_not(self, id: str) -> str | None:
        if id == "clear":
            useful = self._filter_in_use or self.app.library.under_way is not None
            return None if useful else self.app.navigation.why_not(id)
        if id == "clear_marks":
            return None if self.rows.marked else "Nothing is marked."
        if id == "mark_all" and not self.rows.items:
            return "There is no track here."
        return super().why_not(id)

    def action_open(self) -> None:
        if self.track is not None:
            self.post_message(self.Play(self.track, self.rows.items, self.rows.cursor))

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def action_details(self) -> None:
        from suno_tui.tui.screens.library.details import TrackDetails

        if self.track is not None:
            self.app.push_screen(TrackDetails(self.studio, self.rows, self.track))

    def action_filter(self) -> None:
        self.query_one("#filter-line").add_class("-shown")
        self.field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.reload()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_filter()

    def action_clear(self) -> None:
        if (change := self.app.library.under_way) is not None:
            change.stop()
        elif self.field.value:
            self.field.value = ""
            self._leave_filter()
        elif self.field.has_focus:
            self._leave_filter()
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

    def action_sort(self) -> None:
        if self.query_sort:
            self.app.notify_briefly(f"The filter says sort:{self.query_sort}; that goes first.")
            return
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]
        self.app.notify_briefly(f"Sorted {SORTS[self.sort]}.")
        self.reload()

    # Marks

    @property
    def chosen_ids(self) -> list[str]:
        return list(self.rows.marked) or super().chosen_ids

    def action_mark(self) -> None:
        """Mark the track or remove its mark; move the cursor to the next one."""
        if self.track is not None:
            self.rows.toggle_mark(self.track.id)
            self.rows.action_move_down()
            self._update_subtitle()

    @work(exclusive=True, group="marks")
    async def action_mark_all(self) -> None:
        """Mark all tracks that the filter finds."""
        library, query = self.studio.library, self.query_text
        self.rows.set_marks(await asyncio.to_thread(lambda: library.search(query).ids()))
        self._update_subtitle()

    def action_clear_marks(self) -> None:
        self.rows.set_marks(())
        self._update_subtitle()

    # Dialogs

    def action_searches(self) -> None:
        from suno_tui.tui.screens.library.searches import SearchesDialog

        self.app.push_screen(
            SearchesDialog(self.studio.library, self.query_text),
            lambda query: self.search_for(query) if query is not None else None,
        )

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
