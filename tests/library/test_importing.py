"""Import: audio that exists comes into the library, once, and goes back as it was."""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.errors import HomeError, UsageError
from suno_tui.library import track_reader
from suno_tui.library.importing import facts
from suno_tui.library.importing import plan as plan_module
from suno_tui.library.importing.imports import ImportRuns, Result
from suno_tui.library.importing.journal import UnknownImport, new_journal
from suno_tui.library.importing.plan import Plan, State
from suno_tui.library.importing.sources import How
from suno_tui.library.tags import write_tags
from suno_tui.library.timed_lyrics import timed_lyrics
from suno_tui.library.track import Track
from suno_tui.library.track_files import names_in
from suno_tui.library.undo import CantUndo, reverted
from suno_tui.media.survey import survey
from tests.library.harness import House, jpeg, mp3, mutagen_module, run_and_kill, wav

DATA = Path(__file__).parent / "data"
SUNO_ID = "116d34f4-b3d5-48b8-9334-011b1dd1df00"
CLIP = {
    "id": SUNO_ID,
    "title": "Harbour Lights",
    "created_at": "2024-04-09T08:35:53.414Z",
    "major_model_version": "v4",
    "model_name": "chirp-v4",
    "is_liked": True,
    "metadata": {"tags": "folk ballad", "prompt": "[Verse]\nsea\nsalt", "duration": 1.0},
}


