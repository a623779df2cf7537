"""A library with real audio for the tests: tone bursts, encoded here."""

from __future__ import annotations

import io
import itertools
import signal
import subprocess
import sys
import time
import wave
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import lameenc
import numpy as np

from suno_tui.library.filing import NewTake
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.providers.song import Song

RATE = 44_100
SONG = Song(
    custom_mode=True,
    title="Summer Nights",
    style="Pop, Indie",
    lyrics="[Verse]\nWalking down the empty street\nCity lights beneath my feet",
)


@cache
def pcm(seconds: float, pitch: float = 440.0) -> bytes:
    """Interleaved int16 stereo: a tone that sounds every other quarter of a second."""
    times = np.arange(round(seconds * RATE)) / RATE
    tone = 0.4 * np.sin(2 * np.pi * pitch * times) * ((times * 4).astype(int) % 2 == 0)
    return (np.repeat(tone[:, None], 2, axis=1) * 32767).astype("<i2").tobytes()


@cache
def mp3(seconds: float = 1.0, pitch: float = 440.0) -> bytes:
    """An MP3 without tags."""
    encoder: Any = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(7)
    encoder.silence()
    return bytes(encoder.encode(pcm(seconds, pitch)) + encoder.flush())


@cache
def wav(seconds: float = 1.0) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm(seconds))
    return buffer.getvalue()


@cache
def jpeg() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


class House:
    """A library on disk, and a way to file takes into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "library"
        self.trash = root / "trash"
        self.cache = root / "cache"
        self.incoming = root / "incoming"
        self.incoming.mkdir()
        self._opened: list[Library] = []
        self.library = self.open()
        self._tasks = itertools.count(1)

    def open(self) -> Library:
        """Another door to the same library, as another process would have it."""
        self._opened.append(Library(self.folder, trash=self.trash, cache=self.cache))
        return self._opened[-1]

    def close(self) -> None:
        for library in self._opened:
            library.close()

    def part(self, data: bytes, name: str = "take.part") -> Path:
        path = self.incoming / name
        path.write_bytes(data)
        return path

    def add(self, title: str = "Summer Nights", **changes: Any) -> Track:
        """File a take; every fact may be given."""
        data = changes.pop("data", None)
        facts: dict[str, Any] = {
            "song": SONG,
            "provider": "local",
            "model": "suno-v5_5",
            "task_id": f"{next(self._tasks):08d}-task",
            "take": 1,
            "title": title,
            "tags": "pop, indie",
            "created_at": datetime(2026, 4, 1, 12, tzinfo=UTC),
            "lyrics": SONG.lyrics,
        } | changes
        if "audio" not in facts:
            facts["audio"] = self.part(mp3() if data is None else data)
        if "cover" not in facts:
            facts["cover"] = self.part(jpeg(), "cover.part")
        how = {name: facts.pop(name) for name in ("whole", "kinds", "as_it_came") if name in facts}
        audio, cover = facts.pop("audio"), facts.pop("cover")
        return self.library.add(NewTake(**facts), audio, cover, **how)

    def files(self) -> dict[str, bytes]:
        """All files of the library and their bytes."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def mutagen_module(module: str) -> Any:
    return import_module(f"mutagen.{module}")


MUTAGEN_TYPES = {".mp3": "mp3.MP3", ".flac": "flac.FLAC", ".ogg": "oggvorbis.OggVorbis"} | {
    ".opus": "oggopus.OggOpus",
    ".m4a": "mp4.MP4",
}


def run_and_kill(script: str, *arguments: object, after: float) -> None:
    """Run a script that prints "ready" and waits for a line; kill it `after` seconds of work."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
