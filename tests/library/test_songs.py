"""Songs: one row for all takes of a task, and the views that a list may show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.library.views import ALL, FAVORITES, IN_TRASH, OWN_ORDER, UNRATED, View
from tests.library.harness import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Three songs of two takes each, `a1` to `c2`, and `d`, which has no task."""
    house = House(tmp_path)
    for number, song in enumerate("abc"):
        for take in (1, 2):
            write(house, f"{song}{take}", task=f"task-{song}", take=take, day=number + 1)
    write(house, "d", task="", take=1, day=9)
    house.library.refresh()
    yield house
    house.close()


def write(house: House, name: str, *, task: str, take: int, day: int) -> None:
    file = house.folder / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'id = "{name}"\ntitle = "Song {name[0]}"\ntask_id = "{task}"\nprovider = "local"\n'
        f"take = {take}\ncreated_at = 2026-01-{day:02d}T00:00:00Z\nduration = {60 + day}\n"
    )
    file.with_suffix(".mp3").write_bytes(b"")


def songs(house: House, query: str = "", sort: str = "-added", view: View = ALL) -> list[str]:
    found = house.library.search(query, sort=sort, view=view, songs=True)
    return [track.id for track in found if track is not None]


def tracks(house: House, query: str = "", sort: str = OWN_ORDER, view: View = ALL) -> list[str]:
    found = house.library.search(query, sort=sort, view=view)
    return [track.id for track in found if track is not None]


def test_each_song_has_one_row_and_the_best_take_stands_for_it(house: House) -> None:
    assert songs(house) == ["d", "c1", "b1", "a1"]
    assert (house.library.count(), house.library.count(songs=True)) == (7, 4)
    house.library.annotate("b2", rating=4)
    house.library.annotate("c2", favorite=True)
    assert songs(house) == ["d", "c1", "b2", "a1"]
    results = house.library.search(songs=True)
    takes = [results.takes(at) for at in range(len(results))]
    assert [each and each.ids for each in takes] == [
        ("d",), ("c1", "c2"), ("b1", "b2"), ("a1", "a2")
    ]  # fmt: skip
    assert [each and each.rating for each in takes] == [0, 0, 4, 0]
    assert [each and each.favorite for each in takes] == [False, True, False, False]
    house.library.annotate("b1", rating=5)
    assert songs(house, sort="-rating")[0] == "b1"
    house.library.undo()
    assert songs(house, sort="-rating")[0] == "b2"


def test_a_take_that_leaves_gives_its_row_to_the_next(house: House) -> None:
    house.library.annotate("a2", rating=5)
    house.library.trash(["a2"])
    assert songs(house, "sort:title")[0] == "a1"
    assert house.library.search("sort:title", songs=True).takes(0) == (("a1",), 0, False)
    house.library.trash(["a1"])
    assert songs(house) == ["d", "c1", "b1"]
    house.library.undo()
    house.library.undo()
    assert songs(house, "sort:title")[0] == "a2"


def test_a_filter_that_only_the_second_take_matches_finds_the_song(house: House) -> None:
    house.library.annotate("b2", favorite=True)
    assert songs(house, "fav:yes") == ["b2"]
    assert songs(house, "take:2") == ["c2", "b2", "a2"]
    assert songs(house, "song") == ["d", "c1", "b1", "a1"]
    found = house.library.search("fav:yes", songs=True)
    takes = found.takes(0)
    assert takes is not None and takes.ids == ("b1", "b2")
    assert found.ids() == ["b2"], "marks are for what the filter finds, not for the other takes"
    assert sorted(house.library.search("song", songs=True).ids()) == sorted(tracks(house))


def test_views(house: House) -> None:
    library = house.library
    library.annotate("a2", favorite=True, rating=3)
    library.annotate("c1", rating=2)
    library.playlists.create("Road", [library.get(one) for one in ("c2", "a1", "c2", "b1")])
    library.searches.save("Last takes", "take:2 sort:title")
    library.trash(["b2"])
    road, last = View("playlist", "Road"), View("search", "Last takes")
    assert library.views.all() == [ALL, FAVORITES, UNRATED, road, last, IN_TRASH]
    counts = {view: library.views.count(view) for view in library.views.all()}
    assert [counts[view] for view in (ALL, FAVORITES, UNRATED, road, last, IN_TRASH)] == [
        6, 1, 4, 4, 2, 1
    ]  # fmt: skip
    assert tracks(house, view=FAVORITES) == ["a2"]
    assert tracks(house, view=last) == ["a2", "c2"]
    assert tracks(house, "sort:-title", view=last) == ["c2", "a2"]
    assert tracks(house, view=road) == ["c2", "a1", "c2", "b1"]
    assert songs(house, view=road, sort=OWN_ORDER) == ["c2", "a1", "c2", "b1"]
    assert tracks(house, "title:c", view=road) == ["c2", "c2"]
    assert tracks(house, view=road, sort="title") == ["a1", "b1", "c2"]
    assert tracks(house, view=IN_TRASH) == ["b2"]
    assert tracks(house, "song", view=IN_TRASH) == ["b2"]
    assert tracks(house, "rating:3", view=UNRATED) == []
    assert house.library.search("take:1", view=road).ids() == ["b1", "a1"]


def test_a_view_of_many_songs_reads_pages(house: House) -> None:
    for number in range(350):
        write(house, f"m{number:03d}", task=f"m{number // 2}", take=number % 2 + 1, day=20)
    house.library.refresh()
    found = house.library.search("sort:title title:m", songs=True)
    whole = found.finish()
    assert (len(whole), whole.complete) == (175, True)
    takes = [each.ids for at in range(175) if (each := whole.takes(at)) is not None]
    assert sorted(takes) == [(f"m{at:03d}", f"m{at + 1:03d}") for at in range(0, 350, 2)]
    everything = house.library.search(songs=True)
    assert len(everything) == 179
    assert [everything.takes(at) is not None for at in range(179)] == [True] * 179
