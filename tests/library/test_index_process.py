"""Many files are read in other processes; whatever becomes of those, all tracks are found."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.common.sqlite import connect
from suno_tui.library import index_process, index_sync, scan
from suno_tui.library.store import Library
from suno_tui.library.tables import Interrupted
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


def test_a_process_reads_all_files_and_reports_progress(
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


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections to indexes that are opened from now on."""
    opened: list[sqlite3.Connection] = []

    def recorded(path: Path, *, timeout: float) -> sqlite3.Connection:
        opened.append(connect(path, timeout=timeout))
        return opened[-1]

    monkeypatch.setattr("suno_tui.library.tables.connect", recorded)
    return opened


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.cursor()
    except sqlite3.ProgrammingError:
        return True
    return False


def test_leaving_kills_the_process(
    connections: list[sqlite3.Connection], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a reader that holds its output open, as the real ones do.
    endless = "import os, time; print('1 2', flush=True); os.fork(); time.sleep(600)"
    monkeypatch.setattr(index_process, "_START", endless)
    assert not library.refresh(progress=lambda *at: library.leave())
    assert not library.refresh()
    log = library.index_file.with_name(f"{library.index_file.name}-wal")
    library.close()
    assert log.exists(), "moving a long log into the index would take longer than anybody waits"
    # Python 3.11 can't close them without moving it.
    assert [*map(is_closed, connections)] == [sys.version_info >= (3, 12)] * len(connections)
    assert connections


def test_a_thread_that_is_late_leaves_no_connection_open(
    connections: list[sqlite3.Connection], house: House
) -> None:
    track = house.add()
    house.library.close()
    assert house.library.annotate(track.id, rating=4).rating == 4
    assert house.library.known(track.id)
    assert connections
    assert all(map(is_closed, connections))


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


def test_readers_end_with_the_process_that_they_read_for(house: House) -> None:
    write(house.folder)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from suno_tui.library.index_process import read_in_processes\n"
        "folder = Path(sys.argv[1])\n"
        f"batches = [[(0, f'{{at}}/{{at}}.toml', None)] for at in range({COUNT})]\n"
        "next(read_in_processes((folder, folder), batches))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    # Its output ends when nobody holds it any more, the readers neither.
    killed = subprocess.run([sys.executable, "-c", code, house.folder], capture_output=True)
    assert killed.returncode == -9, killed.stderr


def test_changes_go_on_while_reading_was_given_up(house: House) -> None:
    track = house.add()
    library = house.open()
    library.leave()
    assert library.annotate(track.id, rating=4).rating == 4
    with pytest.raises(Interrupted):
        library.count()
    library.close()
