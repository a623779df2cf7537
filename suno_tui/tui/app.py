"""The application: builds its parts, wires them, and routes events between them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import events
from textual.binding import BindingType

from suno_tui.common.errors import StudioError
from suno_tui.common.garbage import collect_as_usual
from suno_tui.common.notifications import ChangeWatch, load_inotify, open_inotify
from suno_tui.tui.actions.dispatcher import Dispatcher
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.context import Context
from suno_tui.tui.controllers.ab import TakeComparison
from suno_tui.tui.controllers.commands import CommandSocket
from suno_tui.tui.controllers.exit_actions import ExitActions
from suno_tui.tui.controllers.images import Images
from suno_tui.tui.controllers.late_start import LateStart
from suno_tui.tui.controllers.library_changes import LibraryChanges
from suno_tui.tui.controllers.palette import Palette
from suno_tui.tui.controllers.play_modes import PlayModes
from suno_tui.tui.controllers.playback import Playback
from suno_tui.tui.controllers.queue_news import QueueNews
from suno_tui.tui.controllers.sound_target import SoundTarget
from suno_tui.tui.controllers.terminal_commands import TerminalCommands
from suno_tui.tui.controllers.themes import Themes
from suno_tui.tui.crash import watch_loop
from suno_tui.tui.screens.batch.action import BatchAction
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.screens.header import Header
from suno_tui.tui.screens.library.import_action import ImportAction
from suno_tui.tui.screens.main import MainScreen
from suno_tui.tui.screens.place_actions import PlaceActions
from suno_tui.tui.startup.key_queue import PATIENCE_SECONDS, KeyQueue
from suno_tui.tui.terminal import notify
from suno_tui.tui.terminal.ascii_fallback import plain_encoding
from suno_tui.tui.terminal.driver import TerminalDriver
from suno_tui.tui.terminal.images.capabilities import TerminalAnswers
from suno_tui.tui.terminal.paste_guard import PasteGuard

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.screens.composer.form import SongForm
    from suno_tui.tui.screens.library.pane import LibraryPane
    from suno_tui.tui.screens.library.rows import TrackRows
    from suno_tui.tui.screens.queue.pane import QueuePane
    from suno_tui.tui.widgets.waveform import SeekStrip

POLL_SECONDS = 1.5
"""Seconds between two checks of the stores for changes without a notification: network file systems
report none of other machines, and nothing is reported while the disk is full."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class StudioApp(Context):
    """The studio on the screen. `studio` is open; the caller closes it.

    `now` is the clock: it returns aware moments.
    """

    images: Images
    library: LibraryChanges
    navigation: MainScreen
    palette: Palette
    playback: Playback
    themes: Themes

    TITLE = "suno-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    /* A notice of one line covers only the border of a pane. */
    Toast {
        width: auto; max-width: 90%; margin-top: 0; padding: 0 1; background: $panel;
    }
    /* Above the player and the keys: at the top it would cover the queue's first rows. */
    ToastRack { align: right bottom; margin-bottom: 2; }
    TextArea, Input { scrollbar-size-vertical: 1; }
    """

    def __init__(self, studio: Studio, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.studio = studio
        self.now = now
        self._delayed_exit: Callable[[], None] | None = None
        """The exit that was requested before the first picture was drawn."""
        self._trouble = ""
        self._store_watch: ChangeWatch | None = None
        self._build()
        # Before anything is styled: a later change of the theme would style everything again.
        self.set_reactive(StudioApp.theme, self.themes.initial())
        self.stylesheet.set_variables(self.get_css_variables())

    def _build(self) -> None:
        self.main = self.navigation = MainScreen(self.studio, self)
        self.key_queue = KeyQueue(self, open=False)
        self.paste_guard = PasteGuard()
        self.images = Images(self, self._ask_terminal)
        self.library = LibraryChanges(
            self, lambda: self.main.library.changed(), lambda: self.main.library.show_progress()
        )
        self.playback = Playback(self)
        self.sound_target = SoundTarget(self)
        self.themes = Themes(self)
        self.palette = Palette(self)
        self.news = QueueNews(self, self.main.show_balance)
        self.late_start = LateStart(self)
        self.commands = CommandSocket(self)
        self.playback.on_shown = self.commands.changed
        self.keymap = Keymap(self.studio.settings.keymap)
        places = PlaceActions(self.main, self.sound_target)
        controllers = (
            places,
            self.playback,
            PlayModes(self),
            TakeComparison(self),
            self.palette,
            ExitActions(self),
            ImportAction(self),
            BatchAction(self),
            TerminalCommands(self),
        )
        self.dispatcher = Dispatcher(self, self.keymap, controllers)
        self.dispatcher.on_pending = self._show_pending

    @property
    def queue(self) -> QueuePane:
        return self.main.tasks

    @property
    def tracks(self) -> TrackRows:
        return self.main.library.rows

    @property
    def fields(self) -> SongForm:
        return self.main.composer.form

    def get_default_screen(self) -> MainScreen:
        return self.main

    def on_load(self) -> None:
        # Before Textual takes over the terminal.
        watch_loop(self.studio.home, asyncio.get_running_loop())
        self._end_on_signals()

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self.themes.remember)
        self.set_interval(POLL_SECONDS, self.poll_stores)
        self.run_worker(self._listen())
        self.set_interval(60, self.refresh_ages)
        self.to_terminal(notify.SAVE_TITLE)

    # Reports of the main screen

    def screen_usable(self) -> None:
        """Accept keys: the screen can be used."""
        self.key_queue.open()
        if not gc.isenabled():
            # Objects made at the start live until the end: the collector need not scan them again.
            gc.freeze()
            collect_as_usual()

    def fail(self, error: StudioError) -> None:
        """Exit, because the studio's files can't be opened."""
        self.failure = error
        super().exit(return_code=error.exit_code)

    def screen_drawn(self) -> None:
        """Run what waits until the first picture is on the screen."""
        if self._delayed_exit is not None:
            self._delayed_exit()
            return
        self.late_start.run()
        self.commands.open()
        self.news.ask_for_balance()

    # Changes by other processes

    async def _listen(self) -> None:
        """Have the stores checked soon after any process has written to them."""
        await self.main.drawn.wait()
        files = self.studio.home.queue, self.studio.library.index_file
        await asyncio.to_thread(load_inotify)
        self._store_watch = ChangeWatch(open_inotify(), files, self.poll_stores)

    def poll_stores(self) -> None:
        """Show changes of the queue and the library; report the same error only once."""
        if not self.main.complete:
            return
        trouble = ""
        try:
            self.main.tasks.reload(at_once=False)
            self.main.library.check()
            self.library.take_in_edits()
        except StudioError as error:
            trouble = str(error)
            if trouble != self._trouble:
                self.notify_error(error)
        self._trouble = trouble

    def refresh_ages(self) -> None:
        """Update the ages in the lists; only rows that change are sent to the terminal."""
        self.main.tasks.rows.refresh_rows()
        self.main.library.rows.refresh_rows()
        self.news.retry_balance()

    def show_counts(self) -> None:
        """Show the numbers in the tabs and in the window's title."""
        live = self.main.tasks.live
        self.main.show_counts(live, self.main.library.count, len(self.main.tasks.need_user))
        self.news.update_window_title(live)

    def library_read(self) -> None:
        """Tell the player that the library was read."""
        self.playback.library_read()

    def show_providers(self) -> None:
        from suno_tui.tui.screens.providers.dialog import ProvidersDialog

        self.push_screen(ProvidersDialog(self.studio, self.provider_changed))

    def provider_changed(self, name: str) -> None:
        """Show the provider in use, ask for its balance, and try tasks that its settings held."""
        self.main.query_one(Header).provider = self.studio.provider
        self.main.composer.provider_changed()
        self.main.page_changed()  # the welcome names the provider
        self.main.show_balance(None, "")
        self.main.tasks.try_provider(name)
        self.news.ask_for_balance()

    def on_queue_pane_changed(self, event: QueuePane.Changed) -> None:
        self.news.tasks_changed(event.changes)
        self.news.show_known_balance()
        if event.changes:
            self.show_counts()

    def on_queue_pane_waits(self, event: QueuePane.Waits) -> None:
        header = self.main.query_one(Header)
        header.next_try = event.text
        header.update_content()

    def on_library_pane_play(self, event: LibraryPane.Play) -> None:
        self.playback.play_track(event.track, event.tracks, event.place)

    def on_player_bar_toggled(self) -> None:
        self.playback.action_play()

    def on_seek_strip_sought(self, event: SeekStrip.Sought) -> None:
        if event.timeline is self.playback.session:
            self.playback.seek_to(event.at)

    # The terminal

    @property
    def questions(self) -> str:
        """The sequences with which the driver queries the terminal."""
        return self.images.questions

    def receive_answers(self, answers: TerminalAnswers) -> None:
        """Handle the terminal's answers, which the driver passes on."""
        self.images.receive(answers)

    def _ask_terminal(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.ask()

    def on_resize(self) -> None:
        self.images.resized()

    def repaint(self) -> None:
        self.images.forget()
        super().repaint()
        self.images.draw_again()

    def keep_picture(self, file: Path) -> None:
        # The first frame is shown before the terminal's encoding is known.
        if sys.__stderr__ is None or plain_encoding(sys.__stderr__.encoding) is None:
            super().keep_picture(file)

    # Keys

    def _show_pending(self, text: str) -> None:
        from suno_tui.tui.actions.footer import Footer

        for footer in self.screen.query(Footer):
            footer.show_instead(text)

    async def on_event(self, event: events.Event) -> None:
        if self.key_queue.holds(event):
            return
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.main.draw_now()
        if isinstance(event, events.Key):
            self.paste_guard.record(event.time)
        try:
            if not (isinstance(event, events.Key) and await self.dispatcher.chord(event)):
                await super().on_event(event)
        finally:
            self.key_queue.settle()

    async def on_key(self, event: events.Key) -> None:
        binding = self.screen.active_bindings.get(event.key)
        if binding is not None and binding.node is not self and binding.node is not self.screen:
            return
        if await self.dispatcher.key(event):
            event.prevent_default()
            event.stop()

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the song if the composer is shown; no field has taken the paste."""
        if self.screen is self.main and self.main.page == "compose":
            self.main.query_one(ComposePane).take_paste(event.text)
        else:
            text = "No text field has the cursor: go to Compose first."
            self.notify(text, title="Nothing was pasted", timeout=5)

    # Questions

    def ask(
        self,
        title: str,
        text: str,
        do: Callable[[], object],
        *,
        yes: str,
        no: str = "Keep",
        deletes: bool = False,
    ) -> None:
        from suno_tui.tui.dialogs.confirm import Confirm

        def answered(sure: bool | None) -> None:
            if sure:
                do()

        self.push_screen(Confirm(title, text, yes=yes, no=no, deletes=deletes), answered)

    # The end

    def action_help_quit(self) -> None:
        """Say which key quits: ctrl+c is what people try, and it copies inside text."""
        keys = self.keymap.key("quit_view"), self.keymap.key("quit_now")
        self.notify_briefly(f"{' or '.join(dict.fromkeys(keys))} quits. The queue keeps working.")

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        if not self.main.drawn.is_set():
            # Widgets that are being mounted can't be removed, and there is no picture to keep yet.
            self._delayed_exit = partial(self.exit, result, return_code, message)
            return
        self.studio.library.leave()  # its threads end while the screen does
        # The next start shows this picture first, so it must have no dialog and no notice.
        plain = self.screen_stack[-1:] == [self.main] and not self.has_notices
        if plain and self.main.page != "player":
            self.keep_picture(self.studio.home.last_picture)
        super().exit(result, return_code, message)

    def _end_on_signals(self) -> None:
        """Exit at SIGHUP and SIGTERM as `q` does, so that the terminal is restored."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(
                number, lambda code: self.run_worker(self._exit_when_typed(code)), 128 + number
            )

    async def _exit_when_typed(self, code: int) -> None:
        """Exit once all typed keys are in their field; the start holds them back."""
        await self.main.drawn.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.key_queue.idle()
        self.exit(return_code=code)

    def on_unmount(self) -> None:
        self.remember(pane=self.main.page, new_here=self.main.nothing_yet, **self.playback.state())
        if self._store_watch is not None:
            self._store_watch.close()
        self.sound_target.end_stream()
        self.late_start.end()
        self.commands.close()
        self.to_terminal(self.images.gallery.leave() + notify.RESTORE_TITLE)
