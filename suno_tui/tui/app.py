"""The application: the studio, its themes, its keys, and an ending that leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.theme import Theme

from suno_tui.api.secret import Environment
from suno_tui.errors import StudioError
from suno_tui.home import missing_locks
from suno_tui.settings import LOCAL
from suno_tui.text import clean
from suno_tui.tui import announce, themes
from suno_tui.tui.base import StudioBase
from suno_tui.tui.compose import ComposePane
from suno_tui.tui.crash import watch_loop
from suno_tui.tui.main.screen import MainScreen
from suno_tui.tui.menus import Menus
from suno_tui.tui.text import one_line
from suno_tui.tui.typeahead import TypeAhead

if TYPE_CHECKING:
    from suno_tui.queue.records import Task
    from suno_tui.studio import Studio
    from suno_tui.tui.library.pane import LibraryPane
    from suno_tui.tui.tasks.pane import TasksPane

LOOK_SECONDS = 0.25
"""How often the stores are asked whether anybody wrote: microseconds each."""

NEWS = timedelta(seconds=10)
"""How long ago a task that was never seen may have ended for that to be told."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def _money_moved(before: Task | None, now: Task) -> bool:
    """Whether credits may have been charged or refunded between two looks at a task."""
    if before is None:
        return now.accepted_at is not None
    facts = [(task.accepted_at, task.live, task.refund) for task in (before, now)]
    return facts[0] != facts[1]


