"""The singer: on the note, with consonants in front, a woman above a man."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from suno_tui.engine.compose import compose
from suno_tui.engine.lyrics import syllables
from suno_tui.engine.plan import plan
from suno_tui.engine.score import Score, SungLine, SungNote, Syllable
from suno_tui.engine.voice.phones import CONSONANTS, VOWELS, cluster
from suno_tui.engine.voice.singer import render, singer
from suno_tui.engine.voice.tract import HOP
from suno_tui.providers.song import Song

SongMaker = Callable[..., Song]
LEAD_IN = 40 * HOP


def sung(song: Song, text: str, pitch: int, beats: float = 2.0) -> NDArray[np.float32]:
    """A line of one syllable a note, at 60 bpm."""
    chosen = plan(song, number=1, seed=1, target_seconds=4)
    score: Score = compose(chosen)
    notes = tuple(
        SungNote(i * beats, beats * 0.95, pitch, 0.8, s) for i, s in enumerate(syllables(text))
    )
    from dataclasses import replace

    return render(replace(score, bpm=60.0), SungLine(text, notes), singer(chosen),
                  np.random.default_rng(1))  # fmt: skip


def pitch_of(sound: NDArray[np.float32]) -> float:
    """Hz, by autocorrelation."""
    power = np.fft.irfft(np.abs(np.fft.rfft(sound, 1 << 17)) ** 2)
    lags = slice(44_100 // 700, 44_100 // 80)
    return 44_100 / (lags.start + int(np.argmax(power[lags])))


@pytest.mark.parametrize(("gender", "pitch"), [("f", 69), ("m", 57)])
def test_a_note_is_sung_at_its_pitch(song: SongMaker, gender: str, pitch: int) -> None:
    sound = sung(song(vocal_gender=gender, style="rap"), "ah", pitch)
    middle = sound[LEAD_IN + 20_000 : LEAD_IN + 60_000]
    cents = 1200 * np.log2(pitch_of(middle) / (440 * 2 ** ((pitch - 69) / 12)))
    assert abs(cents) < 40


def test_a_turn_is_sung_within_its_syllable(song: SongMaker) -> None:
    """One vowel over three pitches, the last of which lasts."""
    from dataclasses import replace

    chosen = plan(song(style="rap"), number=1, seed=1, target_seconds=4)
    (syllable,) = syllables("ah")
    note = SungNote(0.0, 3.0, 60, 0.8, syllable, ((1.0, 62), (2.0, 59)))
    sound = render(replace(compose(chosen), bpm=60.0), SungLine("ah", (note,)), singer(chosen),
                   np.random.default_rng(1))  # fmt: skip
    for second, pitch in ((0, 60), (1, 62), (2, 59)):
        begin = LEAD_IN + second * 44_100 + 12_000
        heard = pitch_of(sound[begin : begin + 24_000])
        assert abs(1200 * np.log2(heard / (440 * 2 ** ((pitch - 69) / 12)))) < 40


def spectrum(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 44_100)).astype(np.float64)


def test_vowels_differ_as_vowels_do(song: SongMaker) -> None:
    """In "ee" the second formant is far above that of "oo"."""

    def balance(word: str) -> float:
        sound = sung(song(vocal_gender="m"), word, 50)
        power = spectrum(sound[LEAD_IN + 20_000 : LEAD_IN + 60_000]) ** 2
        return float(10 * np.log10(power[1800:2700].sum() / power[600:1300].sum()))

    assert balance("bee") > balance("boo") + 15


def test_a_hiss_comes_before_the_beat(song: SongMaker) -> None:
    sound = sung(song(), "see", 66)
    power = spectrum(sound[LEAD_IN - 3500 : LEAD_IN - 500]) ** 2
    assert power[5000:10_000].sum() > 3 * power[100:2000].sum()
    vowel = spectrum(sound[LEAD_IN + 10_000 : LEAD_IN + 40_000]) ** 2
    assert vowel[100:4000].sum() > 100 * vowel[6000:10_000].sum()


def beside_vowels(song: Song, phone: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """dB of each 20 ms of a consonant, and of its hiss above 2.5 kHz, beside the vowel around it.

    The consonant begins a syllable a second after the line; both syllables have the same vowel.
    """
    from dataclasses import replace

    chosen = plan(song, number=1, seed=1, target_seconds=4)
    pitch = 62 if chosen.gender == "f" else 50
    notes = tuple(
        SungNote(float(i), 1.0, pitch, 0.8, Syllable(onset, "AE", (), True))
        for i, onset in enumerate(((), (phone,)))
    )
    sound = render(replace(compose(chosen), bpm=60.0), SungLine("", notes), singer(chosen),
                   np.random.default_rng(1))  # fmt: skip

    def power(begin: float, seconds: float) -> NDArray[np.float64]:
        first = LEAD_IN + round(begin * 44_100)
        part = sound[first : first + round(seconds * 44_100)]
        return np.abs(np.fft.rfft(part * np.hanning(len(part)), 8192)) ** 2 / len(part)

    vowel = power(0.4, 0.2).sum()
    starts = np.arange(1 - CONSONANTS[phone].seconds, 1 - 0.02, 0.005)
    frames = np.array([power(float(at), 0.02) for at in starts]) / vowel
    high = frames[:, round(2500 / 44_100 * 8192) :]
    return 10 * np.log10(frames.sum(axis=1)), 10 * np.log10(high.sum(axis=1))


@pytest.mark.parametrize("gender", ["f", "m"])
def test_consonants_hiss_and_shut_as_those_of_speech_do(song: SongMaker, gender: str) -> None:
    """Beside the vowel; the figures are those of a voice that was trained on speech."""
    made = song(vocal_gender=gender)
    for phone, least in (("S", -8), ("SH", -9.5), ("CH", -10), ("T", -15), ("K", -18), ("F", -18)):
        _, hiss = beside_vowels(made, phone)
        assert least < hiss.max() < 2, phone
    for phone in ("B", "D", "G", "V", "DH"):
        whole, _ = beside_vowels(made, phone)
        assert whole.min() < -13, phone
    for phone in ("M", "N", "L", "R"):
        whole, _ = beside_vowels(made, phone)
        assert whole.min() > -12, phone


def test_a_consonant_is_as_its_vowel_and_its_neighbour_want_it() -> None:
    front, back = VOWELS["IY"][0], VOWELS["UW"][0]
    (key,), (cool,) = (cluster(("K",), vowel, before=True) for vowel in (front, back))
    assert key.centre > 2 * cool.centre
    assert cluster(("HH",), back, before=True)[0].formants == back
    assert cluster(("L",), back, before=False) != cluster(("L",), back, before=True)
    assert cluster(("T", "R"), back, before=True) == [CONSONANTS["CH"], CONSONANTS["R"]]
    assert cluster(("?",), back, before=True) == cluster((), back, before=True) == []


def test_a_line_ends_in_silence(song: SongMaker) -> None:
    sound = sung(song(), "come alive", 64)
    assert np.isfinite(sound).all()
    assert np.abs(sound[-4000:]).max() < 0.02 * np.abs(sound).max()


def test_a_persona_has_a_voice_of_its_own(song: SongMaker) -> None:
    plans = [plan(song(persona_id=p), number=1, seed=1) for p in (None, "ann", "bob", "ann")]
    voices = [singer(p) for p in plans]
    assert len(set(voices)) == 3
    assert voices[1] == voices[3]
