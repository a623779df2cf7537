"""The limits on how many bytes the takes of a task may have."""

from __future__ import annotations

from pathlib import Path

from suno_tui.providers.errors import TooLarge
from suno_tui.tasks.models import TakeState, Task

MOST_AUDIO = 512 * 1024 * 1024
MOST_COVER = 32 * 1024 * 1024
MOST_TASK_BYTES = 1024 * 1024 * 1024
"""The most bytes of audio for all takes of a task; two WAV files of 8 minutes have 170 MB."""


class TaskBudget:
    """Counts the bytes of a task's audio, including takes that an earlier worker filed."""

    def __init__(self, task: Task) -> None:
        self._bytes = {
            take.number: take.received for take in task.takes if take.state is TakeState.DONE
        }

    def take(self, number: int, received: int, size: int | None) -> None:
        """Count a take that is being downloaded: the larger of its announced and received size.

        Raises `TooLarge` if all takes together are too large; the take is not counted then.
        """
        others = sum(size for other, size in self._bytes.items() if other != number)
        total = others + max(received, size or 0)
        if total > MOST_TASK_BYTES:
            self._bytes.pop(number, None)
            raise TooLarge(
                f"With it the takes of this song would have {total:,} bytes; at most "
                f"{MOST_TASK_BYTES:,} are taken."
            )
        self._bytes[number] = total - others

    def keep(self, number: int, audio: Path) -> None:
        """Count a complete file, which is kept in any case."""
        self._bytes[number] = audio.stat().st_size

    def size(self, number: int) -> int:
        """Return the bytes of a take that were counted."""
        return self._bytes[number]
