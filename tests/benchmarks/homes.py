"""A home as a user has it after a while: a long draft, and a library of many takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lameenc

from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.studio import Studio

RATE = 44_100
STYLES = ("synth-pop, dreamy, female voice", "lo-fi, piano, rain", "folk, fiddle, warm", "techno")
VERSE = "Walking down the empty street\nCity lights beneath my feet\nAll the windows golden\n"
SONG = Song(
    custom_mode=True,
    title="Summer nights",
    style="synth-pop, dreamy, female voice, 110 bpm",
    lyrics="".join(f"[Verse {i}]\n{VERSE}\n[Chorus]\n{VERSE}\n" for i in range(1, 5)),
)


def fill(folder: Path, *, tracks: int, seconds: int = 20) -> dict[str, str]:
    """Make such a home; the environment that names it. Takes of the built-in provider are short."""
    env = {"SUNO_TUI_HOME": str(folder)}
    home = Home.find(env)
    home.create()
    home.config_file.write_text(f"[local]\ntarget_seconds = {seconds}\n")
    studio = Studio.open(home, env)
    studio.drafts.save("summer-nights", SONG)
    sound = _sound()
    for number in range(tracks):
        audio = folder / "take.part"
        audio.write_bytes(sound)
        studio.library.add(
            song=SONG,
            provider="local",
            model="suno-v5_5",
            task_id=f"task-{number}",
            take=1,
            title=f"Summer nights {number}",
            tags=STYLES[number % len(STYLES)],
            created_at=datetime.now(UTC) - timedelta(hours=number),
            audio=audio,
            cover=None,
            lyrics=SONG.lyrics,
        )
    studio.close()
    return env


def _sound() -> bytes:
    """Two seconds of silence as MP3."""
    encoder: Any = lameenc.Encoder()
    encoder.set_bit_rate(32)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.silence()
    return bytes(encoder.encode(b"\0\0" * RATE * 2) + encoder.flush())
