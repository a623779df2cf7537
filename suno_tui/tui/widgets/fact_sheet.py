"""Facts in two columns, headings and paragraphs, each wrapped in its own column."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from suno_tui.tui.widgets.content import content

Part = Content | Sequence[tuple[str, Content]]
"""A paragraph, or facts: names and values."""

_GAP = 2


class FactSheet(Widget):
    """Shows parts below each other; as high as they need."""

    DEFAULT_CSS = "FactSheet { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()

    def show(self, *parts: Part) -> None:
        """Replace what is shown."""
        self._parts = parts
        self.display = bool(parts)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.lines_in(width)

    def lines_in(self, width: int) -> int:
        """Return how many lines the parts take in that width."""
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for part in self._parts:
            lines += part.wrap(width) if isinstance(part, Content) else _facts(part, width)
        return lines


def heading(text: str) -> Content:
    """Return a heading."""
    return Content.styled(text, "bold $primary")


def plain(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, Content]]:
    """Return facts of text from outside, without those that have no value."""
    return [(name, content(value)) for name, value in pairs if value]


def _facts(pairs: Sequence[tuple[str, Content]], width: int) -> list[Content]:
    names = max((len(name) for name, _ in pairs), default=0) + _GAP
    lines = []
    for name, value in pairs:
        first, *others = value.wrap(max(8, width - names))
        lines.append(Content.assemble((name.ljust(names), "$text-muted"), first))
        lines += [Content(" " * names) + line for line in others]
    return lines
