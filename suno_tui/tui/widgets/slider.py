"""A keyboard slider for a weight from 0 to 1, which may be unset."""

from __future__ import annotations

import math
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

STEP = 0.05
START = 0.5


class Slider(Widget, can_focus=True):
    """Arrows step by 0.05, with Shift by 0.01; Delete unsets it.

    While `takes_text`, digits type a value.
    """

    takes_text = False

    DEFAULT_CSS = """
    Slider {
        width: 1fr;
        height: 1;
        color: $text-muted;
        &:focus { background: $field-focus; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", f"step(-{STEP})", show=False),
        Binding("right", f"step({STEP})", show=False),
        Binding("shift+left", "step(-0.01)", show=False),
        Binding("shift+right", "step(0.01)", show=False),
        Binding("home", "set(0)", show=False),
        Binding("end", "set(1)", show=False),
        Binding("delete,backspace", "unset", show=False),
    ]

    class Changed(Message):
        """The user changed the weight."""

        def __init__(self, weight: Slider, value: float | None) -> None:
            super().__init__()
            self.weight = weight
            self.value = value

        @property
        def control(self) -> Slider:
            return self.weight

    def __init__(self, name: str, caption: str, short: str) -> None:
        super().__init__(id=f"field-{name}", name=name)
        self.caption, self.short = caption, short
        self.value: float | None = None
        self._typed = ""

    def set_value(self, value: float | None) -> None:
        """Show a weight without posting `Changed`."""
        if value != self.value:
            self.value = value
            self.refresh()

    @property
    def valid(self) -> bool:
        """Whether the value may be sent."""
        return self.value is None or (math.isfinite(self.value) and 0 <= self.value <= 1)

    @property
    def number(self) -> str:
        """The value as shown: `0.65`, or a dash if it is unset."""
        return "–" if self.value is None else f"{self.value:.2f}"

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return len(self.short) + 5

    def render(self) -> Content:
        focused = self.has_focus
        caption = self.caption if self.size.width >= len(self.caption) + 5 else self.short
        style = "$error bold" if not self.valid else "$primary bold" if focused else "$foreground"
        if self.value is None and not focused:
            style = ""
        text = Content.assemble(f"{caption} ", (self.number, style))
        room = self.size.width - text.cell_length - 2
        if room >= 6:
            text = Content.assemble(text, " ", bar(self.value, min(room, 20)))
        return text

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self._typed = ""
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        typed = (event.character or "") if self.takes_text else ""
        if typed and typed in "0123456789." and len(self._typed) < 5:
            event.stop()
            event.prevent_default()
            self._typed += typed
            text = self._typed if "." in self._typed else f"0.{self._typed}"
            try:
                self._change(float(text if text != "." else "0"))
            except ValueError:
                self._typed = self._typed[:-1]
        else:
            self._typed = ""

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.action_unset()

    def action_step(self, step: float) -> None:
        if self.value is None or not math.isfinite(self.value):
            self._change(START)
        else:
            # Go to the next multiple, so that a typed 0.37 becomes 0.40 or 0.35.
            steps = self.value / abs(step)
            near = math.floor(steps + 1.001) if step > 0 else math.ceil(steps - 1.001)
            self._change(min(1.0, max(0.0, round(near * abs(step), 2))))

    def action_set(self, value: float) -> None:
        self._change(float(value))

    def action_unset(self) -> None:
        self._change(None)

    def _change(self, value: float | None) -> None:
        if value != self.value:
            self.set_value(value)
            self.post_message(self.Changed(self, value))


def bar(value: float | None, width: int) -> Content:
    """Return a weight as a bar of `width` columns."""
    if value is None or not math.isfinite(value):
        return Content.styled("┄" * width, "$wave")
    full = round(min(1.0, max(0.0, value)) * width)
    return Content.assemble(("━" * full, "$primary"), ("─" * (width - full), "$wave"))
