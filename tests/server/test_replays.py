"""A track is made again by its seed, or an honest word says why it will be another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from suno_tui.common.errors import UsageError
from suno_tui.engine import version
from suno_tui.engine.take import make_take
from suno_tui.engine.voice import speech
from suno_tui.library.filing import NewTake
from suno_tui.library.track import Origin, Relation, Track, more_like
from suno_tui.media.files import strip_tags
from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import seed_of_take, take_of_seed
from suno_tui.providers.tables.acestep import ACESTEP
from suno_tui.providers.tables.suno import LOCAL, SUNO
from suno_tui.server.replays import replay_of
from tests.engine.voices import voice_file
from tests.library.harness import House, mp3

SONG = Song(
    custom_mode=True,
    title="Rain",
    style="lo-fi",
    lyrics="[Verse]\nRain on the roof",
    bpm=120,
    takes=2,
)


@pytest.fixture(autouse=True)
def own_version() -> None:
    version.engine_version.cache_clear()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def made(song: Song, number: int = 1, seed: int = 7) -> bytes:
    """The file of a take, eight seconds long, as the built-in provider makes it."""
    nothing = lambda *_: None  # noqa: E731
    return make_take(song, number=number, seed=seed, progress=nothing, target_seconds=8).mp3


@pytest.fixture
def track(house: House) -> Track:
    return house.add(data=made(SONG, 2), song=SONG, take=2, lyrics=SONG.lyrics)


def test_a_take_is_filed_with_what_makes_it_again(house: House, track: Track) -> None:
    assert track.seed == seed_of_take(7, 2)
    assert track.engine == version.engine_version()
    assert house.open().get(track.id) == track
    text = track.file.read_text()
    assert f"seed = {track.seed}" in text
    assert f'engine = "{track.engine}"' in text


def test_a_replay_is_the_same_file_byte_for_byte(house: House, track: Track) -> None:
    replay = replay_of(track, LOCAL, target_seconds=8)
    assert replay.doubt == ""
    assert replay.relation is Relation.REPLAY
    assert (replay.song.takes, replay.song.duration) == (1, None)
    assert replay.song.seed is not None
    seed, number = take_of_seed(replay.song.seed)
    again = make_take(
        replay.song, number=number, seed=seed, progress=lambda *_: None, target_seconds=8
    )
    assert again.mp3 == made(SONG, 2)


def test_another_version_of_the_engine_is_told(
    track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(track, engine="00000000")
    assert "another version of the engine" in replay_of(other, LOCAL, target_seconds=8).doubt
    monkeypatch.setattr(speech, "choose", lambda: "flite")
    assert "It was sung by formant; the voice here is flite" in (
        replay_of(track, LOCAL, target_seconds=8).doubt
    )


def test_another_length_in_the_settings_is_told(track: Track) -> None:
    doubt = replay_of(track, LOCAL).doubt
    assert "set by local.target_seconds = 8, and here by its words" in doubt


def test_a_version_changes_with_the_sound_font_and_the_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version.engine_version()
    font = tmp_path / "piano.sf2"
    font.write_bytes(b"RIFF")
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", str(font))
    version.engine_version.cache_clear()
    with_font = version.engine_version()
    monkeypatch.setenv("SUNO_TUI_VOICE", str(voice_file(tmp_path / "a.htsvoice")))
    version.engine_version.cache_clear()
    assert len({before, with_font, version.engine_version()}) == 3


def test_without_its_tag_the_sound_may_differ(track: Track) -> None:
    strip_tags(track.audio)
    replay = replay_of(track, LOCAL, target_seconds=8)
    assert replay.song.seed == track.seed
    assert "no longer says how it was made" in replay.doubt


def test_a_take_without_a_seed_gets_new_takes(house: House) -> None:
    old = house.add(data=mp3(1.0), song=replace(SONG, seed=5))
    assert (old.seed, old.engine) == (None, "")
    replay = replay_of(old, LOCAL)
    assert replay.song.seed is None
    assert replay.relation is Relation.MORE
    assert "new takes" in replay.doubt


def test_what_a_provider_makes_of_seeds_decides(track: Track) -> None:
    there = replace(track, provider="hosted")
    replay = replay_of(there, SUNO)
    assert replay.song == replace(SONG, seed=None)
    assert replay.doubt.startswith("hosted takes no seed")
    replay = replay_of(there, LOCAL)
    assert replay.song == replace(SONG, seed=track.seed, takes=1)
    assert replay.doubt == ""
    with pytest.raises(UsageError, match="not in the settings"):
        replay_of(replace(track, provider="gone"), None)
    with pytest.raises(UsageError, match="not known"):
        replay_of(replace(track, song=None), LOCAL)


def test_the_model_that_made_it_is_asked_for_or_its_absence_said(house: House) -> None:
    song = replace(SONG, model="asked-for")
    made = house.add(song=song, provider="ace", model="acestep-v15-turbo", seed=41)
    replay = replay_of(made, ACESTEP)
    assert (replay.song.model, replay.song.seed, replay.doubt) == ("acestep-v15-turbo", 41, "")
    replay = replay_of(replace(made, model="acestep-v15-base"), ACESTEP)
    assert (replay.song.model, replay.song.seed) == ("acestep-v15-turbo", 41)
    assert "made with acestep-v15-base, which ace does not have any more" in replay.doubt


def test_words_that_the_provider_wrote_are_written_anew(house: House) -> None:
    song = Song(model="acestep-v15-turbo", prompt="a calm song")
    made = house.add(song=song, provider="ace", model=song.model, seed=41, lyrics="[Verse]\nOh")
    assert "will write new ones" in replay_of(made, ACESTEP).doubt
    assert replay_of(replace(made, lyrics=""), ACESTEP).doubt == ""


def test_a_family_is_found_by_its_parent(house: House, track: Track) -> None:
    origin = Origin(track.id, Relation.REPLAY)
    replay = house.add(song=SONG, origin=origin, task_id="later")
    assert replay.origin == origin
    assert house.library.family(track).children == [replay]
    assert house.library.family(replay).parent == track
    house.library.trash([track.id])
    assert house.library.family(replay) == (None, [])
    assert replay.to_json()["parent"] == track.id
    assert replay.song and track.song
    assert more_like(replay.song, replay.origin) == replace(SONG, takes=None)
    assert more_like(track.song, track.origin) == SONG


def test_a_take_of_another_provider_keeps_the_seed_that_it_named(house: House) -> None:
    taken = NewTake.__dataclass_fields__
    assert {"seed", "origin"} <= taken.keys()
    track = house.add(data=made(SONG), provider="hosted", seed=None)
    assert (track.seed, track.engine) == (None, "")
    track = house.add(provider="hosted", seed=41)
    assert track.seed == 41
