"""Downloads in parallel, up to a limit; what ends first goes first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from suno_tui.providers.client import Client
from suno_tui.providers.errors import TooSlow
from suno_tui.providers.transfer import Fetched
from suno_tui.tasks.models import Status
from suno_tui.worker.slots import DownloadSlots
from tests.fake_provider import FakeProvider
from tests.worker.harness import Harness


async def test_the_most_urgent_is_next_and_the_bound_holds() -> None:
    slots = DownloadSlots(2)
    order: list[float] = []
    inside = most = 0

    async def use(urgency: float) -> None:
        nonlocal inside, most
        async with slots.slot(urgency):
            inside += 1
            most = max(most, inside)
            order.append(urgency)
            try:
                await asyncio.sleep(0.001)
            finally:
                inside -= 1

    running = [asyncio.create_task(use(urgency)) for urgency in (9, 8, 5, 7, 1, 3)]
    await asyncio.sleep(0)
    running[3].cancel()  # while it waits
    running[0].cancel()  # while it is inside
    await asyncio.gather(*running, return_exceptions=True)

    assert order == [9, 8, 1, 3, 5]
    assert most == 2
    async with slots.slot(0), slots.slot(0):
        pass  # nothing was lost to the cancelled ones


async def test_a_free_slot_goes_to_the_owner_that_has_the_fewest() -> None:
    slots = DownloadSlots(2)
    order: list[str] = []
    go = {name: asyncio.Event() for name in ("a1", "a2", "a3", "b1", "b2", "a4")}

    async def use(name: str, urgency: float) -> None:
        async with slots.slot(urgency, name[0]):
            order.append(name)
            await go[name].wait()

    running = []
    for urgency, name in enumerate(go):  # b's are the least urgent but one
        running.append(asyncio.create_task(use(name, urgency)))
        await asyncio.sleep(0)
    assert order == ["a1", "a2"]
    for name in ("a1", "a2", "b1", "a3", "b2", "a4"):
        go[name].set()
        for _ in range(5):
            await asyncio.sleep(0)
    await asyncio.gather(*running)
    assert order == ["a1", "a2", "b1", "a3", "b2", "a4"]
    async with slots.slot(0, "c"), slots.slot(0, "d"):
        pass  # nothing was lost


async def test_a_host_that_trickles_gives_its_slot_up_and_goes_on_later(
    harness: Harness, provider: FakeProvider
) -> None:
    """Four such takes used to block all downloads of all providers."""
    go = asyncio.Event()
    slow: set[str] = set()
    usual = harness.client

    def connect(name: str) -> Client:
        made = usual(name)
        download = made.download

        async def trickle(url: str, part: Path, *, least: float = 0, **more: Any) -> Fetched:
            if any(each in url for each in slow) and part.name.endswith(".audio.part"):
                if least:
                    raise TooSlow("It sent 60 bytes in 30 seconds.")
                await go.wait()
            return await download(url, part, least=least, **more)

        made.download = trickle  # type: ignore[method-assign]
        return made

    harness.connect = connect
    first = [harness.add(), harness.add()]
    async with harness.at_work():
        for task in first:
            slow.add(str((await harness.until(task.id, lambda task: task.task_id)).task_id))
        late = harness.add()
        await harness.until(late.id, lambda task: task.status is Status.COMPLETED)
        assert {harness.store.get(task.id).status for task in first} == {Status.DOWNLOADING}
        go.set()
        for task in first:
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()
