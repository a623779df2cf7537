"""What a request's words decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from suno_tui.engine import lyricist, vocabulary
from suno_tui.engine.plan import Plan, plan
from suno_tui.engine.styles import STYLES
from suno_tui.engine.synth.instruments import INSTRUMENTS
from suno_tui.engine.synth.kits import KITS
from suno_tui.engine.verses import THEMES
from suno_tui.providers.song import Song

SongMaker = Callable[..., Song]


def planned(song: Song, number: int = 1, seed: int = 3) -> Plan:
    return plan(song, number=number, seed=seed)


@pytest.mark.parametrize("name", STYLES)
def test_a_style_is_chosen_by_its_name(song: SongMaker, name: str) -> None:
    chosen = planned(song(style=name))
    assert chosen.style.name == name
    low, high = STYLES[name].bpm
    assert low * 0.9 <= chosen.bpm <= high * 1.1
    assert chosen.key.mode in STYLES[name].modes


@pytest.mark.parametrize(
    ("style", "name"),
    [
        ("chillhop beats to study to", "lo-fi"), ("Death Metal, brutal", "metal"),
        ("bebop saxophone quartet", "jazz"), ("8-bit arcade", "chiptune"),
        ("perreo, latin trap", "reggaeton"), ("retrowave 80s", "synthwave"),
        ("string quartet", "classical"), ("dnb liquid", "drum and bass"),
        ("campfire singer-songwriter", "folk"), ("trailer, heroic", "cinematic"),
    ],
)  # fmt: skip
def test_a_style_is_chosen_by_its_kin(song: SongMaker, style: str, name: str) -> None:
    assert planned(song(style=style)).style.name == name


def test_tempo_and_key_are_taken_at_their_word(song: SongMaker) -> None:
    chosen = planned(song(style="pop, 128 bpm, in D minor"))
    assert (chosen.bpm, str(chosen.key)) == (128.0, "D minor")


def test_moods_move_tempo_mode_and_energy(song: SongMaker) -> None:
    calm, wild = planned(song(style="pop, calm, sad")), planned(song(style="pop, energetic, happy"))
    assert calm.energy < wild.energy
    assert calm.bpm < wild.bpm
    assert calm.key.minor
    assert not wild.key.minor


def test_instruments_are_hired_by_name(song: SongMaker) -> None:
    band = planned(song(style="lo-fi with flute and nylon guitar, upright bass")).band
    names = {player.instrument for player in band.values()}
    assert {"flute", "nylon_guitar", "upright_bass"} <= names


def test_negative_tags_take_away(song: SongMaker) -> None:
    chosen = planned(song(style="Classical, Ambient, Piano", negative_tags="Heavy Metal, Drums"))
    assert chosen.grooves == ()
    without = planned(song(style="rock", negative_tags="guitar, organ"))
    assert not [p for p in without.band.values() if "guitar" in p.instrument]
    assert planned(song(style="pop", negative_tags="vocals")).instrumental
    assert "bass" not in planned(song(style="pop", negative_tags="bass")).band
    assert planned(song(style="metal, jazz", negative_tags="metal")).style.name == "jazz"


def test_who_wants_no_men_still_wants_a_voice(song: SongMaker) -> None:
    chosen = planned(song(style="pop", negative_tags="male vocals", vocal_gender=None))
    assert (chosen.instrumental, chosen.gender) == (False, "f")
    chosen = planned(song(style="metal", negative_tags="screamed vocals, backing vocals"))
    assert (chosen.instrumental, chosen.style.voice, chosen.rich) == (False, "belt", False)
    assert planned(song(style="rock", negative_tags="male vocals, vocals")).instrumental


@pytest.mark.parametrize("style", ["a cappella", "acapella pop"])
def test_a_cappella_is_voices_alone(song: SongMaker, style: str) -> None:
    chosen = planned(song(style=style))
    assert {player.instrument for player in chosen.band.values()} == {"choir"}
    assert chosen.grooves == ()


def test_words_of_denial_take_away_too(song: SongMaker) -> None:
    chosen = planned(song(custom_mode=False, prompt="a pop song with no drums and without guitar"))
    assert chosen.grooves == ()
    assert not [p for p in chosen.band.values() if "guitar" in p.instrument]


@pytest.mark.parametrize("style", STYLES)
def test_a_band_that_is_banned_as_a_whole_still_plays(song: SongMaker, style: str) -> None:
    everything = ", ".join(vocabulary.FAMILIES)
    chosen = planned(song(style=style, negative_tags=everything))
    assert chosen.band
    assert not {p.instrument for p in chosen.band.values()} & {"piano", "strings", "supersaw"}


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a ballad called Blue Door", "Blue Door"),
        ("a song about my cat who steals socks", "My Cat"),
        ("sad piano song about losing a friend", "Losing a Friend"),
        ("birthday song for Anna", "Anna"),
    ],
)
def test_simple_mode_takes_the_title_from_what_the_prompt_is_about(prompt: str, title: str) -> None:
    assert {lyricist.title(prompt, "pop", seed) for seed in range(8)} == {title}


def test_words_for_the_music_make_no_title() -> None:
    prompt = "Energetic electronic dance track with heavy bass drops in A minor"
    titles = {lyricist.title(prompt, "edm", seed) for seed in range(20)}
    assert titles <= set(THEMES["party"][1])
    assert len(titles) > 3


def test_simple_mode_writes_title_and_words_once_for_both_takes(song: SongMaker) -> None:
    simple = song(custom_mode=False, prompt="A sad song about the last train home")
    first, second = planned(simple, 1), planned(simple, 2)
    assert first.title
    assert (first.title, first.lyrics) == (second.title, second.lyrics)
    assert "[Chorus]" in first.lyrics
    assert planned(simple, 1, seed=4).lyrics != first.lyrics
    assert planned(song(custom_mode=False, prompt="x", instrumental=True)).lyrics == ""


def test_two_takes_differ_as_a_band_does(song: SongMaker) -> None:
    different = [
        (one.bpm, one.key) != (two.bpm, two.key)
        for seed in range(8)
        for one, two in [(planned(song(), 1, seed), planned(song(), 2, seed))]
    ]
    assert sum(different) >= 7


def test_weights_do_what_they_say(song: SongMaker) -> None:
    assert planned(song(audio_weight=1.0)).vocal_gain > planned(song(audio_weight=0.0)).vocal_gain
    typical = STYLES["pop"].chords[0][0]

    def faithful(weight: float) -> int:
        plans = [planned(song(style="pop", style_weight=weight), seed=s) for s in range(40)]
        return sum(p.band["chords"].instrument == typical for p in plans)

    assert faithful(1.0) > faithful(0.0) + 8


def test_the_tags_are_the_users_own(song: SongMaker) -> None:
    assert planned(song(style="Pop,  Indie ,pop")).tags == "pop, indie"


def test_every_name_in_the_tables_exists() -> None:
    from suno_tui.engine.compose.endings import ENDINGS
    from suno_tui.engine.compose.grooves import GROOVES
    from suno_tui.engine.compose.patterns import BASS, CHORDS
    from suno_tui.engine.compose.progressions import pool
    from suno_tui.engine.theory import MODES, Key, chord

    for style in STYLES.values():
        assert set(style.kits) <= set(KITS)
        assert set(style.endings) <= set(ENDINGS)
        assert len(set(style.endings)) >= 3
        assert set(style.grooves) <= set(GROOVES)
        assert all(i in INSTRUMENTS and p in BASS for i, p in style.bass)
        for instrument, pattern in (*style.chords, *style.second, *style.arp):
            assert instrument in INSTRUMENTS
            assert pattern in CHORDS or pattern == "answer"
        assert set(style.lead) | set(style.pad) <= set(INSTRUMENTS)
        for mode in MODES:
            for place in ("verse", "chorus", "bridge"):
                for row in pool(style.harmony, mode, place):
                    assert [chord(w, Key(0, mode), style.colour) for w in row.split()]
    for groove in GROOVES.values():
        for rows in groove:
            for drum, line in rows.items():
                assert len(line) in (16, 32)
                assert drum in KITS["acoustic"]
    for patterns in (*CHORDS.values(), *BASS.values()):
        assert all(len(hand) in (16, 32) for rows in patterns for hand in rows.split("|"))
    assert all(i in INSTRUMENTS for _, i in vocabulary.INSTRUMENT_WORDS.values())
    assert all(i in INSTRUMENTS for family in vocabulary.FAMILIES.values() for i in family)


def test_what_a_song_is_about_does_not_choose_its_style(song: SongMaker) -> None:
    prompt = "A reggae song about jazz, metal and trap in the kitchen"
    assert planned(song(custom_mode=False, prompt=prompt)).style.name == "reggae"
    prompt = "a song about my dog in the style of bluegrass"
    assert planned(song(custom_mode=False, prompt=prompt)).style.name == "country"
