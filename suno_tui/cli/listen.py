"""`suno-tui listen`: the sound of studios on other machines, or of this one, on this machine."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json
from suno_tui.cli.parser import Options
from suno_tui.common.locks import Lock
from suno_tui.listener import sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from suno_tui.player.output import Output
    from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Listen until Ctrl-C; return the exit code. Raises `HomeError`."""
    if options.where:
        from suno_tui import __version__
        from suno_tui.listener.protocol import VERSION

        folder = str(sockets.listeners_folder(os.environ))
        print_json({"listeners": folder, "program": __version__, "protocol": VERSION})
        return 0
    if options.host:
        from suno_tui.cli.ssh import attach

        return attach([options.host])
    with closing(open_studio()) as studio:
        if options.socket is None:
            name = sockets.listeners_folder(studio.env) / sockets.new_name()
            return listen(studio, name, linger=options.linger, quiet=False)
        lock = Lock(options.socket.with_suffix(".lock"))
        if not lock.acquire():
            return 0  # it is served already
        # The lock's file stays: somebody may be waiting at it.
        try:
            return listen(studio, options.socket, linger=options.linger, quiet=True)
        finally:
            lock.release()


def listen(studio: Studio, path: Path, *, linger: float | None, quiet: bool) -> int:
    """Serve at a socket, of which the caller is the only user."""
    from suno_tui.listener.cache import Cache
    from suno_tui.listener.service import Listener

    cache = Cache(studio.home.cache / "listener", megabytes=studio.settings.player.listener_cache)
    listener = Listener(cache, output=_output(studio))
    made = sockets.listen(path)
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: listener.closing.set())
        signal.signal(signal.SIGHUP, signal.SIG_IGN if quiet else signal.SIG_DFL)
        if not quiet:
            print(
                f"Listening: a studio that you open as {os.environ.get('USER', 'this user')} on "
                "this machine plays here. Ctrl-C ends it.",
                file=sys.stderr,
            )
        listener.serve(made, linger=linger)
        return 0
    finally:
        path.unlink(missing_ok=True)


def _output(studio: Studio) -> Callable[[], Output]:
    """Return what opens the sound device, or the user's command in its place."""
    from suno_tui.player.external_output import CommandOutput
    from suno_tui.player.output import open_output

    if command := studio.settings.player.command:
        return lambda: CommandOutput(command)
    return open_output
