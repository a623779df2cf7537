"""What a provider says and nobody understands: kept as it came, shown, and of use."""

from __future__ import annotations

import dataclasses
import json

from suno_tui.cli.output import held, task_json
from suno_tui.library.store import Library
from suno_tui.queue import Status
from suno_tui.queue.patience import Outcome
from tests.fake_provider import KEY, FakeProvider, Fault
from tests.queue.house import QUICK, House


async def test_an_unknown_answer_to_a_song_is_kept_and_its_id_is_offered(
    house: House, provider: FakeProvider
) -> None:
    said = {"weird": {"songId": "abc-12345"}, "key": KEY, "more": "x" * 100_000}
    provider.faults["create"].append(Fault(200, said, accept=True))
    task = house.add()
    assert await house.work() is Outcome.OWED
    lost = house.store.get(task.id)
    assert lost.hold and lost.hold.code == "id_lost"
    assert lost.answer.startswith('{"weird": {"songId": "abc-12345"}')
    assert len(lost.answer) <= 64 * 1024
    assert KEY not in lost.answer
    assert lost.possible_ids[0] == "abc-12345"
    assert "names abc-12345" in held(lost)

    (entry,) = provider.ledger.values()
    house.store.settle(task.id, True, task_id=entry.id)
    assert await house.work() is Outcome.DONE
    done = house.store.get(task.id)
    assert done.answer == lost.answer
    assert done.possible_ids == [], "its id is known now"
    house.agree()


async def test_an_unknown_answer_about_a_task_is_kept(house: House, provider: FakeProvider) -> None:
    page = b"<html><title>Maintenance</title>\0</html>"
    provider.always["task"] = Fault(200, page)
    task = house.add()
    async with house.at_work():
        seen = await house.until(task.id, lambda task: task.answer)
        assert "Maintenance" in seen.answer
        assert "\0" not in seen.answer
        del provider.always["task"]
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_a_web_page_in_place_of_audio_is_kept_with_its_task(
    house: House, provider: FakeProvider
) -> None:
    provider.faults["audio"].append(Fault(200, b"<html>Please sign in</html>"))
    task = house.add()
    assert await house.work() is Outcome.DONE
    assert "Please sign in" in house.store.get(task.id).answer


async def test_an_unknown_word_needs_the_user_after_an_hour(
    house: House, provider: FakeProvider
) -> None:
    provider.always["task"] = Fault(200, {"status": "Mastering", "stage": "3 of 4"})
    task = house.add()
    async with house.at_work():
        seen = await house.until(task.id, lambda task: task.raw_status == "Mastering")
        assert seen.hold is None, "for an hour it may be a word for going on"
        assert json.loads(seen.answer)["stage"] == "3 of 4"
    async with house.at_work(dataclasses.replace(QUICK, unknown=0)):
        stuck = await house.until(task.id, lambda task: task.hold)
        assert stuck.hold and stuck.hold.code == "unknown_status"
        assert "Mastering" in stuck.hold.message
        # It is asked for all the same, and stays held meanwhile.
        before = provider.seen("task")
        await house.until(task.id, lambda _: provider.seen("task") > before + 3)
        assert house.store.get(task.id).hold == stuck.hold
        del provider.always["task"]
        done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    house.agree()


async def test_an_unknown_word_with_addresses_is_a_result(
    house: House, provider: FakeProvider
) -> None:
    usual = provider.describe

    def describe(entry):  # type: ignore[no-untyped-def]
        table = usual(entry)
        if table["status"] == "completed":
            table["status"] = "SUCCESS"
        return table

    provider.describe = describe  # type: ignore[method-assign]
    house.add()
    assert await house.work() is Outcome.DONE
    house.agree()


async def test_json_tells_the_word_and_the_answer(house: House, provider: FakeProvider) -> None:
    provider.always["task"] = Fault(200, {"status": "Mastering"})
    task = house.add()
    async with house.at_work():
        seen = await house.until(task.id, lambda task: task.answer)
    library = Library(
        house.folder / "library", trash=house.folder / "trash", cache=house.folder / "cache"
    )
    facts = task_json(seen, library)
    library.close()
    assert facts["raw_status"] == "Mastering"
    assert json.loads(facts["answer"]) == {"status": "Mastering"}
    assert facts["possible_ids"] == []
