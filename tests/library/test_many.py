"""Thousands of tracks: what work is done, not how long it takes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.library import index_sync, scan, track_reader
from suno_tui.library.store import Library
from suno_tui.library.tables import Database
from tests.library.harness import House

COUNT = 5_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("many"))
    hour_ago = time.time() - 3600
    for folder_number in range(COUNT // 100):
        month = house.folder / f"2026/{folder_number:03d}"
        month.mkdir(parents=True)
        for number in range(100):
            at = folder_number * 100 + number
            file = month / f"{at}.toml"
            file.write_text(
                f'id = "t{at}"\ntitle = "Song {at}"\ntags = "tag{at % 10}, pop"\n'
                f"rating = {at % 6}\nduration = {60 + at % 240}\n"
                f"created_at = 2026-01-{at % 28 + 1:02d}T00:00:00Z\n"
                f'lyrics = "line {at} and a word{at % 100}"\n'
            )
            file.with_suffix(".mp3").write_bytes(b"")
            os.utime(file, (hour_ago, hour_ago))
        os.utime(month, (hour_ago, hour_ago))
    os.utime(house.folder / "2026", (hour_ago, hour_ago))
    os.utime(house.folder, (hour_ago, hour_ago))
    house.library.refresh()
    yield house
    house.close()


class Counter:
    """Counts what the library does with the disk and the index."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.read = self.listed = self.made = 0
        patch.setattr(index_sync, "MANY", 10 * COUNT)  # in another process, nothing is counted
        listing = scan._list
        patch.setattr(scan, "read_track_file", self._counting("read", track_reader.read_track_file))
        patch.setattr(scan, "_list", self._counting("listed", listing))
        from suno_tui.library.index import Index

        patch.setattr(Index, "_track", self._counting("made", Index._track))

    def _counting(self, name: str, function: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            setattr(self, name, getattr(self, name) + 1)
            return function(*arguments)

        return counted


def test_everything_is_found(house: House) -> None:
    assert house.library.count() == COUNT
    assert len(house.library.search("tag3 rating:>=4")) == sum(
        at % 10 == 3 and at % 6 >= 4 for at in range(COUNT)
    )
    assert [track.title for track in house.library.tracks("word42", limit=2)] != []
    assert len(house.library.tracks('lyrics:"line 77"')) == 1


def test_opening_and_the_first_page_read_no_file_and_make_one_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Counter(monkeypatch)
    library = Library(house.folder, trash=house.trash, cache=house.cache)
    hits = library.search()
    assert len(hits) == COUNT
    assert [track is not None for track in hits[:50]] == [True] * 50
    assert (count.read, count.listed, count.made) == (0, 0, 100)
    assert hits[-1] is not None
    assert count.made == 200
    library.close()


def test_a_refresh_without_changes_lists_and_reads_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Counter(monkeypatch)
    version = house.library.version()
    house.library.refresh()
    assert (count.read, count.listed) == (0, 0)
    assert house.library.version() == version


def test_a_refresh_reads_only_what_changed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    track = house.library.get("t4321")
    track.file.write_text(track.file.read_text().replace("Song 4321", "Renamed"))
    extra = track.file.with_name("extra.toml")
    extra.write_text('id = "extra"')
    extra.with_suffix(".mp3").write_bytes(b"")
    count = Counter(monkeypatch)
    house.library.refresh()
    assert (count.read, count.listed) == (2, 1)
    assert house.library.get("t4321").title == "Renamed"
    assert house.library.get("extra").file == extra
    Path(extra).unlink()
    house.library.refresh()
    assert house.library.count() == COUNT


def test_a_rating_changes_one_row(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Counter(monkeypatch)
    hits = house.library.search("sort:title")
    house.library.annotate("t5", favorite=True)
    assert count.read == 1, "the file that was written"
    assert count.made < 10
    assert [hit.id for hit in house.library.search("fav:yes") if hit] == ["t5"]
    assert len(hits) == COUNT


@pytest.mark.parametrize("sort", ["-added", "title", "-len", "bpm"])
@pytest.mark.parametrize(
    "query",
    ["song", "tag3", "tag3 rating:>=4", "-tag3", "song -rating:5", "word42", "rating:5",
     "nothing", 'lyrics:"line 77"', "son sort:take", "wor word7 -rating:0"],
)  # fmt: skip
def test_the_first_page_is_the_beginning_of_all_that_fits(
    house: House, query: str, sort: str
) -> None:
    hits = house.library.search(query, sort=sort)
    whole = hits.finish()
    wanted = [track.id for track in house.library.tracks(query, sort=sort, limit=300)]
    assert [hit.id for hit in whole[:300] if hit] == wanted
    assert [hit.id for hit in hits[:300] if hit] == wanted[: len(hits)]
    assert len(hits) >= min(len(whole), 60)
    assert hits.complete == (len(hits) == len(whole))
    assert whole.complete
    assert whole.finish() is whole


def test_a_query_with_many_matches_does_not_scan_everything(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suno_tui.library.list_queries import ListQueries

    house.library.search().prepare()
    with monkeypatch.context() as patch:
        patch.delattr(ListQueries, "_pairs")
        hits = house.library.search("pop")
    assert (len(hits), hits.complete) == (1001, False)
    assert len(hits.finish()) == COUNT


def test_a_search_that_was_called_off_finds_no_more(house: House) -> None:
    hits = house.library.search("pop")
    hits.stop()
    assert hits.finish() is hits
    assert len(house.library.search("pop").finish()) == COUNT


def test_a_long_search_is_cut_off_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suno_tui.library.index import Index

    hits = house.library.search("pop")
    real = Index.numbers
    begun = threading.Event()

    def endless(self: Index, *rest: Any, **more: Any) -> Any:
        begun.set()
        without_end = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        )
        return self._database.rows(without_end, long=more["long"])

    monkeypatch.setattr(Index, "numbers", endless)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(hits.finish()))
    thread.start()
    assert begun.wait(10)
    while thread.is_alive():
        hits._stopped = False  # the word to stop may come before there is something to stop
        hits.stop()
        thread.join(0.05)
    assert found == [hits]
    monkeypatch.setattr(Index, "numbers", real)
    assert len(house.library.search("pop").finish()) == COUNT


def test_tracks_are_found_by_their_ids_and_not_by_going_through_the_library(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [track.id for track in house.library.search()[:600] if track is not None]
    asked: list[str] = []
    rows = Database.rows

    def plan(self: Database, sql: str, *values: object, **how: bool) -> list[tuple[Any, ...]]:
        asked.extend(str(row[3]) for row in rows(self, f"EXPLAIN QUERY PLAN {sql}", *values))
        return rows(self, sql, *values, **how)

    monkeypatch.setattr(Database, "rows", plan)
    assert house.library.still_here(ids) == ids
    assert len(house.library._index.by_ids(0, ids)) == 600
    tracks = [step for step in asked if step.startswith(("SEARCH tracks", "SEARCH TABLE tracks"))]
    assert tracks
    assert all("(id=?)" in step for step in tracks), tracks
