"""The rows of a batch: sign, id or line, title, and the first problem, or state and cost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from suno_tui.batches.batch import ID
from suno_tui.batches.rows import Row
from suno_tui.studio_batches import BatchLine
from suno_tui.tui import task_labels as labels
from suno_tui.tui.widgets.content import cells, fit, one_line
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

_LABEL = 12
"""The most columns of a row's id."""


class BatchRows(VirtualList[BatchLine]):
    """The table of a batch."""

    def __init__(self) -> None:
        super().__init__(id="batch-rows")
        self.empty = "Reading …"
        self._label_width = self._cost_width = 0

    def key_of(self, item: BatchLine) -> Hashable:
        return item.key

    def show(self, lines: Sequence[BatchLine]) -> None:
        """Replace the lines."""
        widths = self._label_width, self._cost_width
        self._label_width = min(_LABEL, max((cells(line.label) for line in lines), default=0))
        self._cost_width = max((cells(line.cost) for line in lines), default=0)
        self.set_items(lines)
        if widths != (self._label_width, self._cost_width):
            self.refresh_rows()

    def draw(self, item: BatchLine, width: int) -> list[Cell]:
        sign, role = " ", "muted"
        if item.problems:
            sign, role = "!", "bad"
        elif item.task is not None:
            sign, role = labels.glyph(item.task)
        start: list[Cell] = [
            (f"{sign} ", role),
            (fit(item.label, self._label_width) + "  ", "muted"),
        ]
        room = max(0, width - 4 - self._label_width)
        if item.problems:
            title = min(room // 3, max(8, cells(item.title)))
            more = f" (and {len(item.problems) - 1} more)" if len(item.problems) > 1 else ""
            text = fit(item.problems[0], max(0, room - title - 2 - len(more))) + more
            return [*start, (fit(item.title, title) + "  ", ""), (text, "bad")]
        state = min(24, room // 3)
        title = max(0, room - state - self._cost_width - 4)
        name = one_line(item.title or "Untitled", title)
        rest = title - cells(name)
        text = " " * rest
        if item.text and rest > 6:
            text = " · " + fit(item.text, rest - 3)
        return [
            *start,
            (name, ""),
            (text + "  ", "muted"),
            (fit(_state(item), state), _role(item, role)),
            (fit(item.cost, self._cost_width + 2, "right"), "muted"),
        ]

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred([(self.empty, "muted")], width, height)


def about_sent(row: Row, lines: Iterable[BatchLine]) -> str:
    """Return what a change of a row means for its songs that were sent; empty if none were."""
    if not any(line.task is not None and line.line == row.line for line in lines):
        return ""
    if str(row.values.get(ID, "")).strip():
        return (
            "Its songs that were sent are not sent again while it keeps its id; another choice is "
            "a new song, which costs."
        )
    return "It was sent. If you change it, it is a new song, which costs again."


def _role(item: BatchLine, role: str) -> str:
    if item.changed:
        return "warn"
    return role if role not in ("good", "key") else "muted"


def _state(item: BatchLine) -> str:
    if item.task is None:
        return "new"
    share = labels.share(item.task)
    if item.changed:
        return f"{labels.state(item.task)}, changed since"
    return labels.state(item.task) + ("" if share is None else f" {share:.0%}")
