"""The server on a cluster and object storage as a process of its own, which may be killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from suno_tui.providers.song import Song
from suno_tui.server import admin, ledger
from suno_tui.server.admin import Audit
from suno_tui.server.database import Database
from suno_tui.server.object_storage import ObjectStorage
from suno_tui.server.service import open_database
from tests.server import fakes
from tests.server.cluster import ENGINE, ROOT, Cluster
from tests.server.conftest import titled, until

KEY = "sk-cluster-cluster-cluster-cluster-cl"
PLACE = "s3://songs/killed"
CREDITS = 10**6
FAILS = "7"
"""The last digit of a nonce whose song fails."""

SERVER = """
import sys
from pathlib import Path
from suno_tui.server import serve
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.object_storage import ObjectStorage
from suno_tui.server.service import Rules
folder, key, place, credits, make, host, url, ca, cert, private = sys.argv[1:]
serve.run(
    Path(folder), host=host, port=0, keys=[key], credits=int(credits), make=make,
    cluster=ClusterAddress.checked(url, ca=ca, cert=cert, key=private),
    storage=ObjectStorage(place), rules=Rules(rate=0, backlog=0),
)
"""


class ServerProcess:
    """The server, with the tasks that it has been given: `tasks` has their ids by their nonces.

    `inside`: a command that runs another one in its place, such as `ip netns exec NAME`.
    """

    def __init__(
        self,
        folder: Path,
        cluster: Cluster,
        *,
        make: str = fakes.MAKE,
        host: str = "127.0.0.1",
        inside: Sequence[str] = (),
    ) -> None:
        self.folder = folder / "served"
        self.tasks: dict[str, str] = {}
        self._command = [*inside, sys.executable, "-c", SERVER, str(self.folder), KEY, PLACE]
        self._command += [str(CREDITS), make, host, *cluster.options[1::2]]
        self._log = folder / "server.log"
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, **ENGINE},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
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

    def restart(self) -> None:
        self.kill()
        self.start()

    def create(self, nonce: str) -> None:
        """Send a song; with a nonce that was used before, it must be the same task."""
        answer = self.client.post(
            "/v1/music/generations",
            json=titled("fail" if nonce.endswith(FAILS) else "fine"),
            headers={"Idempotency-Key": nonce},
        )
        task_id = answer.json()["data"]["taskId"]
        assert self.tasks.setdefault(nonce, task_id) == task_id

    def ended(self) -> int:
        """Check the books, and return how many tasks have ended."""
        with self._books() as books:
            audit = admin.audit(books)
        self._check_sums(audit)
        return audit.charges - audit.live

    def all_ended(self) -> bool:
        return self.ended() == len(self.tasks)

    def await_an_end(self, seconds: float) -> None:
        """Wait until one more task has ended, if there is one."""
        done = self.ended()
        until(lambda: self.ended() > done or self.all_ended(), seconds)

    def check(self) -> int:
        """Check states, money, the bytes of every take, and that each file belongs to one.

        Return how many files are in the storage that no task has, because something was killed
        between the two. They go within a day.
        """
        with self._books() as books:
            audit = admin.audit(books)
            tasks = {n: ledger.find_task(books, task_id) for n, task_id in self.tasks.items()}
            known = ledger.stored_files(books)
        self._check_sums(audit)
        assert audit.live == 0
        failing = sum(nonce.endswith(FAILS) for nonce in self.tasks)
        assert (audit.charges, audit.refunds) == (len(self.tasks), failing)
        names: list[str] = []
        storage = ObjectStorage(PLACE)
        for nonce, task in tasks.items():
            assert task is not None
            assert task.status == ("failed" if nonce.endswith(FAILS) else "completed"), task
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
        return len({each.name for each in storage.stored()} - known)

    def warnings(self) -> list[str]:
        """Return what the log says that is not usual."""
        return [
            line for line in self._log.read_text().splitlines() if '"level": "info"' not in line
        ]

    def _books(self) -> contextlib.closing[Database]:
        return contextlib.closing(open_database(self.folder))

    def _check_sums(self, audit: Audit) -> None:
        assert audit.problems == ()
        assert audit.purchased == audit.balance + audit.consumed == CREDITS
