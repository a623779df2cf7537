"""The application: builds its parts, wires them, and routes what happens to them."""

from __future__ import annotations

import asyncio
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
from textual.dom import DOMNode
from textual.theme import Theme

from suno_tui.common.errors import StudioError
from suno_tui.common.locks import missing_locks
from suno_tui.common.text import clean
from suno_tui.tui.actions.dispatcher import Dispatcher
from suno_tui.tui.actions.table import Keymap
from suno_tui.tui.context import Context
from suno_tui.tui.controllers.ab import AB
from suno_tui.tui.controllers.images import Images
from suno_tui.tui.controllers.leaving import Leaving
from suno_tui.tui.controllers.library_changes import LibraryChanges
from suno_tui.tui.controllers.palette import Palette
from suno_tui.tui.controllers.playback import Playback
from suno_tui.tui.controllers.queue_news import QueueNews
from suno_tui.tui.controllers.sound_target import SoundTarget
from suno_tui.tui.crash import watch_loop
from suno_tui.tui.screens.composer import ComposePane
from suno_tui.tui.screens.main import MainScreen
from suno_tui.tui.screens.places import Places
from suno_tui.tui.startup.key_queue import KeyQueue
from suno_tui.tui.terminal import notify
from suno_tui.tui.terminal.ascii_fallback import plain_encoding
from suno_tui.tui.terminal.driver import TerminalDriver
from suno_tui.tui.terminal.images.asking import TerminalAnswers
from suno_tui.tui.themes import builtin

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.screens.composer.form import SongForm
    from suno_tui.tui.screens.library.pane import LibraryPane
    from suno_tui.tui.screens.library.rows import TrackRows
    from suno_tui.tui.screens.queue.pane import QueuePane
    from suno_tui.tui.widgets.waveform import SeekStrip

