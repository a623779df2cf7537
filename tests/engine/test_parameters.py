"""The built-in engine obeys a song's tempo, key, time signature, length and seed.

SUNO_TUI_SONGS is how many random songs are made and heard: a few here, 50 by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from suno_tui.engine import mix
from suno_tui.engine.compose import compose
from suno_tui.engine.lyrics import sections
from suno_tui.engine.plan import Plan, plan
from suno_tui.engine.score import TAIL
from suno_tui.engine.styles import STYLES
from suno_tui.engine.take import make_take
from suno_tui.engine.theory import MODES, NOTE_NAMES
from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import (
    BUILT_IN_RANGES,
    TIME_SIGNATURES,
    read_key,
    seed_of_take,
    take_of_seed,
)
from suno_tui.providers.tables.suno import LOCAL
from tests.engine.conftest import SUMMER_NIGHTS
from tests.engine.test_sound import pulse, shares

SongMaker = Callable[..., Song]
Decoder = Callable[[bytes], NDArray[np.float32]]
SONGS = int(os.environ.get("SUNO_TUI_SONGS", "3"))


def random_song(seed: int, longest: int = 240) -> Song:
    """A song with every parameter set, of any style."""
    dice = Random(seed)
    return Song(
        custom_mode=True,
        title="Summer Nights",
        style=f"{dice.choice(list(STYLES))}, 90 bpm, in C major",
        lyrics=SUMMER_NIGHTS * dice.choice((1, 3)),
        instrumental=dice.random() < 0.4,
        seed=seed,
        duration=round(dice.uniform(BUILT_IN_RANGES["duration"][0], longest), 1),
        bpm=dice.randint(*BUILT_IN_RANGES["bpm"]),
        key=f"{dice.choice(NOTE_NAMES)} {dice.choice(list(MODES))}",
        time_signature=dice.choice(TIME_SIGNATURES),
    )


def planned(song: Song, number: int = 1) -> Plan:
    assert song.problems(LOCAL.models) == ()
    return plan(song, number=number, seed=song.seed or 0)


@pytest.mark.parametrize("seed", range(60))
def test_a_score_is_as_the_song_says(seed: int) -> None:
    song = random_song(seed)
    score = compose(planned(song, 1 + seed % 2))
    assert (score.bpm, str(score.key)) == (song.bpm, song.key)
    assert score.beats_per_bar == (3 if song.time_signature in ("3/4", "6/8") else 4)
    assert mix.length(score) / 44_100 == pytest.approx(song.duration, abs=0.01)
    bar = score.seconds(score.beats_per_bar)
    music = score.seconds(score.beats)
    assert song.duration is not None
    assert abs(music + TAIL - song.duration) <= max(bar / 2, bar + TAIL - 5) + 0.01


def test_a_parameter_changes_nothing_else(song: SongMaker) -> None:
    before = plan(song(), number=1, seed=3)
    after = plan(song(bpm=77, key="F# minor"), number=1, seed=3)
    assert (after.bpm, str(after.key)) == (77.0, "F# minor")
    assert replace(after, bpm=before.bpm, key=before.key) == before
    assert plan(song(duration=None), number=1, seed=3) == before
    assert before.exact is False


def test_every_key_that_a_song_may_have_is_played() -> None:
    for text in ("D minor", "f#", "Bbm", "E♭ maj", "g harmonic minor", "C#min"):
        key = plan(Song(prompt="pop", key=text), number=1, seed=1).key
        assert read_key(str(key)) == str(key)
        accidentals = {"E♭ maj": "Eb major", "f#": "F# major", "Bbm": "Bb minor"}
        assert str(key) == accidentals.get(text, read_key(text))


def test_words_keep_their_meaning_where_no_parameter_is_set(song: SongMaker) -> None:
    asked = song(style="waltz, 128 bpm, in D minor")
    made = plan(asked, number=1, seed=1)
    assert (made.bpm, str(made.key), made.beats_per_bar) == (128.0, "D minor", 3)
    assert plan(replace(asked, time_signature="4/4"), number=1, seed=1).beats_per_bar == 4


def test_a_language_is_spoken_as_it_is_written() -> None:
    english, german = (sections("[Verse]\nDie Nacht", code)[0].lines[0] for code in ("en", "de"))
    assert english.syllables != german.syllables
    assert len(german.syllables) == 3  # di-e nacht


@pytest.mark.parametrize("seed", range(SONGS))
def test_a_take_is_as_the_song_says(decode: Decoder, seed: int) -> None:
    song = random_song(1000 + seed)
    assert song.duration is not None
    song = replace(song, duration=16 + song.duration % 8)
    made = make_take(song, number=1, seed=1000 + seed, progress=lambda *_: None)
    sound = decode(made.mp3)
    assert song.duration is not None and song.bpm is not None
    assert len(sound) / 44_100 == pytest.approx(song.duration, abs=2)
    assert (made.bpm, made.key) == (song.bpm, song.key)
    score = planned(song)
    # The first two have next to no onsets, and a slow song too few in 20 seconds.
    if score.style.name not in ("ambient", "cinematic") and song.bpm > 65:
        assert pulse(sound, song.bpm) > 1.15
    inside, outside = shares(sound, [c for c in range(12) if score.key.contains(c)])
    assert inside > (1.05 if score.style.name == "metal" else 1.2) * outside


def test_the_same_seed_is_the_same_bytes(song: SongMaker) -> None:
    asked = song(bpm=120, key="A minor", duration=5.0)

    def made(seed: int, number: int = 1) -> bytes:
        return make_take(asked, number=number, seed=seed, progress=lambda *_: None).mp3

    first = made(7)
    assert first == made(7)
    assert first != made(8)


def test_each_take_of_a_task_has_a_seed_of_its_own() -> None:
    seeds = [seed_of_take(7, number) for number in (1, 2, 3)]
    assert seeds[0] == 7
    assert [take_of_seed(seed) for seed in seeds] == [(7, 1), (7, 2), (7, 3)]
    assert seed_of_take(seeds[1], 2) == seeds[2]
    assert take_of_seed(seed_of_take(2**53 - 1, 8))[0] == 2**32 - 1
