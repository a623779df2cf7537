"""What people do to the files by hand is followed, and never undone by us."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suno_tui.library.errors import UnknownTrack
from suno_tui.library.track import Track
from tests.library.harness import House, jpeg, mp3


def _age(folder: Path) -> None:
    """Make all files old enough for their times to be trusted."""
    hour_ago = time.time() - 3600
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (hour_ago, hour_ago))


def _edit(track: Track, old: str, new: str) -> None:
    text = track.file.read_text()
    assert old in text
    track.file.write_text(text.replace(old, new))


def test_an_edit_shows_after_a_refresh(house: House) -> None:
    track = house.add()
    _age(house.folder)
    house.library.refresh()
    version = house.library.version()
    house.library.refresh()
    assert house.library.version() == version
    _edit(track, "rating = 0", "rating = 3")
    house.library.refresh()
    assert house.library.version() != version
    assert house.library.get(track.id).rating == 3
    assert house.library.tracks("rating:3") == [house.library.get(track.id)]


def test_an_edit_of_the_same_size_at_the_same_tick_is_seen(house: House) -> None:
    track = house.add()
    house.library.refresh()
    status = track.file.stat()
    _edit(track, "rating = 0", "rating = 3")
    os.utime(track.file, ns=(status.st_atime_ns, status.st_mtime_ns))
    house.library.refresh()
    assert house.library.get(track.id).rating == 3


def test_unknown_keys_comments_and_order_survive_a_mark(house: House) -> None:
    track = house.add()
    _edit(track, 'title = "Summer Nights"\n', '# mine\nmood = "blue"\ntitle = "Summer Nights"\n')
    _edit(track, "rating = 0", "rating = 2  # for now")
    before = track.file.read_text()
    house.library.annotate(track.id, rating=4, favorite=True)
    expected = before.replace("rating = 2", "rating = 4").replace(
        "favorite = false", "favorite = true"
    )
    assert track.file.read_text() == expected
    _edit(track, "favorite = true", '"favorite" = true')
    house.library.annotate(track.id, favorite=False)
    assert 'mood = "blue"' in track.file.read_text()
    assert house.library.get(track.id).favorite is False


def test_a_key_in_the_lyrics_is_not_mistaken_for_the_mark(house: House) -> None:
    track = house.add(lyrics='rating = 1\nfavorite = "x"\n[song]\nrating = 2')
    _edit(track, "rating = 0\n", "")
    _edit(track, "favorite = false\n", "")
    house.library.annotate(track.id, rating=5, favorite=True)
    again = house.library.get(track.id)
    assert (again.rating, again.favorite) == (5, True)
    assert again.lyrics == track.lyrics


@pytest.mark.parametrize("young", [True, False])
def test_moving_and_renaming_by_hand_is_followed(house: House, young: bool) -> None:
    track, other = house.add("One"), house.add("Two")
    if not young:
        _age(house.folder)
    house.library.refresh()
    new = house.folder / "favourites" / "best"
    new.mkdir(parents=True)
    for path in track.file.parent.iterdir():
        path.rename(new / f"the one{path.suffix}")
    house.library.refresh()
    moved = house.library.get(track.id)
    assert moved.file == new / "the one.toml"
    assert moved.audio == new / "the one.mp3"
    assert moved.cover == new / "the one.jpg"
    assert house.library.count() == 2
    shutil.rmtree(new)
    house.library.refresh()
    assert house.library.tracks() == [other]


def test_a_young_folder_in_an_old_one_is_not_lost(house: House) -> None:
    track = house.add()
    hour_ago = time.time() - 3600
    for folder in (track.file.parents[1], track.file.parents[2], house.folder):
        os.utime(folder, (hour_ago, hour_ago))
    for _ in range(3):
        house.library.refresh()
        assert house.library.tracks() == [track]
    _age(house.folder)
    for _ in range(3):
        house.library.refresh()
        assert house.library.tracks() == [track]


def test_a_mark_finds_a_track_that_was_just_moved(house: House) -> None:
    track = house.add()
    track.file.parent.rename(house.folder / "elsewhere")
    assert house.library.annotate(track.id, rating=3).file.parent.name == "elsewhere"
    house.library.trash([track.id])
    house.library.undo()
    assert house.library.get(track.id).file.parent.name == "elsewhere"


def test_a_cover_put_next_to_the_audio_is_shown(house: House) -> None:
    track = house.add(cover=None)
    _age(house.folder)
    house.library.refresh()
    cover = track.audio.with_suffix(".png")
    cover.write_bytes(jpeg())
    house.library.refresh()
    assert house.library.get(track.id).cover == cover


def test_a_track_written_by_hand(house: House) -> None:
    folder = house.folder / "mine"
    folder.mkdir(parents=True)
    (folder / "old tape.mp3").write_bytes(mp3())
    (folder / "old tape.toml").write_text('title = "Old Tape"\ncreated_at = 1999-12-31')
    (folder / "notes.txt").write_text("nothing")
    (track,) = house.library.tracks()
    assert track.title == "Old Tape"
    assert track.created_at == datetime(1999, 12, 31, tzinfo=UTC)
    assert house.library.annotate(track.id, favorite=True).favorite
    assert house.library.other_takes(track) == []


Spoil = Callable[[Track], object]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda track: track.file.write_text("title = "), "not valid TOML"),
        (lambda track: track.file.write_bytes(b"\xff\xfe"), "saved as UTF-16; save it as UTF-8"),
        (lambda track: track.file.write_bytes(b"title = '\xff'"), "not text in UTF-8"),
        (lambda track: track.file.write_bytes(b""), "it is empty. Its audio is kept"),
        (lambda track: _edit(track, "rating = 0", "rating = 9"), "`rating` must be"),
        (lambda track: _edit(track, "rating = 0", 'rating = "4"'), "`rating` must be"),
        (lambda track: _edit(track, "take = 1", "take = inf"), "`take` must be"),
        (lambda track: _edit(track, "favorite = false", "favorite = 1"), "`favorite` must be"),
        (lambda track: _edit(track, "duration = ", "duration = nan #"), "`duration` must be"),
        (lambda track: _edit(track, "created_at = ", "created_at = true #"), "`created_at` must"),
        (lambda track: _edit(track, "[song]", "[[song]]"), "`song` must be"),
        (lambda track: track.audio.unlink(), "audio is missing"),
    ],
)
def test_a_damaged_file_is_named_and_nothing_else_suffers(
    house: House, spoil: Spoil, why: str
) -> None:
    good, bad = house.add("Good"), house.add("Bad")
    spoil(bad)
    bytes_left = bad.file.read_bytes()
    house.library.refresh()
    assert house.library.tracks() == [good]
    (damaged,) = house.library.damaged()
    assert damaged.path == bad.file
    assert why in str(damaged)
    assert bad.file.read_bytes() == bytes_left
    assert house.library.annotate(good.id, rating=1).rating == 1


def test_a_damaged_file_that_is_mended_comes_back(house: House) -> None:
    track = house.add()
    text = track.file.read_text()
    track.file.write_text("title = ")
    house.library.refresh()
    assert house.library.tracks() == []
    track.file.write_text(text)
    house.library.refresh()
    assert house.library.tracks() == [track]
    assert house.library.damaged() == []


def test_a_name_that_is_no_unicode_is_named_and_nothing_else_suffers(house: House) -> None:
    """From an old system or a camera card: `Größe` in Latin-1."""
    good = house.add("Good")
    folder = os.fsencode(house.folder / "Gr") + b"\xf6\xdfe"
    file = os.fsencode(good.file.with_suffix("")) + b"\xff"
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder + b"/in it.toml")).write_text('title = "In it"\n')
    Path(os.fsdecode(folder + b"/in it.mp3")).write_bytes(mp3())
    Path(os.fsdecode(file + b".toml")).write_text('title = "Twin"\n')
    for _ in range(3):
        house.library.refresh()
        assert house.library.tracks() == [good]
        assert len(house.library.damaged()) == 2
    assert all("not in UTF-8" in str(damaged) for damaged in house.library.damaged())
    assert any(str(damaged.path).endswith("Gr\\xf6\\xdfe") for damaged in house.library.damaged())
    version = house.library.version()
    house.library.rescan([Path(os.fsdecode(folder + b"/in it.toml")), Path(os.fsdecode(folder))])
    assert house.library.version() == version
    assert house.add("Paid for") in house.library.tracks()
    Path(os.fsdecode(folder)).rename(house.folder / "Größe")
    Path(os.fsdecode(file + b".toml")).unlink()
    house.library.refresh()
    assert house.library.damaged() == []
    assert {track.title for track in house.library.tracks()} == {"Good", "Paid for", "In it"}


def test_what_is_no_unicode_finds_nothing(house: House) -> None:
    house.add()
    assert list(house.library.search("rain\udcff")) == []
    with pytest.raises(UnknownTrack):
        house.library.get("\udcff")


def test_a_copy_with_the_same_id_is_named_until_it_differs(house: House) -> None:
    track = house.add()
    copy = house.folder / "copy"
    shutil.copytree(track.file.parent, copy)
    house.library.refresh()
    assert house.library.tracks() == [track]
    (damaged,) = house.library.damaged()
    assert Path(str(damaged.path)).parent == copy
    assert str(track.file) in damaged.why
    shutil.rmtree(track.file.parent)
    house.library.refresh()
    assert [one.file.parent for one in house.library.tracks()] == [copy]
    assert house.library.damaged() == []


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_dates_at_the_ends_of_time_work_in_every_zone(
    house: House, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str
) -> None:
    track = house.add()
    lines = track.file.read_text().splitlines()
    lines = [f"created_at = {moment}" if "created_at" in line else line for line in lines]
    track.file.write_text("\n".join(lines))
    house.library.refresh()
    found = house.library.get(track.id)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert found.created_at.astimezone().year in (1, 9999)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_links_in_circles_and_hidden_folders_are_passed_over(house: House) -> None:
    track = house.add()
    (house.folder / "again").symlink_to(house.folder, target_is_directory=True)
    shutil.copytree(track.file.parent, house.folder / ".git" / "objects")
    house.library.refresh()
    assert house.library.tracks() == [track]
    assert house.library.damaged() == []


def test_a_new_link_into_the_library_adds_no_tracks_while_watching(house: House) -> None:
    track, other = house.add("One"), house.add("Two")
    house.library.refresh()
    loop = track.file.parent / "loop"
    loop.symlink_to(house.folder, target_is_directory=True)
    beside = track.file.parent / "other"
    beside.symlink_to(other.file.parent, target_is_directory=True)
    looks: list[Callable[[], object]] = [
        lambda: house.library.rescan([loop, beside, beside / other.file.name]),
        lambda: house.library.rescan([track.file.parent]),
        house.library.refresh,
    ]
    for look in looks:
        look()
        assert house.library.damaged() == []
        assert {one.id for one in house.library.tracks()} == {track.id, other.id}


def _many(house: House) -> None:
    folder = house.folder / "many"
    folder.mkdir(parents=True)
    for number in range(250):
        (folder / f"{number}.toml").write_text(f'title = "Song {number}"')
        (folder / f"{number}.mp3").write_bytes(b"")
    _age(house.folder)


def test_stopped_in_the_middle_it_goes_on_later(house: House) -> None:
    _many(house)
    told: list[tuple[int, int]] = []
    library = house.open()
    assert not library.refresh(progress=lambda *at: told.append(at), stop=lambda: bool(told))
    assert told == [(100, 250)]
    assert not library.complete
    assert len(library.search()) == 100
    told.clear()
    assert library.refresh(progress=lambda *at: told.append(at))
    assert library.complete
    assert told[-1][0] == 150
    assert library.count() == len(library.tracks()) == 250
    library.close()


def test_leaving_stops_whoever_reads_and_forgets_nothing(house: House) -> None:
    _many(house)
    library = house.open()
    assert not library.refresh(progress=lambda *at: library.stop())
    assert len(library.search()) == 100
    # What only wants one track reads all files where the index isn't complete: that stops, too.
    with pytest.raises(UnknownTrack):
        library.get("nobody")
    assert len(library.search()) == 100, "what was not looked at is not gone"
    library.close()


def test_a_track_is_found_at_any_moment_of_a_rewrite(house: House) -> None:
    """Marks are of ids, and a list reads its tracks later than their numbers."""
    ids = [house.add(f"Song {number}").id for number in range(40)]
    hits, away = house.library.search("song"), set[str]()
    done = threading.Event()

    def observe() -> None:
        while not done.is_set():
            away.update(set(ids) - set(house.library.still_here(ids)))

    looking = threading.Thread(target=observe)
    looking.start()
    try:
        for rating in range(1, 6):
            for track_id in ids:
                house.library.annotate(track_id, rating=rating)
    finally:
        done.set()
        looking.join()
    assert away == set()
    assert {hit.id for hit in hits if hit is not None} == set(ids)


def test_the_first_scan_reports_its_progress(house: House) -> None:
    ids = [house.add(f"Song {number}").id for number in range(3)]
    house.close()
    shutil.rmtree(house.cache)
    told: list[tuple[int, int]] = []
    library = house.open()
    library.on_progress(lambda *how_far: told.append(how_far))
    assert library.get(ids[0]).title == "Song 0"
    assert told == [(3, 3)]
