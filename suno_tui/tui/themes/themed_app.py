"""An app that writes its themes in as many colours as the terminal has."""

from __future__ import annotations

from collections.abc import Sequence

from textual.filter import ANSIToTruecolor, LineFilter

from suno_tui.tui.terminal.cell_diff import CellDiffApp
from suno_tui.tui.themes.attributes import Attributes
from suno_tui.tui.themes.depth import SYSTEMS, Depth
from suno_tui.tui.themes.variables import variables


class ThemedApp(CellDiffApp[None]):
    """Gives the style sheets the colours of the theme for the terminal's depth."""

    _attributes = (Attributes(),)

    @property
    def depth(self) -> Depth:
        """How many colours are written."""
        if self.no_color:
            return Depth.NONE
        return SYSTEMS.get(self.console.color_system or "", Depth.FULL)

    def get_css_variables(self) -> dict[str, str]:
        found = variables(super().get_css_variables(), self.current_theme, self.depth)
        self.theme_variables = found
        return found

    def get_line_filters(self) -> Sequence[LineFilter]:
        if self.no_color:
            return self._attributes
        filters = super().get_line_filters()
        if self.native_ansi_color:
            # Textual learns of the first theme too late, and would convert the terminal's colours.
            return [each for each in filters if not isinstance(each, ANSIToTruecolor)]
        return filters
