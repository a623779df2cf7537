"""Changes of the library: one after the other, off the event loop, with undo and the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from suno_tui.common.errors import StudioError
from suno_tui.tui.bulk_progress import BulkProgress

if TYPE_CHECKING:
    from suno_tui.library.store import Library
    from suno_tui.library.track import Track
    from suno_tui.library.undo import Action
    from suno_tui.tui.context import Context

Done = TypeVar("Done")


class LibraryChanges:
    """Makes the changes. `show` reads the library again, `show_progress` says how far one is."""

    def __init__(
        self, app: Context, show: Callable[[], None], show_progress: Callable[[], None]
    ) -> None:
        self.app = app
        self.progress = BulkProgress(show_progress)
        self._show = show
        self.lock = asyncio.Lock()

    async def changed(self, do: Callable[[Library], Done]) -> Done:
        """Change the library and show it; return what `do` returned. Raises `StudioError`."""
        async with self.lock:
            try:
                return await asyncio.to_thread(do, self.app.studio.library)
            finally:
                self._show()

    async def make_change(self, do: Callable[[Library], Done]) -> tuple[Done] | None:
        """As `changed`, with the result in a tuple; None after a failure, which is shown."""
        try:
            return (await self.changed(do),)
        except StudioError as error:
            self.app.tell_error(error)
            return None

    def change(self, do: Callable[[Library], object], said: str = "") -> None:
        """Start `make_change`; show `said` once it has worked."""
        self.run(self._change(do, said))

    async def _change(self, do: Callable[[Library], object], said: str) -> None:
        if await self.make_change(do) and said:
            self.app.say(said)

    def run(self, change: Coroutine[object, object, None]) -> None:
        """Await a change that goes on when the dialog that started it is closed."""
        self.app.run_worker(change, group="change")

    async def undo(self) -> None:
        """Take the last change of the library back, and say which."""
        await self._step("Undone", "Nothing to undo.", lambda library: library.undo())

    async def redo(self) -> None:
        """Make the change again that was taken back last."""
        await self._step("Done again", "Nothing to redo.", lambda library: library.redo())

    async def _step(self, said: str, nothing: str, do: Callable[[Library], Action | None]) -> None:
        if made := await self.make_change(do):
            [action] = made
            self.app.say(f"{said}: {action.text}." if action else nothing)

    def edit_lyrics(self, track: Track) -> None:
        """Open the user's own editor on a track's lyrics, and keep what it leaves."""
        self.app.typeahead.lend(partial(self._edit_lyrics, track))

    async def _edit_lyrics(self, track: Track) -> None:
        from suno_tui.tui.controllers.external_editor import edit_outside

        before = track.lyrics

        async def take(lyrics: str) -> None:
            nonlocal before
            if lyrics != before:
                await self.changed(lambda library: _put_lyrics(library, track, before, lyrics))
                before = lyrics

        try:
            await edit_outside(self.app, self.app.studio, track.lyrics, "lyrics", take)
        except StudioError as error:
            self.app.tell_error(error)


def _put_lyrics(library: Library, track: Track, before: str, lyrics: str) -> None:
    library.rescan([track.file])
    if library.get(track.id).lyrics != before:
        raise StudioError(
            "The lyrics were changed elsewhere while you edited them, and were left so. "
            "Edit them again, and take over what you want."
        )
    library.edit(track.id, lyrics=lyrics)
