"""The output of commands: JSON Lines for scripts, plain lines for people."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.tasks.models import Task


class OutputFailed(StudioError):
    """Standard output can't be written, as on a full disk. The command may have succeeded."""

    title = "The output can't be written"
    code = "output"
    exit_code = 4


def write_line(line: str) -> None:
    """Print a line that is safe to show. Raises `OutputFailed`."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(f"Standard output can't be written: {error.strerror}.") from error


def print_json(value: Mapping[str, Any]) -> None:
    """Print one line of JSON. Control characters are escaped; other text is not."""
    write_line(json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_ESCAPED))


_ESCAPED = {
    code: f"\\u{code:04x}"
    for codes in (
        (0x7F, 0xA0),
        (0x2028, 0x202F),
        (0x2066, 0x206A),
        (0xD800, 0xE000),
        (0xFEFF, 0xFF00),
    )
    for code in range(*codes)
}
"""Characters that `json` leaves, but a terminal could take as a command or a line end."""


def print_line(*columns: str) -> None:
    """Print one line of columns, separated by two spaces."""
    write_line("  ".join(clean(column) for column in columns).rstrip())


def task_json(task: Task, library: Library) -> dict[str, Any]:
    """Return a task as `docs/cli.md` describes it, with its tracks in the library."""
    from suno_tui.library.errors import UnknownTrack

    tracks = []
    for take in task.takes:
        with contextlib.suppress(UnknownTrack):
            tracks += [library.get(take.track_id)] if take.track_id else []
    return {
        "id": task.id,
        "task_id": task.task_id,
        "status": task.status.value,
        "title": task.title,
        "model": task.song.model,
        "provider": task.provider,
        "requester": task.requester or "you",
        "created_at": task.created_at.isoformat(),
        "carries_on": task.song.carrying,
        "hold": _code_message(task.hold),
        "error": _code_message(task.error),
        "tracks": [track.to_json() for track in tracks],
        "raw_status": task.raw_status or None,
        "answer": task.answer or None,
        "possible_ids": task.possible_ids,
    }


def _code_message(value: Any) -> dict[str, str] | None:
    return {"code": value.code, "message": value.message} if value else None


def hold_text(task: Task) -> str:
    """Return why a task waits, and the command to settle it if there is one; empty if none."""
    from suno_tui.providers.capabilities import price
    from suno_tui.tasks.holds import WAITS_FOR_USER, HoldCode

    if task.hold is None:
        return ""
    text = f"held: {task.hold.message}"
    settle = f"suno-tui queue settle {task.id}"
    if task.hold.code in WAITS_FOR_USER:
        if ids := task.possible_ids:
            text += f" Its id may be {', '.join(ids[:3])}."
        again = "sends it again"
        if task.hold.code == HoldCode.ID_LOST and task.credits:
            again += f", for another {price(task.credits, task.credit, '{} ({})')}"
        text += f" `{settle} --taken TASK_ID` tracks it, `{settle} --not-taken` {again}."
    elif task.takes_other_id:
        text += f" If the id {task.task_id} is wrong, `{settle} --taken TASK_ID` replaces it."
    return text
