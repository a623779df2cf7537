"""Filing takes: proof, tags, names, and what a crash leaves behind."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.atomic_files import write_toml
from suno_tui.common.errors import HomeError
from suno_tui.library.filing import NewTake, own_tags
from suno_tui.library.timed_line import TimedLine
from suno_tui.library.timed_lyrics import timed_lyrics
from suno_tui.library.track_files import move
from suno_tui.media.errors import BadAudio
from suno_tui.media.files import prove
from suno_tui.media.kinds import KINDS as UNDERSTOOD
from suno_tui.providers.song import Song
from tests.library.harness import MUTAGEN_TYPES, SONG, House, jpeg, mp3, mutagen_module, wav


def test_a_take_becomes_a_track_with_its_files(house: House) -> None:
    audio, cover = house.part(mp3(2.0)), house.part(jpeg(), "cover.part")
    track = house.add(audio=audio, cover=cover, task_id="a1b2c3d4-e5f6", title="Summer Nights")
    folder = house.folder / "2026/04/summer-nights-a1b2c3d4"
    assert track.file == folder / "summer-nights-1.toml"
    assert track.audio == folder / "summer-nights-1.mp3"
    assert track.cover == folder / "summer-nights-1.jpg"
    assert track.cover.read_bytes() == jpeg()
    assert not audio.exists()
    assert not cover.exists()
    assert abs(track.duration - 2.0) < 0.1
    assert track.sha256 == hashlib.sha256(track.audio.read_bytes()).hexdigest()
    assert track.song == SONG
    assert (track.favorite, track.rating, track.take) == (False, 0, 1)
    assert track == house.library.get(track.id) == house.open().tracks()[0]
    assert [path.name for path in house.folder.iterdir()] == ["2026"]


def test_the_track_as_json(house: House) -> None:
    track = house.add(task_id="t", queue_id="t2cgab", cover=None)
    assert track.queue_id == "t2cgab"  # as its track file says
    assert track.to_json() == {
        "id": track.id,
        "title": "Summer Nights",
        "style": "Pop, Indie",
        "tags": "",  # the provider's only repeat the style
        "lyrics": SONG.lyrics,
        "duration": track.duration,
        "audio": str(track.audio),
        "cover": None,
        "model": "suno-v5_5",
        "provider": "local",
        "task_id": "t",
        "take": 1,
        "created_at": "2026-04-01T12:00:00Z",
        "favorite": False,
        "rating": 0,
        "sha256": track.sha256,
        "imported": None,
        "source": None,
        "seed": None,
        "engine": None,
        "parent": None,
        "relation": None,
        "carries_on": None,
    }


def test_tags_are_written_and_what_the_maker_wrote_stays(house: House) -> None:
    kinds = mutagen_module("id3")
    tags = kinds.ID3()
    tags.add(kinds.TIT2(encoding=3, text=["old"]))
    tags.add(kinds.TPE1(encoding=3, text=["The Maker"]))
    tags.add(kinds.TBPM(encoding=3, text=["96"]))
    tags.add(kinds.TKEY(encoding=3, text=["Am"]))
    tags.add(
        kinds.SYLT(
            encoding=3, lang="und", format=2, type=1, text=[("Walking down", 500), ("City", 1250)]
        )
    )
    tagged = io.BytesIO()
    tags.save(tagged, v2_version=3)
    track = house.add(data=tagged.getvalue() + mp3(), take=2, task_id="77")
    found = kinds.ID3(track.audio)
    assert found.version == (2, 4, 0)
    assert str(found["TIT2"]) == str(found["TALB"]) == "Summer Nights"
    assert str(found["TPE1"]) == "The Maker"
    assert str(found["TCON"]) == "Pop, Indie"
    assert str(found["TDRC"]) == "2026-04-01"
    assert str(found["TRCK"]) == "2"
    assert "suno-v5_5" in str(found["COMM::eng"])
    assert "77" in str(found["COMM::eng"])
    assert str(found["USLT::und"]) == SONG.lyrics
    assert found["APIC:"].data == jpeg()
    assert (track.bpm, track.key) == (96.0, "Am")
    assert timed_lyrics(track) == (TimedLine(0.5, "Walking down"), TimedLine(1.25, "City"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: b"", "empty"),
        (lambda data: b"<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
        (lambda data: b'{"error": "expired"}', "JSON"),
        (lambda data: bytes(4096), "not audio"),
        (lambda data: data[: len(data) // 2], "end is missing"),
        (lambda data: data[:-1], "end is missing"),
        (lambda data: data[:9000] + bytes(range(256)) * 12 + data[12_072:], "damaged"),
    ],
)
def test_what_is_not_whole_audio_is_refused_and_left(
    house: House, spoil: Callable[[bytes], bytes], why: str
) -> None:
    data = spoil(mp3(3.0))
    part, cover = house.part(data), house.part(jpeg(), "cover.part")
    with pytest.raises(BadAudio, match=why):
        house.add(audio=part, cover=cover)
    assert part.read_bytes() == data
    assert cover.exists()
    assert house.files() == {}
    assert house.library.tracks() == []


def test_half_a_song_can_be_kept_on_purpose(house: House) -> None:
    data = mp3(3.0)
    track = house.add(data=data[: len(data) // 2], whole=False)
    assert 1.2 < track.duration < 1.7
    with pytest.raises(BadAudio):
        house.add(data=b"<html>", whole=False)


def test_other_kinds_of_audio_are_known_by_their_bytes(house: House) -> None:
    track = house.add(audio=house.part(wav(1.0), "take.mp3"), kinds=UNDERSTOOD)
    assert track.audio.suffix == ".wav"
    assert track.duration == 1.0
    assert str(mutagen_module("wave").WAVE(track.audio)["TIT2"]) == "Summer Nights"
    with pytest.raises(BadAudio, match="end is missing"):
        house.add(data=wav(1.0)[:-5000], kinds=UNDERSTOOD)


@pytest.mark.parametrize("suffix", MUTAGEN_TYPES)
def test_files_of_other_encoders_are_filed_and_tagged(house: House, suffix: str) -> None:
    """Half a second, written by libsndfile and FFmpeg."""
    data = (Path(__file__).parent / "data" / f"tone{suffix}").read_bytes()
    track = house.add(data=data, take=2, kinds=UNDERSTOOD)
    assert track.audio.suffix == suffix
    assert abs(track.duration - 0.5) < 0.05
    module, kind = MUTAGEN_TYPES[suffix].split(".")
    tags = getattr(mutagen_module(module), kind)(track.audio).tags
    text = str(dict(tags))
    for fact in ("Summer Nights", "Pop, Indie", "2026-04-01", "suno-v5_5", "City lights", "2"):
        assert fact in text
    assert prove(track.audio).duration == pytest.approx(track.duration, abs=0.001)
    again = house.library.edit(track.id, title="Renamed")
    assert "Renamed" in str(dict(getattr(mutagen_module(module), kind)(track.audio).tags))
    assert prove(again.audio).suffix == suffix
    for end in (len(data) // 2, len(data) - 1):
        with pytest.raises(BadAudio):
            house.add(data=data[:end], kinds=UNDERSTOOD)


def test_the_same_take_twice_is_one_track(house: House) -> None:
    first = house.add(task_id="same", take=1)
    before = house.files()
    again = house.open().add(
        NewTake(
            song=SONG,
            provider="local",
            model="suno-v5_5",
            task_id="same",
            take=1,
            title="Summer Nights",
            tags="",
            created_at=datetime.now(UTC),
        ),
        house.part(mp3()),
        None,
    )
    assert again.id == first.id
    assert house.files() == before
    assert list(house.incoming.iterdir()) == []


def test_takes_of_one_title_never_overwrite_each_other(house: House) -> None:
    tracks = [
        house.add(task_id="abcdefgh-1", take=1, data=mp3(1.0, 300.0)),
        house.add(task_id="abcdefgh-1", take=2, data=mp3(1.0, 400.0)),
        house.add(task_id="abcdefgh-2", take=1, data=mp3(1.0, 500.0)),
    ]
    assert len({track.audio for track in tracks}) == 3
    assert len({track.audio.read_bytes() for track in tracks}) == 3
    assert tracks[0].file.parent == tracks[1].file.parent
    assert house.library.other_takes(tracks[0]) == [tracks[1]]
    assert house.library.other_takes(tracks[2]) == []


@pytest.mark.parametrize("step", ["_place", "write_toml", "index"])
def test_cut_off_at_any_step_filing_again_finds_its_own_leavings(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Cut(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise Cut

    part = house.part(mp3())
    with monkeypatch.context() as patch:
        if step == "index":
            patch.setattr("suno_tui.library.index.Index.put", cut)
            house.library.refresh()
        else:
            patch.setattr(f"suno_tui.library.filing.{step}", cut)
        with pytest.raises(Cut):
            house.add(task_id="cut", audio=part)
    assert part.exists()
    track = house.add(task_id="cut", audio=part)
    assert not part.exists()
    assert sorted(path.name for path in track.file.parent.iterdir()) == [
        "summer-nights-1.jpg",
        "summer-nights-1.mp3",
        "summer-nights-1.toml",
    ]
    assert house.library.tracks() == [track]


def test_a_take_is_on_the_disk_before_it_is_in_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut keeps what was fsynced: audio and cover, then their names, then the text."""
    steps: list[object] = []
    sync, rename = os.fsync, Path.rename

    def fsync(handle: int) -> None:
        steps.append(os.fstat(handle).st_ino)
        sync(handle)

    def renamed(self: Path, target: Any) -> Path:
        steps.append(Path(target).suffix)
        return rename(self, target)

    def text(*args: Any) -> None:
        steps.append("text")
        write_toml(*args)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr("suno_tui.library.filing.write_toml", text)
    track = house.add()
    assert track.cover is not None
    audio, cover, folder = (
        path.stat().st_ino for path in (track.audio, track.cover, track.file.parent)
    )
    known = (audio, cover, folder, ".mp3", ".jpg", "text")
    mine = [step for step in steps[: steps.index("text") + 1] if step in known]
    assert mine == [audio, cover, ".mp3", ".jpg", folder, "text"]


