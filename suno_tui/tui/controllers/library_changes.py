"""Changes of the library, one after the other and off the event loop; undo and redo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from suno_tui.common.errors import StudioError
from suno_tui.library.edit_log import EditLog
from suno_tui.tui.bulk_progress import BulkProgress
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.library.undo import Action
    from suno_tui.tui.context import Context

Done = TypeVar("Done")


class LibraryChanges:
    """Makes the changes. `show` reloads the list, `show_progress` shows a change's progress."""

    def __init__(
        self, app: Context, show: Callable[[], None], show_progress: Callable[[], None]
    ) -> None:
        self.app = app
        self.progress = BulkProgress(show_progress)
        self.importing = BulkProgress(show_progress)
        self._show = show
        self.lock = asyncio.Lock()
        self._edits = EditLog(app.studio.home.edit_log)
        self._edits_read = self._edits.size()

    @property
    def under_way(self) -> BulkProgress | None:
        """The change of many tracks that is under way; None if there is none."""
        both = (self.progress, self.importing)
        return next((progress for progress in both if progress.in_progress), None)

    def show(self) -> None:
        """Show what was changed."""
        self._show()

    async def apply(self, do: Callable[[Library], Done]) -> Done:
        """Change the library and show it; return what `do` returned. Raises `StudioError`."""
        async with self.lock:
            try:
                return await asyncio.to_thread(do, self.app.studio.library)
            finally:
                self._show()

    async def try_apply(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """As `apply`, with the result in a tuple; None after a failure, which is shown."""
        try:
            return (await self.apply(do),)
        except StudioError as error:
            self.app.notify_error(error)
            return None

    def change(self, do: Callable[[Library], object], notice: str = "") -> None:
        """Start `try_apply`; show the notice once it has worked."""
        self.run(self._change(do, notice))

    async def _change(self, do: Callable[[Library], object], notice: str) -> None:
        if await self.try_apply(do) and notice:
            self.app.notify_briefly(notice)

    def run(self, change: Coroutine[object, object, None]) -> None:
        """Run a change that continues after the dialog that started it is closed."""
        self.app.run_worker(change, group="change")

    async def undo(self) -> None:
        """Undo the last change of the library, and show which it was."""
        await self._undo_or_redo("Undo", "Nothing to undo.", lambda library: library.undo())

    async def redo(self) -> None:
        """Redo the change that was undone last."""
        await self._undo_or_redo("Redo", "Nothing to redo.", lambda library: library.redo())

    async def _undo_or_redo(
        self, notice: str, nothing: str, do: Callable[[Library], Action | None]
    ) -> None:
        from suno_tui.library.undo import reverted

        if made := await self.try_apply(do):
            [action] = made
            self.app.notify_briefly(f"{notice}: {reverted(action)}." if action else nothing)

    def take_in_edits(self) -> None:
        """Announce what agents have changed since the last call, and let the user undo it."""
        size = self._edits.size()
        if size == self._edits_read:
            return
        edits, self._edits_read = self._edits.since(self._edits_read), size
        for logged in edits:
            self.app.studio.library.changes.history.add(logged.edit)
        names = one_line(", ".join(dict.fromkeys(each.name for each in edits)), 100)
        who = one_line(", ".join(dict.fromkeys(each.who for each in edits)), 60)
        if edits:
            key = self.app.keymap.chord("undo")
            self.app.notify(f"{names}. {key} undoes it.", title=f"Changed by {who}")

    def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and store the new text."""
        self.app.key_queue.lend(partial(self._edit_lyrics, track))

    async def _edit_lyrics(self, track: Track) -> None:
        from suno_tui.tui.controllers.external_editor import edit_in_editor

        before = track.lyrics

        async def store(lyrics: str) -> None:
            nonlocal before
            if lyrics != before:
                await self.apply(lambda library: _put_lyrics(library, track, before, lyrics))
                before = lyrics

        try:
            await edit_in_editor(self.app, self.app.studio, track.lyrics, "lyrics", store)
        except StudioError as error:
            self.app.notify_error(error)


def _put_lyrics(library: Library, track: Track, before: str, lyrics: str) -> None:
    library.rescan([track.file])
    if library.get(track.id).lyrics != before:
        raise StudioError(
            "The lyrics were changed elsewhere while you edited them, so your text did not replace "
            "them. Edit them again, and add what you want."
        )
    library.edit(track.id, lyrics=lyrics)
