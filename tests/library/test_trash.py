"""The trash: undo brings back the same bytes, and nothing is lost when a move is cut off."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.errors import HomeError
from suno_tui.library.errors import UnknownTrack
from suno_tui.library.track_files import move_track
from suno_tui.library.undo import CantUndo
from tests.library.harness import House, mp3


def test_undo_brings_back_the_same_files_and_redo_takes_them_again(house: House) -> None:
    a, b = house.add("One"), house.add("Two")
    (a.file.parent / "one-1.lrc").write_text("[00:00.00] mine")
    before = house.files()
    house.library.trash([a.id, b.id])
    assert house.files() == {}
    assert house.library.count() == 0
    assert {track.id for track in house.library.trashed()} == {a.id, b.id}
    undone = house.library.undo()
    assert undone is not None
    assert undone.text == "2 tracks to the trash"
    assert house.files() == before
    assert house.library.count() == 2
    assert house.library.redo() is not None
    assert house.files() == {}
    assert house.library.undo() is not None
    assert house.files() == before
    assert house.library.undo() is None


def test_marks_are_undone_to_the_byte(house: House) -> None:
    track = house.add()
    before = house.files()
    house.library.annotate(track.id, favorite=True, rating=5)
    house.library.annotate(track.id, notes="the better one")
    marked = house.files()
    assert house.library.get(track.id).notes == "the better one"
    house.library.undo()
    house.library.undo()
    assert house.files() == before
    assert not house.library.get(track.id).favorite
    house.library.redo()
    house.library.redo()
    assert house.files() == marked


def test_a_new_change_clears_redo(house: House) -> None:
    track = house.add()
    house.library.annotate(track.id, rating=1)
    house.library.undo()
    house.library.annotate(track.id, rating=2)
    assert house.library.redo() is None
    assert house.library.get(track.id).rating == 2


def test_undo_does_not_throw_away_what_somebody_else_wrote(house: House) -> None:
    track = house.add()
    house.library.annotate(track.id, rating=1)
    text = track.file.read_text().replace("Summer Nights", "Winter Days")
    track.file.write_text(text)
    with pytest.raises(CantUndo):
        house.library.undo()
    assert track.file.read_text() == text


def test_restoring_goes_beside_what_took_the_place(house: House) -> None:
    old = house.add(task_id="abcdefgh-1")
    house.library.trash([old.id])
    new = house.add(task_id="abcdefgh-2", data=mp3(1.0, 880.0))
    (back,) = house.library.restore([old.id])
    assert new.file == old.file
    assert back.file.name == "summer-nights-1-2.toml"
    assert back.audio.read_bytes() != new.audio.read_bytes()
    assert house.library.count() == 2


def test_deleting_is_for_good_and_leaves_nothing(house: House) -> None:
    kept, gone, trashed = house.add("Kept"), house.add("Gone"), house.add("Trashed")
    house.library.trash([trashed.id])
    house.library.delete([gone.id, trashed.id])
    assert [track.id for track in house.library.tracks()] == [kept.id]
    assert house.library.trashed() == []
    assert _files(house.trash) == []
    assert house.library.undo() is None
    for track in (gone, trashed):
        with pytest.raises(UnknownTrack):
            house.library.get(track.id)
    assert not gone.file.parent.exists()


def test_emptying_the_trash(house: House) -> None:
    tracks = [house.add(f"Song {number}") for number in range(3)]
    house.library.trash([track.id for track in tracks[:2]])
    (house.trash / "left").mkdir()
    (house.trash / "left" / "over.toml").write_text("damaged = ")
    assert house.library.empty_trash() == 2
    assert _files(house.trash) == []
    house.library.refresh()
    assert house.library.damaged() == []
    assert house.library.count() == 1


@pytest.mark.parametrize("moves", [1, 2])
@pytest.mark.parametrize("direction", ["trash", "restore"])
def test_a_move_that_is_cut_off_ends_in_the_trash_whole(
    house: House, monkeypatch: pytest.MonkeyPatch, direction: str, moves: int
) -> None:
    class Cut(BaseException):
        pass

    track = house.add()
    before = house.files()
    if direction == "restore":
        house.library.trash([track.id])
    left = [moves]
    rename = Path.rename

    def cut(self: Path, target: Path) -> Path:
        if self.suffix == ".part" or self.name.startswith("."):
            return rename(self, target)
        if not left[0]:
            raise Cut
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        with pytest.raises(Cut):
            getattr(house.library, direction)([track.id])
    other = house.open()
    other.refresh()
    assert other.count() == 0
    assert [one.id for one in other.trashed()] == [track.id]
    assert other.damaged() == []
    assert len(_files(house.trash)) == 3
    other.restore([track.id])
    assert house.files() == before
    other.close()


def test_a_library_on_a_read_only_disk_leaves_nothing_in_the_trash(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add()
    before = house.files()
    rename, unlink = Path.rename, Path.unlink

    def other_disk(self: Path, target: Path) -> Path:
        if house.folder in self.parents and house.folder not in target.parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    def read_only(self: Path, missing_ok: bool = False) -> None:
        if house.folder in self.parents:
            raise OSError(errno.EROFS, "Read-only file system")
        unlink(self, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", other_disk)
        patch.setattr(Path, "unlink", read_only)
        with pytest.raises(HomeError):
            house.library.trash([track.id])
    house.library.refresh()
    assert house.library.damaged() == []
    assert house.library.trashed() == []
    assert [one.id for one in house.library.tracks()] == [track.id]
    assert house.files() == before
    assert _files(house.trash) == []


def test_a_deletion_that_was_cut_off_is_finished(house: House) -> None:
    house.add()
    half = house.trash / ".deleting-123" / "0"
    half.mkdir(parents=True)
    (half / "x.mp3").write_bytes(b"x")
    house.library.refresh()
    assert _files(house.trash) == []


def test_unknown_tracks_are_named(house: House) -> None:
    for call in (house.library.trash, house.library.restore, house.library.delete):
        with pytest.raises(UnknownTrack, match="nobody"):
            call(["nobody"])
    with pytest.raises(UnknownTrack):
        house.library.annotate("nobody", rating=1)
    with pytest.raises(ValueError, match="0 to 5"):
        house.library.annotate("nobody", rating=6)


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_an_undo_that_the_disk_refused_can_be_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add()
    house.library.annotate(track.id, rating=4)

    def full(path: object, data: bytes) -> None:
        raise HomeError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("suno_tui.library.changes.write_bytes", full)
        with pytest.raises(HomeError):
            house.library.undo()
    assert house.library.get(track.id).rating == 4
    assert house.library.undo() is not None
    assert house.library.get(track.id).rating == 0


def test_a_file_removed_by_others_does_not_end_undo(house: House) -> None:
    kept, lost = house.add("Kept"), house.add("Lost")
    house.library.annotate(kept.id, favorite=True)
    house.library.annotate(lost.id, favorite=True)
    shutil.rmtree(lost.file.parent)
    house.library.refresh()
    with pytest.raises(CantUndo):
        house.library.undo()
    house.library.undo()
    assert not house.library.get(kept.id).favorite


def test_a_move_that_is_cut_off_is_undone_as_far_as_it_came(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = house.add("First"), house.add("Second")

    def full(file: Path, *args: Any, **options: Any) -> None:
        if file == second.file:
            raise HomeError("the disk is full")
        move_track(file, *args, **options)

    monkeypatch.setattr("suno_tui.library.trash.move_track", full)
    with pytest.raises(HomeError):
        house.library.trash([first.id, second.id])
    assert [track.id for track in house.library.trashed()] == [first.id]
    house.library.undo()
    assert house.library.trashed() == []
    assert house.library.count() == 2
