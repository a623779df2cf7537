"""kill -9 of workers, scheduler and server at random while takes are made on a cluster and put into
object storage: as often as `SUNO_TUI_CLUSTER_KILLS` says (3), with `SUNO_TUI_CLUSTER_SONGS` (12).
Nothing may stand still for longer than `SUNO_TUI_CLUSTER_WAIT` seconds (120). The order of the
kills comes from `SUNO_TUI_CLUSTER_SEED`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.cluster import Cluster
from tests.server.conftest import until
from tests.server.object_store import ObjectStore
from tests.server.server_process import ServerProcess

KILLS = int(os.environ.get("SUNO_TUI_CLUSTER_KILLS", "3"))
SONGS = int(os.environ.get("SUNO_TUI_CLUSTER_SONGS", "12"))
SEED = int(os.environ.get("SUNO_TUI_CLUSTER_SEED", "4711"))
WAIT = float(os.environ.get("SUNO_TUI_CLUSTER_WAIT", "120"))


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
    chance = random.Random(SEED)
    cluster = Cluster(tmp_path, workers=1 if KILLS == 3 else 2)
    cluster.start()
    server = ServerProcess(tmp_path, cluster)
    kills = [cluster.kill_a_worker, server.restart, cluster.restart_scheduler]
    per_kill = SONGS // KILLS
    try:
        for number in range(KILLS):
            for song in range(number * per_kill, (number + 1) * per_kill):
                server.create(str(song))
            server.await_an_end(WAIT)
            # Some takes are stored, some are being made, some wait.
            time.sleep(chance.uniform(0, 0.2))
            (kills[number] if number < 3 else chance.choice(kills))()
        for nonce in list(server.tasks):
            server.create(nonce)
        until(server.all_ended, WAIT)
        assert server.check() <= 4 * KILLS * 2
    finally:
        server.kill()
        cluster.close()
