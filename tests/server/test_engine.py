"""What happens to accepted tasks when processes die, and to processes when their parent dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.common.errors import DamagedFile, HomeError
from suno_tui.providers.song_fields import seed_of_take
from suno_tui.server.app import make_app
from suno_tui.server.in_process import OwnerTransport
from suno_tui.server.render_pool import TAKE_BYTES, workers_for
from suno_tui.server.render_process import OverallProgress
from suno_tui.server.service import Service
from suno_tui.server.storage import FolderStorage
from tests.server import fakes
from tests.server.conftest import Running, create, ended, running, titled, until, waiting_for


def test_a_process_that_dies_once_is_replaced(served: Running, tmp_path: Path) -> None:
    client = served.client()
    body = ended(client, create(client, titled("die once", tmp_path / "x")))
    assert body["status"] == "completed"


def test_a_process_that_dies_again_fails_the_task(served: Running) -> None:
    client = served.client(served.key(24))
    body = ended(client, create(client, titled("die")))
    assert "ended unexpectedly" in body["error"]["message"]
    assert client.get("/v1/credits").json()["data"]["balance"] == 24
    assert ended(client, create(client, titled("fine")))["status"] == "completed"


def in_process(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=OwnerTransport(service), base_url="http://local")


async def polled(
    client: httpx.AsyncClient, task_id: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Poll a task until `wanted` holds, and return its body."""
    async with asyncio.timeout(20):
        while True:
            body: dict[str, Any] = (await client.get(f"/v1/tasks/{task_id}")).json()
            if wanted(body):
                return body
            await asyncio.sleep(0.01)


async def test_the_owner_needs_no_key_and_pays_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path, credits_per_task=0, make=fakes.MAKE)
    async with service, in_process(service) as client:
        answer = await client.post("/v1/music/generations", json=titled("mine"))
        task_id = answer.json()["data"]["taskId"]
        body = await polled(client, task_id, lambda body: "output" in body)
        audio = await client.get(body["output"]["urls"][0])
        assert body["output"]["urls"][0].startswith("http://local/files/audio/")
        assert audio.content.startswith(b"ID3")
        data = (await client.get("/v1/credits")).json()["data"]
        assert data == {"balance": 0, "total_purchased": 0, "total_consumed": 0}


async def test_without_an_engine_credits_and_queries_are_answered(tmp_path: Path) -> None:
    service = Service(tmp_path, credits_per_task=0)
    async with in_process(service) as client:
        assert (await client.get("/v1/credits")).status_code == 200
        assert (await client.get("/v1/tasks/x")).status_code == 404