class StudioApp(Menus, StudioBase):
    """The studio on the screen. `studio` is open and is closed by whoever opened it."""

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
        super().__init__(studio, now=now)
        self.dispatcher.on_pending = self._show_pending
        self.typeahead = TypeAhead(self, open=False)
        self._disable_tooltips = True  # there are none: each screen has one widget less
        self._end_waits: Callable[[], None] | None = None
        """The end that was wanted before the first picture was there."""
        self._window_title = ""
        self._trouble = ""
        self._balance_unknown = False
        for theme in (*themes.THEMES, *self.own_themes):
            self.register_theme(theme)
        # Before anything is styled: a theme that is chosen later styles everything again.
        self.set_reactive(StudioApp.theme, self._wanted_theme())
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> MainScreen:
        return self.main

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        # What has no place yet is styled once it gets one: at the start that is every field.
        if node is self or node.parent is not None:
            super().update_styles(node, animate)

    def get_css_variables(self) -> dict[str, str]:
        if not hasattr(self, "studio"):
            return {}  # Textual asks before it can know the theme, and makes all colours
        return themes.with_defaults(super().get_css_variables())

    def on_load(self) -> None:
        # Before the terminal is taken over.
        watch_loop(self.studio.home, asyncio.get_running_loop())
        self._end_on_signals()

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.set_interval(LOOK_SECONDS, self._look)
        self.set_interval(60, self.grow_older)
        self.to_terminal(announce.SAVE_TITLE)

    def begun(self) -> None:
        """The screen can be used."""
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
        for problem in self.theme_problems:
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
        self.look_at_balance()
        if next(self.studio.home.editor.glob("*/"), None) is not None:
            self.run_worker(self._take_back())

    async def _take_back(self) -> None:
        """What was in the user's own editor when a studio ended."""
        from suno_tui.tui.compose.outside import left_over

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
        """Say anew how long ago things were; on the line go only the rows that say otherwise.

        A provider that did not tell the balance is asked again.
        """
        self.main.tasks.rows.refresh_rows()
        self.main.library.rows.refresh_rows()
        if self._balance_unknown:
            self.look_at_balance()

    def on_tasks_pane_changed(self, event: TasksPane.Changed) -> None:
        for before, now in event.changes:
            if not now.live and (self._just_ended(now) if before is None else before.live):
                self._announce(now)
        self.show_counts()
        if any(_money_moved(before, now) for before, now in event.changes):
            self.look_at_balance()

    def _just_ended(self, task: Task) -> bool:
        """An old one may come back: what was forgotten is taken back."""
        return task.ended_at is not None and self.now() - task.ended_at < NEWS

    def show_counts(self) -> None:
        """The numbers in tabs and window title."""
        live = sum(task.live for task in self.main.tasks.rows.items)
        self.main.show_counts(live, self.main.library.count)
        self._name_window(f"{live} being made – suno-tui" if live else "suno-tui")

    def look_at_balance(self) -> None:
        """Ask the provider for the balance, unless it is the built-in one."""
        if self.studio.provider != LOCAL:
            self.run_worker(self._balance(), group="balance", exclusive=True)

    async def _balance(self) -> None:
        try:
            account = await self.studio.credits()
        except StudioError as error:
            self._balance_unknown = True
            self.main.show_balance(None, error.title)
        else:
            self._balance_unknown = False
            self.main.show_balance(account.balance, "")

    def _announce(self, task: Task) -> None:
        from suno_tui.tui.tasks import words

        title = one_line(task.title, 60) or "Your song"
        done = str(task.status) == "completed"
        text = f"{words.takes(task)} in the library." if done else words.state(task)
        self.notify(
            clean(text),
            title=title,
            severity="information" if done else "error",
            markup=False,
            timeout=6 if done else 12,
        )
        how = self.studio.settings.screen.notify
        self.to_terminal(announce.notification(title, text, how, Environment.of(None)))

    def _name_window(self, title: str) -> None:
        if title != self._window_title:
            self._window_title = title
            self.to_terminal(announce.window_title(title))

    # Themes

    def _wanted_theme(self) -> str:
        wish = self.studio.settings.screen.theme
        name = wish or self.studio.remembered().get("theme")
        if name in self.available_themes:
            return str(name)
        if wish:
            from suno_tui.tui.own_themes import nearest

            self.theme_problems.append(
                f"[screen] there is no theme {wish!r}.{nearest(wish, self.available_themes)}"
            )
        return themes.DEFAULT

    def _theme_changed(self, theme: Theme) -> None:
        if theme.name != self.studio.remembered().get("theme"):
            self.remember(theme=theme.name)

    # Keys

    def _show_pending(self, text: str) -> None:
        from suno_tui.tui.keyline import KeyLine

        for line in self.screen.query(KeyLine):
            line.show_instead(text)

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

    def on_library_pane_play(self, event: LibraryPane.Play) -> None:
        self.play_track(event.track, event.tracks, event.place)

    # The end

    def action_quit_view(self) -> None:
        """Close the view; the worker goes on, and that is said."""
        steps = self.main.library.steps
        if steps.busy:
            from suno_tui.tui.dialogs.confirm import Confirm

            text = f"{steps.done:,} of {steps.all:,} tracks are done. The others stay as they are."
            ask = Confirm("Stop what is under way?", text, yes="Stop and quit", no="Go on")
            self.push_screen(ask, lambda yes: self._quit() if yes else None)
        else:
            self._quit()

    def _quit(self) -> None:
        live = sum(task.live for task in self.main.tasks.rows.items)
        if not live:
            self.exit()
            return
        these, go = ("task", "goes") if live == 1 else ("tasks", "go")
        self.exit(
            message=Text(
                f"{live} {these} {go} on without this window. `suno-tui queue` shows them; "
                "`suno-tui` comes back to them."
            )
        )

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

    def action_suspend(self) -> None:
        """To the shell; `fg` comes back."""
        if os.getpgrp() == os.getsid(0):
            # The session began with us: nobody would ever wake what stops.
            self.notify("No shell started the studio: there is none to go to.", timeout=5)
            return
        self.action_suspend_process()

    def _end_on_signals(self) -> None:
        """A hang-up and a termination end the view as `q` does, so the terminal is restored."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.exit, None, 128 + number)

    def on_unmount(self) -> None:
        self.remember(pane=self.main.page, new_here=self.main.new_here, **self.sound_state())
        self.end_stream()
        self.to_terminal(self.gallery.leave() + announce.RESTORE_TITLE)
