"""kill -9 of the server at random moments under load, as often as `SUNO_TUI_KILLS` says (4)."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from suno_tui.server import admin
from suno_tui.server.service import Rules, Service, open_database
from tests.server import fakes
from tests.server.conftest import create, ended, running, titled
from tests.server.test_engine import CREDITS, KEY, start

KILLS = int(os.environ.get("SUNO_TUI_KILLS", "4"))
CLIENTS = 6
ANSWERS = 60
"""The most answers to wait for before a kill."""
SONGS = 2 * ANSWERS * KILLS
"""More than are asked for before the last kill; each has a nonce of its own."""


class Load:
    """The clients' knowledge: the nonces they sent, and the ids they received."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.told: dict[str, str] = {}
        self.answered = threading.Condition()
        self.answers = 0
        self._lock = threading.Lock()

    def create(self, client: httpx.Client, nonce: str) -> str:
        """Create the song of a nonce; each time it must get the same id."""
        with self._lock:
            self.asked.add(nonce)
        title = "fail" if nonce.endswith("7") else "fine"
        task_id = create(client, titled(title), **{"Idempotency-Key": nonce})
        with self._lock:
            assert self.told.setdefault(nonce, task_id) == task_id
        return task_id

    def run(self, url: str) -> None:
        """Create and query without a pause until the server has died."""
        headers = {"Authorization": f"Bearer {KEY}"}
        client = httpx.Client(base_url=url, headers=headers, trust_env=False)
        with client, contextlib.suppress(httpx.TransportError):
            # First what was asked before and never answered: by every client at once.
            with self._lock:
                doubtful = self.asked - self.told.keys()
            for nonce in [*doubtful, *random.sample(range(SONGS), SONGS)]:
                task_id = self.create(client, str(nonce))
                assert client.get(f"/v1/tasks/{task_id}").status_code == 200
                with self.answered:
                    self.answers += 1
                    self.answered.notify_all()


def test_killed_at_any_moment_the_books_add_up_and_no_task_is_left_hanging(tmp_path: Path) -> None:
    folder, load, chance = tmp_path / "s", Load(), random.Random(4711)
    for _ in range(KILLS):
        process, url = start(folder)
        until = load.answers + chance.randrange(ANSWERS)
        with ThreadPoolExecutor(CLIENTS) as pool:
            loads = [pool.submit(load.run, url) for _ in range(CLIENTS)]
            with load.answered:
                load.answered.wait_for(lambda at=until: load.answers >= at, 20)  # type: ignore[misc]
            # Before, while and after the next requests are written down.
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
            process.communicate()
            for each in loads:
                each.result()
        with contextlib.closing(open_database(folder)) as books:
            audit = admin.audit(books)
        assert audit.problems == ()
        assert audit.purchased == audit.balance + audit.consumed == CREDITS
        # Whoever was told an id has a task; who was not told has one, or none.
        assert len(load.told) <= audit.charges <= len(load.asked)

    rules = Rules(rate=0, backlog=SONGS)
    with running(Service(folder, workers=1, make=fakes.MAKE, rules=rules)) as served:
        client = served.client(KEY)
        for nonce in load.asked:
            load.create(client, nonce)
        states = [ended(client, task_id)["status"] for task_id in load.told.values()]
        with served.admin() as books:
            audit = admin.audit(books)
    failing = sum(nonce.endswith("7") for nonce in load.asked)
    assert states.count("failed") == failing == audit.refunds
    assert states.count("completed") == len(load.asked) - failing
    assert (audit.problems, audit.live, audit.charges) == ((), 0, len(load.asked))
    assert audit.consumed == 24 * states.count("completed")
