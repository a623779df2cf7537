"""Dialogs that choose from a list, such as models or sections; and one that asks for a name."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from suno_tui.lyrics.hints import Hint
from suno_tui.lyrics.sections import sections
from suno_tui.lyrics.syllables import language_is_english, line_syllables
from suno_tui.providers.capabilities import Model
from suno_tui.providers.capabilities import price as price_of
from suno_tui.providers.song import LABELS
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import cells, content, fit, fit_named
from suno_tui.tui.widgets.text_field import TextField
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

if TYPE_CHECKING:
    from suno_tui.library.track import Track

_MOST_ROWS = 14


class Item(NamedTuple):
    """A line of a list: its key and its texts.

    From left to right they are `lead` (never cut; give all the same width), `name`, `facts`, `end`.
    """

    key: str
    name: str
    facts: str = ""
    end: str = ""
    lead: str = ""
    track: Track | None = None
    take: str = ""
    """The number of the take, which is never cut off from the name."""


class ItemRows(VirtualList[Item]):
    """Rows with a name, facts, and a short text at the right edge."""

    def __init__(self, empty: str, end_width: int, name_width: int | None = None) -> None:
        super().__init__()
        self.empty, self.end_width, self.name_width = empty, end_width, name_width

    def key_of(self, item: Item) -> str:
        return item.key

    def draw(self, item: Item, width: int) -> list[Cell]:
        wanted = self.name_width or max(16, width * 2 // 5)
        name = min(wanted, width - self.end_width - 2)
        return [
            (item.lead, ""),
            (fit_named(item.name, item.take, name - cells(item.lead)) + " ", ""),
            (fit(item.facts, self._facts(name, width)) + " ", "muted"),
            (fit(item.end, self.end_width, "right"), "muted"),
        ]

    def cuts(self, item: Item) -> bool:
        """Return whether the facts of an item are cut off in its row; `name_width` must be set."""
        return cells(item.facts) > self._facts(self.name_width or 0, self.row_width)

    def _facts(self, name: int, width: int) -> int:
        return max(0, width - name - self.end_width - 2)

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred([(line, "muted") for line in self.empty.split("\n")], width, height)


class ItemPicker(Dialog[str]):
    """A list to choose from; returns the key of the chosen item."""

    DEFAULT_CSS = """
    ItemPicker {
        & > #frame { width: 76; }
        & ItemRows { height: auto; min-height: 3; max-height: 14; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False)]
    around = 7
    """Rows apart from the items: the frame, the footer, a search field."""

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        *,
        empty: str = "",
        end_width: int = 6,
        name_width: int | None = None,
        open: str = "Open",
    ) -> None:
        super().__init__(title)
        self.items = list(items)
        self.rows = ItemRows(empty, end_width, name_width)
        self.LABELS = {"open": open}

    def body(self) -> ComposeResult:
        yield self.rows

    def on_mount(self) -> None:
        super().on_mount()
        self.show()
        self.rows.focus()

    def show(self) -> None:
        """Show the items again after a change."""
        self.rows.set_items(self.found())
        self.rows.grow(min(_MOST_ROWS, self.app.size.height - self.around))

    def found(self) -> list[Item]:
        """Return the items to show."""
        return list(self.items)

    def action_open(self) -> None:
        if self.rows.current is not None:
            self.dismiss(self.rows.current.key)

    def on_virtual_list_opened(self) -> None:
        self.action_open()


def model_picker(models: Sequence[Model], current: str, credit: Decimal | None) -> ItemPicker:
    """Return a picker of models, with what they are good at and what a task costs.

    `credit` is the price of a credit in dollars, None if it is not known.
    """

    def price(model: Model) -> str:
        return price_of(model.credits, credit, "{} {}") if model.credits else "free"

    items = [Item(model.id, model.label, model.note, price(model)) for model in models]
    # The notes distinguish the models, so they get all the room that the names leave.
    names = min(28, max((cells(item.name) for item in items), default=0) + 1)
    picker = ItemPicker("Model", items, end_width=12, name_width=names, open="Choose")
    picker.rows.cursor = next((i for i, item in enumerate(items) if item.key == current), 0)
    return picker


