"""What the music's tests share: songs to make, and independent judges of what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import miniaudio
import numpy as np
import pytest
from numpy.typing import NDArray

from suno_tui.engine.take import Take, make_take
from suno_tui.providers.song import Song

SUMMER_NIGHTS = """[Verse]
Walking down the empty street
City lights beneath my feet
Every star is shining bright
Lost inside the summer night

[Chorus]
Summer nights, we come alive
Dancing under neon skies"""

SongMaker = Callable[..., Song]
TakeMaker = Callable[..., Take]
Decoder = Callable[[bytes], NDArray[np.float32]]


@pytest.fixture
def song() -> SongMaker:
    """A custom song, the document's "Summer Nights" with the given fields changed."""

    def make(**changes: Any) -> Song:
        facts: dict[str, Any] = {
            "model": "suno-v5_5",
            "custom_mode": True,
            "title": "Summer Nights",
            "style": "Pop, Indie",
            "lyrics": SUMMER_NIGHTS,
            "vocal_gender": "f",
        }
        return Song(**(facts | changes))

    return make


@pytest.fixture
def take() -> TakeMaker:
    """Make a short take of a song."""

    def make(song: Song, *, number: int = 1, seed: int = 1, seconds: float = 6.0) -> Take:
        return make_take(
            song, number=number, seed=seed, progress=lambda *_: None, target_seconds=seconds
        )

    return make


@pytest.fixture
def decode() -> Decoder:
    """An MP3 as float samples [n, 2], by miniaudio."""

    def run(mp3: bytes) -> NDArray[np.float32]:
        found = miniaudio.decode(mp3, miniaudio.SampleFormat.FLOAT32, nchannels=2)
        return np.frombuffer(found.samples.tobytes(), dtype=np.float32).reshape(-1, 2)

    return run
