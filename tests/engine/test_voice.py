"""The singer: on the note, with consonants in front, a woman above a man."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from suno_tui.engine.compose import compose
from suno_tui.engine.lyrics import syllables
from suno_tui.engine.plan import plan
from suno_tui.engine.score import Score, SungLine, SungNote
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


def test_a_line_ends_in_silence(song: SongMaker) -> None:
    sound = sung(song(), "come alive", 64)
    assert np.isfinite(sound).all()
    assert np.abs(sound[-4000:]).max() < 0.02 * np.abs(sound).max()


def test_a_persona_has_a_voice_of_its_own(song: SongMaker) -> None:
    plans = [plan(song(persona_id=p), number=1, seed=1) for p in (None, "ann", "bob", "ann")]
    voices = [singer(p) for p in plans]
    assert len(set(voices)) == 3
    assert voices[1] == voices[3]
