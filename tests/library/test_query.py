"""The language of the search line, against real tracks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suno_tui.library.query import EXAMPLES, QueryError, order_by, parse
from suno_tui.library.store import Library
from suno_tui.providers.song import Song
from tests.library.harness import House, mp3

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    house = House(tmp_path_factory.mktemp("house"))
    rain = Song(custom_mode=True, title="Neon Rain", style="Lo-Fi, synth", lyrics="x")
    a = house.add(
        "Neon Rain",
        song=rain,
        tags="lofi beats, demo",
        task_id="Ff09-17",
        queue_id="t2cgab",
        lyrics="City lights\nin the rain",
        created_at=NOW - timedelta(days=1),
    )
    b = house.add(
        "Summer Nights",
        song=Song(custom_mode=True, title="Summer Nights", style="Pop", lyrics="x"),
        tags="pop, indie",
        lyrics="Lights of the city",
        model="suno-v5",
        created_at=datetime(2025, 3, 31, 12, tzinfo=UTC),
        data=mp3(3.0),
    )
    house.add(
        "夏の夜 🎵",
        song=Song(prompt="calm piano"),
        tags="café jazz",
        lyrics="",
        provider="hosted",
        created_at=NOW - timedelta(days=10),
    )
    house.library.annotate(a.id, rating=4, notes="for the Opening scene")
    house.library.annotate(b.id, rating=2, favorite=True)
    yield house.library
    house.close()


ALL = ["Neon Rain", "夏の夜 🎵", "Summer Nights"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ALL),
        ("rain", ["Neon Rain"]),
        ("RAI", ["Neon Rain"]),
        ("lofi", ["Neon Rain"]),
        ("lo-fi", ["Neon Rain"]),
        ("opening", ["Neon Rain"]),
        ("city", ["Neon Rain", "Summer Nights"]),
        ('"city lights"', ["Neon Rain"]),
        ('lyrics:"city lights"', ["Neon Rain"]),
        ("CITY or", []),
        ('lyrics:"light"', []),
        ("cafe", ["夏の夜 🎵"]),
        ("夜", ["夏の夜 🎵"]),
        ("🎵", ["夏の夜 🎵"]),
        ("style:lofi", ["Neon Rain"]),
        ("style:pop", ["Summer Nights"]),
        ("-tag:demo", ["夏の夜 🎵", "Summer Nights"]),
        ("-city", ["夏の夜 🎵"]),
        ("fav:yes", ["Summer Nights"]),
        ("-fav:yes", ["Neon Rain", "夏の夜 🎵"]),
        ("fav:no rating:>=4", ["Neon Rain"]),
        ("rating:2..4", ["Neon Rain", "Summer Nights"]),
        ("rating:0", ["夏の夜 🎵"]),
        ("rating:>2", ["Neon Rain"]),
        ("stars:<=2", ["夏の夜 🎵", "Summer Nights"]),
        ("len:<0:02", ["Neon Rain", "夏の夜 🎵"]),
        ("len:3s", ["Summer Nights"]),
        ("len:<=0:02", ["Neon Rain", "夏の夜 🎵"]),
        ("len:<0:03", ["Neon Rain", "夏の夜 🎵"]),
        ("len:>0:03", []),
        ("len:>2.5", ["Summer Nights"]),
        ("len:>=0:02", ["Summer Nights"]),
        ("model:v5_5", ["Neon Rain", "夏の夜 🎵"]),
        ("provider:hosted", ["夏の夜 🎵"]),
        ("task:t2cg", ["Neon Rain"]),
        ("task:ff09", ["Neon Rain"]),
        ("task:2cg", []),
        ("-task:t2cgab", ["夏の夜 🎵", "Summer Nights"]),
        ("added:<7d", ["Neon Rain"]),
        ("added:>7d", ["夏の夜 🎵", "Summer Nights"]),
        ("added:2025-03", ["Summer Nights"]),
        ("added:2025", ["Summer Nights"]),
        ("added:<2025-03-31", []),
        ("added:>=2025-03-01", ALL),
        ("-added:2025", ["Neon Rain", "夏の夜 🎵"]),
        ("bpm:>100", []),
        ("-bpm:>100", ALL),
        ("sort:title", ["Neon Rain", "Summer Nights", "夏の夜 🎵"]),
        ("sort:-rating", ["Neon Rain", "Summer Nights", "夏の夜 🎵"]),
        ("sort:fav,-added", ["Neon Rain", "夏の夜 🎵", "Summer Nights"]),
        ("sort:added", ["Summer Nights", "夏の夜 🎵", "Neon Rain"]),
        ('"-"', ["Neon Rain"]),
        ('"%"', []),
        ("style:lofi fav:no rating:>=4 len:<3:00 -tag:none sort:-rating", ["Neon Rain"]),
    ],
)
def test_queries(library: Library, query: str, titles: list[str]) -> None:
    assert [track.title for track in library.tracks(query)] == titles
    hits = library.search(query)
    assert [track.title for track in hits if track] == titles
    assert hits.mistakes == ()


def test_a_track_without_a_title_is_found_by_the_name_that_is_shown(library: Library) -> None:
    (track,) = library.tracks("夏")
    library.edit(track.id, title="")
    assert [found.name for found in library.tracks("calm piano")] == ["calm piano"]


@pytest.mark.parametrize(
    ("query", "wrong", "says"),
    [
        ("city foo:bar", "foo:bar", "only title, style"),
        ("city ratin:3", "ratin:3", "did you mean rating:"),
        ("city rating:many", "rating:many", "rating:>=4"),
        ("city rating:9", "rating:9", "0 to 5"),
        ("city len:4:99", "len:4:99", "not a length"),
        ("city added:sometime", "added:sometime", "neither an age nor a date"),
        ("city added:2025-02-30", "added:2025-02-30", "no such date"),
        ("city fav:maybe", "fav:maybe", "yes or no"),
        ("city sort:size", "sort:size", "only by"),
        ("city sort:titel", "sort:titel", "did you mean title"),
        ("city -sort:title", "-sort:title", "sort:-rating"),
        ("city added:7d..", "added:7d..", "neither an age nor a date"),
        ("OR city", "OR", "there is no OR"),
        ("AND city", "AND", "leave AND out"),
        ("NOT city", "NOT", "write -word"),
        ('"city', '"city', "not closed"),
        ("city rating:>1..2", "rating:>1..2", "either a range"),
        ("city rating:4..2", "rating:4..2", "ends before it begins"),
        ("city bpm:120..90", "bpm:120..90", "ends before it begins"),
    ],
)
def test_a_mistake_is_pointed_at_and_the_rest_filters(
    library: Library, query: str, wrong: str, says: str
) -> None:
    hits = library.search(query)
    assert [track.title for track in hits if track] == ["Neon Rain", "Summer Nights"]
    (mistake,) = hits.mistakes
    assert query[mistake.start : mistake.end] == wrong
    assert says in mistake.message
    with pytest.raises(QueryError) as raised:
        library.tracks(query)
    assert raised.value.mistakes == (mistake,)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    "query", ["rating:", "rating:>=", "city sort:", "style:", 'lyrics:"city', '-"', "city OR"]
)
def test_an_unfinished_word_is_no_mistake_yet(query: str) -> None:
    assert [mistake.unfinished for mistake in parse(query).mistakes] == [True]


def test_text_in_open_quotes_filters_already(library: Library) -> None:
    assert [track.title for track in library.search('lyrics:"lights of') if track] == [
        "Summer Nights"
    ]
    with pytest.raises(QueryError, match="not closed"):
        library.tracks('lyrics:"lights of')


def test_every_example_is_right() -> None:
    for example in EXAMPLES:
        for word in example.split(" or "):
            assert parse(word).mistakes == ()


_PIECES = st.sampled_from(
    [
        *'-:"<>=. \x00()*^{}+',
        "rating:",
        "len:",
        "added:",
        "sort:",
        "lyrics:",
        "4",
        "3:00",
        "夜",
        "AND",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_any_text_can_be_searched_for(library: Library, text: str) -> None:
    hits = library.search(text)
    assert len(hits) <= 3
    for mistake in hits.mistakes:
        assert 0 <= mistake.start < mistake.end <= len(text)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(QueryError):
        order_by("loudest")
    assert order_by("-rating,title") == "rating DESC, title_key ASC"


def test_sqlite_has_the_words_table_that_the_index_needs() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(a)")
    connection.close()


def test_a_query_of_a_thousand_words_is_cut_with_a_message(house: House) -> None:
    house.add("Rain")
    hits = house.library.search("rain " * 1200)
    assert [hit and hit.title for hit in hits] == ["Rain"]
    (mistake,) = hits.mistakes
    assert "only the first 100" in mistake.message
