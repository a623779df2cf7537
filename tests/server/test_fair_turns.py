"""Turns between keys, without a clock: who is served is what the test releases."""

from __future__ import annotations

import asyncio

import pytest

from suno_tui.server.fair_turns import FairTurns
from suno_tui.server.render_process import Stopped


class Takes:
    """Takes that hold their turn until the test ends them, in the order in which they began."""

    def __init__(self, most: int) -> None:
        self.turns = FairTurns(most)
        self.begun: list[tuple[int, str]] = []
        self._ends: list[asyncio.Event] = []
        self._all: list[asyncio.Task[None]] = []

    async def ask(self, key: int, task: str, takes: int = 2) -> None:
        async def take() -> None:
            async with self.turns.turn(key, task):
                end = asyncio.Event()
                self.begun.append((key, task))
                self._ends.append(end)
                await end.wait()

        self._all += [asyncio.create_task(take()) for _ in range(takes)]
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    async def end_one(self) -> None:
        self._ends.pop(0).set()
        await self.settle()

    async def cancel(self) -> None:
        for each in self._all:
            each.cancel()
        await asyncio.gather(*self._all, return_exceptions=True)


@pytest.mark.parametrize("when", ["last", "later"])
async def test_one_task_is_done_within_twice_the_turns_beside_a_hundred_full_keys(
    when: str,
) -> None:
    most, takes = 8, Takes(8)
    for key in range(100):
        for number in range(50):
            await takes.ask(key, f"{key}/{number}", takes=2 if number < 2 else 1)
    for _ in range(700 if when == "later" else 0):
        await takes.end_one()
    before = len(takes.begun)
    await takes.ask(999, "the one")
    for _ in range(2 * most):
        await takes.end_one()
    assert takes.begun[before:].count((999, "the one")) == 2
    await takes.cancel()


async def test_keys_take_turns_and_a_task_keeps_its_takes_together() -> None:
    takes = Takes(1)
    for number in range(3):
        await takes.ask(1, f"a{number}")
    await takes.ask(2, "b0")
    for _ in range(7):
        await takes.end_one()
    order = [task for _, task in takes.begun]
    assert order == ["a0", "b0", "b0", "a0", "a1", "a1", "a2", "a2"]
    await takes.cancel()


async def test_tasks_are_forgotten_though_there_are_always_some_that_wait() -> None:
    takes = Takes(1)
    for number in range(500):
        await takes.ask(1, f"a{number}", takes=1)
        if number > 3:
            await takes.end_one()
    assert takes.turns.waiting == 3
    assert len(takes.turns._lines[1].tasks) < 150
    await takes.cancel()


async def test_how_many_may_change_and_cancelled_takes_give_theirs_back() -> None:
    takes = Takes(0)
    await takes.ask(1, "a", takes=3)
    assert (takes.begun, takes.turns.waiting) == ([], 3)
    takes.turns.resize(2)
    await takes.settle()
    assert (len(takes.begun), takes.turns.used, takes.turns.waiting) == (2, 2, 1)
    await takes.cancel()
    assert (takes.turns.used, takes.turns.waiting) == (0, 0)


async def test_when_the_queue_stops_no_take_waits_any_longer() -> None:
    turns = FairTurns(0)

    async def take() -> None:
        async with turns.turn(1, "a"):
            pass

    waiting = asyncio.create_task(take())
    await asyncio.sleep(0)
    turns.stop()
    with pytest.raises(Stopped):
        await waiting
    with pytest.raises(Stopped):
        await take()
