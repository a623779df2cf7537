"""The screen behind a dialog, in one quiet colour and without a focus: the dialog stands out.

No colours are blended: all are colours of the theme, also with 256 and 16 colours. Frames and
backgrounds stay as they are, so that only the letters are sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.color import Color as RichColor
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen

from suno_tui.tui.terminal.images.cells import HALF, PLACEHOLDER

_FRAME = frozenset("─│╭╮╰╯┌┐└┘├┤┬┴┼")
_GROUNDS = ("background", "surface", "panel")


class Veil(BackgroundScreen):
    """The screen behind a dialog; `variables` are those of the style sheets."""

    def __init__(self, screen: Screen[object], variables: Mapping[str, str]) -> None:
        super().__init__(screen, Color(0, 0, 0, 0))
        self._ink = _rich(variables["wave"])
        self._frame = _rich(variables["border"])
        self._selected = _rich(variables["row-cursor-blurred"])
        self._grounds = {None, *(_rich(variables[name]) for name in _GROUNDS)}
        self._known: dict[tuple[Style | None, bool], Style] = {}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return self._quiet(console.render(self.screen._compositor, options))

    def _quiet(self, segments: Iterable[Segment]) -> Iterable[Segment]:
        for segment in segments:
            text, style, control = segment
            if control:
                yield segment
            elif PLACEHOLDER in text:  # a picture, whose colour is its number
                yield Segment(text, style and style.clear_meta_and_links())
            else:
                key = (style, _FRAME.issuperset(text.strip()))
                if key not in self._known:
                    self._known[key] = self._style(*key)
                # Two colours of a picture would become stripes.
                yield Segment(text.replace(HALF, " "), self._known[key])

    def _style(self, style: Style | None, frame: bool) -> Style:
        ground = style.bgcolor if style is not None else None
        if ground not in self._grounds and not (ground is not None and ground.is_default):
            ground = self._selected
        if ground == self._ink:  # with 16 colours there is one grey for both
            ground = None
        return Style(color=self._frame if frame else self._ink, bgcolor=ground)


def _rich(value: str) -> RichColor:
    return Color.parse(value).rich_color
