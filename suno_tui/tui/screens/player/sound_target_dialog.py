"""The dialog that shows where the sound goes, and the options to hear it elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.tui.controllers.sound_target import ListeningOption, SoundTarget
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import content, fit, parts
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_LABEL = 19
_OTHER_ROWS = 5
"""Rows of the dialog other than its text and its list."""
_LEAST = 12
"""The fewest columns of a text."""


@dataclass(frozen=True, slots=True)
class OptionLine:
    """A row of the list: an option, or a further line of its text, which is wrapped, never cut."""

    option: ListeningOption
    text: str
    first: bool = True

    @property
    def selectable(self) -> bool:
        """Whether the cursor may be here, because there is something to copy or to do."""
        return self.first and bool(self.option.text or self.option.action)


class OptionRows(VirtualList[OptionLine]):
    """The listening options; Enter copies the command or runs the action."""

    BINDINGS = [
        Binding("j,down", "move_down", show=False),
        Binding("k,up", "move_up", show=False),
    ]

    _options: Sequence[ListeningOption] = ()

    def key_of(self, item: OptionLine) -> Hashable:
        return item.option.label, item.option.action, item.text, item.first

    def draw(self, item: OptionLine, width: int) -> list[Cell]:
        option = item.option
        if not option.text and not option.action:
            return [(fit(option.label, width), "key")]
        if option.action:
            return [("  ", ""), (fit(option.label, width - 2), "accent")]
        label = option.label if item.first else ""
        return [("  ", ""), (fit(label, _LABEL), "muted"), (fit(item.text, width - _LABEL - 2), "")]

    def set_options(self, options: Sequence[ListeningOption]) -> None:
        """Show the options, each on as many rows as it needs."""
        self._options = options
        if not self.row_width:
            return
        width = max(_LEAST, self.row_width - 4 - _LABEL)
        self.set_items(
            [
                OptionLine(option, text, number == 0)
                for option in options
                for number, text in enumerate(parts(option.text, width))
            ]
        )
        self.move_to(self.cursor)

    def on_resize(self) -> None:
        super().on_resize()
        self.set_options(self._options)

    def move_to(self, index: int) -> None:
        """Move the cursor; further lines and headings are skipped."""
        step = -1 if index < self.cursor else 1
        while 0 <= index < len(self.items) and not self.items[index].selectable:
            index += step
        if 0 <= index < len(self.items):
            super().move_to(index)

    def _reveal(self) -> None:
        """Scroll all lines of the option into view, with the heading above it."""
        first = last = self.cursor
        while last + 1 < len(self.items) and not self.items[last + 1].first:
            last += 1
        while first and not self.items[first - 1].selectable and self.items[first - 1].first:
            first -= 1
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= first <= last < top + height:
            to = first if first < top else last - height + 1
            self.scroll_to(y=to, animate=False, immediate=True)


class SoundTargetDialog(Dialog[None]):
    """Shows where the sound goes, and the listening options."""

    app: Context

    DEFAULT_CSS = """
    SoundTargetDialog {
        & > #frame { width: 96; }
        & #where-now { height: auto; margin-bottom: 1; }
        & OptionRows { height: 3; min-height: 3; }
        & #where-keys { height: auto; margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """
    BINDINGS = [
        Binding("enter", "take", show=False),
        Binding("s", "stream", show=False),
    ]

    def __init__(self, target: SoundTarget) -> None:
        super().__init__("Listen from here…")
        self.target = target
        self._now = ""

    def body(self) -> ComposeResult:
        yield Static(id="where-now")
        yield OptionRows(id="options")
        key = "bold $footer-key-foreground"
        parts = (("⏎", key), " Copy, or start  ", ("s", key), " Start or stop the stream")
        yield Static(Content.assemble(*parts), id="where-keys")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self.update_content()
        self.set_interval(1, self._poll_target)
        self.run_worker(self._detect_device(), group="where")

    @property
    def rows(self) -> OptionRows:
        return self.query_one(OptionRows)

    async def _detect_device(self) -> None:
        await self.target.detect_device()
        self.update_content()

    def _poll_target(self) -> None:
        """Show the present target, and look for listeners if it has changed by itself."""
        if self._update_target():
            self.run_worker(self._detect_device(), group="where")

    def _update_target(self) -> bool:
        if (now := self.target.describe()) == self._now:
            return False
        self._now = now
        self.query_one("#where-now", Static).update(content(now, lines=True))
        self.call_after_refresh(self._fit)
        return True

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def update_content(self) -> None:
        """Show the present target and options."""
        self._update_target()
        self.rows.set_options(self.target.listening_options())
        self._fit()

    def _fit(self) -> None:
        """Make the list as high as the screen allows."""
        text_height = self.query_one("#where-now").size.height
        self.rows.grow(self.size.height - text_height - _OTHER_ROWS)

    def on_virtual_list_opened(self) -> None:
        self.action_take()

    def action_take(self) -> None:
        if self.rows.current is None:
            return
        option = self.rows.current.option
        if option.action == "stream":
            self.action_stream()
        elif option.action:
            self.run_worker(self._choose(option.action), group="where", exclusive=True)
        elif option.text:
            self.app.copy(f"the {option.copied}", option.text)

    async def _choose(self, action: str) -> None:
        await self.target.choose(action)
        self.update_content()

    def action_stream(self) -> None:
        if self.target.stream is None:
            self.target.start_streaming()
        else:
            self.target.stop_streaming()
        self.update_content()
