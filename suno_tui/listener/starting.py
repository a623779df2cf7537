"""Start a listener on this machine, in a process that outlives the one that needs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from suno_tui.listener import sockets
from suno_tui.listener.link import Link, NoListener, WrongVersion

START_SECONDS = 20.0
"""Seconds to wait for a new listener to answer."""
_AGAIN_SECONDS = 0.05
LINGER = 60.0
"""Seconds that the listener of `suno-tui ssh` waits for a studio if nothing plays."""
KEEPER = "0" * 64
"""The id of a studio that never plays: it only keeps a listener alive."""
PLAYER_LINGER = 600.0
"""Seconds that a home's player waits for a studio or a command if nothing plays."""


def linked(path: Path, words: Sequence[str], studio: str) -> Link | None:
    """Connect to the listener at a socket, as the studio with this id.

    If none runs, start `suno-tui listen` with these words as arguments. None if it does not start
    within `START_SECONDS`. Raises `WrongVersion`.
    """
    process: subprocess.Popen[bytes] | None = None
    end = time.monotonic() + START_SECONDS
    first = True
    while time.monotonic() < end:
        if not first:
            time.sleep(_AGAIN_SECONDS)
        first = False
        if (connection := sockets.connect(path)) is not None:
            try:
                return Link(connection, studio)
            except WrongVersion:
                raise
            except NoListener:
                continue  # it is closing: start the next one
        if process is None or process.poll() == 0:
            process = subprocess.Popen(
                [sys.executable, "-m", "suno_tui", "listen", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        elif process.poll() is not None:
            break  # it can't run here
    return None


class HomePlayer:
    """The player that outlives a home's studios. All of them play through it if it runs."""

    def __init__(self, socket: Path, studio: str, *, wanted: bool = True) -> None:
        """`studio` is the id of the home for listeners. Unless `wanted`, it is used only if a
        command has started it, and its music ends with the studio."""
        self.socket = socket
        self.wanted = wanted
        self._studio = studio

    def start(self) -> bool:
        """Start it if necessary; return whether it runs. Blocks for some seconds at most."""
        try:
            link = linked(self.socket, ["--player"], self._studio)
        except WrongVersion:
            return False
        if link is None:
            return False
        link.close()
        return True
