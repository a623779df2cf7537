"""A device that records, and two songs; for the players here and at the listener."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.library.harness import mp3
from tests.player.recorder import Recorder


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "song.mp3"
    path.write_bytes(mp3(3.0))
    return path


@pytest.fixture(scope="module")
def other(song: Path) -> Path:
    path = song.with_name("other.mp3")
    path.write_bytes(mp3(3.0, 660.0))
    return path
