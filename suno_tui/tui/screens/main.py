"""The main screen: three panes side by side, or pages under a row of tabs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.tui.screens.composer import ComposePane
from suno_tui.tui.screens.header import Header
from suno_tui.tui.screens.paged_screen import PLACES, PagedScreen
from suno_tui.tui.screens.welcome import Welcome
from suno_tui.tui.startup.key_queue import accept_moves, accept_text

if TYPE_CHECKING:
    from datetime import datetime

    from suno_tui.providers.song import Song
    from suno_tui.studio import Studio
    from suno_tui.tui.actions.footer import Footer
    from suno_tui.tui.context import Context, Host
    from suno_tui.tui.screens.library.pane import LibraryPane
    from suno_tui.tui.screens.player.bar import PlayerBar
    from suno_tui.tui.screens.player.page import PlayerPane
    from suno_tui.tui.screens.queue.pane import QueuePane
    from suno_tui.tui.widgets.virtual_list import VirtualList

_TOO_SMALL = "This window is too small for the studio: it needs 60 x 16. Here is the queue."

PATIENCE_SECONDS = 1.0
"""How long the last session's picture stays at most when all could be used but the lists."""


class MainScreen(PagedScreen):
    """Everything at a glance from 100x30 on; smaller, the same panes are pages."""

    DEFAULT_CSS = Path(__file__).with_name("main.tcss").read_text()
    AUTO_FOCUS = ""
    app: Context
    tasks: QueuePane
    library: LibraryPane
    player: PlayerPane
    player_line: PlayerBar
    keys: Footer

    def __init__(self, studio: Studio, host: Host) -> None:
        remembered = studio.remembered()
        pane = remembered.get("pane")
        super().__init__(str(pane) if pane in PLACES[:3] else "compose")
        self.host = host
        self.studio = studio
        self.new_here = remembered.get("new_here", not remembered) is True
        """Whether there is nothing yet; until that was looked at, whether there was nothing."""
        self.composer = ComposePane(studio)
        # The focus comes when all is there: its frame has its colours from the start.
        self.composer.set_class(self.page == "compose", "-active")
        self._welcome: Welcome | None = None
        self._keys_wait = False
        self._heard: tuple[str | None, bool, bool] = (None, False, False)
        """Of what plays, that which decides which keys work."""
        self._filling = False
        self._waits_for = {"focus", "tracks"}
        """What the first picture has to show before it counts as one."""
        self.drawn = asyncio.Event()
        """That the first picture is there: what takes long and can wait has waited for it."""

    def compose(self) -> ComposeResult:
        # As `main.tcss` will have it: what is foreseen wrong costs one layout more, no harm.
        width, height = self.app.size
        wide = width if self.paged else max(44, min(width * 2 // 5, 84))
        self.composer.fit(wide, height - 3)
        if self.page == "library" and self.app.has_picture and not self.tiny:
            self.begins_with = "library"
        else:
            # Over the last picture nobody sees that the rest of the form is still to come.
            self.composer.form.brief = self.app.has_picture
        yield Header(self.studio.provider, self.go)
        with Horizontal(id="body"):
            with Vertical(id="compose-place"):
                if self.begins_with == "compose":
                    yield from self._writing()
            with Vertical(id="right"):
                if self.begins_with == "library":
                    # In the place of the tasks, which come with the rest.
                    place = Vertical(id="tasks-pane")
                    place.display = not self.paged
                    yield place
                    yield self._listing()
        yield Vertical(id="foot")

    def _writing(self) -> Iterable[Widget]:
        # From the start: it would push the composer down under one's eyes.
        if self.new_here:
            self._welcome = Welcome(self.studio.provider)
            yield self._welcome
        yield self.composer

    def _listing(self) -> LibraryPane:
        from suno_tui.tui.screens.library.pane import LibraryPane

        self.library = LibraryPane(self.studio, self._now)
        self.library.set_class(self.page == "library", "-active")
        return self.library

    def on_mount(self) -> None:
        self.watch(self, "focused", self.focus_moved, init=False)
        self.lay_out()
        if self.page != self.begins_with or self.tiny:
            self.call_next(self._fill)
            return
        self.go(self.page)
        if self.page == "compose":
            self.app.key_queue.open(accept_text)
            self.settle(self._can_write, lay_out=False)
        else:
            self.set_timer(PATIENCE_SECONDS, self._fill)
            try:
                self.library.check()
            except StudioError:
                self.call_next(self._fill)  # it is told when all is there

    def _can_write(self) -> None:
        """The composer is there: what is typed shows, while the rest is on its way."""
        self.app.show_rest(self.pane("compose").region)
        self.draw(self.focused, alone=self.app.has_picture)
        self.call_next(self._fill)

    def _can_move(self) -> None:
        """The tracks are there, and one moves among them while the rest is on its way."""
        self.app.show_rest(self.library.region)
        self.draw(self.library.rows, alone=self.app.has_picture)
        self.call_next(self._fill)

    async def _fill(self) -> None:
        """The other panes and the lines at the foot; what they need is loaded only now."""
        if self._filling:
            return
        self._filling = True
        from suno_tui.tui.actions.footer import Footer
        from suno_tui.tui.screens.player.bar import PlayerBar
        from suno_tui.tui.screens.player.page import PlayerPane
        from suno_tui.tui.screens.queue.pane import QueuePane

        try:
            self.studio.tasks.version()
        except StudioError as error:
            self.host.fail(error)
            return
        self.waits = True
        right = self.query_one("#right")
        too_small = Static(_TOO_SMALL, id="too-small")
        self.tasks = QueuePane(self.studio, self._now)
        self.tasks.set_class(self.page == "tasks", "-active")
        if self.begins_with == "library":
            await self.query_one("#compose-place").mount(*self._writing())
            await self.query_one("#tasks-pane").remove()
            await right.mount(too_small, self.tasks, before=0)
        else:
            await right.mount(too_small, self.tasks, self._listing())
        await self.composer.complete()
        self.player = PlayerPane(self.app.playback.session)
        self.player_line = PlayerBar(self.app.playback.session, id="player-line")
        self.keys = Footer(self.app.dispatcher, id="keys")
        await self.query_one("#body").mount(self.player)
        await self.query_one("#foot").mount(self.player_line, self.keys)
        await self.mount_notices()
        self.app._refresh_notifications()
        self.complete = True
        self.lay_out()
        self.host.look()
        if self.library.listed:
            self.host.show_counts()
            self.host.library_listed()
        if self.page != self.begins_with or self.tiny:
            self.go(self.page)
        self.host.begun()
        self.update_keys()
        self.set_timer(PATIENCE_SECONDS, self._show)
        self.settle(partial(self._has, "focus"), lay_out=True)

    def hurry(self) -> None:
        """Draw what is there: somebody types, and does not wait for the rest."""
        if self.complete:
            self.waits = False

    def _has(self, what: str) -> None:
        self._waits_for.discard(what)
        if not self._waits_for:
            self._show()

    def _show(self) -> None:
        if self.drawn.is_set():
            return
        self.draw()
        self.app.show_rest()
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        self.drawn.set()
        if self.library.listed:
            self.library.follow()
        self.host.drawn()

    def on_screen_suspend(self) -> None:
        """A dialog has keys of its own: those of the panes do nothing until it is closed."""
        self.show_instead(" ")

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # At the start everything was styled a moment ago.
        event.refresh_styles = self.stack_updates > 0
        self.show_instead("")

    def _now(self) -> datetime:
        return self.app.now()

    # What others tell

    @property
    def here(self) -> Widget:
        return self.composer if self.page == "compose" else self.pane(self.page)

    def page_changed(self) -> None:
        self._write_welcome()
        header = self.query_one(Header)
        header.page = self.page if self.single else None
        header.look()
        if self.page == "player" and self.complete:
            self.player.look()

    def show_counts(self, live: int, tracks: int) -> None:
        """The numbers in the tabs, and the welcome while there is nothing yet."""
        header = self.query_one(Header)
        header.counts = {"tasks": str(live or ""), "library": f"{tracks:,}" if tracks else ""}
        header.look()
        self.new_here = not tracks and not self.tasks.rows.items
        if self._welcome is not None and not self.new_here:
            self._welcome.remove()
            self._welcome = None
        elif self._welcome is None and self.new_here:
            self._welcome = Welcome(self.studio.provider)
            self.query_one("#compose-place").mount(self._welcome, before=0)
        self._write_welcome()

    def _write_welcome(self) -> None:
        if self._welcome is not None:
            self._welcome.show(self.app.keymap, short=self.single)

    def show_balance(self, balance: int | None, trouble: str) -> None:
        header = self.query_one(Header)
        header.balance, header.trouble = balance, trouble
        header.look()
        self.composer.set_balance(balance)

    def show_sound(self) -> None:
        """The player's line, its page, and the row of the track that plays."""
        if not self.complete:
            return
        # While the app ends, a track may still be told of and the widgets be gone.
        if self.player_line.is_attached:
            self.player_line.look()
        if self.player.is_attached:
            self.player.look()
        # In a blind comparison the list must not tell which take is heard.
        deck = self.app.playback.session
        track_id = deck.track.id if deck.track else None
        self.library.rows.mark_playing(track_id if deck.blind is None else None)
        heard = (track_id, deck.playing, deck.blind is not None)
        if heard != self._heard:
            self._heard = heard
            self.update_keys()

    def write(self, song: Song) -> None:
        """Put a song into the composer; what was there stays as a draft."""
        self.composer.load(song)
        self.go("compose")

    def update_keys(self) -> None:
        """Look again at what works here, once things have settled."""
        if self.complete and not self._keys_wait:
            self._keys_wait = True
            self.call_after_refresh(self._update_keys)

    def _update_keys(self) -> None:
        self._keys_wait = False
        self.keys.update_keys()

    def show_instead(self, text: str) -> None:
        """A text in place of the keys, until an empty one ends that."""
        if self.complete and self.keys.is_attached:
            self.keys.show_instead(text)

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        self.update_keys()

    def on_track_list_pane_listed(self) -> None:
        if not self.complete:
            self._waits_for.discard("tracks")
            if not self._filling:
                self.app.key_queue.open(accept_moves)
                self.settle(self._can_move, lay_out=True)
            return
        self.update_keys()
        self.host.show_counts()
        self.host.library_listed()
        if not self.drawn.is_set():
            self.settle(partial(self._has, "tracks"), lay_out=True)

    # Actions that work everywhere

    def label(self, id: str) -> str | None:
        if id != "clear":
            return None
        if self.app.dispatcher.in_text():
            return "Leave field"
        return "Close message" if self.app.says_something and not self._leads_back else "Back"

    def why_not(self, id: str) -> str | None:
        """An empty reason needs no words."""
        if id == "zoom" and (self.page == "player" or (self.paged and not self.zoomed)):
            return "This pane is alone already."
        if id != "clear":
            return None
        useful = self.app.dispatcher.in_text() or self._leads_back or self.app.says_something
        return None if useful else ""

    @property
    def _leads_back(self) -> bool:
        return self.zoomed or self.page == "player"

    def action_clear(self) -> None:
        """Esc: out of the field, the zoom, the player's page; else a message is closed."""
        if self.app.dispatcher.in_text():
            self.set_focus(None)
        elif self.page == "player":
            self.go("library")
        elif self.zoomed:
            self.action_zoom()
        else:
            self.app.end_messages()
        self.update_keys()
