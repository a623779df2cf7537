"""Samples: the same by every decoder, at one rate, with or without miniaudio."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from suno_tui.media import decode, files
from suno_tui.media.errors import Bad
from suno_tui.media.prove import prove
from suno_tui.media.resample import Resampler
from tests.library.harness import mp3, wav
from tests.media.bombs import DATA
from tests.player.recorder import reference

RATE = 44_100


def first_samples(path: Path, suffix: str, first: int = 1000) -> np.ndarray:
    data = b"".join(decode.samples(path, suffix, first))
    return np.frombuffer(data, np.int16).reshape(-1, 2)


def tone(path: Path, rate: int, channels: int = 2, subtype: str | None = None) -> Path:
    """A second of 1,000 Hz, fading in and out."""
    time = np.arange(rate) / rate
    sound = np.sin(2 * np.pi * 1000 * time) * np.sin(np.pi * time) * 0.5
    soundfile.write(str(path), np.repeat(sound[:, None], channels, axis=1), rate, subtype=subtype)
    return path


def test_decoding_outside_a_job_limits_no_process(tmp_path: Path) -> None:
    """Such a limit would end this process some seconds later, in another test."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    first_samples(tone(tmp_path / "a.wav", RATE), ".wav")
    prove(tmp_path / "a.wav")
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".wav"])
def test_without_miniaudio_libsndfile_decodes(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Linux on arm64."""
    path = tmp_path / f"a{suffix}"
    if suffix == ".mp3":
        path.write_bytes(mp3(3.0))
    else:
        tone(path, RATE, subtype="PCM_16")
    usual, length = first_samples(path, suffix), prove(path).duration
    monkeypatch.setattr(decode, "_miniaudio", lambda: None)
    other = first_samples(path, suffix)
    assert prove(path).duration == pytest.approx(length, abs=0.06)
    if suffix == ".mp3":  # one keeps the encoder's first samples
        assert abs(len(other) - len(usual)) < 3000
    else:
        assert np.abs(usual.astype(int) - other).max() <= 1


def test_without_any_decoder_the_frames_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(2.0))
    decoded = prove(path).duration
    monkeypatch.setattr(decode, "_miniaudio", lambda: None)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert abs(prove(path).duration - decoded) < 0.06
    with pytest.raises(decode.NoSound):
        first_samples(path, ".mp3")
    path.write_bytes(mp3(2.0)[:-700])
    with pytest.raises(Bad, match="end is missing"):
        prove(path)


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".wav"])
def test_the_samples_are_those_of_the_decoder(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(
        {".mp3": mp3(3.0), ".wav": wav(3.0), ".flac": (DATA / "tone.flac").read_bytes()}[suffix]
    )
    found = np.frombuffer(b"".join(files.samples(path, 777)), np.int16).reshape(-1, 2)
    assert np.array_equal(found, reference(path.read_bytes()))


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("rate", [8000, 22_050, 32_000, 44_100, 48_000, 96_000, 44_099])
def test_another_rate_sounds_the_same(tmp_path: Path, rate: int, channels: int) -> None:
    path = tone(tmp_path / "a.wav", rate, channels)
    found = b"".join(decode._resampled(path, ".wav"))
    samples = np.frombuffer(found, np.int16).reshape(-1, 2) / 32768
    time = np.arange(len(samples)) / RATE
    expected = np.sin(2 * np.pi * 1000 * time) * np.sin(np.pi * time) * 0.5
    assert abs(len(samples) - RATE) <= 1 + RATE // rate
    middle = slice(200, RATE - 200)
    assert np.abs(samples[middle, 0] - expected[middle]).max() < 0.01
    assert np.array_equal(samples[:, 0], samples[:, 1])


def test_no_pitch_comes_back_as_another() -> None:
    """What is above half of the new rate is gone, and not folded down."""
    time = np.arange(96_000) / 96_000
    high = (0.5 * np.sin(2 * np.pi * 30_000 * time)).astype(np.float32)[:, None].repeat(2, axis=1)
    resampler = Resampler(96_000, RATE)
    found = np.frombuffer(resampler.feed(high) + resampler.end(), np.int16)
    assert np.abs(found[400:-400]).max() < 33, "60 dB under it"


@pytest.mark.parametrize("size", [1, 63, 4096])
def test_pieces_of_any_length_make_the_same_sound(size: int) -> None:
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, (9000, 2)).astype(np.float32)
    whole, pieces = Resampler(48_000, RATE), Resampler(48_000, RATE)
    expected = whole.feed(noise) + whole.end()
    parts = [pieces.feed(noise[at : at + size]) for at in range(0, len(noise), size)]
    found = b"".join(parts) + pieces.end()
    assert len(found) == len(expected)
    gap = np.frombuffer(found, np.int16).astype(int) - np.frombuffer(expected, np.int16)
    assert np.abs(gap).max() <= 1


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_ogg_plays_by_libsndfile(kind: str) -> None:
    path = DATA / f"tone.{kind}"
    found = first_samples(path, f".{kind}")
    assert len(found) / RATE == pytest.approx(prove(path).duration, abs=0.01)
    assert np.abs(found).max() > 3000
