"""Renders on a Dask cluster: a real scheduler and real workers, with TLS, on the loopback."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from suno_tui.cli import main
from suno_tui.common.errors import UsageError
from suno_tui.providers.song import Song
from suno_tui.server import admin, cluster, ledger
from suno_tui.server.cluster import render_workers_of
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.serve import pool_of
from suno_tui.server.service import Rules, Service
from tests.server import fakes
from tests.server.cluster import ROOT, Cluster
from tests.server.conftest import Running, create, ended, running, titled, until, waiting_for

LONG = 120
"""Seconds: a worker that starts on a busy machine takes its time."""


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    made.start()
    try:
        yield made
    finally:
        made.close()


def serving(folder: Path, machines: Cluster) -> Service:
    # Without a limit of requests: a test that waits long asks often.
    pool = pool_of(machines.address)
    return Service(folder, make=fakes.MAKE, pool=pool, rules=Rules(rate=0))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, machines: Cluster) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    with running(serving(folder, machines)) as found:
        yield found


def sent(song: str, served: Running, client: httpx.Client) -> list[bytes]:
    """Return the audio of a task."""
    body = ended(client, song, LONG)
    assert body["status"] == "completed", body
    return [client.get(url).content for url in body["output"]["urls"]]


def test_takes_are_those_of_one_machine_byte_for_byte(served: Running) -> None:
    client = served.client()
    task_id = create(client, titled("Over there"))
    takes = sent(task_id, served, client)
    with served.admin() as db:
        task = ledger.find_task(db, task_id)
    assert task is not None
    here = [
        fakes.make_take(
            Song.from_table(task.song.to_table()),
            number=number,
            seed=task.seed,
            progress=lambda *_: None,
        ).mp3
        for number in (1, 2)
    ]
    assert takes == here


def test_progress_is_reported_and_a_cancelled_task_frees_its_workers(
    served: Running, tmp_path: Path
) -> None:
    client = served.client()
    stuck = create(client, waiting_for(tmp_path / "never"))
    until(lambda: (client.get(f"/v1/tasks/{stuck}").json()["progress"] or 0) > 0.5, LONG)
    waits = create(client, titled("next"))
    assert served.cancel(stuck)
    assert len(sent(waits, served, client)) == 2
    assert ended(client, stuck, LONG)["error"]["message"].endswith("cancelled by its owner")


def test_an_engine_that_fails_fails_the_task_and_refunds_it(served: Running) -> None:
    client = served.client(served.key(24))
    assert "error" in ended(client, create(client, titled("fail")), LONG)
    assert client.get("/v1/credits").json()["data"]["balance"] == 24


def test_a_lost_worker_and_a_lost_scheduler_lose_nothing(
    served: Running, machines: Cluster, tmp_path: Path
) -> None:
    client = served.client(served.key(48))
    waiting = [create(client, waiting_for(tmp_path / "go")) for _ in range(2)]
    until(lambda: (client.get(f"/v1/tasks/{waiting[0]}").json()["progress"] or 0) > 0.3, LONG)
    machines.kill_a_worker()
    machines.kill_scheduler()
    until(lambda: served.service.render_queue.figures.at_once == 0, LONG)
    machines.start_scheduler()
    (tmp_path / "go").touch()
    assert [len(sent(task_id, served, client)) for task_id in waiting] == [2, 2]
    with served.admin() as db:
        audit = admin.audit(db)
        files = ledger.stored_files(db)
    assert (audit.problems, audit.live) == ((), 0)
    assert {each.name for each in served.service.storage.stored()} <= files
    assert client.get("/v1/credits").json()["data"]["balance"] == 0
    assert served.service.render_queue.figures.retries > 0


def test_a_worker_with_another_engine_is_refused_by_name(
    machines: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    until(lambda: len(render_workers_of(machines.address)) == machines.workers, LONG)
    names = [each.name for each in render_workers_of(machines.address)]
    assert all(name.startswith("machine-") for name in names)
    monkeypatch.setattr(cluster, "engine_here", lambda: "another engine")
    caplog.set_level(logging.INFO, "suno_tui")
    with running(serving(tmp_path, machines)) as other:
        client = other.client()
        task_id = create(client, titled("waits"))
        until(lambda: all(f"the render worker {name} on" in caplog.text for name in names), LONG)
        assert "this server has another engine" in caplog.text
        assert client.get(f"/v1/tasks/{task_id}").json()["status"] == "pending"
        assert other.service.render_queue.figures.at_once == 0


@pytest.mark.parametrize(
    ("url", "options", "why"),
    [
        ("tcp://10.1.0.1:8786", {}, "not encrypted"),
        ("tcp://scheduler:8786", {}, "--insecure-cluster"),
        ("tcp://127.0.0.1:8786", {"ca": "ca.pem"}, "tls://"),
        ("tls://127.0.0.1:8786", {"ca": "ca.pem"}, "--cluster-cert, --cluster-key"),
        ("tls://127.0.0.1:8786", dict.fromkeys(("ca", "cert", "key"), "/no/file"), "no file"),
        ("127.0.0.1:8786", {}, "an address such as"),
        ("tcp://127.0.0.1", {}, "an address such as"),
        ("http://127.0.0.1:80", {}, "an address such as"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(
    url: str, options: dict[str, str], why: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        ClusterAddress.checked(url, **options)  # type: ignore[arg-type]


def test_plain_tcp_is_for_the_loopback_or_a_network_that_the_owner_trusts() -> None:
    for url in ("tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"):
        assert ClusterAddress.checked(url).security() is None
    assert ClusterAddress.checked("tcp://10.1.0.1:8786", insecure=True).ca is None


def test_without_the_extras_everything_is_imported_as_before() -> None:
    code = (
        "import sys\n"
        "for name in ('distributed', 'dask', 'obstore'): sys.modules[name] = None\n"
        "import suno_tui.cli.serve, suno_tui.cli.admin, suno_tui.cli.render_worker\n"
        "import suno_tui.server.serve, suno_tui.server.service, suno_tui.server.in_process\n"
        "from suno_tui.server.cluster_address import ClusterAddress\n"
        "print('fine')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == "fine\n"


def test_workers_of_this_machine_and_a_cluster_are_not_asked_for_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--cluster", "tcp://127.0.0.1:1", "--workers", "2"]) == 2
    assert "give it render-worker" in capsys.readouterr().err
