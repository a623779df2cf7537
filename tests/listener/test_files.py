"""The files that a studio sends: hashed once, and without holding anything up."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from suno_tui.listener import files
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.protocol import File
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from suno_tui.media.errors import CantPlay
from tests.listener.conftest import STUDIO, attach
from tests.player.recorder import until


def test_a_known_file_is_not_opened_again(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = KnownFiles()
    file = known.file(song)
    monkeypatch.setattr(files, "open_file", None)
    assert known.file(song) == file
    assert known.known(song) == file
    assert known.path(file.hash) == song


def test_a_file_that_has_changed_is_hashed_anew(song: Path, other: Path) -> None:
    known = KnownFiles()
    before = known.file(song)
    song.write_bytes(other.read_bytes())
    os.utime(song, (1, 1))
    assert known.file(song).hash != before.hash


def test_a_file_that_came_back_can_be_used_again(song: Path, tmp_path: Path) -> None:
    known = KnownFiles()
    path = tmp_path / "later.mp3"
    with pytest.raises(CantPlay):
        known.file(path)
    assert known.unusable(path)
    path.write_bytes(song.read_bytes())
    assert known.file(path)
    assert not known.unusable(path)


def test_the_least_recently_used_file_is_forgotten(
    song: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_MOST", 2)
    third = tmp_path / "third.mp3"
    third.write_bytes(song.read_bytes() + b"x")
    known = KnownFiles()
    for path in (song, other, song, third):
        known.file(path)
    assert [known.known(path) is not None for path in (song, other, third)] == [True, False, True]


class SlowFiles(KnownFiles):
    """Hashes one file only when the test lets it."""

    def __init__(self, slow: Path) -> None:
        super().__init__()
        self.slow = slow
        self.begun, self.may = threading.Event(), threading.Event()

    def file(self, path: Path) -> File:
        if path == self.slow:
            self.begun.set()
            assert self.may.wait(60)
        return super().file(path)


def test_orders_go_on_while_a_file_is_hashed(listener: Listener, song: Path) -> None:
    known = SlowFiles(song)
    player = RemotePlayer(STUDIO, known)
    attach(player, listener)
    try:
        player.send_ahead([song])
        assert known.begun.wait(20)
        for volume in (50, 40):
            player.volume = volume
        assert until(lambda: listener.sessions[STUDIO].player.volume == 40)
    finally:
        known.may.set()
        player.close()