def test_no_text_file_is_there_before_its_audio_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off between any two moves, there is no track without its sound."""

    class Cut(BaseException):
        pass

    left = 0

    def cut(source: Path, target: Path) -> None:
        nonlocal left
        if not left:
            raise Cut
        left -= 1
        move(source, target)

    part, cover = house.part(mp3()), house.part(jpeg(), "cover.part")
    for moves in range(2):
        left = moves
        with monkeypatch.context() as patch:
            patch.setattr("suno_tui.library.filing.move", cut)
            with pytest.raises(Cut):
                house.add(task_id="cut", audio=part, cover=cover)
        files = house.files()
        assert not [name for name in files if name.endswith(".toml")]
        assert len([name for name in files if "summer" in name]) == moves
    track = house.add(task_id="cut", audio=part, cover=cover)
    assert sorted(house.files()) == sorted(
        path.relative_to(house.folder).as_posix()
        for path in (track.file, track.audio, track.cover)
        if path is not None
    )


def test_a_cover_that_is_no_picture_does_not_cost_the_take(house: House) -> None:
    track = house.add(cover=house.part(b"<html>gone</html>", "cover.part"))
    assert track.cover is None
    track = house.add(cover=house.incoming / "missing.jpg")
    assert track.cover is None


def test_nasty_texts_come_back_as_they_were(house: House) -> None:
    title = '[/chorus] [bold] "quoted" \\ \x1b[31m\u202e夏 ' + "x" * 10_000
    track = house.add(
        title, lyrics="a\x00b\n\"\"\"'''\n\\", tags="\ud800 half", song=Song(prompt="p")
    )
    again = house.open().get(track.id)
    assert again.title == title
    assert again.lyrics == "a\x00b\n\"\"\"'''\n\\"
    assert again.tags == "? half"
    assert tomllib.loads(track.file.read_text())["title"] == title
    house.cache.joinpath("library.sqlite").unlink()
    assert house.open().tracks()[0].title == title


def test_a_refused_filing_names_the_library_and_not_a_name_that_changes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, prefix: str, dir: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(dir / f"{prefix}x7"))

    part, cover = house.part(mp3()), house.part(jpeg(), "cover.part")
    monkeypatch.setattr("suno_tui.library.filing.tempfile.mkdtemp", refuse)
    with pytest.raises(HomeError) as raised:
        house.add(audio=part, cover=cover)
    assert str(raised.value).startswith(f"{house.folder}: the disk is read-only.")


@pytest.mark.parametrize("step", ["shutil.copyfile", "write_tags", "make_folder", "write_toml"])
def test_a_full_disk_is_reported_and_the_take_stays_where_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    part, cover = house.part(mp3()), house.part(jpeg(), "cover.part")
    with monkeypatch.context() as patch:
        patch.setattr(f"suno_tui.library.filing.{step}", full)
        with pytest.raises(HomeError, match="disk is full"):
            house.add(task_id="full", audio=part, cover=cover)
    assert part.exists()
    assert cover.exists()
    assert house.library.tracks() == []
    track = house.add(task_id="full", audio=part, cover=cover)
    assert house.library.tracks() == [track]
    assert len(house.files()) == 3


def test_a_title_is_never_empty(house: House) -> None:
    track = house.add("", song=Song(prompt="A calm piano"))
    assert track.title == "A calm piano"
    assert str(mutagen_module("id3").ID3(track.audio)["TIT2"]) == "A calm piano"


def test_importing_the_library_is_cheap() -> None:
    code = (
        "import sys, suno_tui.library.store\n"
        "heavy = {'mutagen', 'miniaudio', 'pydantic', 'numpy', 'tomli_w', 'PIL', 'httpx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_tags_that_repeat_a_long_style_and_its_words_are_none() -> None:
    """The words for tempo and length stand behind the style, and are more than 200 characters."""
    song = Song(custom_mode=True, title="T", style=f"Pop, {'x' * 200}", lyrics="la", bpm=120)
    assert own_tags(f"{song.style}, 120 BPM", song) == ""
    assert own_tags("Pop, waltz", song) == "Pop, waltz"
