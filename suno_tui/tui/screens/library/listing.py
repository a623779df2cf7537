"""The list in the library's pane, its filter and its notices."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.library.query import Mistake
from suno_tui.library.search_results import SearchResults
from suno_tui.library.track import Track
from suno_tui.library.views import ALL, OWN_ORDER, View
from suno_tui.tui.screens.library.labels import view_label
from suno_tui.tui.screens.library.preview import Preview
from suno_tui.tui.screens.library.rows import Headings, TrackRows, headings
from suno_tui.tui.screens.library.side_list import SideList
from suno_tui.tui.screens.library.songs import TrackItems, song_key, unfold
from suno_tui.tui.screens.library.view_state import LibraryState
from suno_tui.tui.widgets.content import content, one_line
from suno_tui.tui.widgets.pane import Pane
from suno_tui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

SLOWLY_SECONDS = 2.0
"""Seconds between two reloads of the list while many files are being read."""


SIDE_FROM = 90
"""Columns of the pane from which the views are shown next to the list."""
PREVIEW_FROM = 100
"""Columns from which list and preview are side by side."""
PREVIEW_BELOW_FROM = 36
"""Rows from which the preview is below the list."""


class FilterInput(SafeInput):
    """The field for the search; Enter and ↓ go to the list."""

    def key_down(self) -> None:
        self.screen.query_one(TrackRows).focus()


class TrackListPane(Pane):
    """The tracks that the filter finds; loaded again when the library has changed."""

    place = "library"
    app: Context

    DEFAULT_CSS = """
    TrackListPane {
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

    class Listed(Message):
        """Sent after the list was loaded."""

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
        self.headings = Headings(id="headings")
        self.side = SideList(studio.library)
        self.preview = Preview(studio)
        self.state = LibraryState.read(studio.remembered().get("library"))
        self.view = ALL
        self.show_columns()
        self.own_sort = OWN_ORDER
        """The sort order of a view that has an order of its own."""
        self.count = 0
        self.listed = False
        """Whether the tracks were shown at least once."""
        self._loop = asyncio.get_running_loop()
        self._watching = False
        self._version: object = None
        self._results: SearchResults | None = None
        """The latest search, which the next one stops."""
        self._unfolded: dict[Hashable, int] = {}
        """The songs whose takes are shown, with their places in the results."""
        self._counted, self._reading = "", ""
        self._shown_at = 0.0

    def compose(self) -> ComposeResult:
        self.set_title("Library")
        with Horizontal(id="filter-line"):
            yield Static("/ ")
            yield self.field
        yield self.notice
        yield self.headings
        yield self.rows
        # Docked; last, so that the list of tracks gets the focus first.
        yield self.side
        yield self.preview

    @property
    def query_text(self) -> str:
        return self.field.value

    @property
    def sort(self) -> str:
        """The sort order that was chosen; the filter may name another."""
        return self.own_sort if self.view.ordered else self.state.sort

    @property
    def folded(self) -> bool:
        """Whether each song has one row."""
        return self.state.folded and self.view.folds

    def remember(self) -> None:
        """Store columns, order and folds of the list for the next start."""
        self.app.remember(library=self.state.table())

    def show_columns(self) -> None:
        """Show the columns that the user has chosen."""
        self.rows.chosen = self.headings.chosen = tuple(self.state.columns)
        self.rows.refresh_rows()
        if self.is_mounted:
            self._update_headings()

    def show_view(self, view: View) -> None:
        """Show a part of the library; the filter works in it."""
        self.view, self.own_sort = view, OWN_ORDER
        self._unfolded.clear()
        self.side.show(view)
        self.set_title("Library" if view == ALL else f"Library: {one_line(view_label(view), 40)}")
        self.rows.focus()
        self.reload()

    def changed(self) -> None:
        """Show a change that was made here, also a change of a playlist or a saved search."""
        if self.check():
            return
        self.side.load()
        if self.view.kind in ("playlist", "search"):
            self.reload()

    def check(self) -> bool:
        """Load the list and the views again if the library has changed; return whether it has."""
        # While very many files are read, each check would find changes; reading has priority.
        if self._reading and monotonic() < self._shown_at + SLOWLY_SECONDS:
            return False
        version = self.studio.library.version()
        if version == self._version:
            return False
        self._version = version
        self._shown_at = monotonic()
        self.reload()
        if self._watching:
            self.side.load()
        return True

    @work(exclusive=True, group="library")
    async def reload(self, *, select: Hashable = None) -> None:
        """Search off the event loop; the list reads only the tracks that are in view.

        The cursor goes to the row of the track `select`, if there is one.
        """
        library, query = self.studio.library, self.query_text
        try:
            if self._results is not None:
                self._results.stop()
            results = await asyncio.to_thread(
                library.search, query, sort=self.sort, view=self.view, songs=self.folded
            )
            self._results = results
            count = await asyncio.to_thread(library.count)
            songs = await asyncio.to_thread(library.count, songs=True) if self.folded else count
            if self.rows.marked:
                marked = list(self.rows.marked)
                self.rows.retain_marks(await asyncio.to_thread(library.still_here, marked))
            await self._show(query, results, count, songs, select)
            # In a large library this takes a second, and must not delay the first picture.
            await self.app.navigation.drawn.wait()
            if query.strip() or self.query_one("#filter-line").has_class("-shown"):
                whole = await asyncio.to_thread(results.finish)
                if whole is not results:
                    await self._show(query, whole, count, songs)
        except StudioError as error:
            self._show_notice(str(error))

    @work(exclusive=True, group="scan")
    async def scan(self, *, watch: bool = False) -> None:
        """Read files that were changed by hand; with `watch`, watch them from then on."""
        try:
            await asyncio.to_thread(self.studio.library.refresh)
        except StudioError as error:
            self._show_notice(str(error))
        self._show_reading(0, 0)
        self.check()
        if watch:
            self.studio.library.watch(partial(self._on_loop, self.app.poll_stores))

    def _show_reading(self, done: int, all: int) -> None:
        self._reading = f"reading {done:,} of {all:,}" if done < all else ""
        self._update_subtitle()

    def on_unmount(self) -> None:
        # The app waits for its threads at exit, and there may be 100,000 files to read.
        self.studio.library.on_progress(None)
        self.studio.library.stop()
        self.app.library.progress.stop()
        self.app.library.importing.stop()

    async def _show(
        self, query: str, results: SearchResults, count: int, songs: int, select: Hashable = None
    ) -> None:
        unfolded: dict[int, list[Track]] = {}
        if results.songs and self._unfolded:
            wanted, library = dict(self._unfolded), self.studio.library
            unfolded = await asyncio.to_thread(unfold, results, wanted, library)
            self._unfolded = {song_key(takes[0]): place for place, takes in unfolded.items()}
        self.count, self.listed = count, True
        self.rows.empty = self._empty_text(query)
        self.rows.end_range()  # its rows may have moved
        place = self.rows.cursor / max(1, len(self.rows.items))
        self.rows.set_items(TrackItems(results, unfolded))
        if select is not None and not self.rows.select(select):
            # Its row is far away if each of many songs got one row more or less.
            self.rows.move_to(round(place * len(self.rows.items)))
            self.rows.select(select)
        self._counted = self._count_text(query, results, count, songs)
        self._update_subtitle()
        self._show_problems(results.mistakes)
        self._update_headings()
        self._preview_current()
        self.post_message(self.Listed())
        if self.app.navigation.drawn.is_set():
            self.start_watching()

    def _count_text(self, query: str, results: SearchResults, count: int, songs: int) -> str:
        """Return how many songs or tracks are listed, and of how many."""
        if not count and self.view == ALL:
            return ""
        what, whole = ("song", songs) if results.songs else ("track", count)
        more = "" if results.complete else "+"
        if self.view != ALL:
            shown = len(results)
            return f"{shown:,}{more} {what}{'' if shown == 1 else 's'}"
        plural = "" if whole == 1 else "s"
        if query.strip():
            return f"{len(results):,}{more} of {whole:,} {what}{plural}"
        tracks = f" · {count:,} tracks" if results.songs and count != whole else ""
        return f"{whole:,} {what}{plural}{tracks}"

    def start_watching(self) -> None:
        """Watch the files for changes, once something is on the screen.

        With 100,000 folders, starting to watch blocks everything else for a second.
        """
        if not self._watching:
            self._watching = True
            self.side.load()
            self._preview_current()
            # A look-up of a track by its id may read the files before `scan` does.
            self.studio.library.on_progress(partial(self._on_loop, self._show_reading))
            if self.studio.library.complete:
                self.check()  # another process may have read them meanwhile
                self.studio.library.watch(partial(self._on_loop, self.app.poll_stores))
            else:
                self.scan(watch=True)

    def _on_loop(self, function: Callable[..., None], *args: int) -> None:
        """Call a function on the event loop, from another thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: there is nothing to show
            self._loop.call_soon_threadsafe(function, *args)

    def show_progress(self) -> None:
        """Show the progress of a change of many tracks; may be called from another thread."""
        self._on_loop(self._update_progress)

    def _update_progress(self) -> None:
        self._update_subtitle()
        self.app.navigation.update_keys()

    def _update_subtitle(self) -> None:
        marked = f"{len(self.rows.marked):,} marked" if self.rows.marked else ""
        if self.rows.in_range:
            marked = f"range: {marked}"
        progress = self.app.library.under_way
        done = f"{progress.done:,} of {progress.all:,} done" if progress is not None else ""
        self.set_subtitle(" · ".join(filter(None, (self._reading, done, marked, self._counted))))

    def _empty_text(self, query: str) -> list[tuple[str, str]]:
        """Return the text of an empty list."""
        if query.strip():
            return [("Nothing matches.", "muted"), ("esc  Clear the filter", "muted")]
        if self.view != ALL:
            return [(f"{view_label(self.view)}: no tracks.", "muted"), ("esc  All tracks", "muted")]
        if not self.studio.library.read:
            return [("Your files are being read.", "muted")]
        return [
            ("No tracks yet.", "strong"),
            ("", ""),
            ("Each song makes two takes; they land here, as", "muted"),
            ("files that stay yours.", "muted"),
            ("", ""),
            (f"{self.app.keymap.key('commands')}  Import: music that you have already", "muted"),
        ]

    def _show_problems(self, mistakes: tuple[Mistake, ...]) -> None:
        wrong = [mistake for mistake in mistakes if not mistake.unfinished]
        if wrong:
            part = self.query_text[wrong[0].start : wrong[0].end]
            self._show_notice(f"Ignored {part}: {wrong[0].message}")
            return
        damaged = self.studio.library.damaged()
        if not damaged:
            self._show_notice(self._lone_audio())
            return
        count = "1 damaged file" if len(damaged) == 1 else f"{len(damaged)} damaged files"
        first = damaged[0]
        # The path comes last: it may take all the room.
        why = first.why[:1].upper() + first.why[1:].rstrip(".")
        self._show_notice(f"{count}; the others are fine. {why}: {first.path}")

    def _lone_audio(self) -> str:
        """Return what to do about audio in the library's folder that is not imported."""
        count = len(self.studio.library.lone_audio())
        if not count:
            return ""
        files, are = ("1 file", "is") if count == 1 else (f"{count:,} files", "are")
        key = self.app.keymap.key("commands")
        return f"{files} in the library's folder {are} not imported. Type {key} import"

    def _show_notice(self, text: str) -> None:
        self.notice.update(content(one_line(text, 400)))
        self.notice.set_class(bool(text), "-shown")

    def _update_headings(self) -> None:
        self.headings.display = bool(self.rows.items)
        sort = self.query_sort or self.sort
        self.headings.update(content(headings(self.rows.row_width, sort, self.rows.chosen)))

    @property
    def query_sort(self) -> str:
        """The sort order that the filter asks for; empty if it asks for none."""
        return self._results.sort if self._results is not None else ""

    def on_resize(self) -> None:
        self.place_sides()

    def place_sides(self) -> None:
        """Place the views and the preview, as far as there is room."""
        width, height = self.size
        state = self.state
        side = min(max(16, state.side), width // 3)
        wide = width >= SIDE_FROM
        # The list keeps the room that its columns need.
        beside = state.preview and width - (side if wide else 0) >= PREVIEW_FROM
        below = state.preview and not beside and height >= PREVIEW_BELOW_FROM
        self.side.styles.width = side
        self.preview.styles.width = (
            min(max(28, state.preview_width), width // 3) if beside else "1fr"
        )
        self.preview.styles.height = "1fr" if beside else max(8, height // 3)
        self.preview.set_class(beside, "-beside").set_class(below, "-below")
        if wide != self.side.has_class("-shown"):
            self.side.set_class(wide, "-shown")
            if self._watching:
                self.side.load()
        self._preview_current()

    def on_track_rows_resized(self) -> None:
        self._update_headings()

    def _preview_current(self) -> None:
        if self._watching:  # the first picture does not wait for it
            self.preview.want(self.rows.current)
