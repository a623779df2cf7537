"""A compositor that renders only what is visible, and arranges the screen once.

Textual renders covered widgets too, and rebuilds a map of the screen that it has just made. It
also keeps the lines of widgets that are gone: those are dropped here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from textual._compositor import Compositor, ReflowResult
from textual._styles_cache import StylesCache
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class VisibleCompositor(Compositor):
    """Renders only the lines of a widget that an update needs and that are not fully covered.

    A pane covers three widgets of its own size: more than half of the lines of a full repaint are
    never visible.
    """

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        result = super().reflow(parent, size)
        self._full_map_invalidated = False  # it was just built
        return result

    def narrow(self, region: Region) -> None:
        """Draw only this part of the screen next."""
        self._dirty_regions = {region}

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        _, top, _, height = crop or self.size.region
        wanted = Region(0, top, self.size.width, height)  # lines are cut at the edges of widgets
        covered = [0] * self.size.height  # a bit set of columns for each row
        for widget, (region, clip) in self.visible_widgets.items():  # front to back
            rows = region.intersection(clip).intersection(wanted)
            columns = (1 << rows.width) - 1 << rows.x
            if all(covered[y] & columns == columns for y in rows.line_range):
                continue
            for y in rows.line_range:
                covered[y] |= columns
            yield rows, rows, widget.render_lines(rows.translate(-region.offset))


def _free_removed_widgets() -> None:
    """Make Textual's cache of inner and outer colours use the colours alone as its key.

    Its own key includes the widget's lines, so that up to 1,024 removed widgets stayed in memory:
    each message and each dialog made the studio grow.
    """
    found: Any = StylesCache.__dict__.get("get_inner_outer")
    if hasattr(found, "cache_info"):  # a Textual that has fixed this has no such cache
        of_colours: Any = lru_cache(1024)(partial(found.__wrapped__, None))
        StylesCache.get_inner_outer = staticmethod(of_colours)  # type: ignore[assignment]


_free_removed_widgets()
