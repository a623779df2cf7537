"""What all parts of the app share: the studio, the deck, and ways to tell the user something."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.notifications import Notification
from textual.theme import Theme
from textual.widgets._toast import ToastHolder, ToastRack
from textual.worker import WorkerFailed

from suno_tui.api.secret import Environment
from suno_tui.errors import StudioError
from suno_tui.text import clean, for_clipboard
from suno_tui.tui.crash import crashed, crashed_with, note
from suno_tui.tui.dispatch import Dispatcher
from suno_tui.tui.driver import TerminalDriver
from suno_tui.tui.keys import Keymap
from suno_tui.tui.letters import plain_encoding
from suno_tui.tui.line import LineApp
from suno_tui.tui.main.screen import MainScreen
from suno_tui.tui.pictures.asking import Heard, questions

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.pictures.gallery import Gallery
    from suno_tui.tui.sound.deck import Deck

PASSING = 3
"""For how many seconds a few words in passing are seen; no other message takes as long."""


class StudioBase(LineApp[None]):
    """An app on an open studio. `now` is the clock: aware moments."""

    def __init__(self, studio: Studio, *, now: Callable[[], datetime]) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.studio = studio
        self.now = now
        self.failure: StudioError | None = None
        """Why the studio ended by itself."""
        self.heard: Heard | None = None
        """What the terminal has said of itself; None until it has."""
        self.main = MainScreen(studio)
        self.keymap = Keymap(studio.settings.keymap)
        self.dispatcher = Dispatcher(self, self.keymap)
        self.own_themes: list[Theme] = []
        self.theme_problems: list[str] = []
        if (folder := studio.home.config / "themes").is_dir():
            from suno_tui.tui.own_themes import own_themes

            self.own_themes, self.theme_problems = own_themes(folder)

    @cached_property
    def deck(self) -> Deck:
        """What plays. Who comes to write does not wait for it."""
        from suno_tui.tui.sound.deck import Deck

        return Deck(self.studio)

    @cached_property
    def gallery(self) -> Gallery:
        """The pictures that the terminal knows."""
        from suno_tui.tui.pictures.gallery import Gallery

        gallery = Gallery(Environment.of(None))
        if self.no_color or self.studio.settings.screen.pictures == "off":
            gallery.use("off", None)
        return gallery

    @property
    def questions(self) -> str:
        """What to ask the terminal: nothing where the answer makes no difference."""
        wanted = self.studio.settings.screen.pictures in ("auto", "kitty", "sixel")
        return (
            questions(Environment.of(None))
            if wanted and not self.no_color and self.sends_cells
            else ""
        )

    def hear(self, heard: Heard) -> None:
        """The terminal has said what it is: pictures are drawn the best way from now on."""
        from suno_tui.tui.pictures.gallery import cell_size

        self.heard = heard if heard.cell is not None else heard._replace(cell=cell_size())
        self.choose_pictures()

    def choose_pictures(self) -> None:
        """Draw pictures by the setting, and by what the terminal has said so far."""
        from suno_tui.tui.pictures.gallery import choose

        wish = "off" if self.no_color else self.studio.settings.screen.pictures
        way = choose(wish, self.heard, Environment.of(None))
        self.gallery.use(way, self.heard)
        self.paint_pictures(self.gallery.paint if way == "sixel" else None)
        if self.heard is None and isinstance(self._driver, TerminalDriver):
            self._driver.ask()
        self._draw_covers_again()

    def _draw_covers_again(self) -> None:
        from suno_tui.tui.library.cover import Cover

        for screen in self.screen_stack:
            for cover in screen.query(Cover):
                cover.draw_again()

    def on_resize(self) -> None:
        """Another size of letters is another size of cells, and sixels are pixels."""
        if self.heard is None or self.gallery.way != "sixel":
            return
        from suno_tui.tui.pictures.gallery import cell_size

        cell = cell_size()
        if cell is not None and cell != self.gallery.cell:
            self.gallery.cell = cell
            self._draw_covers_again()

    def repaint(self) -> None:
        self.gallery.forget()
        super().repaint()
        self._draw_covers_again()

    def keep_picture(self, file: Path) -> None:
        # It is shown before anything is known of letters.
        if sys.__stderr__ is None or plain_encoding(sys.__stderr__.encoding) is None:
            super().keep_picture(file)

    def give_terminal_back(self) -> None:
        """Leave the terminal as it was, where an error kept Textual from it."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.give_back()

    # Errors that nobody expected. Textual would print local variables, and a key is one of them.

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 1
        if self._exception is None:  # tests ask for it
            self._exception = error
            self._exception_event.set()
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, StudioError):
            note(self.studio.home, cause)
            self._end_crashed(cause)
        else:
            self._end_crashed(crashed(self.studio.home, cause))

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1] or RuntimeError("an error of Textual's")
        self._end_crashed(crashed(self.studio.home, error))

    def panic(self, *renderables: RenderableType) -> None:
        rendered = (self.console.render(part, self.console.options) for part in renderables)
        text = "\n".join("".join(piece.text for piece in part) for part in rendered)
        self._end_crashed(crashed_with(self.studio.home, text))

    def _end_crashed(self, failure: StudioError) -> None:
        self._return_code = 1
        self.failure = self.failure or failure
        self._close_messages_no_wait()

    def say(self, text: str) -> None:
        """A few words in passing; they take the place of the last ones."""
        self._take_away(note for note in self._notifications if note.timeout == PASSING)
        self.notify(clean(text), markup=False, timeout=PASSING)

    @property
    def says_something(self) -> bool:
        """Whether a message stands on the screen."""
        return bool(self._notifications)

    def end_messages(self) -> None:
        """Take all messages away before their time."""
        self._take_away(self._notifications)

    def _take_away(self, notes: Iterable[Notification]) -> None:
        for notice in [*notes]:
            self._unnotify(notice, refresh=False)
            # Textual would take the toast away and leave its place.
            for screen in self.screen_stack:  # each has a rack of its own
                screen.query(f"#{ToastRack._toast_id(notice)}").remove()

    def _refresh_notifications(self) -> None:
        # A message whose time is over may go before its own clock says so, if another comes: then
        # Textual takes the toast away and leaves its place, for ever.
        places = {ToastRack._toast_id(note) for note in self._notifications}
        for screen in self.screen_stack:
            for place in screen.query(ToastHolder):
                if place.id not in places:
                    place.remove()
        super()._refresh_notifications()

    def tell_error(self, error: StudioError) -> None:
        """What went wrong, in its own words."""
        text = clean(str(error), lines=True)
        self.notify(text, title=error.title, severity="error", markup=False, timeout=10)

    def copy(self, what: str, text: str, *, lines: bool = False) -> None:
        """To the clipboard of the terminal (OSC 52), which may be on another machine.

        `lines` keeps the line breaks of the text.
        """
        self.copy_to_clipboard(for_clipboard(text, lines=lines))
        self.say(f"Copied: {what}.")

    def copy_to_clipboard(self, text: str) -> None:
        # Text fields come here by themselves. What is pasted in a shell must be nothing but text.
        super().copy_to_clipboard(for_clipboard(text, lines=True))

    def remember(self, **values: object) -> None:
        """Write down what the next start wants to know; no reason to stop where that fails."""
        with contextlib.suppress(StudioError):
            self.studio.remember(**values)

    def to_terminal(self, sequence: str) -> None:
        """Send a sequence that is not part of the picture, such as the bell."""
        driver = self._driver
        if sequence and driver is not None and not driver.is_headless:
            driver.write(sequence)
            driver.flush()
