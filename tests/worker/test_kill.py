"""kill -9 of a real worker at random moments, as often as `SUNO_TUI_KILLS` says (10).

Whatever the dialect, nothing is lost. What costs money is paid once; what is free may be made twice
on the way.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from suno_tui.providers.source import COVER
from suno_tui.providers.tables import TABLES
from suno_tui.tasks.holds import WAITS_FOR_USER
from suno_tui.tasks.models import Status
from suno_tui.tasks.store import TaskStore
from tests.fakes.dialects import CASES, Case, Fake
from tests.worker import killed_worker
from tests.worker.harness import SONG

KILLS = int(os.environ.get("SUNO_TUI_KILLS", "10"))
SONGS = 3
REQUESTS = 10
"""What one song needs, roughly: balance, create, polls, takes and covers."""


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([killed_worker.__name__])  # a start takes a moment then


def start(folder: Path, provider: Fake, case: Case) -> BaseProcess:
    worker = PROCESSES.Process(target=killed_worker.run, args=(folder, provider.url, case.dialect))
    worker.start()
    return worker


def gets_to(moment: int, provider: Fake, worker: BaseProcess) -> bool:
    """Wait for the provider's request of this number; return False if the worker ends before."""
    end = time.monotonic() + 60
    with provider.arrived:
        while len(provider.requests) < moment and worker.is_alive():
            assert time.monotonic() < end, "the worker neither ends nor asks"
            provider.arrived.wait(0.02)
    return worker.is_alive()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.dialect)
def test_killed_anywhere_it_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path, case: Case
) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "source.mp3").write_bytes(b"music" * 100_000)
    chance = random.Random(4711)
    killed, names = 0, list[str]()
    store = TaskStore(tmp_path / "queue.sqlite")
    with case.make() as provider:
        while killed < KILLS:
            tasks = []
            for _ in range(SONGS):
                names.append(f"song {len(names)}")
                song = case.song(SONG, names[-1])
                if len(names) % 2 and TABLES[case.dialect].default_model.ways:
                    song = dataclasses.replace(song, way=COVER, source_track="4k7m")
                tasks.append(case.add(store, song))
            for _ in range(min(5, KILLS - killed)):
                worker = start(tmp_path, provider, case)
                moment = len(provider.requests) + chance.randrange(1, REQUESTS)
                if not gets_to(moment, provider, worker):
                    break  # all is done, or it waits for the user
                # The answer is on its way: hit before, while and after it is written down.
                time.sleep(chance.uniform(0, 0.02))
                worker.kill()
                worker.join()
                killed += 1
            finish(tmp_path, provider, store, case)
            assert {store.get(task.id).status for task in tasks} == {Status.COMPLETED}

        assert store.spent() == provider.charged()
        known = [str(task.task_id) for task in store.all()]
        if case.free:
            assert all(case.made(provider, name) for name in names)
        else:
            assert [len(case.made(provider, name)) for name in names] == [1] * len(names)
            assert sorted(known) == sorted(provider.ledger)
        expected: dict[str, bytes] = {}
        for task_id in known:
            expected |= case.takes(provider, task_id)
    filed = {path.name: path.read_bytes() for path in (tmp_path / "shelf").iterdir()}
    assert filed == expected
    assert list((tmp_path / "downloads").iterdir()) == []
    store.close()


def finish(folder: Path, provider: Fake, store: TaskStore, case: Case) -> None:
    """Let a worker finish; if an id was lost with the worker, the user looks it up."""
    while True:
        worker = start(folder, provider, case)
        worker.join(60)
        assert worker.exitcode == 0
        for task in store.live():
            if task.hold and task.hold.code == "filing_died":
                store.retry(task.id)
        if store.owed():
            continue
        asked = [task for task in store.live() if task.hold and task.hold.code in WAITS_FOR_USER]
        if not asked:
            return
        for task in asked:
            ids = [each.id for each in case.made(provider, task.song.title)]
            assert len(ids) <= 1, "sent twice"
            store.settle(task.id, bool(ids), task_id=ids[0] if ids else None)
