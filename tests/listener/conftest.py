"""A listener with a device that records, and a studio's player that is connected to it."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.listener.cache import Cache
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from tests.player.fixtures import other, recorder, song
from tests.player.recorder import Recorder

__all__ = ["other", "recorder", "song"]

STUDIO = "5" * 64
NOTHING = {
    "n": 0, "hash": None, "frame": 0, "ready": 0, "playing": False, "ended": False,
    "whole": False, "waiting": False, "error": "", "output": "", "why": "", "volume": 100,
}  # fmt: skip
"""The state of a listener at which nothing is loaded."""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def listener(cache: Cache, recorder: Recorder) -> Iterator[Listener]:
    listener = Listener(cache, name="laptop", output=lambda: recorder)
    yield listener
    listener.close()


def attach(player: RemotePlayer, listener: Listener) -> socket.socket:
    """Connect a player with a listener; return the listener's end of the connection."""
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    player.attach(ours)
    return theirs


@pytest.fixture
def remote(listener: Listener) -> Iterator[RemotePlayer]:
    player = RemotePlayer(STUDIO, volume=100)
    attach(player, listener)
    yield player
    player.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="st-"))
    yield path
    shutil.rmtree(path)
