"""A player with a device that records, and two songs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suno_tui.player.player import Player
from tests.player.fixtures import other, recorder, song
from tests.player.recorder import Recorder

__all__ = ["other", "recorder", "song"]


@pytest.fixture
def player(recorder: Recorder) -> Iterator[Player]:
    player = Player(volume=100, output=lambda: recorder)
    yield player
    player.close()
