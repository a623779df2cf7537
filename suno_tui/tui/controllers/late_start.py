"""The part of the start that waits until the first picture is on the screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.locks import Lock, missing_locks

if TYPE_CHECKING:
    from suno_tui.tui.context import Context


class LateStart:
    """Reports problems of the start, wakes the worker and recovers texts left in the editor."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self.then: Callable[[], None] = lambda: None
        """Called at its end."""
        self._lock = Lock(app.studio.home.studio_lock)

    def run(self) -> None:
        """Run all of it; the editor's texts are recovered in the background."""
        self._notify_problems()
        self._note_another_studio()
        studio = self.app.studio
        try:
            if studio.tasks.owed():
                studio.wake()
        except StudioError as error:
            self.app.notify_error(error)
        if next(studio.home.editor.glob("*/"), None) is not None:
            self.app.run_worker(self._recover_texts())
        self.then()

    def _notify_problems(self) -> None:
        for problem in self.app.keymap.problems:
            self._warn("Keys", problem, seconds=12)
        for problem in self.app.themes.problems:
            self._warn("Themes", problem, seconds=12)
        studio = self.app.studio
        from suno_tui.server.engine_files import soundfont_trouble, voice_trouble

        if trouble := soundfont_trouble(studio.settings.local):
            self._warn("SoundFont", trouble)
        if trouble := voice_trouble(studio.settings.local):
            self._warn("Voice", trouble)
        for unknown in studio.settings.unknown:
            self._warn("Settings", unknown, seconds=12)
        if untrusted := studio.settings.untrusted:
            self._warn("Settings", untrusted, seconds=12)
        if missing := missing_locks(studio.home.data):
            self._warn("Locks", missing, seconds=12)

    def _note_another_studio(self) -> None:
        with contextlib.suppress(StudioError):
            if not self._lock.acquire():
                process = self._lock.holder()
                where = f" (process {process})" if process else ""
                self.app.notify(
                    f"Another studio has this home open{where}. Both show the same queue and "
                    "library; each writes a draft of its own.",
                    title="Second studio",
                    timeout=12,
                )

    def end(self) -> None:
        """Release the lock by which another studio is noticed."""
        self._lock.release()

    def _warn(self, title: str, text: str, *, seconds: float | None = None) -> None:
        self.app.notify(text, title=title, severity="warning", timeout=seconds)

    async def _recover_texts(self) -> None:
        """Make drafts of what was in the user's own editor when a studio ended."""
        from suno_tui.tui.controllers.external_editor import recover_texts

        home, drafts = self.app.studio.home, self.app.studio.drafts
        try:
            for text in await asyncio.to_thread(recover_texts, home, drafts):
                self.app.notify(text, title="From the editor", timeout=12)
        except StudioError as error:
            self.app.notify_error(error)
