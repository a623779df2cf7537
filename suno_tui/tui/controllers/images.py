"""How covers are drawn: as the terminal's own pictures if it has them, else as half blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from suno_tui.common.secret import Environment
from suno_tui.tui.terminal.images.capabilities import TerminalAnswers, questions

if TYPE_CHECKING:
    from suno_tui.config.settings import Pictures
    from suno_tui.tui.context import Context
    from suno_tui.tui.terminal.images.gallery import Gallery


class Images:
    """The pictures on the screen. `ask` asks the terminal what it can show."""

    def __init__(self, app: Context, ask: Callable[[], None]) -> None:
        self.app = app
        self.heard: TerminalAnswers | None = None
        """What the terminal has said of itself; None until it has."""
        self._ask = ask

    @cached_property
    def gallery(self) -> Gallery:
        """The pictures that the terminal knows."""
        from suno_tui.media.files import pixels
        from suno_tui.tui.terminal.images.gallery import Gallery

        gallery = Gallery(Environment.of(None), pixels)
        if self._wish == "off":
            gallery.use("off", None)
        return gallery

    @property
    def _wish(self) -> Pictures:
        return "off" if self.app.no_color else self.app.studio.settings.screen.pictures

    @property
    def questions(self) -> str:
        """What to ask the terminal; empty if the answer makes no difference."""
        wanted = self._wish in ("auto", "kitty", "sixel") and self.app.sends_cells
        return questions(Environment.of(None)) if wanted else ""

    def hear(self, heard: TerminalAnswers) -> None:
        """Take note of the terminal's answer, and draw pictures the best way from now on."""
        from suno_tui.tui.terminal.images.gallery import cell_size

        self.heard = heard if heard.cell is not None else heard._replace(cell=cell_size())
        self.choose()

    def choose(self) -> None:
        """Draw pictures by the setting, and by what the terminal has said so far."""
        from suno_tui.tui.terminal.images.gallery import choose

        way = choose(self._wish, self.heard, Environment.of(None))
        self.gallery.use(way, self.heard)
        self.app.paint_pictures(self.gallery.paint if way == "sixel" else None)
        if self.heard is None:
            self._ask()
        self.draw_again()

    def resized(self) -> None:
        """Take note that cells may have another size in pixels: sixels are pixels."""
        if self.heard is None or self.gallery.way != "sixel":
            return
        from suno_tui.tui.terminal.images.gallery import cell_size

        cell = cell_size()
        if cell is not None and cell != self.gallery.cell:
            self.gallery.cell = cell
            self.draw_again()

    def forget(self) -> None:
        """Take note that the terminal may have lost its pictures."""
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
