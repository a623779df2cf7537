"""Faults of the network, the server and the disk, from one table against every dialect."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from suno_tui.providers.client import Client
from suno_tui.tasks.models import Status, Task
from tests.fake_provider import Fault
from tests.fakes.dialects import CASES, Case, Fake, client
from tests.needs import need
from tests.worker.harness import SONG, Harness


class AnyHarness(Harness):
    """A home whose provider `hosted` speaks any dialect."""

    def __init__(self, folder: Path, case: Case, fake: Fake) -> None:
        super().__init__(folder, fake)
        self.case, self.fake = case, fake

    def client(self, name: str) -> Client:
        made = client(self.case.dialect, self.fake.url)
        self.clients.append(made)
        return made

    def queue(self, name: str = "song") -> Task:
        return self.case.add(self.store, self.case.song(SONG, name))

    def is_right(self, *names: str) -> None:
        """Check that each song is on the shelf once and whole, and was paid for once."""
        expected: dict[str, bytes] = {}
        for task in self.store.all():
            assert task.status is Status.COMPLETED
            expected |= self.case.takes(self.fake, task.task_id or "")
        found = {path.name: path.read_bytes() for path in self.shelf.glob("*.mp3")}
        assert found == expected
        assert self.store.spent() == self.fake.charged()
        if not self.case.free:
            for name in names:
                assert len(self.case.made(self.fake, name)) == 1


@pytest.fixture(params=CASES, ids=lambda case: case.dialect)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def fake(case: Case) -> Iterator[Fake]:
    with case.make() as made:
        yield made


@pytest.fixture
async def harness(tmp_path: Path, case: Case, fake: Fake) -> AsyncIterator[AnyHarness]:
    made = AnyHarness(tmp_path, case, fake)
    yield made
    await made.close()


FAULTS = {
    "the create never arrives": ("create", [Fault(drop=True)]),
    "a poll breaks": ("task", [Fault(drop=True), None, Fault(drop=True)]),
    "a poll is answered by a proxy": ("task", [Fault(502, b"<html>Bad gateway</html>")] * 2),
    "a poll's answer is cut": ("task", [Fault(cut=10)]),
    "the audio is cut": ("audio", [Fault(cut=20_000), Fault(cut=10_000), Fault(cut=5)]),
    "the audio is away for a while": ("audio", [Fault(404)] * 2),
    "the audio's host breaks": ("audio", [Fault(500), Fault(drop=True)]),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_temporary_trouble_costs_nothing(harness: AnyHarness, fake: Fake, fault: str) -> None:
    kind, script = FAULTS[fault]
    fake.faults[kind].extend(script)
    harness.queue()
    await harness.work()
    assert not fake.faults[kind], "it happened"
    harness.is_right("song")


async def test_a_lost_answer_is_never_paid_twice(harness: AnyHarness, fake: Fake) -> None:
    fake.faults["create"].append(Fault(drop=True, accept=True))
    task = harness.queue()
    await harness.work()
    if not harness.case.free:
        held = harness.store.get(task.id).hold
        assert held is not None and held.code == "id_lost"
        (entry,) = fake.ledger.values()
        harness.store.settle(task.id, True, task_id=entry.id)
        await harness.work()
    harness.is_right("song")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    need("tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_loses_no_song_that_was_taken(
    small_disk: Path, case: Case, fake: Fake
) -> None:
    harness = AnyHarness(small_disk, case, fake)
    release = threading.Event()
    fake.faults["create"].append(Fault(until=release))
    harness.queue()
    ballast = small_disk / "ballast"
    async with harness.at_work():
        while not fake.seen("create"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        with ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        release.set()
        await harness.until(harness.store.all()[0].id, lambda task: task.task_id)
        ballast.unlink()
        await harness.until(harness.store.all()[0].id, lambda task: task.status is Status.COMPLETED)
    harness.is_right("song")
    await harness.close()
