"""kill -9 of workers, scheduler and server at random while takes are made on a cluster and put into
object storage: as often as `SUNO_TUI_CLUSTER_KILLS` says (3), with `SUNO_TUI_CLUSTER_SONGS` (12).
Nothing may stand still for longer than `SUNO_TUI_CLUSTER_WAIT` seconds (120).
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from suno_tui.providers.song import Song
from suno_tui.server import admin, ledger
from suno_tui.server.database import Database
from suno_tui.server.object_storage import ObjectStorage
from suno_tui.server.service import open_database
from tests.server import fakes
from tests.server.cluster import ROOT, Cluster
from tests.server.conftest import titled, until
from tests.server.object_store import ObjectStore

KILLS = int(os.environ.get("SUNO_TUI_CLUSTER_KILLS", "3"))
SONGS = int(os.environ.get("SUNO_TUI_CLUSTER_SONGS", "12"))
WAIT = float(os.environ.get("SUNO_TUI_CLUSTER_WAIT", "120"))
KEY = "sk-cluster-cluster-cluster-cluster-cl"
PLACE = "s3://songs/killed"

SERVER = """
import sys
from pathlib import Path
from suno_tui.server import serve
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.object_storage import ObjectStorage
from suno_tui.server.service import Rules
folder, key, place, url, ca, cert, private = sys.argv[1:]
serve.run(
    Path(folder), port=0, keys=[key], credits=10**6, make="tests.server.fakes:make_take",
    cluster=ClusterAddress.checked(url, ca=ca, cert=cert, key=private),
    storage=ObjectStorage(place), rules=Rules(rate=0, backlog=0),
)
"""


class Server:
    """The server as a process of its own, which may be killed and started again."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder = folder / "served"
        self._command = [sys.executable, "-c", SERVER, str(self.folder), KEY, PLACE]
        self._command += cluster.options[1::2]
        self._log = folder / "server.log"
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Serving on "), self._log.read_text()
        self.client = httpx.Client(
            base_url=line.split()[-1],
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
            timeout=30,
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.client.close()

    def books(self) -> contextlib.closing[Database]:
        return contextlib.closing(open_database(self.folder))


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    made = ObjectStore()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


def test_whatever_is_killed_every_task_is_completed_or_refunded_once(
    tmp_path: Path, storage: ObjectStore
) -> None:
    chance = random.Random(4711)
    cluster = Cluster(tmp_path, workers=1 if KILLS == 3 else 2)
    cluster.start()
    server = Server(tmp_path, cluster)
    told: dict[str, str] = {}

    def create(nonce: str) -> None:
        answer = server.client.post(
            "/v1/music/generations",
            json=titled("fail" if nonce.endswith("7") else "fine"),
            headers={"Idempotency-Key": nonce},
        )
        task_id = answer.json()["data"]["taskId"]
        assert told.setdefault(nonce, task_id) == task_id

    def ended() -> int:
        with server.books() as books:
            audit = admin.audit(books)
            assert audit.problems == ()
            assert audit.purchased == audit.balance + audit.consumed == 10**6
            return audit.charges - audit.live

    def restart_server() -> None:
        server.kill()
        server.start()

    def restart_scheduler() -> None:
        cluster.kill_scheduler()
        cluster.start_scheduler()

    try:
        kills = [cluster.kill_a_worker, restart_server, restart_scheduler]
        per_kill = SONGS // KILLS
        for number in range(KILLS):
            for song in range(number * per_kill, (number + 1) * per_kill):
                create(str(song))
            done = ended()
            # Some takes are stored, some are being made, some wait.
            until(lambda done=done: ended() > done or ended() == len(told), WAIT)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.2))
            (kills[number] if number < 3 else chance.choice(kills))()
        for nonce in list(told):
            create(nonce)  # once more: it is the same task
        until(lambda: ended() == len(told), WAIT)
        check(server, told)
    finally:
        server.kill()
        cluster.close()


def check(server: Server, told: dict[str, str]) -> None:
    """Check states, money, the bytes of every take, and that each file belongs to one."""
    with server.books() as books:
        audit = admin.audit(books)
        tasks = {n: ledger.find_task(books, task_id) for n, task_id in told.items()}
        known = ledger.stored_files(books)
    failing = sum(nonce.endswith("7") for nonce in told)
    assert (audit.problems, audit.live) == ((), 0)
    assert (audit.charges, audit.refunds) == (len(told), failing)
    names: list[str] = []
    storage = ObjectStorage(PLACE)
    for nonce, task in tasks.items():
        assert task is not None
        assert task.status == ("failed" if nonce.endswith("7") else "completed"), task
        for take in task.takes:
            song = Song.from_table(task.song.to_table())
            here = fakes.make_take(
                song, number=take.number, seed=task.seed, progress=lambda *_: None
            )
            assert storage._read(take.audio) == here.mp3
            names += [take.audio, take.cover]
        if task.status == "completed":
            assert len(task.takes) == 2
    assert len(names) == len(set(names))
    assert set(names) <= known
    # What died between file and ledger is there still, is known to nobody, and goes within a day.
    lost = {each.name for each in storage.stored()} - known
    assert len(lost) <= 4 * KILLS * 2
