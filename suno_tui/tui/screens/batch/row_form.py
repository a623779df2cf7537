"""The form of a row of a batch: all its values, written back into the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from suno_tui.batches.batch import FIELDS, ID, PROVIDER
from suno_tui.batches.file import BatchFile
from suno_tui.batches.rewriting import add_row, change_row, shown, typed
from suno_tui.batches.rows import Row
from suno_tui.studio_batches import check_row
from suno_tui.tui.dialogs.form import Field, FormDialog

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_FIRST = ("title", "style", "lyrics", "prompt")
_ROWS = 5
"""Rows of the lyrics, and of any other text that has several lines."""
_HINTS = {
    "prompt": "alone, without title, style and lyrics",
    "style": "[folk|jazz] makes one song of each",
    "lyrics": "{town} stands for the column `town`",
    "instrumental": "yes or no",
    "vocal_gender": "m or f",
    "custom_mode": "yes or no; empty: by the other fields",
    "language": "a code or a name: en, de, Japanese",
    "duration": "seconds, or 2:30",
}


class RowForm(FormDialog):
    """Asks for the values of a row, or of a new row (None), which starts with `values`.

    A change is refused if the row in the file has changed since the form was opened.
    """

    app: Context

    DEFAULT_CSS = """
    RowForm {
        & > #frame { padding: 0 1; height: 100%; max-height: 38; }
        & #row-fields { height: 1fr; scrollbar-size-vertical: 1; }
        & .form-line > Static { width: 21; }
        & #form-about { margin-bottom: 0; }
        & #form-foot { height: auto; margin-top: 0; }
    }
    """

    def __init__(
        self,
        file: BatchFile,
        columns: Iterable[str],
        row: Row | None,
        values: Mapping[str, Any],
        about: str = "",
        problem: str = "",
    ) -> None:
        """`columns` are the file's; the cursor starts in the field that `problem` names."""
        self.file, self.row = file, row
        known = {*FIELDS, ID, PROVIDER}
        self._own = [name for name in dict.fromkeys((*columns, *values)) if name not in known]
        rest = [name for name in FIELDS if name not in _FIRST]
        self._columns = [ID, *self._own, *_FIRST, *rest, PROVIDER]
        self._values = values
        fields = tuple(
            Field(
                f"value-{number}",
                name,
                shown(values[name]) if name in values else "",
                hint=_HINTS.get(name, ""),
                rows=_ROWS if name == "lyrics" or "\n" in shown(values.get(name, "")) else 1,
            )
            for number, name in enumerate(self._columns)
        )
        named = [name for name in self._columns if re.search(rf"\b{re.escape(name)}\b", problem)]
        filled = [name for name in ("title", "prompt") if name in values]
        self._start = self._columns.index([*named, *filled, "title"][0])
        title = f"Row in line {row.line}" if row is not None else "New row"
        super().__init__(title, fields, about=about, done="save")

    def on_mount(self) -> None:
        self.call_after_refresh(self._focus_start)

    def _focus_start(self) -> None:
        field = self.fields[self._start]
        self.query_one(f"#field-{field.name}" if field.rows > 1 else f"#{field.name}").focus()

    def on_text_area_changed(self) -> None:
        self._show_foot()

    def lines(self) -> ComposeResult:
        with VerticalScroll(id="row-fields", can_focus=False):
            yield from super().lines()

    def foot(self, answers: dict[str, Any]) -> str:
        """Return the first problem of the row, or what it makes and costs."""
        return check_row(self.app.studio, self._typed(answers), self._own)

    def act(self, answers: dict[str, Any]) -> str:
        values = self._typed(answers)
        if self.row is None:
            self.file.change(lambda text: add_row(text, self.file.kind, values))
            return "Row added."
        row = self.row
        changes = {name: x for name, x in values.items() if x != row.values.get(name)}
        if changes:
            self.file.change(lambda text: change_row(text, self.file.kind, row.line, changes), row)
        return "Row saved." if changes else ""

    def _typed(self, answers: Mapping[str, str]) -> dict[str, Any]:
        return {
            name: typed(name, answers[f"value-{number}"], self.file.kind, self._values.get(name))
            for number, name in enumerate(self._columns)
        }
