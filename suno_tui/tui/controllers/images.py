"""Drawing covers: as images if the terminal can show them, else as half blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from suno_tui.common.secret import Environment
from suno_tui.tui.terminal.images.capabilities import TerminalAnswers, questions

if TYPE_CHECKING:
    from suno_tui.config.tables import Pictures
    from suno_tui.tui.context import Context
    from suno_tui.tui.terminal.images.gallery import Gallery


class Images:
    """The images on the screen. `ask` queries the terminal for what it can show."""

    def __init__(self, app: Context, ask: Callable[[], None]) -> None:
        self.app = app
        self.answers: TerminalAnswers | None = None
        """The terminal's answers; None before they come."""
        self._ask = ask

    @cached_property
    def gallery(self) -> Gallery:
        """The images that the terminal has in its memory."""
        from suno_tui.media.files import pixels
        from suno_tui.tui.terminal.images.gallery import Gallery

        gallery = Gallery(Environment.of(None), pixels)
        if self._setting == "off":
            gallery.use("off", None)
        return gallery

    @property
    def _setting(self) -> Pictures:
        return "off" if self.app.no_color else self.app.studio.settings.screen.pictures

    @property
    def questions(self) -> str:
        """The sequences that query the terminal; empty if the answer makes no difference."""
        wanted = self._setting in ("auto", "kitty", "sixel") and self.app.sends_cells
        return questions(Environment.of(None)) if wanted else ""

    def receive(self, answers: TerminalAnswers) -> None:
        """Store the terminal's answers, and draw images in the best way from now on."""
        from suno_tui.tui.terminal.images.gallery import cell_size

        self.answers = answers if answers.cell is not None else answers._replace(cell=cell_size())
        self.choose()

    def choose(self) -> None:
        """Choose how to draw images, from the setting and the terminal's answers."""
        from suno_tui.tui.terminal.images.gallery import choose

        mode = choose(self._setting, self.answers, Environment.of(None))
        self.gallery.use(mode, self.answers)
        self.app.paint_pictures(self.gallery.paint if mode == "sixel" else None)
        if self.answers is None:
            self._ask()
        self.draw_again()

    def resized(self) -> None:
        """Draw sixels again if cells have another size in pixels now."""
        if self.answers is None or self.gallery.mode != "sixel":
            return
        from suno_tui.tui.terminal.images.gallery import cell_size

        cell = cell_size()
        if cell is not None and cell != self.gallery.cell:
            self.gallery.cell = cell
            self.draw_again()

    def forget(self) -> None:
        """Assume that the terminal has lost its images."""
        self.gallery.forget()

    def send(self, sequence: str) -> None:
        """Send a sequence to the terminal."""
        self.app.to_terminal(sequence)

    def draw_again(self) -> None:
        """Draw every cover again."""
        from suno_tui.tui.widgets.cover import Cover

        for screen in self.app.screen_stack:
            for cover in screen.query(Cover):
                cover.draw_again()
