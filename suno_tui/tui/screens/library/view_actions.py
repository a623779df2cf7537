"""Actions on how the library is shown: views, orders, folded songs, columns, the preview."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from suno_tui.library.views import View
from suno_tui.tui.screens.library.listing import TrackListPane
from suno_tui.tui.screens.library.rows import Headings
from suno_tui.tui.screens.library.side_list import LONE, SideList
from suno_tui.tui.screens.library.songs import TrackItems, song_key


class ViewActions(TrackListPane):
    """The list of tracks with the actions on its look."""

    def action_toggle_preview(self) -> None:
        """Show or hide the preview, if there is room for it; this is remembered."""
        self.state.preview = not self.state.preview
        self.remember()
        self.place_sides()

    def action_columns(self) -> None:
        """Choose the columns of the list."""
        from suno_tui.tui.screens.library.columns_dialog import ColumnsDialog

        def show(names: list[str]) -> None:
            self.state.columns = names
            self.remember()
            self.show_columns()

        self.app.push_screen(ColumnsDialog(self.rows.shown_columns, show))

    def action_sort(self) -> None:
        """Choose the sort order from a list."""
        if self.query_sort:
            self.app.notify_briefly(f"The filter says sort:{self.query_sort}. Change it there.")
            return
        from suno_tui.tui.screens.library.sorting import sort_picker

        def sort(name: Hashable) -> None:
            if name is not None:
                self.sort_by(str(name))

        self.app.push_screen(sort_picker(self.sort, self.view), sort)

    def on_headings_clicked(self, event: Headings.Clicked) -> None:
        event.stop()
        if not self.query_sort:
            self.sort_by(event.name)

    def sort_by(self, name: str) -> None:
        """Sort by a column; if the list is sorted by it already, reverse the direction."""
        from suno_tui.tui.screens.library.sorting import chosen

        if self.view.ordered:
            self.own_sort = chosen(name, self.sort)
        else:
            self.state.sort = chosen(name, self.sort)
            self.remember()
        self.reload()

    # Songs

    def action_fold_song(self) -> None:
        """Show the takes of the song under the cursor, or fold them again."""
        items, track = self.rows.items, self.rows.current
        if track is None or not isinstance(items, TrackItems):
            return
        key, select = song_key(track), track.id
        if key in self._unfolded:
            place = self._unfolded.pop(key)
            lead = items.results[place]
            select = lead.id if lead is not None else select
        else:
            self._unfolded[key] = items.place_of(self.rows.cursor)
        self.reload(select=select)

    def action_fold_songs(self) -> None:
        """Give each song one row, or each take; this is remembered."""
        self.state.folded = not self.state.folded
        self._unfolded.clear()
        self.remember()
        track = self.rows.current
        lead = self.studio.library.lead(track) if track is not None else None
        self.reload(select=lead.id if lead is not None else None)

    # Views

    async def action_views(self) -> None:
        """Go to the list of views; without room for it, choose one in a dialog."""
        if self.side.display:
            (self.rows if self.side.has_focus else self.side).focus()
            return
        from suno_tui.tui.screens.library.side_list import read_views, view_picker

        entries = await asyncio.to_thread(read_views, self.studio.library)

        def show(view: Hashable) -> None:
            if isinstance(view, View):
                self.post_message(SideList.Chosen(view))

        self.app.push_screen(view_picker(entries, self.view), show)

    async def on_side_list_chosen(self, event: SideList.Chosen) -> None:
        event.stop()
        if event.view == LONE:
            await self.app.dispatcher.run("import")
        elif event.view == self.view:
            self.rows.focus()
        else:
            self.show_view(event.view)

    def on_side_list_resized(self, event: SideList.Resized) -> None:
        event.stop()
        self.state.side = max(16, min(60, self.state.side + event.by))
        self.remember()
        self.place_sides()
