"""A task that is sent anew has other takes: nothing of the earlier sending is taken for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from suno_tui.queue import Status, Take, Task
from suno_tui.queue.take_files import Files
from suno_tui.queue.worker import Outcome
from tests.fake_provider import FakeProvider, Fault, sound
from tests.queue.house import House


async def test_files_of_an_earlier_sending_are_not_filed_as_the_new_takes(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies once a take is filed leaves its download behind."""

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        name = f"{task.task_id}-{take.number}"
        shutil.copy(audio, house.shelf / f"{name}.mp3")
        return name

    monkeypatch.setattr(house, "file_take", file_take)
    provider.faults["audio"].append(None)
    provider.always["audio"] = Fault(410)
    task = house.add()
    with monkeypatch.context() as patched:
        patched.setattr(Files, "discard", lambda self: None)
        assert await house.work() is Outcome.DONE
    first = house.store.get(task.id)
    assert first.status is Status.EXPIRED
    (kept,) = house.shelf.iterdir()
    assert list((house.folder / "downloads").glob("*.mp3"))

    del provider.always["audio"]
    house.store.retry(task.id)
    assert await house.work() is Outcome.DONE

    second = house.store.get(task.id)
    assert second.status is Status.COMPLETED
    assert second.task_id != first.task_id
    expected = {f"{second.task_id}-{n}.mp3": sound(second.task_id or "", n) for n in (1, 2)}
    found = {path.name: path.read_bytes() for path in house.shelf.iterdir() if path != kept}
    assert found == expected
