"""Waits and the one limit for the whole program."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from suno_tui.providers.backoff import Backoff, Limiter, retry_after

NOW = datetime(2026, 4, 5, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("1.5", 1.5),
        ("Sun, 05 Apr 2026 10:02:00 GMT", 120),
        ("Sun, 05 Apr 2026 09:00:00 GMT", 0),
        ("999999999", 86_400),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("nan", None),
    ],
)
def test_retry_after_in_both_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_waits_grow_to_a_bound_and_are_never_shorter_than_asked() -> None:
    backoff = Backoff(2, 60)
    waits = [backoff.next() for _ in range(200)]
    for wait, base in zip(waits, [2, 4, 8, 16, 32, 60, 60], strict=False):
        assert base <= wait <= base * 1.25
    assert max(waits) <= 75
    assert backoff.next(at_least=7) >= 7
    backoff.reset()
    assert backoff.next() <= 2.5


async def test_a_limiter_spaces_requests_and_lets_the_urgent_first() -> None:
    limiter = Limiter(100)
    loop = asyncio.get_running_loop()
    order: list[tuple[str, float]] = []

    async def ask(name: str, priority: int) -> None:
        await limiter.acquire(priority)
        order.append((name, loop.time()))

    usual = [asyncio.create_task(ask(f"usual {n}", 1)) for n in range(5)]
    gone = usual.pop()
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(*usual, ask("first", 0))

    names = [name for name, _ in order]
    assert names.index("first") < 2
    assert len(names) == 5
    times = [time for _, time in order]
    assert all(later - earlier > 0.009 for earlier, later in pairwise(times))