LOOK_SECONDS = 0.25
"""How often the stores are asked whether anybody wrote: microseconds each."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class StudioApp(Context):
    """The studio on the screen. `studio` is open and is closed by whoever opened it.

    `now` is the clock: it returns aware moments.
    """

    images: Images
    library: LibraryChanges
    navigation: MainScreen
    palette: Palette
    playback: Playback

    TITLE = "suno-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    /* A message in one line lies on the border of a pane: it hides nothing. */
    Toast {
        width: auto; max-width: 90%; margin-top: 0; padding: 0 1; background: $panel;
    }
    /* Under the header: at the bottom they would hide the player, the keys and those of dialogs. */
    ToastRack { dock: top; align: right top; margin-bottom: 0; padding-top: 1; }
    TextArea, Input { scrollbar-size-vertical: 1; }
    """

    def __init__(self, studio: Studio, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.studio = studio
        self.now = now
        self._disable_tooltips = True  # there are none: each screen has one widget less
        self._end_waits: Callable[[], None] | None = None
        """The end that was wanted before the first picture was there."""
        self._trouble = ""
        self._own_themes, self._theme_problems = self._read_themes()
        self._build()
        for theme in (*builtin.THEMES, *self._own_themes):
            self.register_theme(theme)
        # Before anything is styled: a theme that is chosen later styles everything again.
        self.set_reactive(StudioApp.theme, self._wanted_theme())
        self.stylesheet.set_variables(self.get_css_variables())

    def _build(self) -> None:
        self.main = self.navigation = MainScreen(self.studio, self)
        self.typeahead = KeyQueue(self, open=False)
        self.images = Images(self, self._ask_terminal)
        self.library = LibraryChanges(
            self, lambda: self.main.library.check(), lambda: self.main.library.show_progress()
        )
        self.playback = Playback(self)
        self.sound_target = SoundTarget(self)
        self.palette = Palette(self, [theme.name for theme in self._own_themes])
        self.news = QueueNews(self, self.main.show_balance)
        self.keymap = Keymap(self.studio.settings.keymap)
        places = Places(self.main, self.sound_target)
        controllers = (places, self.playback, AB(self), self.palette, Leaving(self))
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

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        # What has no place yet is styled once it gets one: at the start that is every field.
        if node is self or node.parent is not None:
            super().update_styles(node, animate)

    def get_css_variables(self) -> dict[str, str]:
        if not hasattr(self, "studio"):
            return {}  # Textual asks before it can know the theme, and makes all colours
        return builtin.with_defaults(super().get_css_variables())

    def on_load(self) -> None:
        # Before the terminal is taken over.
        watch_loop(self.studio.home, asyncio.get_running_loop())
        self._end_on_signals()

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.set_interval(LOOK_SECONDS, self._look)
        self.set_interval(60, self.grow_older)
        self.to_terminal(notify.SAVE_TITLE)

    # What the main screen reports

    def begun(self) -> None:
        """Let keys in: the screen can be used."""
        self.typeahead.open()
        if not gc.isenabled():
            # What the start made stays to the end: it is not looked through for garbage again.
            gc.freeze()
            gc.enable()

    def fail(self, error: StudioError) -> None:
        """End: what the studio stands on can't be opened."""
        self.failure = error
        super().exit(return_code=error.exit_code)

    def drawn(self) -> None:
        """The first picture of all is there; here comes what could wait for it."""
        if self._end_waits is not None:
            self._end_waits()
            return
        for problem in self.keymap.problems:
            self.notify(problem, title="Keys", severity="warning", markup=False, timeout=12)
        for problem in self._theme_problems:
            text = clean(problem, lines=True)
            self.notify(text, title="Themes", severity="warning", markup=False, timeout=12)
        if trouble := self.studio.soundfont_trouble():
            self.notify(clean(trouble), title="SoundFont", severity="warning", markup=False)
        if told := self.studio.settings.untrusted:
            self.notify(clean(told), title="Settings", severity="warning", markup=False, timeout=12)
        if told := missing_locks(self.studio.home.data):
            self.notify(clean(told), title="Locks", severity="warning", markup=False, timeout=12)
        try:
            if self.studio.tasks.owed():
                self.studio.wake()
        except StudioError as error:
            self.tell_error(error)
        self.news.ask_for_balance()
        if next(self.studio.home.editor.glob("*/"), None) is not None:
            self.run_worker(self._take_back())

    async def _take_back(self) -> None:
        """What was in the user's own editor when a studio ended."""
        from suno_tui.tui.controllers.external_editor import left_over

        home, drafts = self.studio.home, self.studio.drafts
        try:
            for text in await asyncio.to_thread(left_over, home, drafts):
                self.notify(clean(text), title="From the editor", markup=False, timeout=12)
        except StudioError as error:
            self.tell_error(error)

    # Following what others write

    def _look(self) -> None:
        if self.main.complete:
            self.look()

    def look(self) -> None:
        """See whether anybody changed the queue or the library; trouble is told once."""
        trouble = ""
        try:
            self.main.tasks.reload(at_once=False)
            self.main.library.check()
        except StudioError as error:
            trouble = str(error)
            if trouble != self._trouble:
                self.tell_error(error)
        self._trouble = trouble

    def grow_older(self) -> None:
        """Say anew how long ago things were; only the rows that change are sent."""
        self.main.tasks.rows.refresh_rows()
        self.main.library.rows.refresh_rows()
        self.news.minute_passed()

    def show_counts(self) -> None:
        """Show the numbers in the tabs and in the window's title."""
        live = self.main.tasks.live
        self.main.show_counts(live, self.main.library.count)
        self.news.show_live(live)

    def library_listed(self) -> None:
        """Take note that the library was read."""
        self.playback.library_listed()

    def on_queue_pane_changed(self, event: QueuePane.Changed) -> None:
        self.news.changed(event.changes)
        self.show_counts()

    def on_library_pane_play(self, event: LibraryPane.Play) -> None:
        self.playback.play_track(event.track, event.tracks, event.place)

    def on_seek_strip_sought(self, event: SeekStrip.Sought) -> None:
        if event.timeline is self.playback.session:
            self.playback.seek_to(event.at)

    # The terminal

    @property
    def questions(self) -> str:
        """What the driver asks the terminal."""
        return self.images.questions

    def hear(self, heard: TerminalAnswers) -> None:
        """Take the terminal's answer from the driver."""
        self.images.hear(heard)

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
        # It is shown before anything is known of letters.
        if sys.__stderr__ is None or plain_encoding(sys.__stderr__.encoding) is None:
            super().keep_picture(file)

    # Themes

    def _read_themes(self) -> tuple[list[Theme], list[str]]:
        """The user's own themes, and what is wrong with them."""
        folder = self.studio.home.config / "themes"
        if not folder.is_dir():
            return [], []
        from suno_tui.tui.themes.own import own_themes

        return own_themes(folder)

    def _wanted_theme(self) -> str:
        wish = self.studio.settings.screen.theme
        name = wish or self.studio.remembered().get("theme")
        if name in self.available_themes:
            return str(name)
        if wish:
            from suno_tui.tui.themes.own import nearest

            self._theme_problems.append(
                f"[screen] there is no theme {wish!r}.{nearest(wish, self.available_themes)}"
            )
        return builtin.DEFAULT

    def _theme_changed(self, theme: Theme) -> None:
        if theme.name != self.studio.remembered().get("theme"):
            self.remember(theme=theme.name)

    # Keys

    def _show_pending(self, text: str) -> None:
        from suno_tui.tui.actions.footer import Footer

        for footer in self.screen.query(Footer):
            footer.show_instead(text)

    async def on_event(self, event: events.Event) -> None:
        if self.typeahead.holds(event):
            return
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.main.hurry()
        try:
            if not (isinstance(event, events.Key) and await self.dispatcher.chord(event)):
                await super().on_event(event)
        finally:
            self.typeahead.settle()

    async def on_key(self, event: events.Key) -> None:
        binding = self.screen.active_bindings.get(event.key)
        if binding is not None and binding.node is not self and binding.node is not self.screen:
            return
        if await self.dispatcher.key(event):
            event.prevent_default()
            event.stop()

    def on_paste(self, event: events.Paste) -> None:
        """A paste that no field took: into the song, where it is in sight."""
        if self.screen is self.main and self.main.page == "compose":
            self.main.query_one(ComposePane).take_paste(event.text)
        else:
            self.notify(
                "No text field has the cursor: go to Compose first.",
                title="Nothing was pasted", markup=False, timeout=5,
            )  # fmt: skip

    # The end

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        if not self.main.drawn.is_set():
            # Widgets that are being made can't be taken away, and there is no picture yet to keep.
            self._end_waits = partial(self.exit, result, return_code, message)
            return
        # The next start begins with a picture that is no surprise: no dialog, no words in passing.
        calm = self.screen_stack[-1:] == [self.main] and not self.says_something
        if calm and self.main.page != "player":
            self.keep_picture(self.studio.home.last_picture)
        super().exit(result, return_code, message)

    def _end_on_signals(self) -> None:
        """A hang-up and a termination end the view as `q` does, so the terminal is restored."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.exit, None, 128 + number)

    def on_unmount(self) -> None:
        self.remember(pane=self.main.page, new_here=self.main.new_here, **self.playback.state())
        self.sound_target.end_stream()
        self.to_terminal(self.images.gallery.leave() + notify.RESTORE_TITLE)
