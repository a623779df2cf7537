"""A screen that is mounted in stages, so that the first picture does not wait for the rest.

While `waits` is set, nothing is drawn, and the layout is done only on demand. `settle` waits until
the widgets have handled their messages; `draw` draws. Without the part that is drawn early, the
first key is shown 117 ms later (with 100,000 tracks: 131 ms); layouts on demand show the list 12 ms
earlier (43 ms), and one layout for each size 17 ms (53 ms). Overrides private methods of Textual's
`Screen`, which `docs/architecture.md` lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea

from suno_tui.tui.terminal.cell_diff.visible_compositor import VisibleCompositor

ROUNDS = 4
"""Rounds of the event loop in which widgets handle a new size, and parents a change of a widget."""


class StagedScreen(Screen[None]):
    """A screen whose first pictures show only a part of it."""

    _compositor: VisibleCompositor

    def __init__(self) -> None:
        super().__init__()
        self._compositor = VisibleCompositor()
        self.waits = True
        """Whether drawing is off, because more widgets follow."""

    def settle(self, then: Callable[[], None], *, lay_out: bool, rounds: int = ROUNDS) -> None:
        """Call `then` once the widgets have handled their messages, and a layout if `lay_out`."""
        if rounds:
            again = partial(self.settle, then, lay_out=lay_out, rounds=rounds - 1)
            asyncio.get_running_loop().call_soon(again)
        elif lay_out:
            if self.waits:
                super()._on_timer_update()
            self.settle(then, lay_out=False)
        else:
            self.call_later(then)

    def _on_timer_update(self) -> None:
        if not self.waits:
            self._update_timer.pause()
            self._update_soon()
            return
        # Textual's timer would lay out the undrawn screen sixty times a second.
        self._update_timer.pause()
        self.call_next(self._invoke_and_clear_callbacks)

    def _update_soon(self, rounds: int = ROUNDS) -> None:
        """Draw once widgets have reported a change to their parents: a typed key and the counter
        that follows it are one frame."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._update_soon, rounds - 1)
        elif self.is_running and not self.waits:
            super()._on_timer_update()

    def draw(self, field: Widget | None = None, *, alone: bool = False) -> None:
        """Draw the screen, or only what typing into `field` needs; `alone` draws nothing else."""
        if self._needs_layout(field):
            self._layout_required = False
            self._refresh_layout()
        self.waits = False
        # A scrollbar that appeared with this layout is placed by the next one.
        self._compositor.update_widgets(self._dirty_widgets & self._compositor.full_map.keys())
        self._dirty_widgets.clear()
        if field is not None and alone:
            self._compositor.narrow(field.region)
        self._compositor_refresh()

    def _needs_layout(self, field: Widget | None) -> bool:
        """Return whether a layout is due; with `field`, ignore other fields' scrollbars."""
        wanted = {widget for widgets in self._layout_widgets.values() for widget in widgets}
        if field is not None:
            wanted -= {other for other in self.query(TextArea) if other is not field}
        return bool(wanted)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        if not self.waits:
            super()._refresh_layout(size, scroll)
            return
        first = not self._compositor.widgets
        before = [
            (widget, widget.scrollbars_enabled)
            for widget in self.walk_children(Widget, with_self=True)
            if first or not widget._layout_required
        ]
        super()._refresh_layout(size, scroll)
        # A new size makes a widget ask for one more layout, needed only if its scrollbars change.
        for widget, bars in before:
            if widget.scrollbars_enabled == bars:
                widget._layout_required = False
        if first:
            self.call_later(self._laid_out)

    def _laid_out(self) -> None:
        """Drop requests from before the first layout, which has met them."""
        self._layout_required = False
        self._layout_widgets.clear()

    def _screen_resized(self, size: Size) -> None:
        # During the start Textual reports the same size four times, each with a layout.
        if not self.waits or size != self.outer_size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if not self.waits:
            super()._compositor_refresh()
