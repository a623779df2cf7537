"""The dialog that shows a proposal next to the user's text, to accept all, some lines or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.lyrics.syllables import language_is_english, line_syllables
from suno_tui.providers.song import LABELS
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import cells, content, fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList
from suno_tui.writer.proposal import Proposal, Row

WIDE = 90
"""Columns of the list from which both texts are side by side."""
_TICK = 4
_COUNT = 4
_DRAW_SECONDS = 0.1
"""Seconds between two drawings of an answer that is being received."""

Write = Callable[[Callable[[str], None]], Awaitable[Proposal]]


HEAD = "#"


class Line(NamedTuple):
    """A line of the list: one text of a row of the proposal, or both texts side by side.

    `row` is the row's index; `sign` is `-`, `+`, empty for both texts, or `HEAD` for the name of a
    field. While the answer is being received, only `new` is set.
    """

    row: int
    field: str
    old: str | None
    new: str | None
    sign: str = ""
    taken: bool | None = None
    """Whether the user takes the row; None if there is nothing to take."""


class ProposalRows(VirtualList[Line]):
    """Two texts, line by line; lyrics with the number of their syllables."""

    english = True

    def key_of(self, item: Line) -> Hashable:
        return item.row, item.sign

    @property
    def wide(self) -> bool:
        return self.row_width >= WIDE

    def draw(self, item: Line, width: int) -> list[Cell]:
        if item.sign == HEAD:
            return [(fit(item.new or "", width), "key")]
        tick = "    " if item.taken is None else "[x] " if item.taken else "[ ] "
        ticked: list[Cell] = [(tick, "accent")]
        room = width - _TICK
        if item.sign:
            text = item.old if item.sign == "-" else item.new
            role = "muted" if item.sign == "-" else "good"
            return [*ticked, (f"{item.sign} ", role), *self._text(item, text, room - 2, role)]
        if not self.wide:
            return [*ticked, ("  ", ""), *self._text(item, item.new, room - 2, "")]
        half = (room - 3) // 2
        changed = item.old != item.new
        return [
            *ticked,
            *self._text(item, item.old, half, "muted" if changed else ""),
            (" │ ", "rest"),
            *self._text(item, item.new, room - half - 3, "good" if changed else ""),
        ]

    def _text(self, item: Line, text: str | None, width: int, role: str) -> list[Cell]:
        room = self.text_room(item, width)
        shown = [(fit(text or "", room), role)]
        if room < width:
            count = line_syllables(text or "", english=self.english)
            shown.append((f"{count or '':>{width - room}}", "muted"))
        return shown

    def text_room(self, item: Line, width: int) -> int:
        """Return the columns of a text: lyrics leave some for their syllables."""
        return max(1, width - _COUNT) if item.field == "lyrics" else width

    def cuts(self, item: Line) -> bool:
        """Return whether a text of the line is cut off."""
        room = self.row_width - 2 - _TICK - 3
        room = self.text_room(item, room // 2 if self.wide else room)
        return any(cells(text or "") > room for text in (item.old, item.new))


class ProposalDialog(Dialog[Mapping[str, str]]):
    """Returns the accepted texts by the names of their fields; it does not change the fields.

    `write` asks the writer and gives its proposal; `check` returns why texts can't be accepted.
    """

    DEFAULT_CSS = """
    ProposalDialog {
        & > #frame { width: 150; height: 100%; }
        & #state { height: auto; max-height: 4; margin-bottom: 1; }
        & #whole { height: auto; max-height: 5; color: $text-muted; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False)]

    def __init__(
        self,
        title: str,
        host: str,
        write: Write,
        check: Callable[[Mapping[str, str]], str | None],
    ) -> None:
        super().__init__(title)
        self.host, self.write, self.check = host, write, check
        self.rows = ProposalRows()
        self.proposal: Proposal | None = None
        self.taken: set[int] = set()
        self._busy = False
        self._undrawn: str | None = None
        """The part of the answer that is received and not drawn yet."""

    def body(self) -> ComposeResult:
        yield Static(id="state")
        yield self.rows
        yield Static(id="whole")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self._ask()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    # The answer

    @work(exclusive=True, group="write")
    async def _ask(self) -> None:
        if self not in self.app.screen_stack:
            return
        self.proposal, self._busy, self._undrawn = None, True, None
        self.taken.clear()
        self.rows.set_items([])
        self._show_state(f"Waiting for {self.host} …   esc stops it; your text stays as it is.")
        self._update_keys()
        trouble = ""
        try:
            proposal: Proposal | None = await self.write(self._receive)
        except StudioError as error:
            trouble, proposal = str(error), None
        if self not in self.app.screen_stack:
            return  # it is being closed
        self._busy, self.proposal = False, proposal
        if proposal is None:
            self.rows.set_items([])
            self._show_state(trouble, "$error")
        else:
            texts = proposal.texts(proposal.all)
            self.rows.english = language_is_english(texts.get("lyrics", ""))
            self._show_state(
                proposal.note or _advice(proposal), "$warning" if proposal.note else ""
            )
            self._show()
            self._go_to_first()
        self._update_keys()

    def _receive(self, text: str) -> None:
        """Store the answer received so far, and draw it soon."""
        if self._undrawn is None:
            self.set_timer(_DRAW_SECONDS, self._draw_received)
        self._undrawn = text

    def _draw_received(self) -> None:
        text, self._undrawn = self._undrawn, None
        if text is None or not self._busy or self not in self.app.screen_stack:
            return
        self._show_state(f"{self.host} writes … {len(text):,} characters   esc stops it")
        lines = [Line(n, "", None, line, "+") for n, line in enumerate(text.split("\n"))]
        self.rows.set_items(lines)
        self.rows.move_to(len(lines) - 1)

    # What is shown

    def _show_state(self, text: str, style: str = "") -> None:
        self.query_one("#state", Static).update(content(text, style, lines=True))

    def _show(self) -> None:
        if self.proposal is not None:
            self.rows.set_items(lines_of(self.proposal, self.taken, self.rows.wide))
            self.on_virtual_list_moved()

    def _go_to_first(self) -> None:
        changed = [n for n, line in enumerate(self.rows.items) if line.taken is not None]
        self.rows.move_to(changed[0] if changed else 0)

    def on_virtual_list_moved(self) -> None:
        line, whole = self.rows.current, ""
        if line is not None and self.proposal is not None and self.rows.cuts(line):
            row = self.proposal.rows[line.row]
            texts = (("- ", row.old), ("+ ", row.new)) if row.changes else (("", row.new),)
            whole = "\n".join(f"{sign}{text}" for sign, text in texts if text)
        self.query_one("#whole", Static).update(content(whole, lines=True))
        self._update_keys()

    # What the user does with it

    def label(self, id: str) -> str | None:
        choice = self.proposal is not None and self.proposal.choice
        names = {"open": "Use this one" if choice else "Accept ticked", "clear": "Reject"}
        names |= {"retry": "Ask again"}
        return names.get(id)

    def why_not(self, id: str) -> str | None:
        if id == "retry":
            return "It is still being written." if self._busy else None
        if id not in ("open", "accept_all", "accept_line"):
            return None
        if self.proposal is None:
            return "It is still being written." if self._busy else "There is nothing to accept."
        line = self.rows.current
        if self.proposal.choice:
            return None if id == "open" else ""
        if id == "accept_line" and not (
            line and line.sign != HEAD and self.proposal.rows[line.row].changes
        ):
            return "This line stays as it is."
        if id == "open" and not self.taken:
            return f"Tick lines first ({self.app.keymap.key('accept_line')})."
        return None

    def on_virtual_list_opened(self) -> None:
        chosen = self.proposal is not None and self.proposal.choice
        self.action_open() if chosen else self.action_accept_line()

    def action_accept_line(self) -> None:
        """Tick or untick the line under the cursor, and go to the next one that changes."""
        line = self.rows.current
        if self.why_not("accept_line") is None and line is not None:
            self.taken ^= {line.row}
            self._show()
            ahead = [
                n for n, other in enumerate(self.rows.items)
                if other.taken is not None and other.row > line.row
            ]  # fmt: skip
            if ahead:
                self.rows.move_to(ahead[0])

    def action_accept_all(self) -> None:
        """Accept the whole proposal."""
        if self.proposal is not None:
            self._accept(self.proposal.all)

    def action_open(self) -> None:
        """Accept the ticked lines, or the chosen title."""
        if self.proposal is None or self.why_not("open") is not None:
            return
        line = self.rows.current
        choice = self.proposal.choice and line is not None
        self._accept(frozenset({line.row} if choice and line else self.taken))

    def _accept(self, taken: frozenset[int]) -> None:
        assert self.proposal is not None
        texts = self.proposal.texts(taken)
        if why := self.check(texts):
            self._show_state(f"{why} Take fewer lines.", "$error")
        else:
            self.dismiss(texts)

    def action_retry(self) -> None:
        """Ask the writer once more."""
        if not self._busy:
            self._ask()


def _advice(proposal: Proposal) -> str:
    if proposal.choice:
        return "Choose the one that replaces the title."
    count = len(proposal.all)
    lines = f"{count} lines would change." if count > 1 else "One line would change."
    return f"{lines} Nothing has changed yet; esc rejects it."


def lines_of(proposal: Proposal, taken: set[int], wide: bool) -> Sequence[Line]:
    """Return the lines of the list: one for each row, or two if its texts are not side by side."""
    lines: list[Line] = []
    several = len({row.field for row in proposal.rows}) > 1
    for index, row in enumerate(proposal.rows):
        if several and (index == 0 or proposal.rows[index - 1].field != row.field):
            lines.append(Line(index, "", None, LABELS[row.field], HEAD))
        tick = index in taken if row.changes and not proposal.choice else None
        if proposal.choice:
            lines.append(Line(index, row.field, None, row.new, "+"))
        elif wide or not row.changes:
            lines.append(Line(index, row.field, row.old, row.new, taken=tick))
        else:
            lines += _old_and_new(index, row, tick)
    return lines


def _old_and_new(index: int, row: Row, tick: bool | None) -> list[Line]:
    signs = [sign for sign, text in (("-", row.old), ("+", row.new)) if text is not None]
    found = [Line(index, row.field, row.old, row.new, sign, tick) for sign in signs]
    if len(found) == 2:
        found[0] = found[0]._replace(taken=None)
    return found
