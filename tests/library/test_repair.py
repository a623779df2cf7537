"""A track file that was emptied, cut short or lost is damage, and is rebuilt from what is known."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

import pytest

from suno_tui.common.paths import Home
from suno_tui.library.filing import NewTake
from suno_tui.library.repair import Repair
from suno_tui.library.salvage import salvage
from suno_tui.library.track import Track
from suno_tui.library.undo import CantUndo
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from tests.command import json_lines, suno_tui
from tests.library.harness import SONG, House, mp3


def record(track: Track) -> dict[str, Any]:
    """What the queue knows of a take that was filed."""
    return {
        "id": track.id,
        "title": track.title,
        "style": track.style,
        "tags": track.tags,
        "lyrics": track.lyrics,
        "created_at": track.created_at,
        "provider": track.provider,
        "model": track.model,
        "task_id": track.task_id,
        "queue_id": track.queue_id,
        "take": track.take,
        "song": {k: v for k, v in SONG.to_table().items() if v is not None},
    }


def only(house: House, *records: dict[str, Any]) -> Repair:
    house.library.refresh()
    (repair,) = house.library.repairs(records)
    return repair


def _cut_lines(track: Track, last: str) -> bytes:
    """The file up to and including the line of a key."""
    lines = track.file.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{last} =".encode()))
    return b"".join(lines[: at + 1])


@pytest.mark.parametrize("left", ["", "\n\n", "# nothing\n", 'mood = "blue"\n', "rating = 4\n"])
def test_a_file_without_its_keys_is_damage_and_no_other_track(house: House, left: str) -> None:
    good, bad = house.add("Good"), house.add("Bad")
    audio = bad.audio.read_bytes()
    bad.file.write_text(left)
    house.library.refresh()
    assert house.library.tracks() == [good]
    (damaged,) = house.library.damaged()
    assert damaged.path == bad.file
    assert "library repair" in damaged.why
    assert bad.audio.read_bytes() == audio


@pytest.mark.parametrize(
    "last",
    ["id", "title", "style", "rating", "created_at", "duration", "task_id", "take", "sha256"],
)
def test_a_file_that_was_cut_at_any_line_is_damage(house: House, last: str) -> None:
    track = house.add()
    track.file.write_bytes(_cut_lines(track, last))
    house.library.refresh()
    assert house.library.tracks() == []
    assert "its end is missing" in house.library.damaged()[0].why


@pytest.mark.parametrize("known", ["tags and records", "tags", "records"])
def test_an_emptied_file_is_rebuilt(house: House, known: str) -> None:
    track = house.add("Summer Nights")
    house.library.annotate(track.id, rating=4, favorite=True, notes="mine")
    if known == "records":
        from suno_tui.library.tags import strip_tags

        strip_tags(track.audio)
    track = house.library.get(track.id)
    track.file.write_bytes(b"")
    repair = only(house, *([record(track)] if "records" in known else []))
    assert repair.why.startswith("it is empty")
    assert list(repair.lost) == ["favorite", "rating", "notes"]
    assert any("lost" in line and "rating" in line for line in repair.difference())
    assert track.file.read_bytes() == b"", "nothing is written by looking"
    house.library.repair(repair)
    again = house.library.get(track.id)
    assert (again.title, again.lyrics, again.take) == (track.title, track.lyrics, track.take)
    assert (again.task_id, again.provider, again.model) == (track.task_id, "local", "suno-v5_5")
    assert again.duration == track.duration
    assert (again.rating, again.favorite, again.notes) == (0, False, "")
    if "records" in known:
        assert (again.song, again.style, again.created_at) == (SONG, track.style, track.created_at)
    else:
        assert again.created_at.date() == track.created_at.date()
    assert house.library.damaged() == []
    house.library.refresh()
    assert house.library.tracks() == [again]


def test_what_was_edited_is_rebuilt_as_edited(house: House) -> None:
    track = house.add("Old name")
    before = record(track)
    house.library.edit(track.id, title="New name", lyrics="New words")
    track.file.write_bytes(b"")
    repair = only(house, before)
    assert (repair.new["title"], repair.new["lyrics"]) == ("New name", "New words")


def test_a_half_written_file_keeps_what_is_in_it(house: House) -> None:
    track = house.add()
    house.library.annotate(track.id, rating=4, favorite=True, notes="mine")
    whole = track.file.read_bytes()
    half = whole[: whole.index(b"City lights") + 4]
    track.file.write_bytes(half)
    repair = only(house, record(track))
    assert repair.lost == []
    house.library.repair(repair)
    again = house.library.get(track.id)
    assert (again.rating, again.favorite, again.notes) == (4, True, "mine")
    assert (again.lyrics, again.song) == (track.lyrics, SONG)
    assert track.file.with_name(f"{track.file.name}.damaged").read_bytes() == half
    house.library.undo()
    assert track.file.read_bytes() == half
    assert house.library.tracks() == []


def test_one_of_two_takes_is_rebuilt_from_the_other(house: House) -> None:
    from suno_tui.library.tags import strip_tags

    one, two = house.add(task_id="abcdefgh"), house.add(task_id="abcdefgh", take=2)
    strip_tags(two.audio)
    two.file.write_bytes(b"")
    repair = only(house)
    house.library.repair(repair)
    again = house.library.get(two.id)
    assert (again.take, again.song, again.lyrics) == (2, one.song, one.lyrics)
    assert house.library.other_takes(again)


def test_audio_without_a_text_file_gets_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suno_tui.library.scan.is_young", lambda file: False)
    track = house.add()
    track.file.unlink()
    mine = house.folder / "My old song.mp3"
    mine.write_bytes(mp3(2.0))
    house.library.refresh()
    assert house.library.tracks() == []
    assert set(house.library.lone_audio()) == {track.audio, mine}
    for repair in house.library.repairs():
        assert not repair.lost
        house.library.repair(repair)
    assert house.library.lone_audio() == []
    assert house.library.get(track.id).title == track.title
    (other,) = [one for one in house.library.tracks() if one.id != track.id]
    assert (other.title, round(other.duration)) == ("My old song", 2)
    house.library.undo()
    assert not mine.with_suffix(".toml").exists() or not track.file.exists()
    assert house.library.count() == 1


def test_a_take_that_is_being_filed_is_no_lone_audio(house: House) -> None:
    """Its track file comes last."""
    track = house.add()
    track.file.unlink()
    house.library.refresh()
    assert house.library.lone_audio() == []


def test_a_text_file_without_audio(house: House) -> None:
    track = house.add("One")
    track.audio.unlink()
    repair = only(house)
    assert not repair.possible
    assert "its audio is missing. Put" in repair.advice


def test_a_cover_alone_is_damage(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    track, other = house.add("One", task_id="abcdefgh"), house.add("Two", task_id="hgfedcba")
    assert track.cover is not None
    track.audio.unlink()
    track.file.unlink()
    for name in ("folder.jpg", "poster-1.png"):  # the user's own pictures
        shutil.copy(track.cover, other.file.with_name(name))
    house.library.refresh()
    assert house.library.damaged() == [], "its audio and text file may be on their way"
    monkeypatch.setattr("suno_tui.library.scan.is_young", lambda file: False)
    for _ in range(2):
        repair = only(house)
        assert repair.file == track.cover
        assert not repair.possible
        assert "audio and text file are gone" in repair.advice

    track.audio.write_bytes(other.audio.read_bytes())
    assert only(house).file == track.file, "a lone cover no more"
    track.audio.unlink()
    track.cover.unlink()
    house.library.refresh()
    assert house.library.damaged() == []


def test_two_text_files_for_one_audio(house: House) -> None:
    track = house.add()
    copy = track.file.with_name("summer-nights-1.sync-conflict.toml")
    shutil.copy(track.file, copy)
    repair = only(house)
    assert repair.file == copy
    assert "second text file for summer-nights-1.mp3" in repair.why
    house.library.repair(repair)
    assert not copy.exists()
    assert copy.with_name(f"{copy.name}.damaged").exists()
    assert house.library.tracks() == [track]
    assert house.library.damaged() == []


def test_a_copy_of_a_track_gets_an_id_of_its_own(house: House) -> None:
    track = house.add()
    shutil.copytree(track.file.parent, house.folder / "copy")
    repair = only(house)
    house.library.repair(repair)
    assert house.library.count() == 2
    assert house.library.damaged() == []


def test_a_file_that_was_changed_meanwhile_is_left(house: House) -> None:
    track = house.add()
    text = track.file.read_text()
    track.file.write_bytes(b"")
    repair = only(house)
    track.file.write_text(text)
    with pytest.raises(CantUndo):
        house.library.repair(repair)
    assert track.file.read_text() == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ('title = "a"\nrating = 9\n', {"title": "a"}),
        ('title = "a"\nrating = 4\nnotes = "b', {"title": "a", "rating": 4}),
        ('title = "a"\nnotes = oops\nrating = 4\n', {"title": "a", "rating": 4}),
        ('title = "a"\nlyrics = """\nx\nrating = 1\n', {"title": "a"}),
        (
            'rating = 3\nlyrics = """\nx\nrating = 1\n"""\nnotes = b\ntake = 2\n',
            {"rating": 3, "lyrics": "x\nrating = 1\n", "take": 2},
        ),
        ('title = "a"\n[song]\ntitle = "b"\nsty', {"title": "a", "song": {"title": "b"}}),
        ("\ufefftitle = 'a'\r\nx = \r\ntake = 2\r\n", {"title": "a", "take": 2}),
    ],
)
def test_what_can_still_be_read(text: str, found: dict[str, Any]) -> None:
    assert salvage(text.encode()) == found


