"""Encode a finished song as an MP3 with tags and a waveform."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.rng import noise
from suno_tui.engine.synth.dsp import RATE, Audio
from suno_tui.engine.timed import TimedLine

ARTIST = "local sketch engine"
BITRATE = 192
LEVELS = 1000
LEVELS_OWNER = "suno-tui/levels"
"""The owner of the private frame (ID3's PRIV) that holds a take's levels."""
WORDS = "words"
"""The description of the timed lyrics (ID3's SYLT) that have the moment of each syllable."""
_PIECE = RATE * 5


def encode(song: Audio, seed: int, progress: Callable[[str, float], None]) -> bytes:
    """Encode [2, n] as constant-bitrate MP3, with dither, five seconds at a time."""
    import lameenc

    encoder = lameenc.Encoder()
    encoder.set_bit_rate(BITRATE)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(5)
    encoder.silence()
    rng = noise(seed, "dither")
    n = song.shape[1]
    out = bytearray()
    for start in range(0, n, _PIECE):
        progress("encode", start / n)
        piece = song[:, start : start + _PIECE].T * np.float32(32767)
        piece += rng.random(piece.shape, dtype=np.float32)
        piece -= rng.random(piece.shape, dtype=np.float32)
        out += encoder.encode(_integers(piece).tobytes())
    out += encoder.flush()
    return bytes(out)


def _integers(values: Audio) -> NDArray[np.int16]:
    return np.clip(np.rint(values), -32768, 32767).astype("<i2")


def levels(song: Audio, count: int = LEVELS) -> bytes:
    """Return the root mean square of `count` equal stretches, 0 (silence) to 255 (full scale)."""
    n = song.shape[1]
    edges = np.linspace(0, n, min(count, n) + 1).astype(np.int64)
    power = sum(np.add.reduceat(side * side, edges[:-1]).astype(np.float64) for side in song)
    means = np.sqrt(power / (len(song) * np.diff(edges)))
    return np.asarray(np.minimum(np.rint(means * 255), 255), dtype=np.uint8).tobytes()


def tag(
    mp3: bytes,
    *,
    title: str,
    genre: str,
    bpm: float,
    key: str,
    seconds: float,
    lyrics: str,
    timed: Sequence[TimedLine],
    cover: bytes,
    loudness: bytes,
    made_from: Mapping[str, object],
) -> bytes:
    """Return the MP3 with an ID3v2.4 tag in front: facts, cover, lyrics and timed lyrics (SYLT).

    There are two SYLT frames: one with the lines, which every player understands, and one with the
    syllables, described as WORDS, where a line begins with a line feed and ends with an empty text.
    `loudness` is the result of `levels`, so that the waveform can be drawn without decoding.
    `made_from` has what is needed to make the same notes again (`server/rerender.py`).
    """
    import mutagen.id3

    id3: Any = mutagen.id3
    tags = id3.ID3()
    utf8 = id3.Encoding.UTF8
    tags.add(id3.TIT2(encoding=utf8, text=[title]))
    tags.add(id3.TPE1(encoding=utf8, text=[ARTIST]))
    tags.add(id3.TCON(encoding=utf8, text=[genre]))
    tags.add(id3.TBPM(encoding=utf8, text=[str(round(bpm))]))
    tags.add(id3.TKEY(encoding=utf8, text=[key]))
    tags.add(id3.TLEN(encoding=utf8, text=[str(round(seconds * 1000))]))
    tags.add(id3.TSSE(encoding=utf8, text=["suno-tui local sketch engine"]))
    tags.add(id3.PRIV(owner=LEVELS_OWNER, data=loudness))
    tags.add(id3.TXXX(encoding=utf8, desc="sketch", text=[json.dumps(made_from)]))
    if cover:
        tags.add(
            id3.APIC(
                encoding=utf8,
                mime="image/jpeg",
                type=id3.PictureType.COVER_FRONT,
                desc="",
                data=cover,
            )
        )
    if lyrics:
        tags.add(id3.USLT(encoding=utf8, lang="und", desc="", text=lyrics))
    by_line = [(line.text, round(line.start * 1000)) for line in timed]
    by_syllable = [
        (text, round(at * 1000))
        for line in timed
        if line.pieces
        for at, text in (
            (line.pieces[0][0], "\n" + line.pieces[0][1]),
            *line.pieces[1:],
            (line.end, ""),
        )
    ]
    for name, text in (("", by_line), (WORDS, by_syllable)):
        if text:
            tags.add(id3.SYLT(encoding=utf8, lang="und", format=2, type=1, desc=name, text=text))
    buffer = io.BytesIO()
    tags.save(buffer, v2_version=4)
    return buffer.getvalue() + mp3
