"""The socket at which an open studio obeys commands such as `suno-tui pause`."""

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
    from suno_tui.listener.mpris import MediaKeys
    from suno_tui.listener.service import Listener
    from suno_tui.tui.context import Context


OnLoop = Callable[[Callable[[], object]], None]


class CommandSocket:
    """The socket of this studio, and its media keys. The socket speaks the protocol of listeners,
    without the audio."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self._path: Path | None = None
        self._listener: Listener | None = None
        self._keys: MediaKeys | None = None
        self._ended = False

    def open(self) -> None:
        """Open the socket, if there can be one, and show what a listener plays. Call it on the
        event loop; it returns at once."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def on_loop(do: Callable[[], object]) -> None:
            with contextlib.suppress(RuntimeError):  # the studio has just ended
                loop.call_soon_threadsafe(do, context=context)

        self.app.studio.on_sound = lambda: on_loop(self.app.playback.listener_changed)
        # A daemon: it waits for connections until the process ends.
        threading.Thread(target=self._serve, args=(on_loop,), name="commands", daemon=True).start()

    def close(self) -> None:
        """Close the socket, and stop handling media keys."""
        self._ended = True
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._listener is not None:
            self._listener.close()
        if self._keys is not None:
            self._keys.close()

    def changed(self) -> None:
        """Tell the desktop what plays, once this process has owned the sound."""
        if self._keys is not None and (self._keys.started or self._sounds_here):
            self._keys.changed()

    @property
    def _sounds_here(self) -> bool:
        player = self.app.studio.__dict__.get("player")
        return player is not None and not player.to_listener and bool(player.output)

    def _serve(self, on_loop: OnLoop) -> None:
        from suno_tui.listener import sockets
        from suno_tui.listener.mpris import MediaKeys
        from suno_tui.listener.service import Listener
        from suno_tui.tui.controllers.commanded import CommandedStudio

        studio = self.app.studio
        commanded = CommandedStudio(self.app.playback, studio, on_loop)
        self._keys = MediaKeys(lambda: commanded if self._sounds_here else None)
        try:
            listener = Listener(None, commanded=commanded)
            path = sockets.new_view(sockets.players_folder(studio.env), studio.sound_id)
            made = sockets.listen(path)
        except StudioError:
            return  # commands can't find this studio; its user need not be told
        self._path, self._listener = path, listener
        if self._ended:
            self.close()
        listener.serve(made)
