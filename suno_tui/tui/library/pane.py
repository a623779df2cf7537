"""The library's pane: the tracks, and what can be done with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.message import Message
from textual.widgets import Input

from suno_tui.errors import StudioError
from suno_tui.library.track import Track
from suno_tui.tui.library.actions import TrackActions
from suno_tui.tui.library.listing import Listing

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.undo import Action
    from suno_tui.tui.app import StudioApp

SORTS = {
    "-added": "newest first",
    "title": "by title",
    "-rating": "best rated first",
    "-fav": "favourites first",
    "-len": "longest first",
    "style": "by style",
}
"""What `s` goes through, and how it is called."""


Done = TypeVar("Done")


class LibraryPane(Listing, TrackActions):
    """The tracks, and what the keys do with them."""

    app: StudioApp

    class Play(Message):
        """The user wants to hear a track, which has that place among `tracks`."""

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
        if id == "clear" and self.steps.busy:
            return "Stop"
        if id == "clear" and self._filtering:
            return "Clear filter"
        if id == "clear":
            return self.app.main.label(id)
        return "Play" if id == "open" else None

    @property
    def _filtering(self) -> bool:
        return bool(self.field.value) or self.field.has_focus

    def why_not(self, id: str) -> str | None:
        if id == "clear":
            return None if self._filtering or self.steps.busy else self.app.main.why_not(id)
        if id == "clear_marks":
            return None if self.rows.marked else "Nothing is marked."
        if id == "mark_all" and not self.rows.items:
            return "There is no track here."
        return super().why_not(id)

    def action_open(self) -> None:
        if self.track is not None:
            self.post_message(self.Play(self.track, self.rows.items, self.rows.cursor))

    def on_rows_opened(self) -> None:
        self.action_open()

    def action_details(self) -> None:
        from suno_tui.tui.library.details import TrackDetails

        if self.track is not None:
            self.app.push_screen(TrackDetails(self, self.track))

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
        if self.steps.busy:
            self.steps.stop()
        elif self.field.value:
            self.field.value = ""
            self._leave_filter()
        elif self.field.has_focus:
            self._leave_filter()
        else:
            self.app.main.action_clear()

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
        if self.asked_sort:
            self.app.say(f"The filter says sort:{self.asked_sort}; that goes first.")
            return
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]
        self.app.say(f"Sorted {SORTS[self.sort]}.")
        self.reload()

    # Marks

    @property
    def chosen_ids(self) -> list[str]:
        return list(self.rows.marked) or super().chosen_ids

    def action_mark(self) -> None:
        """Mark the track, or take its mark away; the cursor goes on to the next one."""
        if self.track is not None:
            self.rows.toggle_mark(self.track.id)
            self.rows.action_move_down()
            self._say_count()

    @work(exclusive=True, group="marks")
    async def action_mark_all(self) -> None:
        """Mark all that the filter leaves over."""
        library, query = self.studio.library, self.query_text
        self.rows.set_marks(await asyncio.to_thread(lambda: library.search(query).ids()))
        self._say_count()

    def action_clear_marks(self) -> None:
        self.rows.set_marks(())
        self._say_count()

    def action_undo(self) -> None:
        self.run_worker(self.undo(), group="change")

    def action_redo(self) -> None:
        self.run_worker(self.redo(), group="change")

    # What opens a list of its own

    def action_searches(self) -> None:
        from suno_tui.tui.library.searches import SearchesDialog

        self.app.push_screen(
            SearchesDialog(self.studio.library, self.query_text),
            lambda query: self.search_for(query) if query is not None else None,
        )

    def search_for(self, query: str) -> None:
        """Filter by these words, as if they had been typed."""
        self.field.value = query
        self._leave_filter()

    def action_playlists(self) -> None:
        from suno_tui.tui.library.playlists import PlaylistsDialog

        self.app.push_screen(PlaylistsDialog(self.studio.library))

    def action_trash_bin(self) -> None:
        from suno_tui.tui.library.trashed import TrashDialog

        self.app.push_screen(TrashDialog(self.studio.library))

    @work(exclusive=True, group="repair")
    async def action_repair(self) -> None:
        """Show what each damaged text file would become, and write it where the user wants it."""
        from suno_tui.tui.library.repair import repair_all

        try:
            await repair_all(self)
        except StudioError as error:
            self.app.tell_error(error)

    def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and keep what it leaves."""
        self.app.typeahead.lend(partial(self._edit_lyrics, track))

    async def _edit_lyrics(self, track: Track) -> None:
        from suno_tui.tui.compose.outside import edit_outside

        before = track.lyrics

        async def take(lyrics: str) -> None:
            nonlocal before
            if lyrics != before:
                await self.changed(lambda library: _put_lyrics(library, track, before, lyrics))
                before = lyrics

        try:
            await edit_outside(self.app, self.studio, track.lyrics, "lyrics", take)
        except StudioError as error:
            self.app.tell_error(error)

    async def changed(self, do: Callable[[Library], Done]) -> Done:
        """Change the library off the loop, one after the other, and show it; what `do` returned.

        Raises `StudioError`.
        """
        async with self.changing:
            try:
                return await asyncio.to_thread(do, self.studio.library)
            finally:
                self.check()

    async def make_change(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """As `changed`; what `do` returned is in a tuple, and None is a failure, which is told."""
        try:
            return (await self.changed(do),)
        except StudioError as error:
            self.app.tell_error(error)
            return None

    @work(group="change")
    async def change(self, do: Callable[[Library], object], said: str = "") -> None:
        """As `make_change`, beside the keys; says so where it went well."""
        if await self.make_change(do) and said:
            self.app.say(said)

    async def undo(self) -> None:
        """Take the last change of the library back, and say which."""
        await self._swap("Undone", "Nothing to undo.", lambda library: library.undo())

    async def redo(self) -> None:
        """Make it again."""
        await self._swap("Done again", "Nothing to redo.", lambda library: library.redo())

    async def _swap(self, said: str, nothing: str, do: Callable[[Library], Action | None]) -> None:
        if made := await self.make_change(do):
            [action] = made
            self.app.say(f"{said}: {action.text}." if action else nothing)


def _put_lyrics(library: Library, track: Track, before: str, lyrics: str) -> None:
    library.follow([track.file])
    if library.get(track.id).lyrics != before:
        raise StudioError(
            "The lyrics were changed elsewhere while you edited them, and were left so. "
            "Edit them again, and take over what you want."
        )
    library.edit(track.id, lyrics=lyrics)
