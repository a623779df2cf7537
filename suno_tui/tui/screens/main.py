"""The main screen: three panes side by side, or pages under a row of tabs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.providers.remote import Amount
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.screens.header import Header
from suno_tui.tui.screens.paged_screen import PLACES, PagedScreen
from suno_tui.tui.screens.pane_edges import PaneRow
from suno_tui.tui.screens.pane_sizes import HIDEABLE, PaneSizes
from suno_tui.tui.screens.welcome import Welcome
from suno_tui.tui.startup.key_queue import accept_moves, accept_text

if TYPE_CHECKING:
    from datetime import datetime

    from suno_tui.providers.song import Song
    from suno_tui.studio import Studio
    from suno_tui.tui.actions.footer import Footer
    from suno_tui.tui.context import Context, MainScreenDelegate
    from suno_tui.tui.screens.library.pane import LibraryPane
    from suno_tui.tui.screens.player.bar import PlayerBar
    from suno_tui.tui.screens.player.page import PlayerPane
    from suno_tui.tui.screens.queue.pane import QueuePane
    from suno_tui.tui.sending import Sending
    from suno_tui.tui.widgets.virtual_list import VirtualList

_SIZES = ("pane_wider", "pane_narrower", "pane_higher", "pane_lower", "hide_pane")
_TOO_SMALL = "This window is too small for the studio: it needs 60 x 16. Here is the queue."

PATIENCE_SECONDS = 1.0
"""Seconds for which the first frame stays at most while only the lists are missing."""


class MainScreen(PagedScreen):
    """All panes side by side from 100x30 on; the same panes as pages on a smaller screen."""

    DEFAULT_CSS = Path(__file__).with_name("main.tcss").read_text()
    AUTO_FOCUS = ""
    app: Context
    tasks: QueuePane
    library: LibraryPane
    player: PlayerPane
    player_bar: PlayerBar
    keys: Footer

    def __init__(self, studio: Studio, delegate: MainScreenDelegate) -> None:
        remembered = studio.remembered()
        pane, sizes = remembered.get("pane"), PaneSizes.read(remembered.get("panes"))
        super().__init__(str(pane) if pane in PLACES[:3] else "compose", sizes)
        self.delegate = delegate
        self.studio = studio
        self.nothing_yet = remembered.get("new_here", not remembered) is True
        """Whether there are no tasks and no tracks; at first, as at the last exit."""
        self.composer = ComposePane(studio)
        # The focus is set once all is mounted; the frame has its colours from the start.
        self.composer.set_class(self.page == "compose", "-active")
        self._welcome: Welcome | None = None
        self._keys_wait = False
        self._key_state: tuple[str | None, bool, bool] = (None, False, False)
        """The facts of the player that decide which keys work."""
        self._mounts_rest = False
        self._picture_lacks = {"focus", "tracks"}
        """What the first picture still has to show."""
        self.drawn = asyncio.Event()
        """Set once the first picture is drawn; slow work waits for it."""

    def compose(self) -> ComposeResult:
        # The size that `lay_out` will set; a wrong guess costs only one more layout.
        width, height = self.app.size
        wide = width if self.paged or self.zoomed else self.sizes.compose_width(width)
        self.composer.fit(wide, height - 3)
        if self.page == "library" and self.app.has_picture and not self.tiny:
            self.begins_with = "library"
        else:
            # The first frame hides that the rest of the form is still to come.
            self.composer.form.brief = self.app.has_picture
        self.composer.set_key(self.app.keymap.key("go_compose"))
        yield Header(self.studio.provider, self.go, self.key_of)
        with PaneRow(self, id="body"):
            with Vertical(id="compose-place"):
                if self.begins_with == "compose":
                    yield from self._composer_widgets()
            with Vertical(id="right"):
                if self.begins_with == "library":
                    # A placeholder for the tasks, which come with the rest.
                    place = Vertical(id="tasks-pane")
                    place.styles.height = self.sizes.tasks_height(height)
                    place.display = not self.paged
                    yield place
                    yield self._make_library()
        yield Vertical(id="foot")

    def _composer_widgets(self) -> Iterable[Widget]:
        # Mounted from the start: later it would push the composer down in plain sight.
        if self.nothing_yet:
            self._welcome = Welcome()
            yield self._welcome
        yield self.composer

    def _make_library(self) -> LibraryPane:
        from suno_tui.tui.screens.library.pane import LibraryPane

        self.library = LibraryPane(self.studio, self._now)
        self.library.set_key(self.app.keymap.key("go_library"))
        self.library.set_class(self.page == "library", "-active")
        return self.library

    def on_mount(self) -> None:
        self.watch(self, "focused", self.focus_moved, init=False)
        self.lay_out()
        if self.page != self.begins_with or self.tiny:
            self.call_next(self._mount_rest)
            return
        self.go(self.page)
        if self.page == "compose":
            self.app.key_queue.open(self._accept_early)
            self.settle(self._draw_composer_early, lay_out=False)
        else:
            self.set_timer(PATIENCE_SECONDS, self._mount_rest)
            try:
                self.library.check()
            except StudioError:
                self.call_next(self._mount_rest)  # reported once all is mounted

    def _accept_early(self, event: events.Event) -> bool:
        """Accept text if the user is typing, else only the keys that begin typing."""
        if self.composer.form.typing:
            return accept_text(event)
        return isinstance(event, events.Key) and event.key in ("enter", "i")

    def _draw_composer_early(self) -> None:
        """Draw the composer, so that typed text shows before the rest is mounted."""
        self.app.show_rest(self.pane("compose").region)
        self.draw(self.focused, alone=self.app.has_picture)
        self.call_next(self._mount_rest)

    def _draw_list_early(self) -> None:
        """Draw the list of tracks, in which the cursor can move before the rest is mounted."""
        self.app.show_rest(self.library.region)
        self.draw(self.library.rows, alone=self.app.has_picture)
        self.call_next(self._mount_rest)

    async def _mount_rest(self) -> None:
        """Mount the other panes, the player's bar and the footer.

        They are imported only now, so that the first key is shown 22 to 26 ms earlier.
        """
        if self._mounts_rest:
            return
        self._mounts_rest = True
        from suno_tui.tui.actions.footer import Footer
        from suno_tui.tui.screens.player.bar import PlayerBar
        from suno_tui.tui.screens.player.page import PlayerPane
        from suno_tui.tui.screens.queue.pane import QueuePane

        try:
            self.studio.tasks.version()
        except StudioError as error:
            self.delegate.fail(error)
            return
        self.waits = True
        right = self.query_one("#right")
        too_small = Static(_TOO_SMALL, id="too-small")
        self.tasks = QueuePane(self.studio, self._now)
        self.tasks.set_key(self.app.keymap.key("go_queue"))
        self.tasks.styles.height = self.sizes.tasks_height(self.app.size.height)
        self.tasks.set_class(self.page == "tasks", "-active")
        if self.begins_with == "library":
            await self.query_one("#compose-place").mount(*self._composer_widgets())
            await self.query_one("#tasks-pane").remove()
            await right.mount(too_small, self.tasks, before=0)
        else:
            await right.mount(too_small, self.tasks, self._make_library())
        await self.composer.complete()
        self.player = PlayerPane(self.app.playback.session)
        self.player.set_key(self.app.keymap.key("go_player"))
        self.player_bar = PlayerBar(self.app.playback.session, id="player-line")
        self.keys = Footer(self.app.dispatcher, id="keys")
        await self.query_one("#body").mount(self.player)
        await self.query_one("#foot").mount(self.player_bar, self.keys)
        self.complete = True
        self.lay_out()
        self.delegate.poll_stores()
        if self.library.listed:
            self.delegate.show_counts()
            self.delegate.library_read()
        if self.page != self.begins_with or self.tiny:
            self.go(self.page)
        self.delegate.screen_usable()
        self.update_keys()
        self.set_timer(PATIENCE_SECONDS, self._show)
        self.settle(partial(self._picture_has, "focus"), lay_out=True)

    def draw_now(self) -> None:
        """Draw what is mounted: the user types and does not wait for the rest."""
        if self.complete:
            self.waits = False

    def _picture_has(self, what: str) -> None:
        self._picture_lacks.discard(what)
        if not self._picture_lacks:
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
            self.library.start_watching()
        self.delegate.screen_drawn()

    def on_screen_suspend(self) -> None:
        """Hide the footer's keys while a dialog is open: they do nothing until it is closed."""
        self.show_instead(" ")

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # At the start everything has just been styled: doing it again would take 15 ms (43 ms with
        # 100,000 tracks).
        event.refresh_styles = self.stack_updates > 0
        self.show_instead("")

    def _now(self) -> datetime:
        return self.app.now()

    # Updates from elsewhere

    @property
    def here(self) -> Widget:
        return self.composer if self.page == "compose" else self.pane(self.page)

    def page_changed(self) -> None:
        self._update_welcome()
        header = self.query_one(Header)
        header.page = self.page if self.single else None
        header.update_content()
        if self.page == "player" and self.complete:
            self.player.update_content()

    def show_counts(self, live: int, tracks: int, need_user: int) -> None:
        """Show the numbers in the tabs, and the welcome while there are no tasks and no tracks."""
        header = self.query_one(Header)
        header.counts = {"tasks": str(live or ""), "library": f"{tracks:,}" if tracks else ""}
        header.need_user = need_user
        header.update_content()
        self.nothing_yet = not tracks and not self.tasks.rows.items
        if self._welcome is not None and not self.nothing_yet:
            self._welcome.remove()
            self._welcome = None
        elif self._welcome is None and self.nothing_yet:
            self._welcome = Welcome()
            self.query_one("#compose-place").mount(self._welcome, before=0)
        self._update_welcome()

    def _update_welcome(self) -> None:
        if self._welcome is not None:
            self._welcome.show(self.studio, self.app.keymap, short=self.single)

    def show_balance(self, balance: Amount | None, trouble: str) -> None:
        can = self.studio.capabilities(self.studio.provider)
        self.query_one(Header).show_balance(balance, trouble, free=can.free, credit=can.credit)
        self.composer.set_balance(balance)

    def show_sound(self) -> None:
        """Update the player's bar, its page, and the row of the track that plays."""
        if not self.complete:
            return
        # While the app exits, an update may come after the widgets are gone.
        if self.player_bar.is_attached:
            self.player_bar.redraw()
        if self.player.is_attached:
            self.player.update_content()
        # In a blind comparison the list must not show which take plays.
        session = self.app.playback.session
        track_id = session.track.id if session.track else None
        self.library.rows.mark_playing(track_id if session.blind is None else None)
        key_state = (track_id, session.will_play, session.blind is not None)
        if key_state != self._key_state:
            self._key_state = key_state
            self.update_keys()

    def show_track(self, track_id: str) -> None:
        """Go to a track in the library."""
        self.go("library")
        self.library.show_track(track_id)

    def show_task(self, id: str) -> None:
        """Go to a task in the queue."""
        self.go("tasks")
        self.tasks.rows.select(id)

    def write(self, song: Song, provider: str | None = None) -> None:
        """Put a song into the composer; the old one is kept as a draft."""
        self.composer.load(song, provider=provider)
        self.go("compose")

    def send_again(self, song: Song, how: Sending) -> None:
        """Send a song once more; ask first if it costs anything."""
        self.composer.send_again(song, how)

    def update_keys(self) -> None:
        """Update the footer after the next refresh."""
        if self.complete and not self._keys_wait:
            self._keys_wait = True
            self.call_after_refresh(self._update_keys)

    def _update_keys(self) -> None:
        self._keys_wait = False
        self.keys.update_keys()

    def show_instead(self, text: str) -> None:
        """Show a text in place of the footer's keys; an empty text shows the keys again."""
        if self.complete and self.keys.is_attached:
            self.keys.show_instead(text)

    def on_typing_form_typing_changed(self) -> None:
        self.update_keys()

    def focus_moved(self, focused: Widget | None) -> None:
        super().focus_moved(focused)
        if self.page != "compose":
            self.composer.form.set_typing(False)

    async def on_virtual_list_asked(self) -> None:
        await self.app.dispatcher.run("actions")

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        self.update_keys()

    def on_track_list_pane_listed(self) -> None:
        if not self.complete:
            self._picture_lacks.discard("tracks")
            if not self._mounts_rest:
                self.app.key_queue.open(accept_moves)
                self.settle(self._draw_list_early, lay_out=True)
            return
        self.update_keys()
        self.delegate.show_counts()
        self.delegate.library_read()
        if not self.drawn.is_set():
            self.settle(partial(self._picture_has, "tracks"), lay_out=True)

    # Actions that work everywhere

    def label(self, id: str) -> str | None:
        if id != "clear":
            return None
        if self.app.dispatcher.in_text():
            return "Leave field"
        return "Close message" if self.app.has_notices and not self.can_leave else "Back"

    def why_not(self, id: str) -> str | None:
        """Return why an action is off; an empty text if no reason is worth showing."""
        if id == "zoom" and (self.page == "player" or (self.paged and not self.zoomed)):
            return "Zoomed already."
        if id in _SIZES and self.single:
            return "This window has room for one pane."
        if id == "hide_pane" and len(self.sizes.hidden) == len(HIDEABLE) - 1:
            return "This is the only pane that is shown."
        if id in ("pane_higher", "pane_lower") and self.page == "compose":
            return "The composer is as high as the window."
        if id != "clear":
            return None
        useful = self.app.dispatcher.in_text() or self.can_leave or self.app.has_notices
        return None if useful else ""

    def action_clear(self) -> None:
        """Esc: leave the field, the zoom or the player's page; else close the notices."""
        if self.app.dispatcher.in_text():
            self.set_focus(None)
        elif not self.leave():
            self.app.dismiss_notices()
        self.update_keys()
