"""What commands such as `suno-tui pause` do to an open studio: its socket, and who obeys there."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError

if TYPE_CHECKING:
    from suno_tui.listener.service import Listener
    from suno_tui.tui.context import Context


class CommandSocket:
    """The socket of this studio. The protocol of listeners is spoken there, but for the audio."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self._path: Path | None = None
        self._listener: Listener | None = None
        self._ended = False

    def open(self) -> None:
        """Listen, if there can be a socket, and show what a listener plays. Call it on the event
        loop; it returns at once."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def on_loop(do: Callable[[], object]) -> None:
            with contextlib.suppress(RuntimeError):  # the studio has just ended
                loop.call_soon_threadsafe(do, context=context)

        self.app.studio.on_sound = lambda: on_loop(self.app.playback.heard)
        # A daemon: it waits for connections until the process ends.
        threading.Thread(target=self._serve, args=(on_loop,), name="commands", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._ended = True
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._listener is not None:
            self._listener.close()

    def _serve(self, on_loop: Callable[[Callable[[], object]], None]) -> None:
        from suno_tui.listener import sockets
        from suno_tui.listener.cache import Cache
        from suno_tui.listener.service import Listener
        from suno_tui.tui.controllers.commanded import CommandedStudio

        studio = self.app.studio
        commanded = CommandedStudio(self.app.playback, studio, on_loop)
        try:
            listener = Listener(Cache(studio.home.cache / "listener"), commanded=commanded)
            path = sockets.new_view(sockets.players_folder(studio.env), studio.sound_id)
            made = sockets.listen(path)
        except StudioError:
            return  # commands don't find this studio, which is no reason to trouble its user
        self._path, self._listener = path, listener
        if self._ended:
            self.close()
        listener.serve(made)
