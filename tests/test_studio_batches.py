"""Batches as the screen and the command line run them."""

from __future__ import annotations

import pytest

from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.studio_batches import (
    BatchChanged,
    CheckedBatch,
    check_batch,
    check_row,
    confirm,
    next_id,
    queue_batch,
    summary,
    table,
)
from suno_tui.tasks.spending import Budget, SpendLimitReached
from suno_tui.tui.screens.batch.rows import about_sent

TEXT = (
    "id,town,title,style,lyrics,prompt\n"
    'a,Rome,Hello {town},"[polka|waltz]",[Verse],\n'
    ",Oslo,,,,a jingle for {town}\n"
)


def checked(studio: Studio, text: str) -> CheckedBatch:
    return check_batch(studio, text, "csv", "jingles")


def test_a_table_has_every_song_and_what_is_wrong(studio: Studio) -> None:
    batch = checked(studio, f"{TEXT}b,Bonn,Only a title,,,\nc,,,,,a {{b}}\nd,1,2,3,4,5,6\n")
    lines = table(batch, {})
    assert [(line.line, line.label, line.title, line.text, line.cost) for line in lines] == [
        (2, "a", "Hello Rome", "polka", "24 cr $0.12"),
        (2, "a", "Hello Rome", "waltz", "24 cr $0.12"),
        (3, "3", "a jingle for Oslo", "", "24 cr $0.12"),
        (4, "b", "Only a title", "", "24 cr $0.12"),
        (5, "c", "a {b}", "", ""),
        (6, "6", "", "", ""),
    ]
    assert [line.problems[:1] for line in lines[3:]] == [
        ("lyrics: write lyrics, or choose instrumental",),
        ("there is no column for {b}",),
        ("has 7 cells, but there are 6 columns",),
    ]
    assert len({line.key for line in lines}) == len(lines)


def test_a_second_opening_shows_what_was_sent_and_sends_the_rest(studio: Studio) -> None:
    batch = checked(studio, TEXT)
    queue_batch(studio, batch, batch.new({})[:2], None)
    again = checked(studio, f"{TEXT},Bonn,,,,a jingle for {{town}}\n")
    known = again.known(studio)
    assert [line.task is not None for line in table(again, known)] == [True, True, False, False]
    assert summary(studio, again, known) == (
        "4 songs · 2 new: 48 credits, $0.24 at mine · 2 under way"
    )
    budget = Budget.read("95cr", "")
    with pytest.raises(SpendLimitReached, match="Over the budget of batch jingles"):
        queue_batch(studio, again, again.new(known), budget)
    queue_batch(studio, again, again.new(known), budget._replace(credits=96))
    # As another window that has not looked again would.
    queue_batch(studio, again, again.new(known), None)
    assert [task.requester for task in studio.tasks.all()] == ["batch jingles"] * 4
    assert summary(studio, again, again.known(studio)) == "4 songs · 4 under way"


def test_a_row_that_was_changed_after_it_was_sent_says_so(studio: Studio) -> None:
    batch = checked(studio, TEXT)
    queue_batch(studio, batch, batch.songs, None)
    again = checked(studio, TEXT.replace("waltz", "ska"))
    lines = table(again, again.known(studio))
    assert [(line.text, line.changed) for line in lines] == [
        ("polka", False), ("ska", True), ("", False),
    ]  # fmt: skip
    assert again.new(again.known(studio)) == []


def test_a_row_alone_is_checked_as_in_its_file(studio: Studio) -> None:
    values = {"prompt": "a jingle for {town}", "town": "Rome", "goods": "clocks", "bpm": None}
    assert check_row(studio, values, ["town", "goods"]) == "1 song: 24 credits, $0.12 at mine"
    assert "`bpm` must be a whole number" in check_row(studio, {"bpm": "x"}, [])


def test_a_row_of_many_combinations_is_checked_by_a_few(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = []

    def price(song: Song, provider: str) -> int:
        priced.append(song)
        return 24

    monkeypatch.setattr(studio, "price", price)
    said = check_row(studio, {"prompt": "[a|b|c|d|e|f|g|h|i|j]" * 4}, [])
    assert said == "10,000 songs: 240,000 credits, $1200.00 at mine"
    assert 1 <= len(priced) <= 20
    said = check_row(studio, {"prompt": "[a|b|c|d|e|f|g|h|i|j]" * 6}, [])
    assert said.startswith("makes 1,000,000 songs; a batch has 100,000 at most")


def test_only_what_was_shown_is_sent(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = checked(studio, TEXT)
    confirm(studio, batch, TEXT, "csv")
    for other in (
        TEXT.replace("waltz", "ska"),
        TEXT + ",Bonn,,,,a jingle\n",
        TEXT + "1,2,3,4,5,6,7",
    ):
        with pytest.raises(BatchChanged):
            confirm(studio, batch, other, "csv")
    monkeypatch.setattr(studio, "price", lambda *song: 25)
    with pytest.raises(BatchChanged, match="look at it again, then send"):
        confirm(studio, batch, TEXT, "csv")


def test_a_new_row_gets_an_id_that_was_never_sent(studio: Studio) -> None:
    text = "id,prompt\n1,a\n2,b\n"
    batch = checked(studio, text + "3,c\n4,[d|e]\n")
    queue_batch(studio, batch, batch.songs[:3] + batch.songs[4:], None)
    assert next_id(studio, checked(studio, text)) == {"id": "5"}
    assert next_id(studio, check_batch(studio, text, "csv", "another")) == {"id": "3"}
    assert next_id(studio, checked(studio, TEXT)) == {}


def test_what_a_change_of_a_sent_row_means(studio: Studio) -> None:
    batch = checked(studio, TEXT)
    queue_batch(studio, batch, batch.songs[1:], None)  # the first row's second choice only
    lines = table(batch, batch.known(studio))
    first, second = (about_sent(row, lines) for row in batch.rows)
    assert first.startswith("Its songs that were sent are not sent again while it keeps its id")
    assert "it is a new song" in second
    assert about_sent(batch.rows[0], table(batch, {})) == ""


def test_cancelled_songs_are_not_called_failed(studio: Studio) -> None:
    batch = checked(studio, TEXT)
    queued = queue_batch(studio, batch, batch.songs, None)
    studio.tasks.cancel(next(iter(queued.values())).id)
    assert summary(studio, batch, batch.known(studio)) == "3 songs · 2 under way · 1 cancelled"


def test_a_batch_that_was_sent_in_part_says_how_to_go_on(studio: Studio) -> None:
    batch = checked(studio, "provider,prompt\nlocal,a\n,b\n")
    with pytest.raises(SpendLimitReached, match="Some songs were queued"):
        queue_batch(studio, batch, batch.songs, Budget.read("1cr", ""))
    assert len(batch.known(studio)) == 1
