"""A take as others receive it: one file with everything in it, the same for the same request."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from suno_tui.common.levels import fit
from suno_tui.engine.take import Cancelled, Take, make_stems, make_take
from suno_tui.library.timed_lyrics import LEVELS_OWNER
from suno_tui.media import files
from suno_tui.player.waveform import waveform
from suno_tui.providers.song import Song
from tests.engine.requests import midi

SongMaker = Callable[..., Song]
TakeMaker = Callable[..., Take]
Decoder = Callable[[bytes], NDArray[np.float32]]


def read_tags(mp3: bytes) -> Any:
    id3: Any = mutagen.id3
    return id3.ID3(io.BytesIO(mp3))


@pytest.fixture(scope="module")
def summer() -> Take:
    from tests.engine.conftest import SUMMER_NIGHTS

    song = Song(
        custom_mode=True,
        title="Summer Nights",
        style="Pop, Indie",
        lyrics=SUMMER_NIGHTS,
        vocal_gender="f",
    )
    return make_take(song, number=1, seed=1, progress=lambda *_: None, target_seconds=14)


def test_importing_the_front_door_loads_no_numpy() -> None:
    code = (
        "import suno_tui.engine.take as m, sys; assert 'numpy' not in sys.modules;"
        "m.Cancelled, m.Take, m.make_take; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_take_says_what_it_is(summer: Take, decode: Decoder) -> None:
    assert summer.title == "Summer Nights"
    assert summer.tags == "pop, indie"
    assert summer.lyrics.startswith("[Verse]\nWalking down")
    assert abs(len(decode(summer.mp3)) / 44_100 - summer.duration) < 0.1
    assert summer.sections[0].start == 0
    assert all(a.end == pytest.approx(b.start)
               for a, b in zip(summer.sections, summer.sections[1:], strict=False))  # fmt: skip
    assert summer.lines
    assert all(0 <= line.start < line.end <= summer.duration for line in summer.lines)


def test_the_file_carries_its_tags(summer: Take) -> None:
    tags = read_tags(summer.mp3)
    assert tags.version == (2, 4, 0)
    assert str(tags["TIT2"]) == "Summer Nights"
    assert str(tags["TPE1"]) == "local sketch engine"
    assert str(tags["TCON"]) == "pop, indie"
    assert tags.getall("APIC")[0].data == summer.cover
    assert tags.getall("USLT")[0].text == summer.lyrics
    timed = tags.getall("SYLT")[0].text
    assert [text for text, _ in timed] == [line.text for line in summer.lines]
    assert all(abs(ms / 1000 - line.start) < 0.001
               for (_, ms), line in zip(timed, summer.lines, strict=True))  # fmt: skip


def test_the_cover_is_a_square_jpeg(summer: Take) -> None:
    picture = Image.open(io.BytesIO(summer.cover))
    assert picture.format == "JPEG"
    assert picture.size == (640, 640)


def test_the_waveform_comes_with_the_file(summer: Take, tmp_path: Path) -> None:
    path = tmp_path / "take.mp3"
    path.write_bytes(summer.mp3)
    assert files.private(path, LEVELS_OWNER) == summer.levels
    assert len(summer.levels) == 1000
    # As wide as a screen: a column of this short take is finer than what the player measures.
    both = (fit(each, 100) for each in (summer.levels, waveform(path)))
    drawn, heard = (np.frombuffer(each, np.uint8) for each in both)
    assert np.corrcoef(drawn, heard)[0, 1] > 0.98, "as the player draws other files"
    assert abs(int(drawn.max()) - int(heard.max())) < 12


def test_the_same_request_gives_the_same_bytes(song: SongMaker, take: TakeMaker) -> None:
    assert take(song(), seconds=5) == take(song(), seconds=5)


def test_the_two_takes_differ(song: SongMaker, take: TakeMaker) -> None:
    first, second = take(song(), number=1), take(song(), number=2)
    assert first.title == second.title
    assert first.mp3 != second.mp3
    assert first.cover != second.cover
    assert (first.bpm, first.key) != (second.bpm, second.key)


def test_an_instrumental_has_no_words(song: SongMaker, take: TakeMaker) -> None:
    made = take(song(instrumental=True), seconds=3)
    assert (made.lyrics, made.lines) == ("", ())
    assert not read_tags(made.mp3).getall("SYLT")


def test_simple_mode_brings_its_own_title_and_words(song: SongMaker, take: TakeMaker) -> None:
    made = take(song(custom_mode=False, prompt="a happy song about my garden"), seconds=9)
    assert made.title
    assert "[Chorus]" in made.lyrics
    assert made.lines


@pytest.mark.parametrize(
    "stage", ["compose", "stem:bass", "stem:vocals", "mix", "master", "encode"]
)
def test_what_progress_raises_ends_the_work(song: SongMaker, stage: str) -> None:
    def progress(now: str, share: float) -> None:
        assert 0 <= share <= 1
        if now == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_take(song(), number=1, seed=1, progress=progress, target_seconds=9)


def test_progress_is_heard_often_and_ends_with_done(song: SongMaker) -> None:
    heard: list[tuple[str, float]] = []
    make_take(
        song(), number=1, seed=1, progress=lambda s, f: heard.append((s, f)), target_seconds=20
    )
    assert heard[0][0] == "compose"
    assert heard[-1] == ("done", 1.0)
    assert len(heard) > 25


def test_stems_add_up_to_the_song(song: SongMaker, take: TakeMaker, decode: Decoder) -> None:
    asked = song(negative_tags="reverb")
    stems: dict[str, NDArray[np.float32]] = {}
    make_stems(
        asked, number=1, seed=3, progress=lambda *_: None, save=stems.__setitem__,
        target_seconds=8,
    )  # fmt: skip
    assert {"bass", "chords", "drums", "vocals"} <= set(stems)
    assert len({s.shape for s in stems.values()}) == 1
    assert all(s.shape[1] == 2 and np.isfinite(s).all() and s.any() for s in stems.values())
    song_as_heard = decode(take(asked, seed=3, seconds=8).mp3)
    whole = np.sum(list(stems.values()), axis=0)
    size = 1 << 20
    spectra = [np.fft.rfft(sound.sum(axis=1), size) for sound in (song_as_heard, whole)]
    late = int(np.argmax(np.fft.irfft(spectra[0] * spectra[1].conj())))
    assert late < 3000, "as the encoder delays it"
    heard = bands(song_as_heard[late:])[5:90]
    levels = heard.mean(axis=1)
    loud = levels > levels.max() - 20  # in an opening's rests there are echoes alone

    def error(played: dict[str, NDArray[np.float32]]) -> float:
        """How far the sum's spectrum strays from the song's, in dB, moment by moment."""
        whole = bands(np.sum(list(played.values()), axis=0))
        difference = (whole[5:90] - heard)[loud]
        difference = difference - np.median(difference, axis=0)  # the master's tone
        difference = difference - np.median(difference, axis=1, keepdims=True)  # its slow gain
        return float(np.sqrt(np.mean(difference**2)))

    assert error(stems) < 1.8
    for left_out in stems:
        assert error({r: s for r, s in stems.items() if r != left_out}) > 2.4, left_out


def bands(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """dB in thirds of an octave from 60 Hz to 8 kHz, in each tenth of a second."""
    frames = sound.sum(axis=1)[: len(sound) // 4410 * 4410].reshape(-1, 4410)
    power = np.abs(np.fft.rfft(frames * np.hanning(4410))) ** 2
    edges = np.round(np.geomspace(60, 8000, 22) / 10).astype(int)
    return 10 * np.log10(np.add.reduceat(power, edges, axis=1)[:, :-1] + 1e-4)


def test_midi_holds_every_note(song: SongMaker) -> None:
    data = midi(song(), seed=1, seconds=60)
    assert data[:8] == b"MThd\0\0\0\x06"
    tracks = int.from_bytes(data[10:12])
    chunks, at = [], 14
    while at < len(data):
        assert data[at : at + 4] == b"MTrk"
        size = int.from_bytes(data[at + 4 : at + 8])
        chunks.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    assert at == len(data)
    assert len(chunks) == tracks
    assert all(chunk.endswith(b"\xff\x2f\x00") for chunk in chunks)
    assert b"Summer nights, we come alive" in chunks[-1]
