"""Rows of the form: label, fields, counter, and a note if something is wrong.

Rows draw label and counter themselves: a widget for each would double the form, and the time to
show it.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

from suno_tui.providers.capabilities import measure
from suno_tui.tui.widgets.content import cells, content, one_line

NEAR = 0.9
"""The part of a limit from which the counter is a warning."""

LABEL_WIDTH = 8
COUNTER_WIDTH = 9


class Counter:
    """The size of a text and its limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """In characters as `measure` counts them, for the song's model (`SongForm.offer`)."""
        self.size = 0

    @property
    def state(self) -> str:
        """`over`, `near` or empty."""
        if self.size > self.limit:
            return "over"
        return "near" if self.size >= NEAR * self.limit else ""

    def __str__(self) -> str:
        return f"{self.size}/{self.limit}"

    def content(self, width: int) -> Content:
        """Return the counter, right-aligned in `width` columns."""
        style = {"over": "bold $error", "near": "$warning"}.get(self.state, "$text-muted")
        return Content.styled(str(self).rjust(width), style)


class FieldRow(Horizontal):
    """`Title   Summer Nights   13/80`. A changed count repaints the counter only."""

    # All margins in one rule: a rule for one side replaces the other sides too.
    DEFAULT_CSS = f"""
    FieldRow {{
        height: auto;
        color: $text-muted;
        & > .first {{ margin: 0 0 0 {LABEL_WIDTH}; }}
        &.-counted > .first {{ margin: 0 {COUNTER_WIDTH} 0 {LABEL_WIDTH}; }}
    }}
    """

    def __init__(
        self, caption: str, *fields: Widget, limit: int | None = None, classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
        self.caption = caption
        self.fields = fields
        self.counter = Counter(limit) if limit is not None else None
        self.note = ""
        self.typing = True
        """Whether keys are text; if they are commands, a selected field's label is reversed."""
        self._note: Static | None = None
        self._completions: Static | None = None
        fields[0].add_class("first")
        self.set_class(limit is not None, "-counted")

    def compose(self) -> ComposeResult:
        yield from self.fields

    def render(self) -> Content:
        if self.has_class("-bare"):
            return Content("")
        # Not by `:focus-within`, which would style the whole form with each move of the focus.
        focused = self.screen.focused
        style = "$error" if self.note else ""
        if focused is not None and self in focused.ancestors:
            style = "$primary" if self.typing else "$primary reverse"
        caption = content(self.caption, style)
        if self.counter is None:
            return caption
        return Content.assemble(
            caption, self.counter.content(self.size.width - caption.cell_length)
        )

    def suggest(self, text: Content | None) -> None:
        """Show completions below the field, over the next row; None hides them."""
        if self._completions is None:
            if text is None or not isinstance(self.parent, Widget):
                return
            self._completions = Static(classes="field-completions")
            self.parent.mount(self._completions, after=self)
        if text is not None:
            self._completions.update(text, layout=False)
        self._completions.display = text is not None

    @property
    def suggested(self) -> str:
        """The completions that are shown, as text."""
        shown = self._completions is not None and self._completions.display
        return str(self._completions.content) if self._completions is not None and shown else ""

    def show_typing(self, typing: bool) -> None:
        """Show whether keys are text."""
        if typing != self.typing:
            self.typing = typing
            self._refresh_label()

    def on_descendant_focus(self) -> None:
        self._refresh_label()

    def on_descendant_blur(self) -> None:
        self._refresh_label()

    def _refresh_label(self) -> None:
        self.refresh(Region(0, 0, LABEL_WIDTH, 1))

    def count(self, text: str) -> None:
        """Show how much of the limit the text takes."""
        if self.counter is not None and self.counter.size != measure(text):
            self.counter.size = measure(text)
            self.refresh(Region(self.size.width - COUNTER_WIDTH, 0, COUNTER_WIDTH, 1))

    def show_note(self, note: str) -> None:
        """Show a note under the row; an empty text removes it."""
        if note == self.note:
            return
        self.note = note
        self.set_class(bool(note), "-noted")
        self._refresh_label()
        if self._note is None:
            shared = [name for name in self.classes if name.endswith("-only")]
            self._note = Static(classes=" ".join(["field-note", *shared]))
            if isinstance(self.parent, Widget):
                self.parent.mount(self._note, after=self)
        self._note.update(content(note))
        self._note.set_class(not note, "-silent")


class Head(Widget):
    """The line over a large field: its name, its outline or a note, its counter."""

    DEFAULT_CSS = """
    Head {
        height: 1;
        color: $text-muted;
        &.-focused { color: $primary; }
        &.-noted { color: $error; }
    }
    """

    def __init__(self, caption: str, limit: int, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.caption = caption
        self.counter = Counter(limit)
        self.note = ""
        self.about = ""
        self.typing = True

    def render(self) -> Content:
        counter = str(self.counter)
        room = max(0, self.size.width - LABEL_WIDTH - len(counter) - 1)
        text = one_line(self.note, room) if self.note else _ending(self.about, room)
        style = "$error" if self.note else "$secondary"
        selected = self.has_class("-focused") and not self.typing
        caption = content(self.caption, "reverse" if selected else "")
        gap = " " * max(0, LABEL_WIDTH - cells(self.caption))
        left = Content.assemble(caption, gap, content(text, style))
        space = max(0, self.size.width - left.cell_length)
        return Content.assemble(left, self.counter.content(space))

    def show_typing(self, typing: bool) -> None:
        """Show whether keys are text."""
        if typing != self.typing:
            self.typing = typing
            self.refresh(Region(0, 0, LABEL_WIDTH, 1))

    def count(self, text: str) -> None:
        """Show how much of the limit the text takes."""
        if self.counter.size != measure(text):
            self.counter.size = measure(text)
            self.refresh()

    def show_about(self, about: str) -> None:
        """Show a text about the field, such as its outline; a note replaces it."""
        if about != self.about:
            self.about = about
            self.refresh()

    def show_note(self, note: str) -> None:
        """Show a note on the field; an empty text removes it."""
        if note != self.note:
            self.note = note
            self.set_class(bool(note), "-noted")
            self.refresh()


def _ending(text: str, width: int) -> str:
    """Cut off the beginning of a text that is too long: an outline grows at its end."""
    if len(text) > width:
        return "…" + text[len(text) - width + 1 :] if width > 1 else ""
    return text