def put(folder: Path, name: str, seconds: float = 0.3, **frames: str) -> Path:
    """Write an MP3 with ID3 frames by their names (`TIT2`, …)."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mp3(seconds))
    if frames:
        id3: Any = mutagen_module("id3")
        tags = id3.ID3()
        for frame, text in frames.items():
            more = {"lang": "eng", "desc": ""} if frame in ("USLT", "COMM") else {}
            tags.add(getattr(id3, frame)(encoding=3, text=text, **more))
        tags.save(path)
    return path


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All files below a folder, with their bytes and times."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def source(house: House) -> Path:
    """Some files of different seconds, so that none is a twin of another."""
    folder = house.root / "music"
    put(folder, "One.mp3", 0.3, TIT2="Number one", TCON="rock", USLT="la\nla")
    put(folder, "Two.mp3", 0.4)
    put(folder, "below/Three.mp3", 0.5, TDRC="2020-05-06")
    return folder


def take_in(house: House, source: Path, how: How = How.COPY) -> Result:
    return house.library.imports.run(house.library.imports.plan([source], how))


def states(plan: Plan) -> dict[str, State]:
    return {one.source.name: one.state for one in plan.candidates}


def only(house: House) -> Track:
    (track,) = house.library.tracks()
    return track


@pytest.mark.parametrize("how", [How.COPY, How.MOVE, How.LINK])
def test_a_folder_comes_in_and_goes_back(house: House, source: Path, how: How) -> None:
    before, library = snapshot(source), house.files()
    result = take_in(house, source, how)
    assert (result.imported, result.failed) == (3, [])
    titles = {track.title for track in house.library.tracks()}
    assert titles == {"Number one", "Two", "Three"}
    assert house.library.damaged() == []
    assert snapshot(source) == ({} if how is How.MOVE else before)
    for track in house.library.tracks():
        assert (track.audio.stat().st_nlink == 2) is (how is How.LINK)
    undone = house.library.imports.undo()
    assert (undone.count, undone.left) == (3, [])
    assert snapshot(source) == before
    assert house.files() == library
    assert house.library.count() == 0
    assert list(house.folder.rglob("*")) == []


def test_in_place_writes_texts_and_takes_them_back(house: House) -> None:
    put(house.folder / "imported", "Night Bus.mp3", 0.3, TCON="synth-pop")
    put(house.folder / "imported", "Other.mp3", 0.4)
    before = snapshot(house.folder)
    plan = house.library.imports.plan([house.folder])
    assert plan.how is How.IN_PLACE, "what is in the library's folder stays there"
    house.library.imports.run(plan)
    track = next(one for one in house.library.tracks() if one.title == "Night Bus")
    assert track.audio == house.folder / "imported/Night Bus.mp3"
    assert track.tags == "synth-pop"
    assert before.items() <= snapshot(house.folder).items()
    house.library.imports.undo()
    assert snapshot(house.folder) == before


def test_a_folder_is_not_listed_for_each_file_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        put(house.folder / "many", f"{number}.mp3", 0.3, TIT2=f"Song {number}")
    listed: list[Path] = []

    def list_it(folder: Path) -> list[str]:
        listed.append(folder)
        return names_in(folder)

    for module in (facts, track_reader):
        monkeypatch.setattr(module, "names_in", list_it)
    assert take_in(house, house.folder, How.IN_PLACE).imported == 9
    assert listed.count(house.folder / "many") <= 3, listed


@pytest.mark.parametrize("how", [How.COPY, How.LINK])
def test_twice_gives_no_twin(house: House, source: Path, how: How) -> None:
    take_in(house, source, how)
    files = house.files()
    shutil.copy(source / "One.mp3", source / "One (1).mp3")
    again = house.library.imports.plan([source], how)
    assert set(states(again).values()) == {State.THERE}
    assert house.library.imports.run(again).id == ""
    assert house.files() == files


def test_twins_in_one_folder_come_in_once(house: House, source: Path) -> None:
    shutil.copy(source / "Two.mp3", source / "Two (1).mp3")
    assert take_in(house, source).imported == 3


def test_a_track_that_was_retitled_since_is_no_new_one(house: House, source: Path) -> None:
    take_in(house, source)
    track = next(one for one in house.library.tracks() if one.title == "Two")
    changed = house.library.edit(track.id, title="Second")
    assert changed.sha256 != track.sha256
    assert states(house.library.imports.plan([source]))["Two.mp3"] is State.THERE


def test_what_the_library_has_is_known(house: House) -> None:
    track = house.add()
    outside = house.root / "outside"
    outside.mkdir()
    shutil.copy(track.audio, outside / "bytes.mp3")
    shutil.copy(track.audio, outside / "take.mp3")
    write_tags(outside / "take.mp3", track, jpeg())
    with (outside / "take.mp3").open("ab") as file:
        file.write(b"TAG" + bytes(125))
    deleted = house.add("Gone", data=mp3(0.7))
    shutil.copy(deleted.audio, outside / "trashed.mp3")
    house.library.trash([deleted.id])
    hand = house.folder / "hand.mp3"
    hand.write_bytes(mp3(0.6))
    hand.with_suffix(".toml").write_text('title = "By hand"')
    shutil.copy(hand, outside / "hand.mp3")
    house.library.refresh()
    plan = house.library.imports.plan([outside])
    assert set(states(plan).values()) == {State.THERE}
    (why,) = {one.why for one in plan.candidates if one.source.name == "trashed.mp3"}
    assert "trash" in why


def test_one_song_of_suno_with_other_tags_is_no_new_one(house: House) -> None:
    folder = house.root / "music"
    comment = f"made with suno; id={SUNO_ID}"
    put(folder, "one.mp3", 0.5, COMM=comment)
    put(folder, "two.mp3", 0.5, COMM=comment, TIT2="Tagged by hand")
    put(folder, "longer.mp3", 1.5, COMM=comment)
    (folder / "one.wav").write_bytes(wav(0.5))
    assert take_in(house, folder).imported == 3, "a WAV and a longer take are others"
    again = house.library.imports.plan([folder])
    assert set(states(again).values()) == {State.THERE}


def test_an_edited_track_that_was_exported_is_no_new_one(house: House) -> None:
    put(house.root / "music", "one.mp3", 0.5, COMM=f"made with suno; id={SUNO_ID}")
    take_in(house, house.root / "music")
    changed = house.library.edit(only(house).id, title="Another", lyrics="la")
    exported = house.root / "exported"
    exported.mkdir()
    shutil.copy(changed.audio, exported / "x.mp3")
    write_tags(exported / "x.mp3", changed, jpeg())
    assert set(states(house.library.imports.plan([exported])).values()) == {State.THERE}


def test_a_players_own_comment_does_not_hide_the_plain_one(house: House) -> None:
    folder = house.root / "music"
    put(folder, "x.mp3", COMM=f"made with suno; id={SUNO_ID}")
    id3: Any = mutagen_module("id3")
    tags = id3.ID3(folder / "x.mp3")
    mine = tags.getall("COMM")
    tags.delall("COMM")
    tags.setall("COMM", [id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text="0000"), *mine])
    tags.save(folder / "x.mp3")
    found = survey(folder / "x.mp3")["texts"]
    assert found["comment"].endswith(SUNO_ID)
    assert found["description"].startswith("0000")


def test_audio_of_tracks_is_not_read_again_to_find_one_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house.folder / "imported", "One.mp3", 0.3)
    house.library.imports.run(house.library.imports.plan([house.folder]))
    put(house.folder / "imported", "Two.mp3", 0.4)
    read: list[Path] = []
    digest = plan_module._digest

    def noted(path: Path) -> object:
        read.append(path)
        return digest(path)

    monkeypatch.setattr(plan_module, "_digest", noted)
    found = states(house.library.imports.plan([house.folder]))
    assert found == {"One.mp3": State.THERE, "Two.mp3": State.NEW}
    assert [path.name for path in read] == ["Two.mp3"]


def test_what_the_tags_tell(house: House) -> None:
    folder = house.root / "music"
    comment = f"made with suno; created=2025-10-08T16:20:02.314Z; id={SUNO_ID}"
    put(folder, "x.mp3", TIT2="A  title", TCON="pop", USLT="[Verse]\r\nla", COMM=comment, TRCK="7")
    id3: Any = mutagen_module("id3")
    tags = id3.ID3(folder / "x.mp3")
    tags.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=jpeg()))
    tags.save(folder / "x.mp3")
    bytes_before = (folder / "x.mp3").read_bytes()
    take_in(house, folder)
    track = only(house)
    assert (track.title, track.tags, track.lyrics) == ("A title", "pop", "[Verse]\nla")
    assert (track.provider, track.task_id, track.take) == ("suno.com", SUNO_ID, 1)
    assert track.created_at == datetime(2025, 10, 8, 16, 20, 2, 314000, UTC)
    assert track.cover is not None
    assert track.cover.read_bytes() == jpeg()
    assert track.audio.read_bytes() == bytes_before, "the audio is left as it is"
    assert track.source == str(folder / "x.mp3")
    assert track.imported is not None
    assert abs((datetime.now(UTC) - track.imported).total_seconds()) < 60


def test_unknown_facts_are_left_out(house: House) -> None:
    folder = house.root / "music"
    path = put(folder, "plain.mp3")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    take_in(house, folder)
    track = only(house)
    assert (track.model, track.provider, track.task_id, track.style) == ("", "", "", "")
    assert (track.lyrics, track.tags, track.song, track.cover) == ("", "", None, None)
    assert track.created_at == datetime.fromtimestamp(1_600_000_000, UTC), "the file's own time"
    assert 0.25 < track.duration < 0.45
    made = house.add()
    assert house.library.tracks("model:unknown") == [track]
    assert house.library.tracks("provider:unknown -model:v5_5") == [track]
    house.library.delete([made.id])
    keys = track.file.read_text()
    assert not any(f"{name} = " in keys for name in ("model", "provider", "style", "bpm"))


@pytest.mark.parametrize(
    ("name", "title", "take"),
    [
        ("Night Bus (2).mp3", "Night Bus", 3),
        (f"Harbour__{SUNO_ID}.mp3", "Harbour", 1),
        (f"{SUNO_ID}.mp3", SUNO_ID, 1),
        ("(1).mp3", "1", 1),
        ("Élan ☕.mp3", "Élan ☕", 1),
    ],
)
def test_what_the_name_tells(house: House, name: str, title: str, take: int) -> None:
    put(house.root / "music", name)
    take_in(house, house.root / "music")
    assert (only(house).title, only(house).take) == (title, take)
    assert only(house).task_id == (SUNO_ID if SUNO_ID in name else "")


@pytest.mark.parametrize(
    ("audio", "name", "content"),
    [
        ("Song.mp3", "Song.json", CLIP),
        ("Song.mp3", "song.mp3.json", {"clip": CLIP}),
        (f"x {SUNO_ID}.mp3", f"{SUNO_ID}.info.json", {"data": CLIP}),
        (f"{SUNO_ID}.mp3", "songs.json", [CLIP, {"title": "Another", "tags": "x"}]),
        (f"{SUNO_ID}.mp3", "../library.json", {"clips": [{"title": "B", "tags": "y"}, CLIP]}),
        (f"{SUNO_ID}.mp3", "a.json", {SUNO_ID: {**CLIP, "id": None}, "x": {**CLIP, "id": "x"}}),
        ("Song.mp3", "a.json", [{**CLIP, "filename": "mp3\\song.mp3"}, {"title": "B", "mv": "y"}]),
        ("harbour lights.mp3", "a.json", [CLIP, {"title": "B", "tags": "y"}]),
    ],
)
def test_json_of_archivers(house: House, audio: str, name: str, content: object) -> None:
    folder = house.root / "archive/music"
    put(folder, audio, TCON="unknown")
    (folder / name).write_text(json.dumps(content))
    take_in(house, folder)
    track = only(house)
    assert (track.title, track.style, track.model) == ("Harbour Lights", "folk ballad", "v4")
    assert (track.lyrics, track.favorite) == ("[Verse]\nsea\nsalt", True)
    assert (track.provider, track.task_id) == ("suno.com", SUNO_ID)
    assert track.created_at == datetime(2024, 4, 9, 8, 35, 53, 414000, UTC)


@pytest.mark.parametrize("content", ["", "[", "null", '{"title": 3}', "[" * 99_999, '"x"', "{}"])
def test_json_that_tells_nothing_does_no_harm(house: House, content: str) -> None:
    put(house.root / "music", "Song.mp3", TIT2="From the tags")
    (house.root / "music/Song.json").write_text(content)
    take_in(house, house.root / "music")
    assert only(house).title == "From the tags"


def test_lyrics_in_time_beside_the_audio(house: House) -> None:
    folder = house.root / "music"
    put(folder, "Song.mp3")
    lines = "[ti:Song]\n[00:00.10]one\n[00:00.20]two\n"
    (folder / "song.LRC").write_text(lines)
    take_in(house, folder)
    track = only(house)
    assert track.lyrics == "one\ntwo"
    assert [(line.at, line.text) for line in timed_lyrics(track)] == [(0.1, "one"), (0.2, "two")]
    house.library.trash([track.id])
    assert timed_lyrics(house.library.get(track.id)), "it moves along"
    house.library.undo()
    house.library.imports.undo()
    assert house.files() == {}


def test_texts_and_pictures_beside_the_audio(house: House) -> None:
    folder = house.root / "music"
    put(folder, "Song.mp3")
    (folder / "Song.txt").write_bytes("verse\r\nCafé".encode("cp1252"))
    (folder / "cover.jpg").write_bytes(jpeg())
    take_in(house, folder)
    track = only(house)
    assert track.lyrics == "verse\nCafé"
    assert track.cover is not None
    assert sorted(path.name for path in folder.iterdir()) == ["Song.mp3", "Song.txt", "cover.jpg"]


def test_every_kind_of_audio(house: House) -> None:
    folder = house.root / "music"
    shutil.copytree(DATA, folder)
    (folder / "tone.wav").write_bytes(wav(0.3))
    for path in folder.iterdir():
        type_ = {".flac": "flac.FLAC", ".ogg": "oggvorbis.OggVorbis", ".opus": "oggopus.OggOpus"}
        if path.suffix in type_:
            module, name = type_[path.suffix].split(".")
            file = getattr(mutagen_module(module), name)(path)
            file["title"], file["lyrics"] = f"From {path.suffix}", "la la"
            file["description"] = f"made with suno; id={SUNO_ID}"
            file.save()
        elif path.suffix == ".m4a":
            file = mutagen_module("mp4").MP4(path)
            file["\xa9nam"], file["\xa9lyr"] = "From .m4a", "la la"
            file["\xa9cmt"] = f"made with suno; id={SUNO_ID}"
            file.save()
        elif path.suffix == ".wav":
            info = b"INFOINAM\x0a\0\0\0From .wav\0ICMT\x03\0\0\0abc\0"
            chunk = b"LIST" + len(info).to_bytes(4, "little") + info
            data = path.read_bytes() + chunk
            path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
        else:
            id3: Any = mutagen_module("id3")
            tags = id3.ID3()
            tags.add(id3.TIT2(text="From .mp3"))
            tags.add(id3.SYLT(lang="eng", format=2, type=1, text=[("la la", 10)]))
            tags.add(id3.TXXX(desc="SUNO_ID", text=SUNO_ID))
            tags.save(path)
    assert take_in(house, folder).imported == 6
    tracks = house.library.tracks()
    assert {track.title for track in tracks} == {
        f"From {suffix}" for suffix in (".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav")
    }
    assert all(track.duration > 0.2 for track in tracks)
    assert {track.lyrics for track in tracks if track.audio.suffix != ".wav"} == {"la la"}
    assert {track.task_id for track in tracks if track.audio.suffix != ".wav"} == {SUNO_ID}


def test_what_is_no_audio_is_refused_with_the_reason(house: House) -> None:
    folder = house.root / "music"
    put(folder, "good.mp3")
    (folder / "page.mp3").write_text("<html>")
    (folder / "empty.flac").write_bytes(b"")
    (folder / "noise.wav").write_bytes(bytes(range(256)) * 40)
    os.mkfifo(folder / "pipe.mp3")
    (folder / "notes.txt").write_text("x")
    (folder / "._good.mp3").write_bytes(b"\0" * 99)
    cut = mp3(2.0)
    (folder / "cut.mp3").write_bytes(cut[:-100])
    (house.root / "secret.mp3").write_bytes(mp3(0.9))
    (folder / "link.mp3").symlink_to(house.root / "secret.mp3")
    (folder / "around").symlink_to(folder)
    plan = house.library.imports.plan([folder])
    assert states(plan) == {
        "good.mp3": State.NEW,
        "cut.mp3": State.NEW,
        "page.mp3": State.REFUSED,
        "empty.flac": State.REFUSED,
        "noise.wav": State.REFUSED,
        "pipe.mp3": State.REFUSED,
    }
    assert plan.links == 2
    why = {one.source.name: one.why for one in plan.candidates}
    assert "web page" in why["page.mp3"]
    assert "pipe" in why["pipe.mp3"]
    assert why["cut.mp3"] == "its end is missing"
    assert house.library.imports.run(plan).imported == 2
    given = house.library.imports.plan([folder / "link.mp3"])
    assert states(given) == {"secret.mp3": State.NEW}, "a link that the user names is followed"
    with pytest.raises(UsageError, match="No such file"):
        house.library.imports.plan([folder / "nothing"])


def test_places_that_don_t_fit_the_way(house: House, source: Path) -> None:
    with pytest.raises(UsageError, match="not in the library's folder"):
        house.library.imports.plan([source], How.IN_PLACE)
    put(house.folder, "mine.mp3")
    with pytest.raises(UsageError, match="in place"):
        house.library.imports.plan([house.folder], How.COPY)
    plan = house.library.imports.plan([house.root], How.COPY)
    assert "mine.mp3" not in states(plan), "the library below a given folder is left out"


def test_a_library_of_somebody_else_keeps_its_facts(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    track = other.add()
    other.library.annotate(track.id, rating=4, notes="mine", favorite=True)
    other.close()
    take_in(house, other.folder)
    (mine,) = house.library.tracks()
    assert (mine.id, mine.rating, mine.notes, mine.favorite) == (track.id, 4, "mine", True)
    assert (mine.song, mine.created_at, mine.model) == (track.song, track.created_at, track.model)


def test_a_track_of_our_own_without_its_text_file(house: House) -> None:
    track = house.add()
    track.file.unlink()
    house.library.refresh()
    record = {"id": track.id, "take": 1, "style": "Pop, Indie", "queue_id": "abc"}
    plan = house.library.imports.plan([house.folder], records=[record])
    house.library.imports.run(plan)
    mine = only(house)
    assert (mine.id, mine.title, mine.task_id) == (track.id, track.title, track.task_id)
    assert (mine.style, mine.queue_id) == ("Pop, Indie", "abc")


def test_a_text_file_of_one_line_gets_the_rest_from_the_audio(house: House) -> None:
    path = put(house.folder, "mine.mp3", 1.5, USLT="la\nla", TDRC="2020-05-06")
    path.with_suffix(".toml").write_text('title = "By hand"\n')
    os.utime(path, (1_600_000_000, 1_600_000_000))
    house.library.refresh()
    track = only(house)
    assert (track.title, track.lyrics) == ("By hand", "la\nla")
    assert track.duration == pytest.approx(1.5, abs=0.1)
    assert track.created_at == datetime(2020, 5, 6, tzinfo=UTC)
    path.with_suffix(".toml").write_text('title = "x"\nduration = 9\nlyrics = ""\n')
    house.library.rescan([path.with_suffix(".toml")])
    assert (only(house).duration, only(house).lyrics) == (9, ""), "what it says goes first"


def test_lone_audio_is_not_damage(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suno_tui.library.scan.is_young", lambda file: False)
    path = put(house.folder, "mine.mp3")
    house.library.refresh()
    assert (house.library.lone_audio(), house.library.damaged()) == ([path], [])
    take_in(house, house.folder, How.IN_PLACE)
    house.library.refresh()
    assert house.library.lone_audio() == []


def test_undo_is_a_change_like_the_others(house: House, source: Path) -> None:
    before = snapshot(source)
    take_in(house, source, How.MOVE)
    undone = house.library.undo()
    assert undone is not None
    assert undone.text == "3 tracks imported"
    assert reverted(undone) == "3 imported tracks removed from the library again"
    assert snapshot(source) == before
    house.library.redo()
    assert (house.library.count(), snapshot(source)) == (3, {})
    house.library.undo()
    assert snapshot(source) == before


def test_undo_leaves_what_was_changed_since(house: House, source: Path) -> None:
    take_in(house, source)
    rated, moved, bare = sorted(house.library.tracks(), key=lambda track: track.title)
    house.library.annotate(rated.id, rating=5)
    target = house.folder / "elsewhere"
    moved.file.parent.rename(target)
    house.library.refresh()
    Path(bare.source).unlink()
    undone = house.library.imports.undo()
    assert undone.count == 1, "a track that was moved is found"
    assert not target.exists()
    reasons = {left.file: left.why for left in undone.left}
    assert "changed since" in reasons[rated.audio]
    assert "is gone" in reasons[bare.audio], "the only copy is never removed"
    assert house.library.count() == 2


def test_undo_of_a_move_never_overwrites(house: House, source: Path) -> None:
    take_in(house, source, How.MOVE)
    put(source, "Two.mp3", 1.5)
    mine = (source / "Two.mp3").read_bytes()
    undone = house.library.imports.undo()
    assert (undone.count, len(undone.left)) == (2, 1)
    assert (source / "Two.mp3").read_bytes() == mine
    assert only(house).title == "Two"
    with pytest.raises(CantUndo):
        house.library.undo()


def test_a_moved_track_in_the_trash_goes_back_as_well(house: House, source: Path) -> None:
    before = snapshot(source)
    take_in(house, source, How.MOVE)
    house.library.trash(track.id for track in house.library.tracks())
    house.library.imports.undo()
    assert snapshot(source) == before
    assert house.library.trashed() == []


def test_imports_that_can_t_be_undone(house: House, source: Path) -> None:
    with pytest.raises(UnknownImport, match="Nothing was imported"):
        house.library.imports.undo()
    result = take_in(house, source)
    with pytest.raises(UnknownImport, match=result.id):
        house.library.imports.undo("2019")
    assert house.library.imports.undo(result.id[:8]).count == 3
    assert house.library.imports.last() == ""


def test_too_little_room(house: House, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suno_tui.library.importing.plan._free_bytes", lambda path: 1000)
    plan = house.library.imports.plan([source])
    assert not plan.fits
    with pytest.raises(HomeError, match="are needed"):
        house.library.imports.run(plan)
    assert house.files() == {}


def test_a_full_disk_in_the_middle(
    house: House, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = shutil.copyfile, []

    def copy(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr("suno_tui.library.importing.placing.shutil.copyfile", copy)
    with pytest.raises(HomeError, match="full"):
        take_in(house, source)
    assert house.library.count() == 1
    assert len([name for name in house.files() if not name.endswith(".toml")]) == 1
    assert take_in(house, source).imported == 2
    assert house.library.count() == 3


def test_a_source_that_changes_meanwhile_is_left_out(house: House, source: Path) -> None:
    plan = house.library.imports.plan([source])
    put(source, "Two.mp3", 1.5)
    (source / "One.mp3").unlink()
    result = house.library.imports.run(plan)
    assert (result.imported, len(result.failed)) == (1, 2)
    assert house.library.imports.undo().count == 1


def test_it_can_be_stopped_and_goes_on(house: House, source: Path) -> None:
    plan = house.library.imports.plan([source])
    assert house.library.imports.run(plan, stop=lambda: True).imported == 0
    assert take_in(house, source).imported == 3


def test_another_disk_gets_copies(
    house: House, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **more: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    before = snapshot(source)
    monkeypatch.setattr("os.link", refuse)
    take_in(house, source, How.MOVE)
    assert (house.library.count(), snapshot(source)) == (3, {})
    house.library.imports.undo()
    assert snapshot(source) == before


_WORK = """
import sys
from pathlib import Path
from suno_tui.library.importing.sources import How
from suno_tui.library.store import Library
root = Path(sys.argv[1])
library = Library(root / "library", trash=root / "trash", cache=root / "cache")
plan = library.imports.plan([root / "music"], How(sys.argv[2]))
print("ready", flush=True)
input()
result = library.imports.run(plan)
library.imports.undo(result.id)
"""


@pytest.mark.parametrize("how", [How.COPY, How.MOVE, How.LINK, How.IN_PLACE])
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment(house: House, how: How, seed: int) -> None:
    source = house.root / "music"
    for number in range(70):
        name = f"{number}.mp3"
        put(source, name, 0.3, TIT2=f"Title {number}", COMM=str(number))
    if how is How.IN_PLACE:
        house.folder.mkdir(exist_ok=True)
        (house.root / "music").rename(house.folder / "music")
        source.symlink_to(house.folder / "music")
    before = snapshot(source)
    run_and_kill(_WORK, house.root, how.value, after=random.Random(seed).uniform(0.02, 0.9))

    library = house.open()
    library.refresh()
    contents = {data for data, _ in before.values()}
    found = {path.read_bytes() for path in house.folder.rglob("*.mp3")}
    found |= {data for data, _ in snapshot(source).values()}
    assert contents <= found, "nothing is lost at any moment"
    library.imports.run(library.imports.plan([source], how))
    library.refresh()
    assert library.count() == len(before)
    assert (library.damaged(), library.lone_audio()) == ([], [])
    assert sorted(track.title for track in library.tracks()) == sorted(
        f"Title {number}" for number in range(70)
    )
    while library.imports.last():
        assert library.imports.undo().left == []
    assert snapshot(source) == before
    assert library.count() == 0
    if how is not How.IN_PLACE:
        assert [path for path in house.folder.rglob("*") if path.is_file()] == []


def test_imports_within_a_second_are_undone_in_their_order(tmp_path: Path) -> None:
    ids = [new_journal(tmp_path, How.COPY, []).id for _ in range(20)]
    assert ids == sorted(ids)


def test_one_import_at_a_time(house: House, source: Path) -> None:
    plan = house.library.imports.plan([source])
    other = house.open()

    def nested(done: int, count: int) -> None:
        with pytest.raises(ImportRuns):
            other.imports.run(plan)

    assert house.library.imports.run(plan, progress=nested).imported == 3
