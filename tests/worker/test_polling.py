"""Polling: answers that are broken, late, missing or strange."""

from __future__ import annotations

import dataclasses
import time

import pytest

from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import PRICE, FakeProvider, Fault, refusal
from tests.worker.harness import QUICK, SETTINGS, Harness

USUAL = None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, b""),
        Fault(200, b"<html><title>Welcome</title></html>"),
        Fault(200, b'{"id": "x", "stat'),
        Fault(200, b"[]"),
        Fault(500, b"oops"),
        Fault(503, b""),
        Fault(drop=True),
        Fault(cut=10),
        refusal(404, "task_not_found"),
        refusal(429, "rate_limit_exceeded", Retry_After="0"),
        refusal(401, "invalid_api_key"),
        Fault(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
        Fault(200, {"code": 500, "msg": "busy"}),
    ],
)
async def test_a_passing_error_changes_nothing(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["task"].extend([fault, USUAL, fault, fault])
    provider.polls = 3
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    done = harness.store.get(task.id)
    assert done.status is Status.COMPLETED
    assert done.hold is None
    assert len(provider.ledger) == 1
    harness.agree()


async def test_a_task_that_is_unknown_for_long_fails(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["task"] = refusal(404, "task_not_found")
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    failed = harness.store.get(task.id)
    assert failed.status is Status.FAILED
    assert failed.error and failed.error.code == "task_not_found"
    assert failed.refund == "missing"
    assert harness.store.spent() == PRICE

    # Looking again costs nothing, and finds it where it has come back.
    del provider.always["task"]
    harness.store.poll_again(task.id)
    await harness.work()
    assert harness.store.get(task.id).status is Status.COMPLETED
    assert len(provider.ledger) == 1
    harness.agree()


async def test_unknown_states_count_as_running(harness: Harness, provider: FakeProvider) -> None:
    provider.always["task"] = Fault(200, {"status": "Mastering", "progress": 40})
    task = harness.add()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda task: task.raw_status == "Mastering")
        assert seen.status is Status.PROCESSING
        assert seen.progress == 0.4
        del provider.always["task"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)


async def test_completed_without_audio_is_waited_for(
    harness: Harness, provider: FakeProvider
) -> None:
    empty = Fault(200, {"status": "completed", "output": {"urls": [], "metadata": {}}})
    provider.always["task"] = empty
    task = harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, finishing=300)):
        seen = await harness.until(task.id, lambda task: task.hold)
        assert seen.hold and seen.hold.code == "finishing"
        del provider.always["task"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_completed_without_audio_for_long_fails(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["task"] = Fault(200, {"status": "COMPLETED", "output": None})
    task = harness.add()

    await harness.work()

    failed = harness.store.get(task.id)
    assert failed.status is Status.FAILED
    assert failed.error and failed.error.code == "no_audio"


async def test_unknown_fields_are_kept(harness: Harness, provider: FakeProvider) -> None:
    provider.always["task"] = Fault(200, {"status": "processing", "queue_position": 7})
    task = harness.add()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda task: task.extra)
    assert seen.extra == {"queue_position": 7}


async def test_more_urls_than_tracks_and_more_tracks_than_urls(
    harness: Harness, provider: FakeProvider
) -> None:
    task = harness.add()
    provider.polls = 1000
    async with harness.at_work():
        accepted = await harness.until(task.id, lambda task: task.task_id)
        entry = provider.ledger[accepted.task_id or ""]
        usual = provider.usual_output(entry)
        provider.output = {
            "urls": [None, usual["urls"][1]],
            "metadata": {"tracks": [{"title": "First"}, "nonsense", {"title": "Third"}]},
        }
        provider.polls = 1
        done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert [take.number for take in done.takes] == [2]
    assert [path.stem for path in harness.shelf.glob("*.mp3")] == [f"{entry.id}-2"]


async def test_polling_keeps_to_the_rate(harness: Harness, provider: FakeProvider) -> None:
    """However many tasks are live, one limiter serves them all."""
    from suno_tui.providers.backoff import Limiter
    from suno_tui.providers.client import Client
    from tests.fake_provider import KEY

    limiter = Limiter(50)

    def limited(name: str) -> Client:
        made = Client(provider.url, KEY, limiter=limiter)
        harness.clients.append(made)
        return made

    harness.connect = limited
    provider.polls = 3
    for _ in range(8):
        harness.add()

    assert await harness.work() is Outcome.DONE

    times = sorted(time for time, *_ in provider.requests)
    for first, later in zip(times, times[25:], strict=False):
        assert later - first > 0.4  # 25 requests at 50 a second take half a second
    harness.agree()


async def test_a_new_worker_polls_at_once(harness: Harness, provider: FakeProvider) -> None:
    provider.polls = 1
    task = harness.add()
    worker = harness.worker()
    import asyncio

    running = asyncio.create_task(worker.run())
    await harness.until(task.id, lambda task: task.task_id)
    worker.stop()
    await running

    slow = dataclasses.replace(SETTINGS, poll_seconds=60.0, poll_most_seconds=60.0)
    assert await harness.worker(settings=slow).run() is Outcome.DONE
    harness.agree()


async def test_the_24_hours_are_counted_from_when_the_provider_was_done(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept while the song was made, and the provider's clock is years behind."""
    provider.polls = 1000
    task = harness.add()
    real = time.time
    async with harness.at_work():
        accepted = await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        monkeypatch.setattr(time, "time", lambda: real() + 20 * 3600)
        (entry,) = provider.ledger.values()
        provider.always["audio"] = Fault(503)
        provider.always["task"] = Fault(
            200,
            {
                "id": entry.id,
                "status": "completed",
                "created_at": 1_000_000_000,
                "completed_at": 1_000_000_090,
                "output": provider.usual_output(entry),
            },
        )
        done = await harness.until(task.id, lambda task: task.status is Status.DOWNLOADING)
        assert accepted.accepted_at and done.completed_at
        assert 89 < (done.completed_at - accepted.accepted_at).total_seconds() < 91
        provider.always.clear()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_a_clock_that_jumps_does_not_fail_a_task(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that slept for a day asks again before it gives anything up."""
    provider.polls = 1000
    task = harness.add()
    timings = dataclasses.replace(QUICK, missing=3600, finishing=300, gone=3600)
    async with harness.at_work(timings):
        await harness.until(task.id, lambda task: task.status is Status.PROCESSING)
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 86_400)
        provider.faults["task"].extend([refusal(404, "task_not_found")] * 3)
        provider.polls = 1
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()
