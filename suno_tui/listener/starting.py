"""Starting a listener on this machine, in a process that outlives the one that needs it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from suno_tui.listener import sockets

START_SECONDS = 20.0
"""A listener that does not answer after so long won't."""
LINGER = 60.0
"""Seconds that the listener of `suno-tui ssh` waits for a studio, if nothing plays."""
PLAYER_LINGER = 600.0
"""Seconds that the player of a home waits for a studio or a command, if nothing plays."""


def connect_or_start(path: Path, words: Sequence[str]) -> socket.socket | None:
    """Return a connection to a listener; start it by `suno-tui listen` with these words if none
    runs. None if it does not start within `START_SECONDS`."""
    started: subprocess.Popen[bytes] | None = None
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if (connection := sockets.connect(path)) is not None:
            return connection
        if started is None:
            started = subprocess.Popen(
                [sys.executable, "-m", "suno_tui", "listen", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        elif started.poll():
            break
        time.sleep(0.05)
    return None


class HomePlayer:
    """The player that outlives the studios of a home. All of them play through it."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def start(self) -> bool:
        """Start it if it does not run; return whether it runs. Blocks for some seconds at most."""
        connection = connect_or_start(self.socket, ["--player"])
        if connection is None:
            return False
        connection.close()
        return True
