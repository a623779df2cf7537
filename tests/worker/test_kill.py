"""kill -9 of a real worker at random moments, as often as `SUNO_TUI_KILLS` says (10)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from suno_tui.tasks.holds import WAITS_FOR_USER
from suno_tui.tasks.models import Status
from suno_tui.tasks.store import TaskStore
from tests.fake_provider import PRICE, FakeProvider, sound
from tests.worker.harness import SONG

KILLS = int(os.environ.get("SUNO_TUI_KILLS", "10"))
SONGS = 3
REQUESTS = 10
"""What one song needs, roughly: balance, create, polls, takes and covers."""


def start(folder: Path, provider: FakeProvider) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.worker.killed_worker", str(folder), provider.url],
        cwd=Path(__file__).parents[2],
    )


def test_killed_anywhere_it_loses_nothing_and_pays_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    chance = random.Random(4711)
    killed = 0
    store = TaskStore(tmp_path / "queue.sqlite")
    with FakeProvider(balance=100_000) as provider:
        while killed < KILLS:
            tasks = [store.add(SONG, provider="hosted", credits=PRICE) for _ in range(SONGS)]
            for _ in range(min(5, KILLS - killed)):
                worker = start(tmp_path, provider)
                moment = len(provider.requests) + chance.randrange(1, REQUESTS)
                with provider.arrived:
                    provider.arrived.wait_for(lambda at=moment: len(provider.requests) >= at, 3)  # type: ignore[misc]
                # The answer is on its way: hit before, while and after it is written down.
                time.sleep(chance.uniform(0, 0.02))
                worker.kill()
                worker.wait()
                killed += 1
            finish(tmp_path, provider, store)
            assert {store.get(task.id).status for task in tasks} == {Status.COMPLETED}

        accepted = provider.ledger
        assert store.spent() == provider.charged()
    filed = {path.name: path.read_bytes() for path in (tmp_path / "shelf").iterdir()}
    expected = {f"{each}-{n}.mp3": sound(each, n) for each in accepted for n in (1, 2)}
    assert filed == expected
    known = [task.task_id for task in store.all()]
    assert sorted(map(str, known)) == sorted(accepted)
    assert list((tmp_path / "downloads").iterdir()) == []
    store.close()


def finish(folder: Path, provider: FakeProvider, store: TaskStore) -> None:
    """Let a worker finish; if an id was lost with the worker, the user looks it up."""
    while True:
        assert start(folder, provider).wait(timeout=30) == 0
        for task in store.live():
            if task.hold and task.hold.code == "filing_died":
                store.retry(task.id)
        if store.owed():
            continue
        asked = [task for task in store.live() if task.hold and task.hold.code in WAITS_FOR_USER]
        if not asked:
            return
        for task in asked:
            ids = [each.id for each in provider.ledger.values() if each.nonce == task.nonce]
            assert len(ids) <= 1, "sent twice"
            store.settle(task.id, bool(ids), task_id=ids[0] if ids else None)
