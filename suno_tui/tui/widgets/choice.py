"""A choice of a few words on one line; left and right change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from suno_tui.tui.widgets.content import cells, content, ending

_CHOSEN = "$foreground on $row-cursor-blurred"


class Choice(Widget, can_focus=True):
    """A row of words; the chosen one stands out by its background."""

    DEFAULT_CSS = """
    Choice {
        width: auto;
        height: 1;
        color: $text-muted;
        &:focus { background: $field-focus; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("enter", "step(1, True)", show=False),
    ]

    class Changed(Message):
        """The user chose another word."""

        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, name: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__(id=f"field-{name}", name=name)
        self.options = tuple(options)
        self.value = self.options[0][0]

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Replace the options, which are (value, text)."""
        if tuple(options) != self.options:
            self.options = tuple(options)
            self.refresh(layout=True)

    def set_value(self, value: str) -> None:
        """Choose a value without posting `Changed`."""
        if value != self.value:
            self.value = value
            self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return sum(cells(text) + 2 for _, text in self.options)

    def render(self) -> Content:
        parts = []
        for value, text in self.options:
            if value == self.value:
                look = "$background on $primary" if self.has_focus else _CHOSEN
                parts.append(content(f" {text} ", f"bold {look}"))
            else:
                parts.append(content(f" {text} "))
        return Content("").join(parts)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        left = 0
        for value, text in self.options:
            left += cells(text) + 2
            if event.x < left:
                self._choose(value)
                return

    def action_step(self, step: int, around: bool = False) -> None:
        values = [value for value, _ in self.options]
        at = values.index(self.value) + step if self.value in values else 0
        self._choose(values[at % len(values) if around else max(0, min(at, len(values) - 1))])

    def action_first(self) -> None:
        self._choose(self.options[0][0])

    def action_last(self) -> None:
        self._choose(self.options[-1][0])

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.set_value(value)
            self.post_message(self.Changed(self, value))


BESIDE = 25
"""Columns of the model's row that the label and the mode take."""


class ModelChoice(Choice):
    """The model: shows one word; arrows step through the models, Enter opens the list.

    If there is no room for the word, its end is shown, by which models of a kind differ.
    """

    DEFAULT_CSS = "ModelChoice { text-align: right; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "list", show=False)]

    class ListWanted(Message):
        """The user wants to see the list of models."""

    def get_content_width(self, container: Size, viewport: Size) -> int:
        widest = max(cells(text) for _, text in (*self.options, ("", self.value))) + 2
        return max(6, min(widest, container.width - BESIDE))

    def render(self) -> Content:
        label = dict(self.options).get(self.value)
        style = "$primary bold" if self.has_focus else "$foreground"
        text = ending(label or self.value, self.size.width - 2)
        name = content(text, style if label else "$error")
        return Content.assemble(name, (" ▾", "$text-muted"))

    def set_value(self, value: str) -> None:
        wider = cells(dict(self.options).get(value, value)) + 2 > self.size.width
        super().set_value(value)
        if wider:
            self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        self.action_list()

    def action_list(self) -> None:
        self.post_message(self.ListWanted())
