"""The dialog that asks for a batch file, or creates one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from suno_tui.batches.file import BatchFile
from suno_tui.batches.rows import KINDS
from suno_tui.common.errors import StudioError
from suno_tui.common.paths import expand_home
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.path_input import PathInput, PathSuggester, path_of
from suno_tui.tui.widgets.content import content

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_ABOUT = (
    "A file with a song in each row: CSV, JSON Lines, TOML or Markdown (.csv .jsonl .toml .md). "
    "Nothing is sent before you have seen all rows and the whole cost."
)


class OpenBatch(Dialog[Path]):
    """Asks for the path of a batch file; returns it once the file exists."""

    app: Context

    DEFAULT_CSS = """
    OpenBatch {
        & > #frame { width: 90; padding: 1 2; }
        & #batch-about { color: $text-muted; margin-bottom: 1; }
        & .form-line { height: 1; }
        & .form-line > Static { width: 8; color: $text-muted; }
        & FormInput { width: 1fr; background: $panel; }
        & FormInput:focus { background: $row-cursor; }
        & #batch-foot { margin-top: 1; }
        & #dialog-keys { display: none; }
    }
    """

    def __init__(self, typed: str, error: str = "") -> None:
        super().__init__("Batch: many songs from a file")
        self._typed, self._error = typed, error
        self._missing = ""
        """The path at which the next Enter creates a file."""

    def body(self) -> ComposeResult:
        yield Static(content(_ABOUT), id="batch-about")
        with Horizontal(classes="form-line"):
            yield Static("File")
            yield PathInput(
                self._typed, id="path", compact=True, placeholder="such as ~/jingles.csv",
                select_on_focus=False, suggester=PathSuggester(frozenset(KINDS)),
            )  # fmt: skip
        yield Static(id="batch-foot")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(PathInput).focus()
        self._show(self._error, "$error")

    def on_input_changed(self) -> None:
        if self._path != self._missing:
            self._show()

    @property
    def _path(self) -> str:
        return path_of(self.query_one(PathInput).value)

    def on_input_submitted(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the file; if there is none, a second Enter creates it."""
        typed = self._path
        try:
            path = expand_home(typed).absolute()
            file = BatchFile(path)
            if not path.exists():
                if typed != self._missing:
                    file.check_new()
                    self._missing = typed
                    self._show("There is no such file yet.")
                    return
                BatchFile.create(path)
            file.read()
        except (StudioError, OSError) as error:
            self._show(str(error), "$error")
            return
        self.dismiss(path)

    def _show(self, message: str = "", style: str = "$warning") -> None:
        if not self.is_mounted:
            return
        makes = bool(self._missing) and self._path == self._missing
        enter = "⏎ make it, with two songs to change" if makes else "⏎ open"
        lines = content(f"{message}\n" if message else "", style, lines=True)
        keys = content(f"{enter}   tab complete", "$text-muted")
        self.query_one("#batch-foot", Static).update(lines + keys)
