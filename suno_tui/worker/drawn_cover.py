"""Covers for takes of providers that send none; the engine draws them."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from suno_tui.common.errors import SettingsError
from suno_tui.config.settings import Settings
from suno_tui.tasks.models import Take, Task


def draw_cover(settings: Settings, task: Task, take: Take, audio: Path) -> Path | None:
    """Draw a cover next to the audio and return its path; None if the take's provider sends covers.

    The same take always gets the same picture.
    """
    with contextlib.suppress(SettingsError, OSError):  # the audio is filed without it
        if settings.capabilities(task.provider).covers:
            return None
        from suno_tui.engine.cover import cover
        from suno_tui.engine.plan import plan

        mark = hashlib.sha256(f"{task.nonce} {take.number}".encode()).digest()
        picture = cover(plan(task.song, number=take.number, seed=int.from_bytes(mark[:4], "big")))
        path = audio.with_name(f"{audio.name}.drawn.jpg")
        path.write_bytes(picture)
        return path
    return None
