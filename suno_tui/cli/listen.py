"""`suno-tui listen`: play the sound of studios, elsewhere or here, on this machine."""

from __future__ import annotations

import os
import signal
import sys
import threading
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
    from suno_tui.sound import LibraryFiles
    from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Listen until Ctrl-C; return the exit code. Raises `HomeError`."""
    if options.where:
        from suno_tui.listener.protocol import VERSIONS

        print_json({"listeners": str(sockets.listeners_folder(os.environ)), **VERSIONS})
        return 0
    if options.host:
        from suno_tui.cli.ssh import attach

        return attach([options.host])
    with closing(open_studio()) as studio:
        if options.player:
            return _run_home_player(studio)
        if options.socket is None:
            name = sockets.listeners_folder(studio.env) / sockets.new_name()
            return listen(studio, name, linger=options.linger, quiet=False)
        commands = sockets.own_commands(studio.env)
        return _listen_alone(studio, options.socket, linger=options.linger, commands=commands)


def _run_home_player(studio: Studio) -> int:
    """Run the home's player, which outlives its studios."""
    from suno_tui.listener.starting import PLAYER_LINGER
    from suno_tui.sound import LibraryFiles

    path = sockets.player_of(sockets.players_folder(studio.env), studio.sound_id)
    return _listen_alone(studio, path, linger=PLAYER_LINGER, files=LibraryFiles(studio.library))


def _listen_alone(
    studio: Studio,
    path: Path,
    *,
    linger: float | None,
    files: LibraryFiles | None = None,
    commands: Path | None = None,
) -> int:
    """Serve at a socket, unless another process already does."""
    lock = Lock(path.with_suffix(".lock"))
    if not lock.acquire():
        return 0
    # The lock's file stays, as another process may be waiting for the lock.
    try:
        return listen(studio, path, linger=linger, quiet=True, files=files, commands=commands)
    finally:
        lock.release()


def listen(
    studio: Studio,
    path: Path,
    *,
    linger: float | None,
    quiet: bool,
    files: LibraryFiles | None = None,
    commands: Path | None = None,
) -> int:
    """Serve at a socket that no other process uses.

    Tracks in `files` are played from their files, and not sent. Orders at the socket `commands` go
    to whatever plays.
    """
    from suno_tui.listener.cache import Cache
    from suno_tui.listener.foremost import Foremost
    from suno_tui.listener.mpris import MediaKeys
    from suno_tui.listener.service import Listener

    cache = Cache(studio.home.cache / "listener", megabytes=studio.settings.player.listener_cache)
    volume = studio.remembered().get("volume")
    listener = Listener(
        cache,
        output=_output(studio),
        about=files.about if files is not None else None,
        volume=volume if isinstance(volume, int) else studio.settings.player.volume,
    )
    if files is not None:
        cache.find = files.find
    keys = MediaKeys(listener.foremost)
    listener.on_change = keys.changed
    made = sockets.listen(path)
    commanded = Listener(None, commanded=Foremost(listener.foremost))
    try:
        if commands is not None:
            at = sockets.listen(commands)
            threading.Thread(target=commanded.serve, args=(at,), daemon=True).start()
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
        keys.close()
        commanded.close()
        for each in (path, commands):
            if each is not None:
                each.unlink(missing_ok=True)


def _output(studio: Studio) -> Callable[[], Output]:
    """Return a function that opens the sound device, or the user's command instead of it."""
    from suno_tui.player.external_output import CommandOutput
    from suno_tui.player.output import open_output

    if command := studio.settings.player.command:
        return lambda: CommandOutput(command)
    return open_output
