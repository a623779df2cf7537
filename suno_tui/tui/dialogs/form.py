"""A dialog of fields; Enter acts on the answers, or goes to the next field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.safe_input import SafeInput
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name in the answers, its label, and its value."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    """Shown in the field while it is empty."""
    rows: int = 1
    """More than one for a text of several lines, in which Enter begins a new line."""
    end: str = ""
    """Shown after the field."""
    secret: bool = False
    """Whether its value is shown as dots."""
    enter_goes_on: bool = False
    """Whether Enter goes to the next field, because the answers are not complete yet."""


class FormInput(SafeInput):
    """The input of a field; ↑ and ↓ go to its neighbours."""

    def key_up(self) -> None:
        self.screen.focus_previous()

    def key_down(self) -> None:
        self.screen.focus_next()


class SecretInput(FormInput):
    """A field whose value is shown as dots, and is never copied."""

    @property
    def _value(self) -> Text:
        return Text("•" * len(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return position

    def _cell_offset_to_index(self, offset: int) -> int:
        return min(offset + self.scroll_offset.x, len(self.value))

    def action_copy(self) -> None:
        """Copy nothing."""

    def action_cut(self) -> None:
        """Cut nothing."""


class Checkbox(Widget, can_focus=True):
    """A yes or no, which the space bar changes."""

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self.label, self.value = label, value

    def render(self) -> Content:
        return content(f"[{'x' if self.value else ' '}] {self.label}")

    def key_space(self) -> None:
        self.value = not self.value
        self.refresh()

    def on_click(self) -> None:
        self.key_space()

    def key_up(self) -> None:
        self.screen.focus_previous()

    def key_down(self) -> None:
        self.screen.focus_next()


class FormDialog(Dialog[bool]):
    """Fields, one per line; subclasses act on the answers.

    The dialog stays open, with all that was typed, until that has worked; then it returns True.
    """

    app: Context

    DEFAULT_CSS = """
    FormDialog {
        & > #frame { width: 90; padding: 1 2; }
        & .form-line { height: 1; }
        & .form-line.-many { height: auto; }
        & TextField { width: 1fr; }
        & .form-line > Static { width: 12; color: $text-muted; }
        & .form-line > .form-end { width: 19; padding-left: 2; }
        & FormInput { width: 1fr; background: $panel; }
        & FormInput:focus { background: $row-cursor; }
        & Checkbox { height: 1; width: 1fr; }
        & Checkbox:focus { background: $row-cursor; }
        & #form-about { color: $text-muted; margin-bottom: 1; }
        & #form-foot { margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """

    def __init__(
        self,
        title: str,
        fields: tuple[Field, ...],
        *,
        ticks: tuple[Field, ...] = (),
        about: str = "",
        done: str = "save",
    ) -> None:
        super().__init__(title)
        self.fields, self.ticks, self.about, self.done = fields, ticks, about, done
        self._acting = False

    def act(self, answers: dict[str, Any]) -> str:
        """Act on the answers, off the event loop; return a notice. Raises `StudioError`."""
        raise NotImplementedError

    def foot(self, answers: dict[str, Any]) -> str:
        """Return a line about the answers so far."""
        return ""

    def body(self) -> ComposeResult:
        if self.about:
            yield Static(content(self.about), id="form-about")
        yield from self.lines()
        yield Static(id="form-foot")

    def lines(self) -> ComposeResult:
        """Yield the lines with the fields."""
        for field in self.fields:
            many = field.rows > 1
            with Horizontal(classes="form-line -many" if many else "form-line"):
                yield Static(content(field.label))
                if many:
                    text = TextField(
                        field.name, field.value, rows=field.rows, many_lines=True,
                        placeholder=field.hint,
                    )  # fmt: skip
                    text.styles.min_height = 2
                    text.styles.max_height = field.rows
                    yield text
                    continue
                kind = SecretInput if field.secret else FormInput
                yield kind(
                    field.value, id=field.name, compact=True, placeholder=field.hint,
                    select_on_focus=False,
                )  # fmt: skip
                if field.end:
                    yield Static(content(field.end), classes="form-end")
        for tick in self.ticks:
            with Horizontal(classes="form-line"):
                yield Static("")
                yield Checkbox(tick.label, bool(tick.value), id=tick.name)

    def on_mount(self) -> None:
        super().on_mount()
        self.query(FormInput).first().focus()
        self._show_foot()

    @property
    def answers(self) -> dict[str, Any]:
        """The answers so far, by the names of the fields."""
        texts = {field.name: self._text(field) for field in self.fields}
        return texts | {t.name: self.query_one(f"#{t.name}", Checkbox).value for t in self.ticks}

    def _text(self, field: Field) -> str:
        if field.rows > 1:
            return self.query_one(f"#field-{field.name}", TextField).value
        return self.query_one(f"#{field.name}", FormInput).value

    def on_input_changed(self) -> None:
        self._show_foot()

    def on_descendant_focus(self) -> None:
        self._show_foot()

    def on_input_submitted(self) -> None:
        if self._enter_goes_on():
            self.focus_next()
        else:
            self.action_open()

    def _enter_goes_on(self) -> bool:
        """Return whether Enter goes to the next field."""
        here = self.focused.id if self.focused is not None else None
        return any(field.enter_goes_on for field in self.fields if field.name == here)

    def action_open(self) -> None:
        """Act on the answers (Enter). The action is finished even if the dialog is closed."""
        if not self._acting:
            self._acting = True
            self.app.library.run(self._act(self.answers))

    async def perform(self, answers: dict[str, Any]) -> str:
        """Call `act`, by default as a change of the library. Raises `StudioError`."""
        return await self.app.library.apply(lambda _: self.act(answers))

    def _show_foot(self, text: str | None = None, style: str = "") -> None:
        if self not in self.app.screen_stack or (self._acting and text is None):
            return
        keys = "Enter or " if self._enter_goes_on() else f"Enter: {self.done}   "
        keys += "Tab: next field" + "   Space: tick" * bool(self.ticks)
        if any(field.rows > 1 for field in self.fields):
            keys = f"Enter in a one-line field: {self.done}   Tab: next field"
        if self._acting:
            keys = "Esc closes this; it goes on while the studio is open."
        about = self.foot(self.answers) if text is None else text
        line = content(about + "\n" if about else "", style, lines=True)
        self.query_one("#form-foot", Static).update(line + content(keys, "$text-muted"))

    def show_progress(self, text: str) -> None:
        """Show progress in the foot; any thread may call this."""
        self.app.call_from_thread(self._show_foot, text)

    async def _act(self, answers: dict[str, Any]) -> None:
        try:
            notice = await self.perform(answers)
        except StudioError as error:
            self._acting = False
            if self.is_active:
                self._show_foot(str(error), "$error")  # next to the answers that it is about
            else:
                self.app.notify_error(error)
            return
        if notice:
            self.app.notify_briefly(notice)
        if self.is_active:
            self.dismiss(True)
