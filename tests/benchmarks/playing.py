"""Measure the bytes per second while music plays: `python -m tests.benchmarks.playing`.

The real program at 120x40 on miniaudio's null device (or the machine's), with the cell diff and
with Textual's own way. Figures are medians. Takes about two minutes.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import lameenc
import numpy as np

from suno_tui.common.paths import Home
from suno_tui.library.filing import NewTake
from suno_tui.library.track import Track
from suno_tui.studio import Studio
from tests.benchmarks.homes import RATE, SONG, fill
from tests.benchmarks.line import STUDIO, making
from tests.benchmarks.pty_session import Session

BUDGET = 500
LENGTH = 180
SECONDS = 15

Figures = dict[str, float]


def sound(pitch: float) -> bytes:
    """Return three minutes that swell and fade, as MP3."""
    time = np.arange(RATE * LENGTH) / RATE
    swell = 0.3 + 0.25 * np.sin(time / 9) + 0.15 * np.sin(time / 2.3)
    tone = np.sin(2 * np.pi * pitch * time) * swell
    encoder: Any = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.silence()
    return bytes(encoder.encode((tone * 20_000).astype("<i2").tobytes()) + encoder.flush())


def sing(track: Track) -> None:
    """Write timed lyrics into the audio, one line every three seconds."""
    from mutagen import id3

    lines = [line for line in track.lyrics.splitlines() if line and not line.startswith("[")]
    tags = id3.ID3(track.audio)  # type: ignore[no-untyped-call]
    text = [(line, 3000 * number) for number, line in enumerate(lines)]
    tags.add(id3.SYLT(encoding=3, lang="eng", format=2, type=1, text=text))  # type: ignore[no-untyped-call]
    tags.save(track.audio)


def song(folder: Path, env: dict[str, str]) -> None:
    """Add a song with two long takes at the top of the list."""
    studio = Studio.open(Home.find(env), env)
    for take in (1, 2):
        audio = folder / "take.part"
        audio.write_bytes(sound(220.0 * take))
        track = studio.library.add(
            NewTake(
                song=SONG,
                provider="local",
                model="suno-v5_5",
                task_id="long",
                take=take,
                title="Long Way Home",
                tags="folk",
                created_at=datetime.now(UTC),
                lyrics=SONG.lyrics,
            ),
            audio,
            None,
        )
        sing(track)
    studio.close()


def rate(session: Session, seconds: int = SECONDS) -> float:
    """Return the median of bytes per second, changes of the lyrics included."""
    return median(session.drain(1).size for _ in range(seconds))


def measure(folder: Path, way: str) -> Figures:
    env = fill(folder / way, tracks=60, seconds=60) | {"SUNO_TUI_LINE": way}
    song(folder, env)
    figures: Figures = {}
    with Session(STUDIO, env) as session:
        session.wait(lambda text: "Long Way Home" in text and "62 tracks" in text)
        session.settle(1.5)
        session.press("\x1b3", quiet=0.5)
        session.press("enter", quiet=0.1)
        session.wait(lambda text: "▶ Long Way Home 1" in text and "[1]" in text)
        session.settle(0.4, 4)
        figures["the player's line, bytes/s"] = rate(session)
        figures["seek 5 s, bytes"] = session.press("\x1b[C", quiet=0.3).size
        figures["A/B, bytes"] = session.press("b", quiet=0.5).size
        with making(session.env):
            session.settle(1.0, 3)
            figures["and tasks run, bytes/s"] = rate(session)
        session.press("4", quiet=1)
        figures["Now playing with words, bytes/s"] = rate(session)
        seconds = [session.drain(1).size for _ in range(SECONDS)]
        figures["the same, mean of 15 s"] = sum(seconds) / len(seconds)
        with making(session.env):
            session.settle(1.0, 3)
            figures["Now playing and tasks, bytes/s"] = rate(session)
        session.press(" ", quiet=1)
        figures["paused, bytes in 5 s"] = session.drain(5).size
    return figures


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="suno-tui-", ignore_cleanup_errors=True) as folder:
        cells, plain = (measure(Path(folder), way) for way in ("cells", "plain"))
    over = 0
    print(f"{'':34}{'cells':>10}{'plain':>10}{'budget':>10}")
    for name, figure in cells.items():
        budget = BUDGET if name.endswith("bytes/s") else 0 if name.startswith("paused") else None
        late = budget is not None and figure > budget
        over += late
        limit = "" if budget is None else f"{budget}"
        print(
            f"{name:34}{figure:>10,.0f}{plain[name]:>10,.0f}{limit:>10}{'  over' if late else ''}"
        )
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
