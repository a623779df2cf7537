"""A task that is sent again has new takes: files of the earlier ones are not used for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from suno_tui.tasks.models import Status, Take, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.worker.take_files import TakeFiles
from tests.fake_provider import FakeProvider, Fault, sound
from tests.worker.harness import Harness


async def test_files_of_an_earlier_sending_are_not_filed_as_the_new_takes(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies once a take is filed leaves its download behind."""

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        name = f"{task.task_id}-{take.number}"
        shutil.copy(audio, harness.shelf / f"{name}.mp3")
        return name

    monkeypatch.setattr(harness, "file_take", file_take)
    provider.faults["audio"].append(None)
    provider.always["audio"] = Fault(410)
    task = harness.add()
    with monkeypatch.context() as patched:
        patched.setattr(TakeFiles, "discard", lambda self: None)
        assert await harness.work() is Outcome.DONE
    first = harness.store.get(task.id)
    assert first.status is Status.EXPIRED
    (kept,) = harness.shelf.iterdir()
    assert list((harness.folder / "downloads").glob("*.mp3"))

    del provider.always["audio"]
    harness.store.retry(task.id)
    assert await harness.work() is Outcome.DONE

    second = harness.store.get(task.id)
    assert second.status is Status.COMPLETED
    assert second.task_id != first.task_id
    expected = {f"{second.task_id}-{n}.mp3": sound(second.task_id or "", n) for n in (1, 2)}
    found = {path.name: path.read_bytes() for path in harness.shelf.iterdir() if path != kept}
    assert found == expected
