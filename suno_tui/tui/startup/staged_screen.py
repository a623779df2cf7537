"""A screen that is mounted in stages, so that the first picture does not wait for the rest.

While `waits` is set, nothing is drawn and laid out only on demand: more widgets come in a moment,
and each picture costs. `settle` waits until the widgets have taken in what was sent to them, `draw`
draws. Overrides private methods of Textual's `Screen`, which `docs/architecture.md` lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea

from suno_tui.tui.terminal.cell_diff.front import FrontCompositor

ROUNDS = 4
"""Rounds of the event loop in which widgets take in a new size, and say what they need then."""


class StagedScreen(Screen[None]):
    """A screen whose first pictures show a part of it."""

    _compositor: FrontCompositor

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrontCompositor()
        self.waits = True
        """Whether what is there is not drawn: more comes in a moment."""

    def _extend_compose(self, widgets: list[Widget]) -> None:
        """Leave out Textual's rack for notices; `mount_notices` brings it."""

    async def mount_notices(self) -> None:
        """Mount the rack for notices, which comes with the rest."""
        rack: list[Widget] = []
        super()._extend_compose(rack)
        await self.mount(*rack, before=0)

    def settle(self, then: Callable[[], None], *, lay_out: bool, rounds: int = ROUNDS) -> None:
        """Do this when the widgets have what was sent to them, laid out before if `lay_out`."""
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
            super()._on_timer_update()
            return
        # What is not drawn needs no clock: Textual's lays it out sixty times a second.
        self._update_timer.pause()
        self.call_next(self._invoke_and_clear_callbacks)

    def draw(self, field: Widget | None = None, *, alone: bool = False) -> None:
        """Draw all, or what is needed to type into this field; `alone`: and nothing else."""
        if self._unlaid(field):
            self._layout_required = False
            self._refresh_layout()
        self.waits = False
        # A scrollbar that came with the layout gets its place by the next one.
        self._compositor.update_widgets(self._dirty_widgets & self._compositor.full_map.keys())
        self._dirty_widgets.clear()
        if field is not None and alone:
            self._compositor.narrow(field.region)
        self._compositor_refresh()

    def _unlaid(self, field: Widget | None) -> bool:
        """Whether anything has changed its shape since the last layout; with a field, not whether
        others have got scrollbars."""
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
        # To be told its size makes a widget ask for one more layout: for bars that come or go.
        for widget, bars in before:
            if widget.scrollbars_enabled == bars:
                widget._layout_required = False
        if first:
            self.call_later(self._laid_out)

    def _laid_out(self) -> None:
        """What was asked for before the first layout came with it."""
        self._layout_required = False
        self._layout_widgets.clear()

    def _screen_resized(self, size: Size) -> None:
        # At the start Textual tells the same size four times, and would lay out each time.
        if not self.waits or size != self.outer_size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if not self.waits:
            super()._compositor_refresh()
