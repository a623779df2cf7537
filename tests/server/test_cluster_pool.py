"""What becomes of takes if a cluster is late, busy or gone: without Dask, without waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from suno_tui.server import cluster, cluster_render
from suno_tui.server.cluster import ClusterPool
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.render_process import RenderedTake, RenderFailed, RenderRequest
from tests.server.fake_dask import ENGINE, FakeDask

MADE = RenderedTake("title", "", "", 1.0, b"audio", b"cover")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.001)
    monkeypatch.setattr(cluster, "engine_here", lambda: ENGINE)


@pytest.fixture
def dask(monkeypatch: pytest.MonkeyPatch) -> FakeDask:
    made = FakeDask()
    monkeypatch.setattr(cluster, "connect", made.connect)
    return made


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def looked(dask: FakeDask, times: int = 5) -> None:
    """Wait until the pool has looked at the cluster a few times more."""
    before = dask.looks
    await until(lambda: dask.looks >= before + times)


class Take:
    """A take that a pool makes."""

    def __init__(self, pool: ClusterPool) -> None:
        self.progress: Callable[[], float] = lambda: -1.0
        request = RenderRequest("make", {}, 1, 2, None, id="take-id")
        self.made = asyncio.create_task(pool.make(request, self._started))

    async def _started(self, progress: Callable[[], float]) -> None:
        self.progress = progress


@asynccontextmanager
async def made_by(dask: FakeDask, patience: float = 900) -> AsyncIterator[tuple[ClusterPool, Take]]:
    """Yield a pool, and a take of it that has been submitted."""
    pool = ClusterPool(ClusterAddress("tcp://127.0.0.1:1"), lambda _: None, patience=patience)
    take = Take(pool)
    try:
        await until(lambda: dask.submitted)
        yield pool, take
    finally:
        await pool.close()
        await asyncio.gather(take.made, return_exceptions=True)


@pytest.mark.parametrize("how", ["late", "unreachable"])
async def test_a_scheduler_that_answers_late_keeps_its_takes(
    how: str, dask: FakeDask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "suno_tui")
    async with made_by(dask) as (pool, take):
        await until(lambda: pool.at_once == 1)
        setattr(dask, how, True)
        dask.tell(dask.submitted[0], 0.5)
        await looked(dask)
        assert "its scheduler answers late" in caplog.text
        assert (pool.at_once, dask.closed, len(dask.submitted)) == (1, 0, 1)
        dask.submitted[0].done.set_result(MADE)
        assert await take.made == MADE
        setattr(dask, how, False)
        await until(lambda: "can be used again" in caplog.text)
        assert pool.retries == 0


async def test_a_lost_connection_makes_the_take_be_submitted_again(dask: FakeDask) -> None:
    async with made_by(dask) as (pool, take):
        dask.late, dask.status = True, "connecting"
        dask.submitted[0].done.set_exception(OSError())
        await until(lambda: dask.closed)
        dask.late = False
        await until(lambda: len(dask.submitted) == 2)
        assert [each.key for each in dask.submitted] == ["take-take-id.0", "take-take-id.1"]
        dask.submitted[1].done.set_result(MADE)
        assert await take.made == MADE
        assert pool.retries == 1


async def test_patience_counts_from_the_moment_when_a_take_is_being_made(dask: FakeDask) -> None:
    async with made_by(dask, patience=0) as (_, take):
        await looked(dask)
        assert not take.made.done()  # it waits in the cluster's queue
        dask.tell(dask.submitted[0], 0.0)
        with pytest.raises(RenderFailed, match="it made no progress"):
            await take.made


async def test_a_take_whose_worker_is_lost_waits_for_another_one(dask: FakeDask) -> None:
    async with made_by(dask) as (pool, take):
        dask.tell(dask.submitted[0], 0.5)
        await looked(dask, 2)
        assert pool._makings["take-id"].by == "one"
        dask.render_workers = ["two"]
        await looked(dask, 2)
        assert pool._makings["take-id"].by is None  # so that patience does not run out
        assert take.progress() == 0.5


async def test_progress_is_reported_after_dask_has_reconnected_by_itself(dask: FakeDask) -> None:
    async with made_by(dask) as (_, take):
        dask.forget_topics()
        await looked(dask, 2)
        dask.tell(dask.submitted[0], 0.5)
        assert take.progress() == 0.5


async def test_an_unreadable_engine_is_reported_and_tried_again(
    dask: FakeDask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = iter(range(10))

    def engine() -> str:
        if next(tries) < 2:
            raise OSError("no such file")
        return ENGINE

    monkeypatch.setattr(cluster, "engine_here", engine)
    async with made_by(dask):
        assert caplog.text.count("this machine's engine can't be read; tasks wait (OSError)") == 1


async def test_the_log_has_nothing_of_dasks() -> None:
    with pytest.raises(OSError):
        await cluster.connect(ClusterAddress("tcp://127.0.0.1:1"))
    for name in ("distributed", "distributed.client", "distributed.core"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)


async def test_a_take_that_does_not_stop_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = iter([False, True, False, False, False])
    monkeypatch.setattr(cluster_render, "STOP_SECONDS", 3)
    monkeypatch.setattr(cluster_render, "LOOK_SECONDS", 0)
    monkeypatch.setattr(cluster_render, "_key", "a take")
    monkeypatch.setattr(cluster_render, "_is_wanted", lambda *_: next(wanted))
    async with asyncio.timeout(20):
        await cluster_render.stuck(None)
    assert next(wanted, None) is None
