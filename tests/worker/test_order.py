"""What is on disk at each request, as another process sees it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from suno_tui.tasks.models import Status, Take, Task
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import PRICE, Entry, FakeProvider
from tests.worker.harness import Harness


@pytest.fixture
def provider(tmp_path: Path) -> Any:
    with Witness(tmp_path / "queue.sqlite") as fake:
        yield fake


class Witness(FakeProvider):
    """Reads the queue's file at each request."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.at_create: list[tuple[object, ...]] = []
        self.at_poll: list[tuple[object, ...]] = []

    def observe(self, what: str, where: str, value: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            return db.execute(
                f"SELECT {what} FROM tasks LEFT JOIN charges ON charges.task = tasks.id "
                f"WHERE {where} = ?",
                (value,),
            ).fetchall()

    def accept(self, body: dict[str, Any], nonce: str) -> Entry:
        columns = "status, charges.state, charges.credits, balance_before, submitted_at > 0"
        self.at_create += self.observe(columns, "nonce", nonce)
        return super().accept(body, nonce)

    def describe(self, entry: Entry) -> dict[str, Any]:
        self.at_poll += self.observe("nonce, charges.state", "tasks.task_id", entry.id)
        return super().describe(entry)


async def test_the_receipt_is_on_disk_before_the_song_leaves(
    harness: Harness, provider: Witness
) -> None:
    harness.add()
    harness.add()
    assert await harness.work() is Outcome.DONE
    assert provider.at_create == [
        ("submitting", "open", PRICE, 1000, 1),
        ("submitting", "open", PRICE, 1000 - PRICE, 1),
    ]


async def test_the_id_is_on_disk_before_the_next_request(
    harness: Harness, provider: Witness
) -> None:
    task = harness.add()
    assert await harness.work() is Outcome.DONE
    assert set(provider.at_poll) == {(task.nonce, "charged")}


async def test_a_take_counts_as_filed_only_when_it_is(
    harness: Harness, provider: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, states = harness.file_take, []

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        filed = usual(task, take, audio, cover)
        (now,) = [each for each in harness.store.get(task.id).takes if each.number == take.number]
        states.append((now.state, now.track_id, harness.store.get(task.id).status))
        return filed

    monkeypatch.setattr(harness, "file_take", file_take)
    harness.add()
    assert await harness.work() is Outcome.DONE
    assert len(states) == 2
    for state, track_id, status in states:
        assert state != "done"
        assert track_id is None
        assert status is Status.DOWNLOADING
