"""Patience: what ends by itself soon is no trouble."""

from __future__ import annotations

import asyncio

import pytest

from suno_tui.tasks.events import GaveUp, follow
from suno_tui.tasks.holds import REFUSALS, WAITS_FOR_USER, Waiting, judge
from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import FakeProvider, Fault
from tests.worker.harness import Harness

PASSING = ("finishing", "bad_file", "bad_audio")


@pytest.mark.parametrize("code", PASSING)
def test_holds_that_end_by_themselves_are_waited_for(code: str) -> None:
    assert judge([code]) is Waiting.GOING_ON
    assert judge([code, "offline"]) is Waiting.GOING_ON
    assert judge([code, "invalid_api_key", "your_word"]) is Waiting.GOING_ON


@pytest.mark.parametrize("code", ["offline", "disk", "upstream_error", "file_gone", "bug"])
def test_trouble_uses_up_patience(code: str) -> None:
    assert judge([code]) is Waiting.TROUBLE
    assert judge([code, "invalid_api_key", "your_word"]) is Waiting.TROUBLE
    assert judge([code, None]) is Waiting.GOING_ON


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_needs_no_patience(code: str) -> None:
    assert judge([code]) is Waiting.REFUSED
    assert judge([code, "your_word", "paused"]) is Waiting.REFUSED


@pytest.mark.parametrize("code", [*WAITS_FOR_USER, "paused"])
def test_only_the_user_can_go_on(code: str) -> None:
    assert judge([code]) is Waiting.USER


async def test_patience_lasts_while_a_completed_task_is_finishing(
    harness: Harness, provider: FakeProvider
) -> None:
    """It may be without audio for longer than the patience."""
    provider.always["task"] = Fault(200, {"status": "completed", "output": None})
    task = harness.add()
    working = asyncio.create_task(harness.work(patience=0.05))
    events = [event async for event in follow(harness.store, [task.id], patience=0.05)]
    assert await working is Outcome.DONE
    assert not any(isinstance(event, GaveUp) for event in events)
    ended = harness.store.get(task.id)
    assert ended.status is Status.FAILED
    assert ended.error and ended.error.code == "no_audio"
