"""The list of the library's pane: which tracks it holds, and what is said about them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
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
from suno_tui.tui.screens.library.rows import TrackRows, headings
from suno_tui.tui.widgets.content import content, one_line
from suno_tui.tui.widgets.pane import Pane
from suno_tui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

SLOWLY_SECONDS = 2.0
"""How often the list is made anew while an index is."""


class FilterInput(SafeInput):
    """The words to search for; Enter and ↓ go to the list."""

    def key_down(self) -> None:
        self.screen.query_one(TrackRows).focus()


class TrackListPane(Pane):
    """The tracks that the filter leaves over, read again where the library has changed."""

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
        """The list is another one."""

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
        self._loop = asyncio.get_running_loop()
        self._follows = False
        self._version: object = None
        self._hits: SearchResults | None = None
        """The latest search; another one calls off what it still looks for."""
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
            # In a large library this takes a second, which the first picture would take longer.
            await self.app.navigation.drawn.wait()
            whole = await asyncio.to_thread(hits.finish)
            if whole is not hits:
                self._show(query, whole, count)
        except StudioError as error:
            self._notice(str(error))

    @work(exclusive=True, group="scan")
    async def scan(self) -> None:
        """Look at all files, for what was done to them by hand."""
        try:
            await asyncio.to_thread(self.studio.library.refresh)
        except StudioError as error:
            self._notice(str(error))
        self._say_reading(0, 0)
        self.check()

    def _say_reading(self, done: int, all: int) -> None:
        self._reading = f"reading {done:,} of {all:,}" if done < all else ""
        self._say_count()

    def on_unmount(self) -> None:
        # The end of the app waits for its threads, and there may be 100,000 files to read.
        self.studio.library.on_progress(None)
        self.studio.library.stop()
        self.app.library.progress.stop()

    def _show(self, query: str, hits: SearchResults, count: int) -> None:
        self.count, self.listed = count, True
        self.rows.empty = self._face(query)
        self.rows.set_items(hits)
        more = "" if hits.complete else "+"
        of = f"{len(hits):,}{more} of {count:,}" if query.strip() else f"{count:,}"
        self._counted = f"{of} track{'' if count == 1 else 's'}" if count else ""
        self._say_count()
        self._say_trouble(hits.mistakes)
        self._say_headings()
        self.post_message(self.Listed())
        if self.app.navigation.drawn.is_set():
            self.follow()

    def follow(self) -> None:
        """Follow the files, once there is something to see.

        To take in 100,000 folders keeps everything else from running for a second.
        """
        if not self._follows:
            self._follows = True
            # Whoever asks for a track by its id may come to read them before `scan` does.
            self.studio.library.on_progress(partial(self._tell, self._say_reading))
            if self.studio.library.complete:
                self.check()  # somebody else may have read them meanwhile
            else:
                self.scan()
            self.studio.library.watch()

    def _tell(self, say: Callable[..., None], *what: int) -> None:
        """Say how far something is; from another thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody sees it any more
            self._loop.call_soon_threadsafe(say, *what)

    def show_progress(self) -> None:
        """Say how far a change of many tracks is; may be called from another thread."""
        self._tell(self._say_progress)

    def _say_progress(self) -> None:
        self._say_count()
        self.app.navigation.update_keys()

    def _say_count(self) -> None:
        marked = f"{len(self.rows.marked):,} marked" if self.rows.marked else ""
        steps = self.app.library.progress
        done = f"{steps.done:,} of {steps.all:,} done" if steps.busy else ""
        self.set_subtitle(" · ".join(filter(None, (self._reading, done, marked, self._counted))))

    def _face(self, query: str) -> list[tuple[str, str]]:
        """What an empty list says."""
        if query.strip():
            return [("Nothing matches.", "muted"), ("esc  Clear the filter", "muted")]
        if not self.studio.library.read:
            return [("Your files are being read.", "muted")]
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
        self.headings.update(content(headings(self.rows.row_width, self.asked_sort or self.sort)))

    @property
    def asked_sort(self) -> str:
        """What the words of the filter sort by; empty where they don't."""
        return self._hits.sort if self._hits is not None else ""

    def on_resize(self) -> None:
        self.call_after_refresh(self._say_headings)
