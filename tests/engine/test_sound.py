"""How every style sounds, judged on the decoded MP3 by meters that are not ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyloudnorm
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from suno_tui.engine import master, mix
from suno_tui.engine.compose import compose
from suno_tui.engine.plan import plan
from suno_tui.engine.styles import STYLES
from suno_tui.engine.synth import effects
from suno_tui.engine.synth.instruments import INSTRUMENTS
from suno_tui.engine.take import Take, make_take
from suno_tui.providers.song import Song
from tests.engine.requests import requests
from tests.examples import examples

SongMaker = Callable[..., Song]
TakeMaker = Callable[..., Take]
Decoder = Callable[[bytes], NDArray[np.float32]]


def true_peak(sound: NDArray[np.float32]) -> float:
    """The peak between the samples too, in dB: four times as many points, by FFT."""
    size = 1 << (len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound.T, size)
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum, size * 4)).max() * 4))


def longest_gap(sound: NDArray[np.float32]) -> float:
    """Seconds of the longest stretch below -60 dB, between the first sound and the last."""
    blocks = np.abs(sound[: len(sound) // 441 * 441]).max(axis=1).reshape(-1, 441).max(axis=1)
    heard = np.flatnonzero(blocks > 0.001)
    return float(np.diff(heard).max(initial=0)) * 0.01


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_loud_clean_and_whole(
    song: SongMaker, take: TakeMaker, decode: Decoder, style: str, seed: int
) -> None:
    asked = song(style=style, instrumental=seed == 2)
    made = take(asked, seed=seed, seconds=7)
    sound = decode(made.mp3)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1
    assert pyloudnorm.Meter(44_100).integrated_loudness(sound) == pytest.approx(-14, abs=1)
    assert true_peak(sound) <= -1.0
    assert longest_gap(sound) < 1.5
    left, right = sound[:, 0], sound[:, 1]
    assert abs(20 * np.log10(left.std() / right.std())) < 3
    assert not np.array_equal(left, right)
    if style not in ("ambient", "cinematic", "classical"):  # these may have next to no onsets
        beat = pulse(sound, made.bpm)
        assert beat > 1.05  # of three bars, one of which opens the song
        assert beat > max(pulse(sound, made.bpm * 0.87), pulse(sound, made.bpm * 1.13))
    planned = plan(asked, number=1, seed=seed, target_seconds=7).key
    assert str(planned) == made.key
    inside, outside = shares(sound, [c for c in range(12) if planned.contains(c)])
    assert inside > (1.05 if style == "metal" else 1.2) * outside  # power chords have no third


def pulse(sound: NDArray[np.float32], bpm: float) -> float:
    """How strongly onsets repeat at a tempo's beat, against the mean over 60 to 180 bpm."""
    mono = sound.mean(axis=1)
    hop = 441
    frames = mono[: len(mono) // hop * hop].reshape(-1, hop)
    spectrum = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(hop))))
    rise = np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1)
    rise -= rise.mean()
    power = np.correlate(rise, rise, "full")[len(rise) - 1 :]

    def at(tempo: float) -> float:
        lag = 60 / tempo * 100
        return max(float(power[round(lag) + i]) for i in (-1, 0, 1))

    everywhere = [at(t) for t in np.arange(60, 180, 1.7)]
    return max(at(bpm), at(bpm / 2)) / float(np.mean(np.abs(everywhere)))


@pytest.mark.parametrize(("style", "bpm"), [("edm", 128), ("rock", 140), ("pop", 101)])
def test_the_planned_tempo_is_heard(
    song: SongMaker, take: TakeMaker, decode: Decoder, style: str, bpm: int
) -> None:
    made = take(song(style=f"{style}, {bpm} bpm", instrumental=True), seconds=14)
    assert made.bpm == bpm
    sound = decode(made.mp3)
    assert pulse(sound, bpm) > 1.5
    assert pulse(sound, bpm) > pulse(sound, bpm * 0.87)


