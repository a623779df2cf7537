"""While somebody sings, the rest makes way in the band of the words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from suno_tui.engine import ducking, mix
from suno_tui.engine.compose import compose
from suno_tui.engine.plan import plan
from suno_tui.engine.synth.dsp import RATE
from suno_tui.providers.song import Song

SongMaker = Callable[..., Song]


def tone(hertz: float, seconds: float = 4.0) -> NDArray[np.float32]:
    t = np.arange(round(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * hertz * t).astype(np.float32)


def level(sound: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2)))


def seconds(curve: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.arange(len(curve)) * ducking.HOP / RATE


def test_room_is_made_while_somebody_sings() -> None:
    voice = np.repeat(tone(300)[None], 2, axis=0)
    voice[:, : 2 * RATE] = 0
    room = ducking.presence(voice)
    assert len(room.vowels) == len(room.consonants) == -(-voice.shape[1] // ducking.HOP)
    at = seconds(room.vowels)
    assert room.vowels[at < 1.7].max() == pytest.approx(0, abs=1e-6)
    assert room.vowels[at > 2.3].min() == pytest.approx(1, abs=1e-6)
    assert max(curve.max() for curve in ducking.presence(np.zeros((2, 5000), np.float32))) == 0


def test_room_for_a_consonant_is_as_short_as_the_consonant() -> None:
    voice = np.repeat(tone(300)[None], 2, axis=0)
    begin, end = 2.0, 2.1
    voice[:, round(begin * RATE) : round(end * RATE)] += tone(7000, 0.1)[: round(0.1 * RATE)] * 0.3
    room = ducking.presence(voice)
    at = seconds(room.consonants)
    assert room.consonants[(at > begin + 0.01) & (at < end - 0.01)].min() > 0.95
    outside = (at < begin - 0.03) | (at > end + 0.03)
    assert room.consonants[outside & (at > 0.1) & (at < 3.9)].max() < 0.1


VOWELS, CONSONANTS, NOTHING = (1, 0), (0, 1), (0, 0)


@pytest.mark.parametrize(
    ("needs", "hertz", "lower"),
    [(VOWELS, 60, 0), (VOWELS, 800, 6), (VOWELS, 1500, 6), (VOWELS, 8000, 0), (NOTHING, 800, 0),
     (CONSONANTS, 800, 0), (CONSONANTS, 7000, 6.8), (CONSONANTS, 20_000, 0)],
)  # fmt: skip
def test_a_share_makes_room_in_the_band_alone(
    needs: tuple[int, int], hertz: float, lower: float
) -> None:
    song = np.repeat(tone(hertz)[None], 2, axis=0)
    before = song.copy()
    curves = np.zeros((2, -(-song.shape[1] // ducking.HOP)), np.float32)
    curves[:, curves.shape[1] // 2 :] = np.array(needs)[:, None]
    share = before * np.float32(ducking.amount(6.0))
    ducking.make_room(song, share, ducking.Room(*curves))
    early, late = slice(RATE // 2, RATE), slice(3 * RATE, 3 * RATE + RATE // 2)
    assert np.abs(song[:, early] - before[:, early]).max() < 1e-5
    assert level(song[:, late]) - level(before[:, late]) == pytest.approx(-lower, abs=0.7)


def test_the_players_make_room_for_the_singer(
    song: SongMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = plan(song(style="pop, piano"), number=1, seed=1, target_seconds=12)
    score = compose(chosen)
    assert score.lines

    def stems() -> dict[str, NDArray[np.float32]]:
        out: dict[str, NDArray[np.float32]] = {}
        mix.mix(chosen, score, lambda *_: None, lambda role, stem: out.update({role: stem.copy()}))
        return out

    made = stems()
    sung = ducking.presence(made["vocals"]).vowels
    monkeypatch.setattr(ducking, "make_room", lambda *_: None)
    plain = stems()
    assert np.array_equal(made["vocals"], plain["vocals"])
    full = np.repeat(sung, ducking.HOP)[: made["vocals"].shape[1]] > 0.95
    silent = np.repeat(sung, ducking.HOP)[: made["vocals"].shape[1]] == 0

    def change(role: str, where: NDArray[np.bool_]) -> float:
        return level(made[role][:, where]) - level(plain[role][:, where])

    assert change("chords", full) < -3.5
    assert -5 < change("drums", full) < -0.1
    assert change("chords", silent) == pytest.approx(0, abs=0.2)