def test_utf_16_can_still_be_read() -> None:
    assert salvage("title = 'a'\n".encode("utf-16")) == {"title": "a"}


def _file(home: Home) -> Track:
    studio = Studio.open(home)
    part = home.data / "take.part"
    part.write_bytes(mp3())
    try:
        return studio.library.add(
            NewTake(
                song=Song(prompt="a song"),
                provider="local",
                model="suno-v5_5",
                task_id="task of it",
                take=1,
                title="Rain",
                tags="pop",
                created_at=datetime(2026, 4, 1, tzinfo=UTC),
            ),
            part,
            None,
        )
    finally:
        studio.close()


def test_the_command_shows_asks_and_writes(home: Home) -> None:
    track = _file(home)
    track.file.write_bytes(b"")
    done = suno_tui("library", "--json")
    assert done.stdout == ""
    assert "it is empty" in done.stderr
    done = suno_tui("library", "repair")
    assert done.returncode == 4
    assert "+ title = 'Rain'" in done.stdout
    assert "rating" in done.stdout
    assert "add --yes" in done.stderr
    assert track.file.read_bytes() == b""
    assert suno_tui("library", "repair", "nothing", "--yes").returncode == 2
    done = suno_tui("library", "repair", track.id[:4], "--yes", "--json")
    assert done.returncode == 0
    (line,) = json_lines(done.stdout)
    assert (line["id"], line["possible"], line["file"]) == (track.id, True, str(track.file))
    (found,) = json_lines(suno_tui("library", "--json").stdout)
    assert (found["id"], found["title"]) == (track.id, "Rain")
    assert suno_tui("library", "repair").stdout == "Nothing is damaged.\n"


@pytest.mark.parametrize("named", ["text", "audio"])
def test_the_command_takes_paths(home: Home, named: str) -> None:
    track = _file(home)
    track.file.write_bytes(b"")
    path = track.file if named == "text" else track.audio
    assert suno_tui("library", "repair", str(path), "--yes").returncode == 0
    assert track.file.read_bytes()


def test_a_query_of_other_words_is_still_a_query(home: Home) -> None:
    assert suno_tui("library", "rain", "repair").returncode == 0
