"""The worker receives callbacks, and believes them only after it asked the provider."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from typing import Any

import httpx
import pytest

from suno_tui.common.errors import UsageError
from suno_tui.tasks.models import Status, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.worker.callback_hints import CallbackAddress
from suno_tui.worker.callback_server import MOST_BODY, CannotListen
from suno_tui.worker.worker import Worker
from tests.fake_provider import PRICE, FakeProvider, Fault
from tests.worker.harness import SETTINGS, SONG, Harness

PUBLIC = "https://studio.example/suno"
HERE = CallbackAddress("127.0.0.1", 0, PUBLIC)
LOST = Fault(accept=True, drop=True)


async def call(worker: Worker, path: str, body: Any = None, **more: Any) -> int:
    """Call as the provider would, through a proxy to the worker, and return the status."""
    async with asyncio.timeout(10):
        while worker.callback_port is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{worker.callback_port}{path}"
        return (await client.post(url, json=body, **more)).status_code


async def lost(harness: Harness, provider: FakeProvider) -> tuple[Task, str]:
    """Return a task that only the user could settle (no answer, no balance), and its id there."""
    provider.always["credits"] = Fault(404)
    provider.faults["create"].append(LOST)
    task = harness.add()
    before = harness.worker(callbacks=HERE)
    assert await before.run() is Outcome.OWED
    asked = harness.store.get(task.id)
    assert asked.hold and asked.hold.code == "your_word"
    (entry,) = (each for each in provider.ledger.values() if each.nonce == asked.nonce)
    return asked, entry.id


async def test_a_song_has_an_unguessable_callback_address(
    harness: Harness, provider: FakeProvider
) -> None:
    named = harness.store.add(
        SONG, provider="hosted", credits=PRICE, callback_url="https://mine.example/hook"
    )
    other = harness.add()
    async with harness.at_work(callbacks=HERE):
        for task in (named, other):
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    sent = {entry.nonce: entry.body["callback_url"] for entry in provider.ledger.values()}
    assert sent == {
        named.nonce: "https://mine.example/hook",
        other.nonce: f"{PUBLIC}/{other.nonce}",
    }
    # A new try has a new nonce, and so a new address.
    assert harness.store.get(other.id).callback_url == f"{PUBLIC}/{other.nonce}"


async def test_without_a_receiver_no_address_is_sent(
    harness: Harness, provider: FakeProvider
) -> None:
    harness.add()
    await harness.work()
    (entry,) = provider.ledger.values()
    assert "callback_url" not in entry.body


async def test_a_new_try_has_a_new_address(harness: Harness, provider: FakeProvider) -> None:
    provider.fail_next = 1
    task = harness.add()
    async with harness.at_work(callbacks=HERE):
        await harness.until(task.id, lambda task: task.status is Status.FAILED and task.refund)
        harness.store.retry(task.id)
        done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.nonce != task.nonce
    urls = [entry.body["callback_url"] for entry in provider.ledger.values()]
    assert urls == [f"{PUBLIC}/{task.nonce}", f"{PUBLIC}/{done.nonce}"]


async def test_a_callback_settles_an_uncertain_song_by_its_nonce(
    harness: Harness, provider: FakeProvider
) -> None:
    task, task_id = await lost(harness, provider)
    async with harness.at_work(callbacks=HERE) as worker:
        assert await call(worker, f"/suno/{task.nonce}", {"id": task_id}) == 200
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    assert harness.store.spent() == PRICE == provider.charged()
    harness.agree()


async def test_the_header_has_the_id_if_the_body_is_unreadable(
    harness: Harness, provider: FakeProvider
) -> None:
    task, task_id = await lost(harness, provider)
    async with harness.at_work(callbacks=HERE) as worker:
        headers = {"X-Task-Id": task_id}
        assert await call(worker, f"/{task.nonce}", "nonsense", headers=headers) == 200
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_a_callback_is_not_believed_before_the_provider_knows_the_id(
    harness: Harness, provider: FakeProvider
) -> None:
    task, task_id = await lost(harness, provider)
    async with harness.at_work(callbacks=HERE) as worker:
        forged = {"id": "00000000-aaaa", "status": "completed", "output": {"urls": ["http://x/"]}}
        assert await call(worker, f"/{task.nonce}", forged) == 503
        assert harness.store.get(task.id) == task
        # Asked in vain (the provider fails), it is told to call again.
        provider.faults["task"].append(Fault(500))
        assert await call(worker, f"/{task.nonce}", {"id": task_id}) == 503
        assert harness.store.get(task.id) == task
        assert await call(worker, f"/{task.nonce}", {"id": task_id}) == 200
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_one_id_belongs_to_one_task(harness: Harness, provider: FakeProvider) -> None:
    done = harness.add()
    await harness.work()
    theirs = harness.store.get(done.id).task_id
    task, _ = await lost(harness, provider)
    async with harness.at_work(callbacks=HERE) as worker:
        assert await call(worker, f"/{task.nonce}", {"id": theirs}) == 200
        assert harness.store.get(task.id) == task


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/", b"{}", 404),
        ("/" + "0" * 32, b'{"id": "x"}', 404),
        ("/../../etc/passwd", b"{}", 404),
        ("/NONCE", b"{}", 400),
        ("/NONCE", b"\xff\x00", 400),
        ("/NONCE", b"[" * 100_000, 400),
        ("/NONCE", b'{"id": ["x"]}', 400),
        ("/NONCE", b'{"id": "x y\\u001b[2J"}', 400),
        ("/NONCE", b" " * (MOST_BODY + 1), 413),
    ],
)
async def test_an_invalid_callback_changes_nothing(
    harness: Harness, provider: FakeProvider, path: str, content: bytes, status: int
) -> None:
    task, _ = await lost(harness, provider)
    asked = provider.seen("task")
    async with harness.at_work(callbacks=HERE) as worker:
        path = path.replace("NONCE", task.nonce)
        assert await call(worker, path, content=content) == status
    assert harness.store.get(task.id) == task
    assert provider.seen("task") == asked


async def test_a_callback_polls_a_running_task_at_once(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.polls = 2
    settings = dataclasses.replace(SETTINGS, poll_seconds=600, poll_most_seconds=600)
    task = harness.add()
    worker = harness.worker(callbacks=HERE, settings=settings)
    async with asyncio.timeout(20):
        running = asyncio.create_task(worker.run(stay=True))
        accepted = await harness.until(task.id, lambda task: task.task_id)
        while harness.store.get(task.id).status is not Status.COMPLETED:
            assert await call(worker, f"/{task.nonce}", {"id": accepted.task_id}) == 200
            await asyncio.sleep(0.05)
        worker.stop()
        await running
    harness.agree()


async def test_a_port_in_use_is_reported(harness: Harness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        harness.add()
        with pytest.raises(CannotListen, match=str(port)):
            await harness.worker(callbacks=CallbackAddress("127.0.0.1", port, PUBLIC)).run()
    # The lock is free again.
    assert await harness.work() is Outcome.DONE


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("8766", PUBLIC),
        (":8766", PUBLIC),
        ("127.0.0.1:x", PUBLIC),
        ("127.0.0.1:99999", PUBLIC),
        ("127.0.0.1:8766", "studio.example"),
        ("127.0.0.1:8766", "ftp://studio.example"),
        ("127.0.0.1:8766", "https://[x"),
        ("127.0.0.1:8766", "https://studio.example/?a=b"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address: str, url: str) -> None:
    with pytest.raises(UsageError, match="--callback-"):
        CallbackAddress.read(address, url)


def test_an_address_is_read_as_people_write_it() -> None:
    assert CallbackAddress.read("[::1]:8766", "https://a.example/") == CallbackAddress(
        "::1", 8766, "https://a.example"
    )
