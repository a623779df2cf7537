"""The track that a song carries on from: found in the library, and judged before it is sent."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from suno_tui.library.track import Origin, Track, carry_on
from suno_tui.providers.remote import RemoteTake
from suno_tui.providers.song import Song
from suno_tui.providers.source import COVER, EXTEND, REPAINT, Made, SourceTrouble
from suno_tui.providers.tables import TABLES
from suno_tui.tasks.models import Task
from suno_tui.tasks.sources import find_source, marks_of, source_problems
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from tests.library.harness import SONG, House, mp3

DAY = 24 * 3600.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TaskStore]:
    store = TaskStore(tmp_path / "queue.sqlite")
    yield store
    store.close()


def queue(store: TaskStore, house: House, track: Track, way: str = COVER) -> Task:
    song = carry_on(track, way, "V6", 0.2, 0.9)
    marks = marks_of(house.library, [song])
    (task,) = store.add_all(
        [song], provider="kie", credits=12, source_marks=marks, url_life=14 * DAY
    )
    return task


def test_it_is_the_file_as_it_is_now(house: House, store: TaskStore) -> None:
    track = house.add()
    task = queue(store, house, track)
    assert task.origin == Origin(track.id, "cover")
    found = find_source(house.library, store, task)
    assert (found.path, found.seconds) == (track.audio, track.duration)
    assert found.size == track.audio.stat().st_size
    assert found.digest == hashlib.sha256(track.audio.read_bytes()).hexdigest()
    assert found.made is None


def trashed(house: House, track: Track) -> None:
    house.library.trash([track.id])


def deleted(house: House, track: Track) -> None:
    house.library.delete([track.id])


def removed(house: House, track: Track) -> None:
    track.audio.unlink()


def replaced(house: House, track: Track) -> None:
    track.audio.write_bytes(mp3(2.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (trashed, "is in the trash"),
        (deleted, "is not in the library any more"),
        (removed, "Bring it back"),
        (replaced, "has changed since"),
    ],
)
def test_problems_with_a_source_hold_the_song(
    house: House, store: TaskStore, change: Any, words: str
) -> None:
    track = house.add()
    task = queue(store, house, track)
    change(house, track)
    with pytest.raises(SourceTrouble, match=words):
        find_source(house.library, store, task)


def test_a_track_may_be_edited_and_moved_meanwhile(house: House, store: TaskStore) -> None:
    track = house.add()
    task = queue(store, house, track)
    house.library.edit(track.id, title="Another title")
    assert find_source(house.library, store, task).digest == house.library.get(track.id).sha256
    folder = house.folder / "elsewhere"
    track.file.parent.rename(folder)
    assert find_source(house.library, store, task).path.parent == folder


def test_a_track_that_comes_back_is_found_again(house: House, store: TaskStore) -> None:
    track = house.add()
    task = queue(store, house, track)
    house.library.trash([track.id])
    house.library.restore([track.id])
    assert find_source(house.library, store, task).path == track.audio


def made(
    store: TaskStore, track: Track, *, provider: str = "kie", age: float = 0.0, take_id: str = "t-1"
) -> None:
    """Let the queue know of a take that became the track."""
    (task,) = store.add_all(
        [Song(model="V5", prompt="x")], provider=provider, credits=12, url_life=14 * DAY
    )
    journal = Journal(store)
    journal.write_receipt(task, None)
    journal.accepted(task.id, "remote")
    take = RemoteTake(1, "https://x.example/1.mp3", facts={"id": take_id} if take_id else {})
    journal.record_takes(task.id, [take])
    journal.take_done(task.id, 1, track.id)
    with store.write() as connection:
        then = time.time() - age
        connection.execute("UPDATE tasks SET accepted_at = ? WHERE id = ?", (then, task.id))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, Made("remote", "t-1", "V5")),
        ({"age": 12 * DAY}, Made("remote", "t-1", "V5")),
        # So near the end of its time it is uploaded.
        ({"age": 13.5 * DAY}, None),
        ({"provider": "sunoapi"}, None),
        ({"take_id": ""}, None),
    ],
)
def test_the_providers_own_id_of_it(
    house: House, store: TaskStore, how: dict[str, Any], expected: Made | None
) -> None:
    track = house.add()
    made(store, track, **how)
    task = queue(store, house, track)
    assert find_source(house.library, store, task).made == expected


def test_what_the_library_shows_before_it_is_queued(house: House) -> None:
    kie = TABLES["kie"].default_model
    track = house.add(data=mp3(1.0))
    house.library.refresh()

    def fields(song: Song) -> list[str]:
        return [each.field for each in source_problems(house.library, kie, song)]

    song = carry_on(track, EXTEND, "V6", 0.5)
    assert fields(song) == []
    assert fields(replace(song, span_start=1.5)) == ["span_start"]
    assert fields(carry_on(track, REPAINT, "V6", 0.0, 0.9)) == ["span_end"], "shorter than 10 s"
    assert fields(replace(song, source_track="bcdfghjkmn")) == ["source_track"]
    track.audio.unlink()
    assert fields(song) == ["source_track"]
    assert fields(replace(song, way=None)) == []


def test_the_draft_has_the_words_of_the_track(house: House) -> None:
    track = house.add(song=replace(SONG, seed=4, takes=1, duration=60.0, bpm=120))
    song = carry_on(track, REPAINT, "V6", 1.0, 2.0)
    assert (song.title, song.style, song.lyrics, song.bpm) == (
        SONG.title, SONG.style, SONG.lyrics, 120,
    )  # fmt: skip
    assert (song.seed, song.takes, song.duration, song.model) == (None, None, None, "V6")
    assert song.carrying == {"way": "repaint", "track": track.id, "start": 1.0, "end": 2.0}
    # Of a track by a prompt, or an imported one, what is known is a title, tags and lyrics.
    for before in (Song(prompt="a calm piano"), None):
        other = carry_on(house.add("Rain", song=before, lyrics=""), COVER, "V6")
        assert other.custom_mode and other.title == "Rain" and other.style == "pop, indie"
        assert other.instrumental == (before is None)


def test_a_track_keeps_what_it_was_made_from(house: House) -> None:
    parent = house.add()
    song = carry_on(parent, EXTEND, "V6", 0.5)
    child = house.add(song=song, origin=Origin(parent.id, "extend"))
    text = child.file.read_text()
    assert 'relation = "extend"' in text and 'way = "extend"' in text
    house.library.refresh()
    assert house.library.get(child.id).song == song
    assert child.to_json()["carries_on"] == song.carrying
    assert house.library.family(child).parent == parent
    assert [each.id for each in house.library.family(parent).children] == [child.id]