def section_picker(lyrics: str, line: int) -> ItemPicker:
    """Return a picker of sections; their keys are the numbers of their lines, from 0.
    The cursor starts at the section that contains `line`.
    """
    parts = sections(lyrics)
    english = language_is_english(lyrics)
    items = [
        Item(
            str(part.line),
            part.label or part.lines[0],
            f"{sum(line_syllables(text, english=english) for text in part.lines)} syllables",
            f"{len(part.lines)} lines" if len(part.lines) != 1 else "1 line",
            f"{part.short:<3} ",
        )
        for part in parts
    ]
    empty = "No sections: type [ in the lyrics."
    picker = ItemPicker("Sections", items, empty=empty, end_width=9, open="Go there")
    here = [index for index, part in enumerate(parts) if part.line <= line]
    picker.rows.cursor = here[-1] if here else 0
    return picker


class HintPicker(ItemPicker):
    """A picker of hints, by their index.

    The cursor starts at the first hint on `field` from `line` on.
    """

    DEFAULT_CSS = """
    HintPicker #whole { color: $text-muted; margin-top: 1; }
    """
    around = 10

    def __init__(self, hints: Sequence[Hint], field: str, line: int) -> None:
        items = [
            Item(
                str(number),
                LABELS[hint.field]
                if hint.line is None
                else f"{LABELS[hint.field]} {hint.line + 1}",
                hint.message,
            )
            for number, hint in enumerate(hints)
        ]
        super().__init__("Hints", items, end_width=0, name_width=11, open="Go there")
        here = [n for n, h in enumerate(hints) if h.field == field and (h.line or 0) >= line]
        self.rows.cursor = here[0] if here else 0

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Static(id="whole")

    def on_virtual_list_moved(self) -> None:
        self._show_whole()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_whole)

    def _show_whole(self) -> None:
        """Show the whole hint under the cursor if its row cuts it off."""
        hint, whole = self.rows.current, self.query_one("#whole", Static)
        whole.display = any(self.rows.cuts(item) for item in self.items)
        cut = hint is not None and self.rows.cuts(hint)
        whole.update(content(hint.facts) if hint is not None and cut else "")


class NameField(TextField):
    """A text field of one line; Enter posts `Done`."""

    class Done(Message):
        """Enter was pressed."""

    def __init__(self) -> None:
        super().__init__("name")

    def leave(self) -> None:
        self.post_message(self.Done())


class NameDialog(Dialog[str]):
    """Asks for a name or another short text and returns it.

    `empty` is shown if Enter is pressed without a text; `enter` is what Enter does.
    """

    DEFAULT_CSS = """
    NameDialog {
        & > #frame { width: 60; }
        & TextField { margin: 1 0; }
        & #dialog-keys { display: none; }
    }
    """

    def __init__(
        self,
        title: str,
        suggestion: str,
        help: str = "",
        empty: str = "It needs a name.",
        *,
        enter: str = "save",
    ) -> None:
        super().__init__(title)
        self.key = content(f"Enter: {enter}", "$text-muted")
        self.suggestion, self.help_text, self.empty = suggestion, help, empty
        self.field = NameField()

    def body(self) -> ComposeResult:
        if self.help_text:
            yield Static(content(self.help_text, "$text-muted"))
        yield self.field
        yield Static(self.key, id="note")

    def on_mount(self) -> None:
        super().on_mount()
        self.field.set_value(self.suggestion)
        self.field.select_all()
        self.field.focus()

    def on_name_field_done(self) -> None:
        if name := self.field.text.strip():
            self.dismiss(name)
        else:
            self.query_one("#note", Static).update(content(self.empty, "$error"))

    def on_text_area_changed(self) -> None:
        self.query_one("#note", Static).update(self.key)