def chroma(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Energy by pitch class, 100 to 2000 Hz."""
    mono = sound.mean(axis=1)
    power = np.abs(np.fft.rfft(mono)) ** 2
    f = np.fft.rfftfreq(len(mono), 1 / 44_100)
    keep = (f > 100) & (f < 2000)
    classes = np.round(69 + 12 * np.log2(f[keep] / 440)).astype(int) % 12
    return np.bincount(classes, np.sqrt(power[keep]), minlength=12).astype(np.float64)


def shares(sound: NDArray[np.float32], scale: list[int]) -> tuple[float, float]:
    """The mean energy of the pitch classes in a scale, and of those outside of it."""
    energy = chroma(sound)
    return (
        float(np.mean([energy[c] for c in scale])),
        float(np.mean([energy[c] for c in range(12) if c not in scale])),
    )


@pytest.mark.parametrize(("key", "scale"), [("C major", (0, 2, 4, 5, 7, 9, 11)),
                                            ("F# minor", (6, 8, 9, 11, 1, 2, 4))])  # fmt: skip
def test_the_planned_key_is_heard(
    song: SongMaker, take: TakeMaker, decode: Decoder, key: str, scale: tuple[int, ...]
) -> None:
    made = take(song(style=f"synthwave in {key}", negative_tags="drums",
                     weirdness_constraint=0.0), seconds=14)  # fmt: skip
    assert made.key == key
    inside, outside = shares(decode(made.mp3), list(scale))
    assert inside > 1.7 * outside


@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck))
@given(song=requests(), seed=st.integers(0, 2**31))
def test_any_request_is_heard_and_keeps_the_bars(decode: Decoder, song: Song, seed: int) -> None:
    made = make_take(song, number=1, seed=seed, progress=lambda *_: None, target_seconds=4)
    sound = decode(made.mp3)
    assert np.isfinite(sound).all()
    assert pyloudnorm.Meter(44_100).integrated_loudness(sound) == pytest.approx(-14, abs=1)
    assert true_peak(sound) <= -1.0
    assert longest_gap(sound) < 2


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_an_instrument_is_in_tune_and_ends(name: str) -> None:
    pitch = 45 if "bass" in name else 69
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    rng = np.random.default_rng(1)
    sound = np.atleast_2d(INSTRUMENTS[name].play(pitch, 1.0, 0.8, rng))
    assert np.isfinite(sound).all()
    assert 0.02 < np.abs(sound).max() < 4
    assert np.abs(sound[:, -3:]).max() < 0.005
    mono = sound.mean(axis=0)[2000:42_000]
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 1 << 19))
    scale = 44_100 / (1 << 19)

    def near(f: float) -> float:
        low, high = (round(f * 2 ** (s * 0.8 / 12) / scale) for s in (-1, 1))
        return low + float(np.argmax(spectrum[low:high]))

    strongest = max((1, 2, 3), key=lambda k: spectrum[round(near(hertz * k))])
    heard = near(hertz * strongest) * scale / strongest
    assert abs(1200 * np.log2(heard / hertz)) < 25


def test_loudness_agrees_with_another_meter() -> None:
    rng = np.random.default_rng(3)
    sound = (rng.standard_normal((2, 44_100 * 8)) * 0.1).astype(np.float32)
    sound[:, : 44_100 * 2] *= 0.01
    theirs = pyloudnorm.Meter(44_100).integrated_loudness(sound.T)
    assert effects.loudness(sound) == pytest.approx(theirs, abs=0.1)


def test_the_master_evens_out_what_is_harsh_or_dull() -> None:
    rng = np.random.default_rng(3)
    size = 44_100 * 6
    f = np.fft.rfftfreq(size, 1 / 44_100)
    white = np.fft.rfft(rng.standard_normal((2, size)))
    usual = 10 ** (master.usual(np.maximum(f, 20)) / 20)
    for tilt in (-3.0, 0.0, 3.0):
        gain = usual * 10 ** (tilt * np.log2(np.maximum(f, 20) / 500) / 20)
        song = np.fft.irfft(white * gain).astype(np.float32)
        middle, side = master._spectra(song)
        centres, correction = master.balance(middle + side)
        core = correction[(centres > 100) & (centres < 8000)]
        if tilt:
            assert np.sign(core[-1] - core[0]) == -np.sign(tilt)
            assert np.abs(core).max() > 2
            left = tilt + np.polyfit(np.arange(len(core)), core, 1)[0]
            assert abs(left) < 1.2  # dB an octave
        else:
            assert np.abs(correction).max() < 0.5


def test_the_master_narrows_what_is_wide_above_the_bass_and_leaves_the_rest() -> None:
    rng = np.random.default_rng(3)
    middle, side, bass = rng.standard_normal((3, 1 << 18)).astype(np.float32)
    f = np.fft.rfftfreq(len(middle), 1 / 44_100)

    def above(sound: NDArray[np.float32]) -> float:
        return float((np.abs(np.fft.rfft(sound)[f > 200]) ** 2).sum())

    low = np.fft.irfft(np.fft.rfft(bass) * (f < 100)).astype(np.float32) * np.float32(40)
    for before, after in ((-3.0, -8.0), (-9.0, -9.0)):
        part = side * np.float32(10 ** (before / 20))
        song = np.stack([middle + part + low, middle - part + low])
        assert 10 * np.log10(song.var() / part.var()) > 8  # over all, it is narrow
        master._widen(song, *master._spectra(song))
        level = 10 * np.log10(above(song[0] - song[1]) / above(song[0] + song[1]))
        assert level == pytest.approx(after, abs=0.2)


def test_no_section_is_left_in_a_hole(song: SongMaker) -> None:
    score = compose(plan(song(), number=1, seed=1, target_seconds=40))
    bar = score.seconds(score.beats_per_bar) * 44_100
    rng = np.random.default_rng(3)
    sound = (rng.standard_normal((2, mix.length(score))) * 0.1).astype(np.float32)
    calm = score.sections[1]
    sound[:, : int(calm.start_bar * bar)] *= 0.1
    sound[:, int(calm.start_bar * bar) : int((calm.start_bar + calm.bars) * bar)] *= 0.5
    gain = mix._floor(score, sound)
    assert 20 * np.log10(gain[10]) == pytest.approx(8.0)
    middle = int((calm.start_bar + calm.bars / 2) * bar / 128)
    assert gain[middle] == gain[-1] == pytest.approx(1.0)


def test_the_limiter_holds_its_ceiling() -> None:
    rng = np.random.default_rng(3)
    sound = (rng.standard_normal((2, 50_000)) * 0.6).astype(np.float32)
    effects.limit(sound, -3.0)
    assert 20 * np.log10(np.abs(sound).max()) <= -2.99
