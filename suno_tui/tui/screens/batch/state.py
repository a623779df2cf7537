"""The state of a batch file and of the tasks of its songs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.batches.file import BatchFile
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.studio_batches import BatchLine, CheckedBatch, Priced, check_batch, summary, table

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task


class BatchState(NamedTuple):
    """What is known of the file and its songs."""

    number: int = -1
    """The number of the reading of the file (`Reading.number`) that the batch comes from."""
    batch: CheckedBatch | None = None
    known: Mapping[str, Task] = {}
    lines: Sequence[BatchLine] = ()
    new: Sequence[Priced] = ()
    """The songs that were not queued before."""
    summary: str = ""
    """The progress of the batch, in one line."""
    trouble: str = ""
    """Why there is no batch."""


def read_state(studio: Studio, file: BatchFile, last: BatchState, fresh: bool) -> BatchState:
    """Read the tasks, and if `fresh` the file too; takes seconds for a large one."""
    number, batch = last.number, last.batch
    try:
        if fresh or batch is None:
            number, _, text, why = file.current()
            if why:
                raise UsageError(why)
            batch = check_batch(studio, text, file.kind, file.name)
        known = batch.known(studio)
        lines, new = table(batch, known), batch.new(known)
        return BatchState(number, batch, known, lines, new, summary(studio, batch, known))
    except StudioError as error:
        return BatchState(number, trouble=str(error))
