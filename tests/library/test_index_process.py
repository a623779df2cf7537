"""Many files are read in other processes; whatever becomes of those, all tracks are found."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.library import index_process, index_sync, scan
from suno_tui.library.store import Library
from tests.library.harness import House

COUNT = 30


@pytest.fixture
def library(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library of some files that is read as if it had many."""
    monkeypatch.setattr(index_sync, "MANY", 10)
    write(house.folder)
    library = house.open()
    yield library
    library.close()


def write(folder: Path) -> None:
    for number in range(COUNT):
        file = folder / f"{number}/{number}.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f'title = "Song {number}"')
        file.with_suffix(".mp3").write_bytes(b"")


def test_all_is_read_in_a_process_and_its_progress_told(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(scan, "_walk")  # nothing is looked at in this process
    told: list[tuple[int, int]] = []
    assert library.refresh(progress=lambda *at: told.append(at))
    assert library.complete
    assert library.count() == COUNT
    assert told[-1] == (COUNT, COUNT)


def test_without_the_process_it_is_done_here(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_process, "_START", "raise SystemExit(1)")
    assert library.refresh()
    assert library.count() == COUNT


def test_leaving_kills_the_process(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        index_process, "_START", "print('1 2', flush=True); import time; time.sleep(600)"
    )
    assert not library.refresh(progress=lambda *at: library.leave())
    assert not library.refresh()


def test_readers_that_die_are_replaced_by_reading_here(house: House) -> None:
    write(house.folder)
    places = (house.folder, house.trash)
    batches: list[list[scan.ToRead]] = [
        [(0, f"{number}/{number}.toml", None)] for number in range(COUNT)
    ]
    reading = index_process.read_in_processes(places, batches)
    found = next(reading)
    for child in multiprocessing.active_children():
        child.kill()
    for some in reading:
        found += some
    assert [path for _, path, facts in found if facts] == [path for [(_, path, _)] in batches]
