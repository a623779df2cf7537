"""A proposal: new texts for a song's fields, line by line next to the present ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from suno_tui.lyrics.style import descriptors

STYLE = "style"
"""The field that is compared by descriptors, not by lines."""


class Row(NamedTuple):
    """A line of a field: the present text (None for a new line) and the proposed one (None to
    remove the line)."""

    field: str
    old: str | None
    new: str | None

    @property
    def changes(self) -> bool:
        """Whether the proposal changes the line."""
        return self.old != self.new


@dataclass(frozen=True)
class Proposal:
    """Rows of one or more fields, and a remark for the user.

    With `choice`, the rows are alternatives, of which the user may accept one.
    """

    rows: tuple[Row, ...]
    note: str = ""
    choice: bool = False

    def texts(self, taken: Collection[int]) -> dict[str, str]:
        """Return the fields that change, with their new texts, if the rows at these indexes are
        accepted. All other lines stay exactly as they are."""
        if self.choice:
            return {self.rows[index].field: self.rows[index].new or "" for index in taken}
        found = {}
        for field in dict.fromkeys(row.field for row in self.rows):
            rows = [
                (index in taken, row) for index, row in enumerate(self.rows) if row.field == field
            ]
            lines = [row.new if take else row.old for take, row in rows]
            if any(take and row.changes for take, row in rows):
                between = ", " if field == STYLE else "\n"
                found[field] = between.join(line for line in lines if line is not None)
        return found

    @property
    def all(self) -> frozenset[int]:
        """The indexes of all rows that change something."""
        return frozenset(index for index, row in enumerate(self.rows) if row.changes)


def compare(field: str, old: str, new: str, *, aligned: bool = False) -> list[Row]:
    """Return the rows that turn the old text into the new one.

    With `aligned`, each new line replaces the old line with the same number.
    """
    before, after = _parts(field, old), _parts(field, new)
    if aligned:
        return [Row(field, *pair) for pair in zip_longest(before, after)]
    rows = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [Row(field, line, line) for line in before[i:j]]
        else:
            rows += [Row(field, *pair) for pair in zip_longest(before[i:j], after[k:m])]
    return rows


def _parts(field: str, text: str) -> list[str]:
    if field == STYLE:
        return list(descriptors(text))
    return text.split("\n") if text else []
