"""Callbacks are heard by the worker, and believed only after the provider was asked."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from typing import Any

import httpx
import pytest

from suno_tui.errors import UsageError
from suno_tui.queue import Status
from suno_tui.queue.callback import MOST_BODY, CannotListen
from suno_tui.queue.listening import Listening
from suno_tui.queue.patience import Outcome
from suno_tui.queue.records import Task
from suno_tui.queue.worker import Worker
from tests.fake_provider import PRICE, FakeProvider, Fault
from tests.queue.house import SETTINGS, SONG, House

PUBLIC = "https://studio.example/suno"
HERE = Listening("127.0.0.1", 0, PUBLIC)
LOST = Fault(accept=True, drop=True)


async def call(worker: Worker, path: str, body: Any = None, **more: Any) -> int:
    """Call as the provider would, through a proxy that leads to the worker; the status."""
    async with asyncio.timeout(10):
        while worker.heard_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{worker.heard_at}{path}"
        return (await client.post(url, json=body, **more)).status_code


async def lost(house: House, provider: FakeProvider) -> tuple[Task, str]:
    """A task that only the user could settle: no answer, no balance. And its id at the provider."""
    provider.always["credits"] = Fault(404)
    provider.faults["create"].append(LOST)
    task = house.add()
    before = house.worker(listening=HERE)
    assert await before.run() is Outcome.OWED
    asked = house.store.get(task.id)
    assert asked.hold and asked.hold.code == "your_word"
    (entry,) = (each for each in provider.ledger.values() if each.nonce == asked.nonce)
    return asked, entry.id


async def test_a_song_carries_an_address_that_nobody_can_guess(
    house: House, provider: FakeProvider
) -> None:
    named = house.store.add(
        SONG, provider="hosted", credits=PRICE, callback_url="https://mine.example/hook"
    )
    other = house.add()
    async with house.at_work(listening=HERE):
        for task in (named, other):
            await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    sent = {entry.nonce: entry.body["callback_url"] for entry in provider.ledger.values()}
    assert sent == {
        named.nonce: "https://mine.example/hook",
        other.nonce: f"{PUBLIC}/{other.nonce}",
    }
    # A new try has a new nonce, and so a new address.
    assert house.store.get(other.id).callback_url == f"{PUBLIC}/{other.nonce}"


async def test_without_a_receiver_no_address_is_sent(house: House, provider: FakeProvider) -> None:
    house.add()
    await house.work()
    (entry,) = provider.ledger.values()
    assert "callback_url" not in entry.body


async def test_a_new_try_has_a_new_address(house: House, provider: FakeProvider) -> None:
    provider.fail_next = 1
    task = house.add()
    async with house.at_work(listening=HERE):
        await house.until(task.id, lambda task: task.status is Status.FAILED and task.refund)
        house.store.retry(task.id)
        done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.nonce != task.nonce
    urls = [entry.body["callback_url"] for entry in provider.ledger.values()]
    assert urls == [f"{PUBLIC}/{task.nonce}", f"{PUBLIC}/{done.nonce}"]


async def test_a_callback_settles_an_uncertain_song_by_its_nonce(
    house: House, provider: FakeProvider
) -> None:
    task, task_id = await lost(house, provider)
    async with house.at_work(listening=HERE) as worker:
        assert await call(worker, f"/suno/{task.nonce}", {"id": task_id}) == 200
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    assert house.store.spent() == PRICE == provider.charged()
    house.agree()


async def test_the_header_tells_the_id_where_the_body_is_unreadable(
    house: House, provider: FakeProvider
) -> None:
    task, task_id = await lost(house, provider)
    async with house.at_work(listening=HERE) as worker:
        headers = {"X-Task-Id": task_id}
        assert await call(worker, f"/{task.nonce}", "nonsense", headers=headers) == 200
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_it_is_not_believed_before_the_provider_knows_the_id(
    house: House, provider: FakeProvider
) -> None:
    task, task_id = await lost(house, provider)
    async with house.at_work(listening=HERE) as worker:
        forged = {"id": "00000000-aaaa", "status": "completed", "output": {"urls": ["http://x/"]}}
        assert await call(worker, f"/{task.nonce}", forged) == 503
        assert house.store.get(task.id) == task
        # Asked in vain (the provider fails), it is told to call again.
        provider.faults["task"].append(Fault(500))
        assert await call(worker, f"/{task.nonce}", {"id": task_id}) == 503
        assert house.store.get(task.id) == task
        assert await call(worker, f"/{task.nonce}", {"id": task_id}) == 200
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_one_id_is_one_task(house: House, provider: FakeProvider) -> None:
    done = house.add()
    await house.work()
    theirs = house.store.get(done.id).task_id
    task, _ = await lost(house, provider)
    async with house.at_work(listening=HERE) as worker:
        assert await call(worker, f"/{task.nonce}", {"id": theirs}) == 200
        assert house.store.get(task.id) == task


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
async def test_what_is_no_callback_changes_nothing(
    house: House, provider: FakeProvider, path: str, content: bytes, status: int
) -> None:
    task, _ = await lost(house, provider)
    asked = provider.seen("task")
    async with house.at_work(listening=HERE) as worker:
        path = path.replace("NONCE", task.nonce)
        assert await call(worker, path, content=content) == status
    assert house.store.get(task.id) == task
    assert provider.seen("task") == asked


async def test_a_running_task_is_asked_for_at_once(house: House, provider: FakeProvider) -> None:
    provider.polls = 2
    settings = dataclasses.replace(SETTINGS, poll_seconds=600, poll_most_seconds=600)
    task = house.add()
    worker = house.worker(listening=HERE, settings=settings)
    async with asyncio.timeout(20):
        running = asyncio.create_task(worker.run(stay=True))
        accepted = await house.until(task.id, lambda task: task.task_id)
        while house.store.get(task.id).status is not Status.COMPLETED:
            assert await call(worker, f"/{task.nonce}", {"id": accepted.task_id}) == 200
            await asyncio.sleep(0.05)
        worker.stop()
        await running
    house.agree()


async def test_a_port_that_is_taken_is_said(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house.add()
        with pytest.raises(CannotListen, match=str(port)):
            await house.worker(listening=Listening("127.0.0.1", port, PUBLIC)).run()
    # The lock is free again.
    assert await house.work() is Outcome.DONE


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
        Listening.read(address, url)


def test_an_address_as_people_write_it() -> None:
    assert Listening.read("[::1]:8766", "https://a.example/") == Listening(
        "::1", 8766, "https://a.example"
    )