async def test_the_owner_can_not_be_named_by_a_header(tmp_path: Path) -> None:
    service = Service(tmp_path)
    await service.owner()
    transport = httpx.ASGITransport(app=make_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        for value in ("Bearer owner", "Bearer ", "Bearer sk-", "Bearer None"):
            answer = await client.get("/v1/credits", headers={"Authorization": value})
            assert answer.status_code == 401
    service.close()


async def test_a_seed_makes_the_same_takes_and_each_alone(tmp_path: Path) -> None:
    service = Service(tmp_path, credits_per_task=0, make=fakes.MAKE, workers=1)
    async with service, in_process(service) as client:

        async def made(**parameters: Any) -> list[bytes]:
            body = titled("mine")
            body["input"] |= parameters
            answer = await client.post("/v1/music/generations", json=body)
            task = await polled(
                client, answer.json()["data"]["taskId"], lambda body: "output" in body
            )
            return [(await client.get(url)).content for url in task["output"]["urls"]]

        three = await made(seed=7, takes=3)
        assert three == [f"ID3 take {n} of seed 7".encode() * 100 for n in (1, 2, 3)]
        for number in (1, 2, 3):
            assert await made(seed=seed_of_take(7, number), takes=1) == [three[number - 1]]
        drawn = [await made(takes=1) for _ in range(2)]
        assert drawn[0] != drawn[1]
        seed = int(drawn[0][0].partition(b"seed ")[2].partition(b"ID3")[0])
        assert seed < 2**32  # else it would name another take


@pytest.mark.parametrize(
    ("name", "value"), [("bpm", 500), ("bpm", "fast"), ("duration", 241), ("key", "H")]
)
async def test_a_parameter_out_of_range_is_refused(
    tmp_path: Path, name: str, value: object
) -> None:
    service = Service(tmp_path, credits_per_task=0, make=fakes.MAKE)
    async with in_process(service) as client:
        body = titled("mine")
        body["input"][name] = value
        answer = await client.post("/v1/music/generations", json=body)
    assert answer.status_code == 400
    assert name in answer.json()["error"]["message"]


def test_the_documented_api_passes_parameters_over(served: Running) -> None:
    client = served.client()
    body = titled("x")
    body["input"] |= {"takes": 5, "bpm": "fast", "seed": 7}
    done = ended(client, create(client, body))
    assert len(done["output"]["urls"]) == 2
    assert b"of seed 7ID3" not in client.get(done["output"]["urls"][0]).content


async def test_a_take_that_is_made_is_not_made_again(tmp_path: Path) -> None:
    """Stopped in the middle, a task goes on with the next service, from the same seed."""
    first = Service(tmp_path / "s", credits_per_task=0, make=fakes.MAKE, workers=1)
    wait = waiting_for(tmp_path / "go")
    async with first, in_process(first) as client:
        answer = await client.post("/v1/music/generations", json=wait)
        task_id = answer.json()["data"]["taskId"]
        await polled(client, task_id, lambda body: bool(body["progress"]))
    (tmp_path / "go").touch()
    second = Service(tmp_path / "s", credits_per_task=0, make=fakes.MAKE, workers=1)
    async with second, in_process(second) as client:
        body = await polled(client, task_id, lambda body: "output" in body)
        seeds = {
            (await client.get(url)).content.partition(b"seed ")[2][:10]
            for url in body["output"]["urls"]
        }
    assert len(seeds) == 1


@pytest.mark.parametrize("steps", range(4))
async def test_a_service_can_be_cancelled_at_any_moment(tmp_path: Path, steps: int) -> None:
    service = Service(tmp_path, credits_per_task=0, make=fakes.MAKE, workers=1)
    async with asyncio.timeout(20):
        async with service, in_process(service) as client:
            answer = await client.post("/v1/music/generations", json=titled("x"))
            task_id = answer.json()["data"]["taskId"]
            await polled(client, task_id, lambda body: "output" in body)
            service.render_queue.wake()
            service.callbacks.wake()
            for _ in range(steps):
                await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("steps", [0, 20])
async def test_a_task_that_is_stopped_while_its_process_starts_goes_on(
    tmp_path: Path, steps: int
) -> None:
    async def run(then: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
        service = Service(tmp_path, credits_per_task=0, make=fakes.MAKE)
        async with service, in_process(service) as client:
            await then(client)

    ids = []

    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            answer = await client.post("/v1/music/generations", json=titled("x"))
            ids.append(answer.json()["data"]["taskId"])
        for _ in range(steps):
            await asyncio.sleep(0)

    async def observe(client: httpx.AsyncClient) -> None:
        for task_id in ids:
            body = await polled(client, task_id, lambda body: "output" in body)
            assert len(body["output"]["urls"]) == 2

    await run(ask)
    await run(observe)


async def test_one_engine_makes_the_songs_of_both_and_the_other_takes_over(tmp_path: Path) -> None:
    first, second = (Service(tmp_path, credits_per_task=0, make=fakes.MAKE) for _ in range(2))

    async def song() -> None:
        answer = await client.post("/v1/music/generations", json=titled("x"))
        task_id = answer.json()["data"]["taskId"]
        await polled(client, task_id, lambda body: "output" in body)

    async with AsyncExitStack() as later:
        async with first:
            async with in_process(first) as client:
                await song()
            await later.enter_async_context(second)
            client = await later.enter_async_context(in_process(second))
            await song()
        await song()


CREDITS = 1_000_000
KEY = "sk-killed-and-started-again-0001"
SERVER = f"""
import sys
from pathlib import Path
from suno_tui.server.serve import run
from suno_tui.server.service import Rules
if __name__ == "__main__":
    rules = Rules(rate=0, backlog={CREDITS})
    key = {{"keys": [{KEY!r}], "credits": {CREDITS}}}
    run(Path(sys.argv[1]), port=0, workers=1, make={fakes.MAKE!r}, rules=rules, **key)
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server process that logs beside its folder; yield it and its URL."""
    script = folder.parent / "server.py"
    script.write_text(SERVER)
    root = Path(__file__).parents[2]
    with (folder.parent / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Serving on "), (folder.parent / "log").read_text()
    return process, line.split()[-1]


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def any_is_processing(client: httpx.Client, ids: set[str]) -> bool:
    bodies = [client.get(f"/v1/tasks/{task_id}").json() for task_id in ids]
    return any(body["status"] == "processing" for body in bodies)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at /proc")
def test_a_killed_server_takes_its_processes_along_and_its_tasks_go_on(tmp_path: Path) -> None:
    """At random moments, and the books: `test_kill.py`."""
    folder, go = tmp_path / "s", tmp_path / "go"
    headers = {"Authorization": f"Bearer {KEY}"}
    process, url = start(folder)
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        accepted = {create(client, waiting_for(go)) for _ in range(3)}
        until(partial(any_is_processing, client, accepted))
        below = children(process.pid)
    process.kill()
    process.communicate()
    assert below
    until(partial(gone, below))
    go.touch()
    with running(Service(folder, workers=1, make=fakes.MAKE)) as served:
        client = served.client(KEY)
        assert {ended(client, task_id)["status"] for task_id in accepted} == {"completed"}


def test_a_server_stops_on_a_signal_and_keeps_accepted_tasks(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    process, url = start(folder)
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        task_id = create(client, waiting_for(tmp_path / "go"))
        until(lambda: client.get(f"/v1/tasks/{task_id}").json()["progress"])
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert KEY not in output
    log = (tmp_path / "log").read_text()
    assert '"status": 200' in log
    assert KEY not in log
    (tmp_path / "go").touch()
    with running(Service(folder, workers=1, make=fakes.MAKE)) as served:
        assert ended(served.client(KEY), task_id)["status"] == "completed"


def test_as_many_workers_as_there_is_memory_for() -> None:
    assert workers_for(4, TAKE_BYTES // 2) == 1
    assert workers_for(4, TAKE_BYTES * 2) == 2
    assert workers_for(2, TAKE_BYTES * 100) == 2


async def test_what_the_engine_raised_is_in_the_log_by_its_name_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(tmp_path, make=fakes.MAKE, credits_per_task=0, workers=1)
    async with service, in_process(service) as client:
        answer = await client.post("/v1/music/generations", json=titled("fail"))
        task_id = answer.json()["data"]["taskId"]
        body = await polled(client, task_id, lambda body: "error" in body)
    assert body["error"] == {"code": "upstream_error", "message": "Music generation failed"}
    (failure,) = [r.getMessage() for r in caplog.records if "the engine failed" in r.message]
    assert re.fullmatch(
        r"the engine failed: RuntimeError in tests\.server\.fakes, line \d+", failure
    )
    assert "drummer" not in caplog.text


def test_progress_never_runs_back() -> None:
    overall = OverallProgress()
    reports = [("compose", 1.0), ("stem:drums", 0.5), ("stem:drums", 1.0), ("stem:bass", 0.0)]
    reports += [("mix", 0.0), ("master", 2.0), ("new stage", 0.1), ("done", 1.0)]
    seen = [overall.at(*report) for report in reports]
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_importing_the_package_loads_no_web_framework_and_no_numbers() -> None:
    code = (
        "import sys, suno_tui.server; "
        "print([m for m in ('starlette', 'numpy', 'httpx', 'uvicorn') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


async def test_an_unusable_folder_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "service.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(DamagedFile, match="Move it away"):
        async with Service(tmp_path):
            pass
    (tmp_path / "file").touch()
    with pytest.raises(HomeError):
        async with Service(tmp_path / "file"):
            pass


async def test_a_take_that_can_not_be_stored_fails_the_task_without_telling_paths(
    tmp_path: Path,
) -> None:
    class Full(FolderStorage):
        def save(self, name: str, data: bytes) -> None:
            raise HomeError(f"{self.path / name}: the disk is full")

    service = Service(tmp_path, make=fakes.MAKE, credits_per_task=0, storage=Full(tmp_path / "f"))
    async with service, in_process(service) as client:
        answer = await client.post("/v1/music/generations", json=titled("x"))
        task_id = answer.json()["data"]["taskId"]
        body = await polled(client, task_id, lambda body: "error" in body)
    assert body["error"] == {"code": "upstream_error", "message": "Music generation failed"}
