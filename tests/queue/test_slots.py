"""Downloads in parallel to a bound; what ends first goes first."""

from __future__ import annotations

import asyncio

from suno_tui.queue.slots import Slots


async def test_the_most_urgent_is_next_and_the_bound_holds() -> None:
    slots = Slots(2)
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
