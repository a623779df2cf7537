"""Changes made outside are noticed, and only they are looked at."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.notifications import FolderTree
from suno_tui.library import scan, track_reader
from suno_tui.library.watch import Watch
from tests.library.harness import House, mp3


class Seen:
    """A watch, and a way to wait for what it is to notice."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._changed = threading.Condition()
        self.watch = house.library.watch(self._tell)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(true, 20)


@pytest.fixture
def seen(house: House) -> Iterator[Seen]:
    house.add("First")
    house.library.refresh()
    seen = Seen(house)
    # The watch is there once it has noticed something; until then nothing can be asked of it.
    (house.folder / "ready").mkdir()
    track_file = house.folder / "ready/ready.toml"
    track_file.with_suffix(".mp3").write_bytes(mp3())
    track_file.write_text('title = "Ready"')
    seen.until(lambda: len(house.library.tracks("ready")) == 1)
    yield seen
    seen.watch.close()


def titles(house: House) -> list[str]:
    return sorted(track.title for track in house.library.tracks())


def test_whatever_is_done_to_the_files_is_noticed(house: House, seen: Seen) -> None:
    file = house.library.tracks("first")[0].file
    file.write_text(file.read_text().replace('"First"', '"By Hand"'))
    seen.until(lambda: "By Hand" in titles(house))
    shutil.copytree(file.parent, house.folder / "a/b/copy")
    seen.until(lambda: len(house.library.damaged()) == 1)
    shutil.rmtree(house.folder / "a")
    seen.until(lambda: not house.library.damaged())
    file.parent.rename(house.folder / "moved")
    seen.until(lambda: house.folder / "moved" in [t.file.parent for t in house.library.tracks()])
    (house.folder / "moved" / file.with_suffix(".mp3").name).unlink()
    seen.until(lambda: len(house.library.damaged()) == 1)
    shutil.rmtree(house.folder / "moved")
    seen.until(lambda: not house.library.damaged())
    assert titles(house) == ["Ready"]


def test_what_another_process_does_is_no_second_change(house: House, seen: Seen) -> None:
    other = house.open()
    track = other.tracks("first")[0]
    other.annotate(track.id, rating=3)
    other.trash([track.id])
    other.undo()
    (house.folder / "last").mkdir()
    (house.folder / "last/last.mp3").write_bytes(mp3())
    (house.folder / "last/last.toml").write_text('title = "Last"')
    seen.until(lambda: titles(house) == ["First", "Last", "Ready"])
    assert house.library.get(track.id).rating == 3
    assert house.library.damaged() == []


def test_only_what_changed_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = [house.add(f"Song {number}") for number in range(20)]
    house.library.refresh()
    looked: list[str] = []
    listed: list[str] = []
    real_look, real_list = track_reader.read_track_file, scan._list

    def observe(place: int, root: Path, path: str, *rest: Any) -> Any:
        looked.append(path)
        return real_look(place, root, path, *rest)

    def list_(root: str, path: str, *rest: Any) -> Any:
        listed.append(path)
        return real_list(root, path, *rest)

    monkeypatch.setattr(scan, "read_track_file", observe)
    monkeypatch.setattr(scan, "_list", list_)
    file = tracks[7].file
    file.write_text(file.read_text().replace('"Song 7"', '"Seven"'))
    assert house.library.rescan([file])
    assert len(looked) == len(listed) == 1
    assert house.library.get(tracks[7].id).title == "Seven"
    assert not house.library.rescan([house.folder / ".hidden/x.toml", Path("/elsewhere/x.toml")])
    assert len(listed) == 1


@pytest.mark.parametrize("failure", [OSError(28, "limit of watches"), RuntimeError("no inotify")])
def test_without_the_system_s_help_it_looks_itself(
    house: House, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def refuse(self: Watch) -> Any:
        raise failure

    monkeypatch.setattr(Watch, "_follow_inotify", refuse)
    monkeypatch.setattr(Watch, "_follow_watchfiles", refuse)
    track = house.add()
    seen = Seen(house)
    track.file.write_text(track.file.read_text().replace("Summer", "Winter"))
    seen.until(lambda: titles(house) == ["Winter Nights"])
    seen.watch.close()


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_on_a_disk_of_the_network_it_looks_itself_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.library.watch.is_silent", lambda folder: True)
    # As on such a disk: the change of another machine is not reported.
    monkeypatch.setattr(FolderTree, "changed", lambda self: [])
    track = house.add()
    seen = Seen(house)
    track.file.write_text(track.file.read_text().replace("Summer", "Winter"))
    seen.until(lambda: titles(house) == ["Winter Nights"])
    seen.watch.close()


def test_a_folder_that_was_moved_is_watched_where_it_is_now(house: House, seen: Seen) -> None:
    folder = house.library.tracks("first")[0].file.parent
    (house.folder / "away").mkdir()
    moved = folder.rename(house.folder / "away" / folder.name)
    seen.until(lambda: moved in [track.file.parent for track in house.library.tracks()])
    file = house.library.tracks("first")[0].file
    file.write_text(file.read_text().replace('"First"', '"Once more"'))
    seen.until(lambda: "Once more" in titles(house))
