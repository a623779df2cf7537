"""Answers that are not understood are kept as they came, shown and used."""

from __future__ import annotations

import dataclasses
import json

from suno_tui.cli.output import hold_text, task_json
from suno_tui.library.store import Library
from suno_tui.tasks.models import Status
from suno_tui.tasks.patience import Outcome
from tests.fake_provider import KEY, FakeProvider, Fault
from tests.worker.harness import QUICK, Harness


async def test_an_unknown_answer_to_a_song_is_kept_and_its_id_is_offered(
    harness: Harness, provider: FakeProvider
) -> None:
    said = {"weird": {"songId": "abc-12345"}, "key": KEY, "more": "x" * 100_000}
    provider.faults["create"].append(Fault(200, said, accept=True))
    task = harness.add()
    assert await harness.work() is Outcome.OWED
    lost = harness.store.get(task.id)
    assert lost.hold and lost.hold.code == "id_lost"
    assert lost.answer.startswith('{"weird": {"songId": "abc-12345"}')
    assert len(lost.answer) <= 64 * 1024
    assert KEY not in lost.answer
    assert lost.possible_ids[0] == "abc-12345"
    assert "id may be abc-12345" in hold_text(lost)

    (entry,) = provider.ledger.values()
    harness.store.settle(task.id, True, task_id=entry.id)
    assert await harness.work() is Outcome.DONE
    done = harness.store.get(task.id)
    assert done.answer == lost.answer
    assert done.possible_ids == [], "its id is known now"
    harness.agree()


async def test_an_unknown_answer_about_a_task_is_kept(
    harness: Harness, provider: FakeProvider
) -> None:
    page = b"<html><title>Maintenance</title>\0</html>"
    provider.always["task"] = Fault(200, page)
    task = harness.add()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda task: task.answer)
        assert "Maintenance" in seen.answer
        assert "\0" not in seen.answer
        del provider.always["task"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_a_web_page_in_place_of_audio_is_kept_with_its_task(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.faults["audio"].append(Fault(200, b"<html>Please sign in</html>"))
    task = harness.add()
    assert await harness.work() is Outcome.DONE
    assert "Please sign in" in harness.store.get(task.id).answer


async def test_an_unknown_state_needs_the_user_after_an_hour(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["task"] = Fault(200, {"status": "Mastering", "stage": "3 of 4"})
    task = harness.add()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda task: task.raw_status == "Mastering")
        assert seen.hold is None, "for an hour it may be a word for going on"
        assert json.loads(seen.answer)["stage"] == "3 of 4"
    async with harness.at_work(dataclasses.replace(QUICK, unknown_status=0)):
        stuck = await harness.until(task.id, lambda task: task.hold)
        assert stuck.hold and stuck.hold.code == "unknown_status"
        assert "Mastering" in stuck.hold.message
        # It is asked for all the same, and stays held meanwhile.
        before = provider.seen("task")
        await harness.until(task.id, lambda _: provider.seen("task") > before + 3)
        assert harness.store.get(task.id).hold == stuck.hold
        del provider.always["task"]
        done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    harness.agree()


async def test_an_unknown_state_with_urls_is_a_result(
    harness: Harness, provider: FakeProvider
) -> None:
    usual = provider.describe

    def describe(entry):  # type: ignore[no-untyped-def]
        table = usual(entry)
        if table["status"] == "completed":
            table["status"] = "SUCCESS"
        return table

    provider.describe = describe  # type: ignore[method-assign]
    harness.add()
    assert await harness.work() is Outcome.DONE
    harness.agree()


async def test_json_has_the_unknown_state_and_the_answer(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["task"] = Fault(200, {"status": "Mastering"})
    task = harness.add()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda task: task.answer)
    library = Library(
        harness.folder / "library", trash=harness.folder / "trash", cache=harness.folder / "cache"
    )
    facts = task_json(seen, library)
    library.close()
    assert facts["raw_status"] == "Mastering"
    assert json.loads(facts["answer"]) == {"status": "Mastering"}
    assert facts["possible_ids"] == []
