"""The table of a batch file: edit its rows, send what is new, and watch."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from suno_tui.batches.batch import ID
from suno_tui.batches.file import BatchFile
from suno_tui.batches.rewriting import remove_row
from suno_tui.batches.rows import Row
from suno_tui.common.errors import StudioError
from suno_tui.studio_batches import (
    BatchChanged,
    BatchLine,
    CheckedBatch,
    Priced,
    confirm,
    next_id,
    queue_batch,
)
from suno_tui.tui import task_labels as labels
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.screens.batch.rows import BatchRows, about_sent
from suno_tui.tui.screens.batch.state import BatchState, read_state
from suno_tui.tui.screens.queue.task_actions import track_ids
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context
    from suno_tui.tui.screens.batch.send_dialog import Consent

POLL_SECONDS = 0.5
"""Seconds between two checks of the file and the queue for changes."""
_REST = 10
"""A check that took long is followed by a pause of `_REST` times its duration."""
_POLL = "batch look"
_MOST_WIDTH = 400
_CHANGED = (
    "it was sent before with other values, under the same id and batch name. Give it a new id to "
    "make this one too."
)


class BatchDialog(Dialog[None]):
    """A batch file as a table. Changes of the file by other programs are shown, too."""

    app: Context

    DEFAULT_CSS = """
    BatchDialog {
        & > #frame { width: 100%; height: 100%; }
        & BatchRows { height: 1fr; }
        & #batch-total { height: 1; }
        & #batch-note { height: 2; }
        & #dialog-keys { margin-top: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", show=False)]
    LABELS = {
        "open": "Edit",
        "new_item": "New",
        "clone": "Copy",
        "remove_item": "Remove",
        "generate": "Send",
        "hints": "Next problem",
        "edit_in_editor": "Editor",
        "undo": "Undo",
    }
    veiled = False

    def __init__(self, file: BatchFile) -> None:
        super().__init__(f"Batch {file.path.name}")
        self.file = file
        self.rows = BatchRows()
        self._shown = BatchState()
        self._stale = False
        """Whether the prices have changed, though the file may be the same."""
        self._trouble = ""
        """Why the file can't be read, or why sending it ended early."""
        self._at: Hashable | None = None
        """The key of the line that the note is about."""
        self._version: object = None
        self._paused_until = 0.0
        self._sending = False
        self._go_last = False
        """Whether the cursor goes to the new row once it is read."""

    def body(self) -> ComposeResult:
        yield self.rows
        yield Static(id="batch-total")
        yield Static(id="batch-note")

    def action_help(self) -> None:
        self.app.palette.action_help()

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()
        self._poll()
        self.set_interval(POLL_SECONDS, self._poll)

    # What is shown

    def _poll(self) -> None:
        """Read the file and the queue if they have changed, off the event loop."""
        reading = any(w.group == _POLL and not w.is_finished for w in self.workers)
        if reading or time.monotonic() < self._paused_until:
            return
        version = self.app.studio.tasks.version()
        fresh = self._stale or self.file.reading.number != self._shown.number or self.file.touched()
        if fresh or version != self._version:
            self._version, self._stale = version, False
            self._update(fresh or self._batch is None)

    def _poll_now(self) -> None:
        """Check without a pause, after a change that was made here."""
        self._paused_until = 0.0
        self._poll()

    @work(group=_POLL)
    async def _update(self, fresh: bool) -> None:
        """Read the file, if it is not the one that is shown, and the states of its songs."""
        start = time.monotonic()
        found = await asyncio.to_thread(read_state, self.app.studio, self.file, self._shown, fresh)
        self._shown = found
        if found.batch is None:
            self._trouble = found.trouble
            self.rows.empty = "This file can't be read as a batch."
        elif fresh:
            self._trouble = ""
            self.rows.empty = "No songs yet."
        self.rows.show(found.lines)
        if found.batch is not None and fresh and self._go_last:
            self._go_last = False
            self.rows.action_move_bottom()
        took = time.monotonic() - start
        long = took > POLL_SECONDS / 5 and self.file.reading.number == found.number
        self._paused_until = time.monotonic() + (took * _REST if long else 0)
        self._show_texts()

    @property
    def _batch(self) -> CheckedBatch | None:
        return self._shown.batch

    def _show_texts(self) -> None:
        batch = self._batch
        line = content("")
        if batch is not None:
            text = self._shown.summary
            if batch.troubles:
                text += f"  ({self.app.keymap.key('hints')} goes there)"
            line = content(text, "bold")
        self.query_one("#batch-total", Static).update(line)
        text, style = self._note()
        self.query_one("#batch-note", Static).update(content(text, style, lines=True))
        self._update_keys()

    def _note(self) -> tuple[str, str]:
        """Return the note on the row under the cursor, and its style."""
        line = self.rows.current
        if self._trouble:
            return one_line(self._trouble, _MOST_WIDTH), "$error"
        if line is None:
            return "", ""
        where = f"line {line.line}: "
        if line.problems:
            more = f" (and {len(line.problems) - 1} more)" if line.problems[1:] else ""
            return one_line(where + line.problems[0], _MOST_WIDTH) + more, "$error"
        task = line.task
        if task is not None and labels.troubled(task) and task.hold is not None:
            return one_line(task.hold.message, _MOST_WIDTH), "$warning"
        if task is not None and task.error is not None:
            return one_line(sentences.failure(task), _MOST_WIDTH), "$error"
        if line.changed:
            return where + _CHANGED, "$warning"
        song = self._song(line)
        facts = [one_line(line.text or line.title, 120)]
        facts += [song.provider, song.entry.song.model] if song is not None else []
        return where + " · ".join(filter(None, facts)), "$text-muted"

    def _song(self, line: BatchLine) -> Priced | None:
        songs = self._batch.songs if self._batch is not None else ()
        return next((song for song in songs if song.entry.key == line.key), None)

    def on_virtual_list_moved(self) -> None:
        key = self.rows.current_key()
        if key != self._at and self._batch is not None:
            self._at, self._trouble = key, ""
        self._show_texts()

    def on_virtual_list_opened(self) -> None:
        self.action_open()

    def label(self, id: str) -> str | None:
        if id == "details":
            return "Takes" if self._takes else "Task"
        return super().label(id)

    def why_not(self, id: str) -> str | None:
        line, batch = self.rows.current, self._batch
        if id in ("open", "clone", "remove_item") and self._row is None:
            return "No row here."
        if id == "details" and (line is None or line.task is None):
            return "It was not sent yet."
        if id == "play" and not self._takes:
            return "It has no takes yet."
        if id == "hints" and not (batch is not None and batch.troubles):
            return "Nothing is wrong."
        if id == "new_item" and batch is None:
            return "This file can't be read as a batch."
        if id == "generate":
            return self._why_not_send(batch)
        return None

    def _why_not_send(self, batch: CheckedBatch | None) -> str | None:
        if batch is None or not batch.songs:
            return "There are no songs to send."
        if self._sending:
            return "It is being sent."
        if batch.troubles:
            key = self.app.keymap.key("hints")
            return f"Nothing is sent before all rows are right. {key} goes to the next problem."
        return None if self._shown.new else "All of its songs were sent."

    # What is done

    @property
    def _row(self) -> Row | None:
        """The file's row under the cursor."""
        line, batch = self.rows.current, self._batch
        if line is None or batch is None:
            return None
        return next((row for row in batch.rows if row.line == line.line), None)

    def action_open(self) -> None:
        """Edit the row under the cursor (Enter); one that can't be read, in the user's editor."""
        row = self._row
        if row is None or row.why:
            self.action_edit_in_editor()
            return
        self._edit(row, row.values, about_sent(row, self.rows.items))

    def action_new_item(self) -> None:
        self._edit(None, self._next_id)

    def action_clone(self) -> None:
        """Add a row like that under the cursor."""
        if (row := self._row) is not None:
            values = {name: x for name, x in row.values.items() if name != ID}
            self._edit(None, self._next_id | values)

    @property
    def _next_id(self) -> dict[str, object]:
        return next_id(self.app.studio, self._batch) if self._batch is not None else {}

    def _edit(self, row: Row | None, values: Mapping[str, object], about: str = "") -> None:
        from suno_tui.tui.screens.batch.row_form import RowForm

        rows = self._batch.rows if self._batch is not None else []
        columns = dict.fromkeys(chain.from_iterable(each.values for each in rows))

        def done(saved: bool | None) -> None:
            self._go_last = bool(saved) and row is None
            self._poll_now()

        line = self.rows.current
        problem = line.problems[0] if row is not None and line is not None and line.problems else ""
        self.app.push_screen(RowForm(self.file, columns, row, values, about, problem), done)

    def action_remove_item(self) -> None:
        """Take the row under the cursor out of the file; undo brings it back."""
        if (row := self._row) is not None:
            key = self.app.keymap.key("undo")
            self._change(
                partial(
                    self.file.change, lambda text: remove_row(text, self.file.kind, row.line), row
                ),
                f"Row removed; {key} brings it back.",
            )

    def action_undo(self) -> None:
        """Undo the last change of the file that was made here."""
        self._change(self.file.undo, "Undo: the file is as it was before.")

    def _change(self, do: Callable[[], bool | None], notice: str) -> None:
        try:
            worked = do()
        except StudioError as error:
            self.app.notify_error(error)
        else:
            self.app.notify_briefly(notice if worked is not False else "Nothing to undo.")
        self._poll_now()

    def action_hints(self) -> None:
        """Go to the next row with a problem."""
        items, at = self.rows.items, self.rows.cursor
        order = [*range(at + 1, len(items)), *range(at + 1)]
        found = next((place for place in order if items[place].problems), None)
        if found is not None:
            self.rows.move_to(found)

    def action_edit_in_editor(self) -> None:
        """Open the user's own editor on the file."""
        self.app.key_queue.lend(self._edit_outside)

    async def _edit_outside(self) -> None:
        from suno_tui.tui.controllers.external_editor import open_editor

        try:
            await open_editor(self.app, self.file.path, self.app.studio.env)
        except StudioError as error:
            self.app.notify_error(error)
        self._poll_now()

    @property
    def _takes(self) -> list[str]:
        """The tracks of the song under the cursor."""
        line = self.rows.current
        return track_ids(line.task) if line is not None and line.task is not None else []

    def action_details(self) -> None:
        """Leave the table for the song's takes, or for its task."""
        line, takes = self.rows.current, self._takes
        if line is not None and line.task is not None:
            self.dismiss(None)
            if takes:
                self.app.navigation.show_track(takes[0])
            else:
                self.app.navigation.show_task(line.task.id)

    def action_play(self) -> None:
        """Play the song's first take; pause or go on if it plays."""
        playback, takes = self.app.playback, self._takes
        plays = playback.session.track
        if plays is not None and plays.id in takes:
            playback.action_play()
        else:
            playback.play_track(self.app.studio.library.get(takes[0]))

    def action_generate(self) -> None:
        """Ask with the total cost, and queue the songs that were not queued before."""
        from suno_tui.tui.screens.batch.send_dialog import SendBatch

        batch = self._batch
        if batch is None:
            return
        with contextlib.suppress(StudioError):
            self.file.read()
        if self.file.reading.number != self._shown.number:
            self._refuse(BatchChanged())
            return
        new = self._shown.new

        def answered(consent: Consent | None) -> None:
            if consent is not None:
                self._sending = True
                self.app.run_worker(self._send(batch, new, consent), group="change")

        self.app.push_screen(SendBatch(batch, new), answered)

    def _refuse(self, error: BatchChanged) -> None:
        self.app.notify_error(error)
        if self.is_attached:
            self._stale = True
            self._poll_now()

    async def _send(self, batch: CheckedBatch, new: Sequence[Priced], consent: Consent) -> None:
        self._trouble = ""
        studio, file = self.app.studio, self.file

        def queue() -> None:
            confirm(studio, batch, file.read(), file.kind)
            queue_batch(studio, batch, new, consent.budget)

        try:
            await asyncio.to_thread(queue)
        except BatchChanged as error:
            self._refuse(error)
        except StudioError as error:
            self._trouble = str(error)
            if not self.is_active:
                self.app.notify_error(error)
        finally:
            self._sending = False
        if self.is_attached:
            self._poll()
            self._show_texts()
