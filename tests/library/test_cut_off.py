"""Audio that has lost its end since it was filed: listed, and named as damaged."""

from __future__ import annotations

import os
from pathlib import Path

import mutagen
import pytest

from suno_tui.common.errors import DamagedFile
from suno_tui.library.export import export
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.media import mpeg
from suno_tui.media.errors import BadAudio
from suno_tui.media.kinds import KINDS
from tests.library.harness import House, mp3, wav

SECONDS = 20.0
DATA = Path(__file__).with_name("data")


def cut(track: Track, share: float = 0.5) -> bytes:
    """Take the end off its audio, in place, so that no folder changes; what it was."""
    whole = track.audio.read_bytes()
    os.truncate(track.audio, int(len(whole) * share))
    return whole


def announced(data: bytes) -> bytes:
    """The MP3 under a header as LAME writes it: frames and bytes."""
    first = mpeg._frame(data, 0)
    assert first is not None
    count = round(SECONDS * first.rate / first.samples)
    facts = [number.to_bytes(4, "big") for number in (3, count, len(data) + first.size)]
    frame = data[:4] + bytes(first.side) + b"Info" + b"".join(facts)
    return frame.ljust(first.size, b"\0") + data


def test_what_was_cut_in_place_is_named_and_still_listed(house: House) -> None:
    good, bad = house.add("Good", data=mp3(SECONDS)), house.add("Bad", data=mp3(SECONDS))
    house.library.refresh()
    assert house.library.damaged() == []
    version = house.library.version()
    whole = cut(bad)
    house.library.refresh()
    assert {track.id for track in house.library.tracks()} == {good.id, bad.id}
    (damaged,) = house.library.damaged()
    assert damaged.path == bad.file
    for part in (bad.audio.name, "only 10 of 20 seconds", "Put a whole copy there"):
        assert part in damaged.why
    assert house.library.damage(bad) == damaged.why
    assert house.library.damage(good) == ""
    assert house.library.version() != version, "who shows it looks again"
    bad.audio.write_bytes(whole)
    house.library.refresh()
    assert (house.library.damaged(), house.library.damage(bad)) == ([], "")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.8])
def test_a_cut_mp3_says_how_many_seconds_are_left(house: House, share: float) -> None:
    track = house.add(data=mp3(SECONDS))
    cut(track, share)
    house.library.rescan([track.audio])
    (damaged,) = house.library.damaged()
    assert f"only {SECONDS * share:.0f} of 20 seconds" in damaged.why


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "opus", "m4a"])
def test_audio_of_every_kind_that_is_cut_in_half_is_damage(house: House, kind: str) -> None:
    data = wav() if kind == "wav" else (DATA / f"tone.{kind}").read_bytes()
    track = house.add(data=data, kinds=KINDS)
    assert track.audio.suffix == f".{kind}"
    size = track.audio.stat().st_size
    whole = cut(track)
    house.library.rescan([track.audio])
    (damaged,) = house.library.damaged()
    assert f"only {size // 2:,} of {size:,} bytes are there" in damaged.why
    track.audio.write_bytes(whole)
    house.library.refresh()
    assert house.library.damaged() == []
    tags = mutagen.File(track.audio)
    tags.delete()
    house.library.refresh()
    assert house.library.damaged() == [], "without its tags it is shorter, and whole"


def test_an_index_made_anew_knows_it_too(house: House) -> None:
    track = house.add(data=mp3(SECONDS))
    cut(track)
    library = Library(house.folder, trash=house.trash, cache=house.root / "other")
    library.refresh()
    assert [one.path for one in library.damaged()] == [track.file]
    library.close()


def test_naming_and_trashing_a_damaged_track_hide_nothing(house: House) -> None:
    track = house.add(data=mp3(SECONDS))
    cut(track)
    left = track.audio.read_bytes()
    house.library.refresh()
    house.library.edit(track.id, title="Another name")
    assert house.library.get(track.id).title == "Another name"
    assert track.audio.read_bytes() == left
    assert len(house.library.damaged()) == 1
    house.library.trash([track.id])
    assert "is missing" in house.library.damage(house.library.trashed()[0])


def test_a_track_filed_before_sizes_were_noted(house: House) -> None:
    """The encoder's own header tells how many bytes there should be."""
    track = house.add(data=announced(mp3(SECONDS)))
    lines = track.file.read_text().splitlines(keepends=True)
    track.file.write_text("".join(line for line in lines if "audio_size" not in line))
    house.library.refresh()
    assert house.library.damaged() == []
    cut(track)
    house.library.refresh()
    assert "only 10 of 20 seconds" in house.library.damage(track)


def test_a_file_whose_tags_were_taken_out_is_whole(house: House) -> None:
    from mutagen.id3 import ID3

    track = house.add(data=mp3(SECONDS))
    before = track.audio.stat().st_size
    ID3().delete(track.audio)  # type: ignore[no-untyped-call]
    assert track.audio.stat().st_size < before
    house.library.refresh()
    assert house.library.damaged() == []


def test_a_scan_reads_no_audio_that_is_as_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add(data=mp3(SECONDS))
    os.utime(track.file, (1e9, 1e9))  # a file that is younger is read again
    house.library.refresh()

    def no(*_args: object, **_more: object) -> str:
        raise AssertionError("it was looked into")

    monkeypatch.setattr("suno_tui.media.children.run", no)
    other = Library(house.folder, trash=house.trash, cache=house.root / "other")
    other.refresh()
    other.close()
    monkeypatch.setattr("suno_tui.library.track_reader.cut_off", no)
    house.library.refresh()


def garbled(suffix: str) -> bytes:
    """A file whose first packet is shorter than it says; mutagen's parsers stumble over it."""
    data = (DATA / f"tone{suffix}").read_bytes()
    return data[:27] + b"\x0b" + data[28:]


@pytest.mark.parametrize("suffix", [".ogg", ".opus"])
def test_what_a_parser_stumbles_over_is_named_and_keeps_nothing_out(
    house: House, suffix: str
) -> None:
    data = garbled(suffix)
    for whole in (True, False):
        with pytest.raises(BadAudio, match="can't be read"):
            house.add("Paid", data=data, whole=whole, kinds=KINDS)
    bad = house.add("Bad", data=(DATA / f"tone{suffix}").read_bytes(), kinds=KINDS)
    bad.audio.write_bytes(data[:-1])
    good = house.add("Good")
    house.library.refresh()
    assert house.library.get(good.id) == good
    (damaged,) = house.library.damaged()
    assert damaged.path == bad.file
    assert house.library.edit(bad.id, title="Else").title == "Else", "its tags can wait"
    with pytest.raises(DamagedFile):
        export([house.library.get(bad.id)], house.root / "out", tags=False)
