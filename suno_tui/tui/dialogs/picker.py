"""A searchable list to choose one entry from: keys, commands, themes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Input

from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.matching import rank
from suno_tui.tui.widgets.content import fit
from suno_tui.tui.widgets.safe_input import SafeInput
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred


class Entry(NamedTuple):
    """An entry: its value (None for a heading), its name, its keys, and a few words about it."""

    value: Hashable
    text: str
    keys: str = ""
    more: str = ""
    on: bool = True
    group: str = ""
    also: str = ""
    """Other words by which a search finds it, casefolded."""

    def rank(self, typed: str) -> int | None:
        """Return how well it matches the typed words, 0 for the best; None if it doesn't."""
        about = f"{self.more} {self.group} {self.keys}".casefold()
        return rank(typed, self.text.casefold(), self.also, about)


REST_SECONDS = 0.15
"""Seconds that the cursor must rest before `moved` is called: a theme repaints everything."""


class EntryRows(VirtualList[Entry]):
    """Entries in columns, under headings."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        # From all entries, so that columns stay where they are during a search.
        self.keys_width = 2 + max((cell_len(entry.keys) for entry in entries), default=0)
        self.name_width = 2 + max(
            (cell_len(entry.text) for entry in entries if entry.value is not None), default=0
        )

    def key_of(self, item: Entry) -> Hashable:
        return item.value, item.text

    def draw(self, item: Entry, width: int) -> list[Cell]:
        if item.value is None:
            return [(fit(item.text, width), "key")]
        wide = width >= 50
        keys = 0 if not self.has_keys else min(self.keys_width, 18 if wide else 12)
        name = min(min(self.name_width, 24) if wide and item.more else width, width - keys)
        cells: list[Cell] = [(" ", ""), (fit(item.keys, keys - 1), "accent")] if keys else []
        cells.append((fit(item.text, name), "" if item.on else "muted"))
        if width - keys - name > 4:
            cells.append((fit(item.more, width - keys - name), "muted"))
        return cells

    @property
    def has_keys(self) -> bool:
        return any(item.keys for item in self.items)

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred([("No match", "muted")], width, height)


class PickerInput(SafeInput):
    """The search field of a picker; Home and End belong to its list."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("home", "end") and super().check_action(action, parameters)


class Picker(Dialog[Hashable]):
    """Returns the value of the chosen entry.

    `entries` are searched for the typed words and abbreviations such as `chth`; `find` returns more
    entries for the typed text. `moved`, if there is one, is called with the value under the cursor
    once the cursor rests.
    """

    DEFAULT_CSS = """
    Picker {
        & > #frame { height: 100%; }
        & Input { margin-bottom: 1; background: $surface; }
        & #dialog-keys { display: none; }
        &.-short > #frame { height: auto; }
    }
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[Entry],
        *,
        find: Callable[[str], list[Entry]] = lambda _text: [],
        moved: Callable[[Hashable], None] | None = None,
        start: Hashable = None,
    ) -> None:
        super().__init__(title)
        self.entries = entries
        self.find = find
        self.moved = moved
        self.start = start
        self._rest: Timer | None = None
        self.set_class(len(entries) <= 20, "-short")

    def body(self) -> ComposeResult:
        yield PickerInput(placeholder="Type to search; ↑ ↓ choose; ⏎ does it", compact=True)
        yield EntryRows(self.entries)

    def on_mount(self) -> None:
        super().on_mount()
        rows = self.query_one(EntryRows)
        rows.can_focus = False
        rows.looks_focused = True
        self._show("")
        if self.has_class("-short"):
            rows.styles.height = len(rows.items)  # with the headings
        if self.start is not None:
            for index, entry in enumerate(rows.items):
                if entry.value == self.start:
                    rows.move_to(index)
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def on_input_submitted(self) -> None:
        self._choose()

    def on_virtual_list_opened(self) -> None:
        self._choose()

    def on_virtual_list_moved(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        if self.moved is not None:
            self._rest = self.set_timer(REST_SECONDS, partial(self._call, self.moved))

    def _call(self, moved: Callable[[Hashable], None]) -> None:
        current = self.query_one(EntryRows).current
        if self.is_active and current is not None and current.value is not None:
            moved(current.value)

    def key_down(self) -> None:
        self._step(1)

    def key_up(self) -> None:
        self._step(-1)

    def key_pagedown(self) -> None:
        self._step(self._page)

    def key_pageup(self) -> None:
        self._step(-self._page)

    def key_home(self) -> None:
        self._step(-len(self.query_one(EntryRows).items))

    def key_end(self) -> None:
        self._step(len(self.query_one(EntryRows).items))

    @property
    def _page(self) -> int:
        return max(1, self.query_one(EntryRows).size.height - 1)

    def _show(self, text: str) -> None:
        typed = text.casefold().strip()
        ranks = [(entry.rank(typed), entry) for entry in self.entries]
        ranked = [(rank, entry) for rank, entry in ranks if rank is not None]
        chosen = [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]
        found: list[Entry] = []
        group = ""
        for entry in chosen + self.find(text):
            if entry.group != group and not typed:
                found.append(Entry(None, entry.group))
            group = entry.group
            found.append(entry)
        rows = self.query_one(EntryRows)
        rows.cursor = 0
        rows.set_items([])
        rows.set_items(found)
        if found and found[0].value is None:
            rows.move_to(1)

    def _step(self, by: int) -> None:
        rows = self.query_one(EntryRows)
        at = max(0, min(rows.cursor + by, len(rows.items) - 1))
        if rows.items and rows.items[at].value is None:
            at += 1 if by > 0 or at == 0 else -1
        rows.move_to(at)

    def _choose(self) -> None:
        chosen = self.query_one(EntryRows).current
        if chosen is not None and chosen.value is not None:
            self.dismiss(chosen.value)
