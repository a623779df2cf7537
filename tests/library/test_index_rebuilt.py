"""The index is only a cache: missing, damaged or replaced, it is rebuilt from the files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.library.harness import House

COUNT = 250
"""More than are read between two reports."""


def _nothing(file: Path) -> None:
    file.unlink()


def _garbage(file: Path) -> None:
    file.write_bytes(b"this is no database" * 1000)


def _old(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 12345")
    connection.execute("CREATE TABLE other(x)")
    connection.commit()
    connection.close()


def _torn(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(file.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    file.write_bytes(data)


@pytest.mark.parametrize("spoil", [_nothing, _garbage, _old, _torn])
@pytest.mark.parametrize("running", [True, False])
def test_the_index_is_made_anew(house: House, spoil: Callable[[Path], None], running: bool) -> None:
    tracks = [house.add("One"), house.add("Two")]
    library = house.library
    if not running:
        library.close()
        library = house.open()
    spoil(house.cache / "library.sqlite")
    assert {track.id for track in library.tracks()} == {track.id for track in tracks}
    assert library.annotate(tracks[0].id, rating=4).rating == 4
    assert len(library.tracks("one")) == 1
    library.close()


def test_a_cache_that_cannot_be_written_is_held_in_memory(house: House) -> None:
    track = house.add()
    house.library.close()
    shutil.rmtree(house.cache)
    house.cache.write_text("a file in the way")
    library = house.open()
    assert library.tracks() == [track]
    assert library.annotate(track.id, rating=2).rating == 2
    assert library.tracks("summer rating:2") == library.tracks()
    library.close()


def test_an_index_that_is_replaced_while_it_is_read_is_read_from_the_start(house: House) -> None:
    for number in range(COUNT):
        file = house.folder / f"{number}/{number}.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f'title = "Song {number}"')
        file.with_suffix(".mp3").write_bytes(b"")
    house.library.refresh()
    house.close()
    for path in house.cache.iterdir():
        path.unlink()
    library = house.open()

    read: list[int] = []

    def replace(done: int, _all: int) -> None:
        read.append(done)
        if len(read) == 2:
            for path in house.cache.iterdir():
                path.unlink()

    library.refresh(progress=replace)
    assert len(read) > 2
    assert library.complete
    assert library.count() == COUNT
