"""The dialog that shows what an import would do, and starts it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from suno_tui.common.errors import StudioError
from suno_tui.common.paths import expand_home
from suno_tui.common.text import clock
from suno_tui.library.importing.plan import Plan, State
from suno_tui.library.importing.sources import How
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.form import FormInput
from suno_tui.tui.dialogs.path_input import PathInput, PathSuggester, path_of
from suno_tui.tui.widgets.choice import Choice
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_HOW = (
    (How.COPY.value, "copy"),
    (How.MOVE.value, "move"),
    (How.LINK.value, "link"),
    (How.IN_PLACE.value, "in place"),
)
_MEANING = {
    How.COPY: "The library gets copies; your files stay as they are.",
    How.MOVE: "The files leave their folder; undo puts them back.",
    How.LINK: "One file with two names (a hard link): takes no extra space.",
    How.IN_PLACE: "For files in the library's folder: they stay where they are.",
}
_SHOWN = 6
"""Most files that are listed."""


class HowChoice(Choice):
    """The ways to import. Enter reads the folder, as it does in the path."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.open", show=False)]


class ImportDialog(Dialog[Plan]):
    """Asks for a folder or file and shows what is new there; returns the plan to be carried out."""

    app: Context

    DEFAULT_CSS = """
    ImportDialog {
        & > #frame { width: 90; padding: 1 2; }
        & .form-line { height: 1; }
        & .form-line > Static { width: 8; color: $text-muted; }
        & FormInput { width: 1fr; background: $panel; }
        & FormInput:focus { background: $row-cursor; }
        & #import-about { color: $text-muted; padding-left: 8; }
        & #import-preview { margin-top: 1; }
        & #import-keys { margin-top: 1; color: $text-muted; }
        & #dialog-keys { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__("Import music")
        self._plan: Plan | None = None
        self._asked: tuple[str, str] = ("", "")
        """The path and the way of the plan, or of the plan that is being made."""
        self._reading = False

    def body(self) -> ComposeResult:
        library = self.app.studio.library
        lone = bool(library.lone_audio())
        with Horizontal(classes="form-line"):
            yield Static("From")
            yield PathInput(
                str(library.folder) if lone else "~/Music/", id="from", compact=True,
                placeholder="a folder or a file", select_on_focus=False, suggester=PathSuggester(),
            )  # fmt: skip
        with Horizontal(classes="form-line"):
            yield Static("How")
            choice = HowChoice("how", _HOW)
            choice.set_value(How.IN_PLACE.value if lone else How.COPY.value)
            yield choice
        yield Static(id="import-about")
        yield Static(id="import-preview")
        yield Static(id="import-keys")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(FormInput).focus()
        self._show()

    @property
    def _answers(self) -> tuple[str, str]:
        return path_of(self.query_one(FormInput).value), self.query_one(Choice).value

    @property
    def _current(self) -> Plan | None:
        """The plan, if it is for the present answers."""
        return self._plan if self._asked == self._answers else None

    def on_input_changed(self) -> None:
        self._show()

    def on_choice_changed(self) -> None:
        self._show()

    def on_descendant_focus(self) -> None:
        self._show()

    def on_input_submitted(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Read the folder; once the plan is shown, start the import (Enter)."""
        self.query_one(FormInput).value = self._answers[0]
        if self._reading and self._asked == self._answers:
            return
        plan = self._current
        if plan is None:
            self._make_plan(*self._answers)
        elif plan.of(State.NEW) and plan.fits:
            self.dismiss(plan)

    @work(exclusive=True, group="look")
    async def _make_plan(self, path: str, how: str) -> None:
        """Make the plan, and show it."""
        self._asked, self._plan, self._reading = (path, how), None, True
        asked, loop = self._asked, asyncio.get_running_loop()

        def stop() -> bool:
            return self._asked != asked or not self.is_running

        def count(done: int, all: int) -> None:
            if done % 10 == 0 and not stop():
                loop.call_soon_threadsafe(self._show, f"Reading {done:,} of {all:,}")

        def make() -> Plan:
            studio = self.app.studio
            studio.library.refresh()
            return studio.library.imports.plan(
                [expand_home(path).absolute()], How(how), progress=count, stop=stop,
                records=studio.take_records(),
            )  # fmt: skip

        self._show("Looking for audio")
        try:
            plan = await asyncio.to_thread(make)
        except StudioError as error:
            if self._asked == asked:
                self._asked, self._reading = ("", ""), False
                self._show(str(error))
            return
        if self._asked == asked:
            self._plan, self._reading = plan, False
            self._show()

    def on_unmount(self) -> None:
        self._asked = ("", "")  # stops a plan that is being made

    def _show(self, message: str = "") -> None:
        """Show the plan, or `message` instead, and what Enter does."""
        if not self.is_mounted:
            return
        how = How(self.query_one(Choice).value)
        self.query_one("#import-about", Static).update(content(_MEANING[how]))
        plan = self._current
        preview = (
            preview_of(plan) if plan is not None and not message else content(message, lines=True)
        )
        self.query_one("#import-preview", Static).update(preview)
        new = len(plan.of(State.NEW)) if plan is not None and plan.fits else 0
        files = "1 file" if new == 1 else f"{new:,} files"
        enter = f"⏎ import {files}" if new else "" if plan is not None else "⏎ show what is new"
        on_path = self.query_one(FormInput).has_focus
        keys = (enter, "tab complete, then How" if on_path else "← → change how   shift+tab From")
        self.query_one("#import-keys", Static).update(content("   ".join(filter(None, keys))))


def preview_of(plan: Plan) -> Content:
    """Return what a plan would do: counts, and the first files."""
    new, there, refused = (plan.of(state) for state in State)
    lines = [
        Content.assemble(
            content(f"{len(new):,} new", "bold $accent"),
            f" · {len(there):,} in the library already",
            f" · {len(refused):,} can't be imported",
            f" · {plan.needed / 2**20:,.0f} MB" if plan.needed >> 20 else "",
        )
    ]
    if not plan.fits:
        room = f"There is no room for that: {plan.free / 2**20:,.0f} MB are free. Link it instead."
        lines.append(content(room, "$error"))
    for each in new[:_SHOWN]:
        duration = clock(each.known.table["duration"]) if each.known else ""
        trouble = f"  ({each.why})" if each.why else ""
        name = one_line(each.title, 40)
        lines.append(content(f"{duration:>7}  {name}  {one_line(each.source.name, 34)}{trouble}"))
    for each in (refused or there)[: max(1, _SHOWN - len(new))]:
        text = one_line(f"{each.source.name}: {each.why}", 80)
        lines.append(content(text, "$warning" if refused else "$text-muted"))
    if plan.links:
        lines.append(content(f"Links that are not followed: {plan.links:,}", "$text-muted"))
    return Content("\n").join(lines)
