"""Promises that mistakes could break unseen: order of undo, locks, stars, paid audio, deletion."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.errors import HomeError
from suno_tui.common.locks import Lock
from suno_tui.library import track_files
from suno_tui.library.track_files import change_file, free_stem
from tests.library.harness import House, mp3


def test_changes_made_together_are_taken_back_last_first(house: House) -> None:
    track = house.add()
    before = house.files()
    with house.library.together():
        house.library.annotate(track.id, rating=1)
        house.library.annotate(track.id, notes="between")
        house.library.annotate(track.id, rating=4)
    after = house.files()
    house.library.undo()
    assert house.files() == before
    house.library.redo()
    assert house.files() == after


def test_audio_that_a_rename_replaced_is_looked_at(house: House) -> None:
    """As rsync and editors write: the folder changes too, and is listed anew."""
    track = house.add(data=mp3(20.0))
    hour_ago = time.time() - 3600
    for path in [house.folder, *house.folder.rglob("*")]:
        os.utime(path, (hour_ago, hour_ago))
    house.library.refresh()
    assert house.library.damaged() == []
    part = track.audio.with_name(".incoming")
    part.write_bytes(track.audio.read_bytes()[: track.audio.stat().st_size // 2])
    part.replace(track.audio)
    house.library.refresh()
    assert "is missing" in house.library.damage(house.library.get(track.id))


def test_a_change_waits_for_the_lock_of_another_process(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add()
    other = Lock(house.trash / ".lock")
    assert other.acquire()
    flock = fcntl.flock
    seen = []

    def wait(handle: int, flags: int) -> None:
        if not flags & fcntl.LOCK_NB:
            other.release()  # the other process is done while this one waits
        flock(handle, flags)

    def change(*arguments: Any) -> tuple[bytes, bytes]:
        seen.append((house.library._lock.between_processes.held, other.held))
        return change_file(*arguments)

    monkeypatch.setattr("suno_tui.common.locks.fcntl.flock", wait)
    monkeypatch.setattr("suno_tui.library.changes.change_file", change)
    house.library.annotate(track.id, rating=3)
    assert seen == [(True, False)]


@pytest.mark.parametrize(("had", "has"), [(0, 4), (4, 4), (5, 5)])
def test_the_take_that_is_kept_loses_no_stars(house: House, had: int, has: int) -> None:
    winner, loser = house.add(task_id="one"), house.add(task_id="one", take=2)
    house.library.annotate(winner.id, rating=had)
    assert house.library.keep(winner.id, [loser.id], rating=4).rating == has
    assert house.library.get(winner.id).rating == has


@pytest.mark.parametrize("place", ["library", "trash", "unknown to the index"])
def test_a_take_whose_audio_has_gone_is_filed_again(house: House, place: str) -> None:
    """Its download, which was paid for, is filed and not thrown away."""
    track = house.add(task_id="one")
    if place == "trash":
        house.library.trash([track.id])
        track = house.library.trashed()[0]
    track.audio.unlink()
    if place == "unknown to the index":
        house.library.refresh()
    part = house.part(mp3(2.0))
    again = house.add(task_id="one", audio=part)
    assert not part.exists()
    assert again.audio.is_file()
    assert again.duration == pytest.approx(2.0, abs=0.1)


def test_a_download_that_can_t_be_filed_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = house.add(task_id="one")
    track.audio.unlink()
    part = house.part(mp3(2.0))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("suno_tui.library.filing.move", full)
        with pytest.raises(HomeError, match="disk is full"):
            house.add(task_id="one", audio=part)
    assert part.exists()


@pytest.mark.parametrize(
    "taken", ["SUMMER-NIGHTS-2.mp3", "Summer-Nights-2.txt", "sÜmmer.mp3", "su\u0308mmer.toml"]
)
def test_names_that_differ_by_case_or_spelling_are_not_free(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"")
    stem = "sümmer" if "mer." in taken else "summer-nights-2"
    assert free_stem(tmp_path, stem) == f"{stem}-2"


def test_a_take_is_not_filed_over_a_name_of_another_case(house: House) -> None:
    first = house.add(task_id="one")
    mine = first.audio.with_name("SUMMER-NIGHTS-2.MP3")
    mine.write_bytes(b"mine")
    second = house.add(task_id="one", take=2)
    assert second.audio.name == "summer-nights-2-2.mp3"
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("place", ["library", "trash"])
def test_an_error_on_deleting_for_good_is_reported_and_the_track_stays(
    house: House, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    track = house.add()
    if place == "trash":
        house.library.trash([track.id])

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(track_files, "move", refuse)
        with pytest.raises(HomeError, match="Permission denied"):
            house.library.delete([track.id])
    assert house.library.get(track.id).audio.is_file()
    house.library.refresh()
    assert house.library.get(track.id).audio.is_file()
