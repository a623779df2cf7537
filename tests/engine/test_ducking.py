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


def test_presence_is_where_somebody_sings() -> None:
    voice = np.repeat(tone(300)[None], 2, axis=0)
    voice[:, : 2 * RATE] = 0
    sung = ducking.presence(voice)
    assert len(sung) == -(-voice.shape[1] // ducking.HOP)
    seconds = np.arange(len(sung)) * ducking.HOP / RATE
    assert sung[seconds < 1.7].max() == pytest.approx(0, abs=1e-6)
    assert sung[seconds > 2.3].min() == pytest.approx(1, abs=1e-6)
    assert ducking.presence(np.zeros((2, 5000), np.float32)).max() == 0


@pytest.mark.parametrize(("hertz", "lower"), [(60, 0), (800, 6), (2500, 6), (14_000, 0)])
def test_a_share_makes_way_in_the_band_alone(hertz: float, lower: float) -> None:
    song = np.repeat(tone(hertz)[None], 2, axis=0)
    before = song.copy()
    sung = np.zeros(-(-song.shape[1] // ducking.HOP), np.float32)
    sung[len(sung) // 2 :] = 1
    ducking.make_room(song, before * np.float32(ducking.amount(6.0)), sung)
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
    sung = ducking.presence(made["vocals"])
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
