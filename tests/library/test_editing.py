"""Editing a track changes the tags of its audio, too."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from suno_tui.media.kinds import KINDS as UNDERSTOOD
from tests.library.harness import MUTAGEN_TYPES, House, jpeg, mp3, mutagen_module, wav


def test_editing_writes_the_tags_anew_and_undo_takes_them_back(house: House) -> None:
    track = house.add()
    before = house.files()
    edited = house.library.edit(track.id, title="Autumn", tags="rock")
    assert (edited.title, edited.tags, edited.file) == ("Autumn", "rock", track.file)
    id3 = mutagen_module("id3").ID3(edited.audio)
    assert str(id3["TIT2"]) == str(id3["TALB"]) == "Autumn"
    assert id3["APIC:"].data == jpeg()
    assert edited.sha256 == hashlib.sha256(edited.audio.read_bytes()).hexdigest() != track.sha256
    assert house.library.tracks("autumn") == [edited]
    after = house.files()
    house.library.undo()
    assert house.files() == before
    assert house.library.get(track.id) == track
    house.library.redo()
    assert house.files() == after


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a"])
def test_an_edit_of_the_lyrics_alone_reaches_the_tags(house: House, suffix: str) -> None:
    """New ones, and none: emptied lyrics don't stay in the file that is handed on."""
    data = (
        wav() if suffix == ".wav" else (Path(__file__).parent / f"data/tone{suffix}").read_bytes()
    )
    track = house.add(data=data, kinds=UNDERSTOOD, lyrics="The old words")
    assert _lyrics(track.audio) == ["The old words"]
    edited = house.library.edit(track.id, lyrics="The new words")
    assert _lyrics(track.audio) == ["The new words"]
    assert edited.sha256 == hashlib.sha256(edited.audio.read_bytes()).hexdigest() != track.sha256
    house.library.edit(track.id, lyrics="")
    assert _lyrics(track.audio) == []
    house.library.undo()
    assert _lyrics(track.audio) == ["The new words"]


def test_lyrics_that_only_the_maker_knows_stay(house: House) -> None:
    kinds = mutagen_module("id3")
    tags, tagged = kinds.ID3(), io.BytesIO()
    tags.add(kinds.USLT(encoding=3, lang="eng", desc="", text="The maker's words"))
    tags.save(tagged)
    track = house.add(data=tagged.getvalue() + mp3(), lyrics="")
    assert _lyrics(track.audio) == ["The maker's words"]


def _lyrics(audio: Path) -> list[str]:
    tags = mutagen_module("wave").WAVE(audio).tags if audio.suffix == ".wav" else None
    if audio.suffix == ".mp3":
        tags = mutagen_module("id3").ID3(audio)
    if tags is not None:
        return [frame.text for frame in tags.getall("USLT")]
    module, kind = MUTAGEN_TYPES[audio.suffix].split(".")
    found = getattr(mutagen_module(module), kind)(audio).tags
    return list(found.get("\xa9lyr" if audio.suffix == ".m4a" else "lyrics", []))
