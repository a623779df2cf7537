"""The library's pane: the filter, the tracks, and what can be done with one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from suno_tui.errors import StudioError
from suno_tui.library import Hits, Mistake
from suno_tui.library.track import Track
from suno_tui.tui.compose.outside import edit_outside
from suno_tui.tui.library.actions import TrackActions
from suno_tui.tui.library.rows import TrackRows, headings
from suno_tui.tui.main.pane import Pane
from suno_tui.tui.text import content, one_line

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.undo import Action
    from suno_tui.studio import Studio
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


SLOWLY_SECONDS = 2.0
"""How often the list is made anew while an index is."""


class FilterInput(Input):
    """The words to search for; Enter and ↓ go to the list."""

    cursor_blink = False

    def key_down(self) -> None:
        self.screen.query_one(TrackRows).focus()


Done = TypeVar("Done")


class LibraryPane(Pane, TrackActions):
    """The tracks that the filter leaves over."""

    place = "library"
    app: StudioApp

    DEFAULT_CSS = """
    LibraryPane {
        padding: 0 0 0 1;
        & > #filter-line { height: 1; display: none; }
        & > #filter-line.-shown { display: block; }
        & > #filter-line > Static { width: 2; color: $accent; }
        & FilterInput { width: 1fr; background: $surface; }
        & > #library-notice { height: auto; max-height: 4; color: $warning; display: none; }
        & > #library-notice.-shown { display: block; }
        & > #headings { height: 1; color: $text-muted; }
    }
    """

    class Play(Message):
        """The user wants to hear a track, which has that place among `tracks`."""

        def __init__(self, track: Track, tracks: Sequence[Track | None], place: int) -> None:
            super().__init__()
            self.track = track
            self.tracks = tracks
            self.place = place

    class Listed(Message):
        """The list is another one."""

        def __init__(self, pane: LibraryPane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, studio: Studio, now: Callable[[], datetime]) -> None:
        super().__init__(id="library-pane")
        self.studio = studio
        self.rows = TrackRows(now, id="tracks")
        self.field = FilterInput(
            id="filter",
            placeholder="rain style:lofi fav:yes rating:>=4 len:<3:00",
            compact=True,
            select_on_focus=False,
        )
        self.notice = Static(id="library-notice")
        self.headings = Static(id="headings")
        self.sort = "-added"
        self.count = 0
        self.listed = False
        """Whether the tracks were shown at least once."""
        self.changing = asyncio.Lock()
        self._version: object = None
        self._hits: Hits | None = None
        """The latest search; another one calls off what it still looks for."""
        self._counted, self._reading = "", ""
        self._shown_at = 0.0
        self._wanted: object = None
        """What to put the cursor on when the next list comes."""

    def compose(self) -> ComposeResult:
        self.set_title("Library")
        with Horizontal(id="filter-line"):
            yield Static("/ ")
            yield self.field
        yield self.notice
        yield self.headings
        yield self.rows

    @property
    def track(self) -> Track | None:
        """The track under the cursor."""
        return self.rows.current

    @property
    def query_text(self) -> str:
        return self.field.value

    def check(self) -> None:
        """Read the library again, where it has changed since the last time."""
        # While very many files are read, each look would find others: the reading goes before.
        if self._reading and monotonic() < self._shown_at + SLOWLY_SECONDS:
            return
        version = self.studio.library.version()
        if version != self._version:
            self._version = version
            self._shown_at = monotonic()
            self.reload()

    @work(exclusive=True, group="library")
    async def reload(self) -> None:
        """Ask for the tracks off the loop; the list reads those that are looked at."""
        library, query = self.studio.library, self.query_text
        try:
            if self._hits is not None:
                self._hits.stop()
            hits = await asyncio.to_thread(library.search, query, sort=self.sort)
            self._hits = hits
            count = await asyncio.to_thread(library.count)
            if self.rows.marked:
                marked = list(self.rows.marked)
                self.rows.keep_marks(await asyncio.to_thread(library.still_here, marked))
            self._show(query, hits, count)
            whole = await asyncio.to_thread(hits.finish)
            if whole is not hits:
                self._show(query, whole, count)
        except StudioError as error:
            self._notice(str(error))

    @work(exclusive=True, group="scan")
    async def scan(self) -> None:
        """Look at all files, for what was done to them by hand; says how far it is."""
        loop = asyncio.get_running_loop()

        def progress(done: int, all: int) -> None:
            loop.call_soon_threadsafe(self._say_reading, done, all)

        try:
            await asyncio.to_thread(self.studio.library.refresh, progress=progress)
        except StudioError as error:
            self._notice(str(error))
        self._say_reading(0, 0)
        self.check()

    def _say_reading(self, done: int, all: int) -> None:
        self._reading = f"reading {done:,} of {all:,}" if done < all else ""
        self._say_count()

    def on_unmount(self) -> None:
        # The end of the app waits for its threads, and there may be 100,000 files to read.
        self.studio.library.stop()

    def _show(self, query: str, hits: Hits, count: int) -> None:
        first = not self.listed
        self.count, self.listed = count, True
        self.rows.empty = self._face(query)
        self.rows.set_items(hits)
        if self._wanted is not None and self.rows.select(self._wanted):
            self._wanted = None
        more = "" if hits.complete else "+"
        of = f"{len(hits):,}{more} of {count:,}" if query.strip() else f"{count:,}"
        self._counted = f"{of} track{'' if count == 1 else 's'}" if count else ""
        self._say_count()
        self._say_trouble(hits.mistakes)
        self._say_headings()
        self.post_message(self.Listed(self))
        if first:
            # Not before there is something to see: in a large library it takes a second.
            if not self.studio.library.complete:
                self.scan()
            self.studio.library.watch()

    def _say_count(self) -> None:
        marked = f"{len(self.rows.marked):,} marked" if self.rows.marked else ""
        self.set_subtitle(" · ".join(filter(None, (self._reading, marked, self._counted))))

    def _face(self, query: str) -> list[tuple[str, str]]:
        """What an empty list says."""
        if query.strip():
            return [("Nothing matches.", "muted"), ("esc  Clear the filter", "muted")]
        return [
            ("No tracks yet.", "strong"),
            ("", ""),
            ("Each song makes two takes; they land here, as", "muted"),
            ("files that stay yours.", "muted"),
        ]

    def _say_trouble(self, mistakes: tuple[Mistake, ...]) -> None:
        told = [mistake for mistake in mistakes if not mistake.unfinished]
        if told:
            part = self.query_text[told[0].start : told[0].end]
            self._notice(f"{part} is passed over: {told[0].message}")
            return
        damaged = self.studio.library.damaged()
        if not damaged:
            self._notice("")
            return
        more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
        first = damaged[0]
        # A path may take all the room there is.
        self._notice(
            f"A file is damaged, the rest is well{more}: {first.why.rstrip('.')}: {first.path}"
        )

    def _notice(self, text: str) -> None:
        self.notice.update(content(one_line(text, 400)))
        self.notice.set_class(bool(text), "-shown")

    def _say_headings(self) -> None:
        self.headings.display = bool(self.rows.items)
        self.headings.update(content(headings(self.rows.row_width, self.sort)))

    def on_resize(self) -> None:
        self.call_after_refresh(self._say_headings)

    # What the keys do

    def label(self, id: str) -> str | None:
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
            return None if self._filtering else self.app.main.why_not(id)
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
        if self.field.value:
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
        self._swap("Undone", "Nothing to undo.", lambda library: library.undo())

    def action_redo(self) -> None:
        self._swap("Done again", "Nothing to redo.", lambda library: library.redo())

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

    def show_track(self, track_id: str) -> None:
        """Put the cursor on a track, now or when the list that holds it has come."""
        if not self.rows.select(track_id):
            self._wanted = track_id

    @work(group="edit")
    async def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and keep what it leaves."""
        try:
            lyrics = await edit_outside(self.app, track.lyrics, "lyrics", self.studio.env)
        except StudioError as error:
            self.app.tell_error(error)
            return
        finally:
            self.app.typeahead.drop()
        if lyrics != track.lyrics:
            self.change(lambda library: library.edit(track.id, lyrics=lyrics))

    async def make_change(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """Change the library off the loop, one after the other, and show it.

        What `do` returned, in a tuple; None where it failed, which is told.
        """
        async with self.changing:
            try:
                done = await asyncio.to_thread(do, self.studio.library)
            except StudioError as error:
                self.app.tell_error(error)
                return None
            finally:
                self.check()
        return (done,)

    @work(group="change")
    async def change(self, do: Callable[[Library], object], said: str = "") -> None:
        """As `make_change`, beside the keys; says so where it went well."""
        if await self.make_change(do) and said:
            self.app.say(said)

    @work(group="change")
    async def _swap(self, said: str, nothing: str, do: Callable[[Library], Action | None]) -> None:
        if made := await self.make_change(do):
            [action] = made
            self.app.say(f"{said}: {action.text}." if action else nothing)
