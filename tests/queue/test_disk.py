"""A disk that is really full, at each step of a song's way: a small tmpfs, filled up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from suno_tui.errors import HomeError
from suno_tui.home import Home
from suno_tui.queue import Status, TaskStore
from suno_tui.queue.patience import Outcome
from tests.command import suno_tui
from tests.fake_provider import PRICE, FakeProvider, Fault
from tests.queue.house import House

SIZE = "2m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a tmpfs may not be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
async def house(disk: Path, provider: FakeProvider) -> AsyncIterator[House]:
    """The whole home is on the small disk."""
    made = House(disk, provider)
    yield made
    await made.close()


def fill(disk: Path) -> Path:
    """Use every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    assert os.statvfs(disk).f_bavail == 0
    return ballast


async def heard(caplog: pytest.LogCaptureFixture, word: str = "full") -> None:
    """Wait until the worker has met the full disk."""
    async with asyncio.timeout(8):
        while word not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_nothing_is_sent_that_could_not_be_written_down(
    house: House, provider: FakeProvider, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = house.add()
    ballast = fill(disk)
    async with house.at_work():
        await heard(caplog)
        assert provider.ledger == {}
        ballast.unlink()
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    house.agree()


async def test_an_id_that_comes_when_the_disk_is_full_is_kept(
    house: House, provider: FakeProvider, disk: Path
) -> None:
    answered = threading.Event()
    provider.faults["create"].append(Fault(until=answered))
    task = house.add()
    async with house.at_work():
        await asyncio.to_thread(provider.wait_for, "create")
        # A write-ahead log that was emptied leaves no room of its own.
        with contextlib.closing(TaskStore(house.store.path)) as other, other.write() as connection:
            connection.execute("CREATE TABLE ballast (bytes BLOB)")
        fill(disk)
        answered.set()
        await house.until(task.id, lambda task: task.task_id)
    # Killed now, nothing would be in doubt.
    (entry,) = provider.ledger.values()
    assert house.store.get(task.id).task_id == entry.id
    (disk / "ballast").unlink()
    assert await house.work() is Outcome.DONE
    assert house.store.spent() == PRICE == provider.charged()
    house.agree()


@pytest.mark.parametrize("step", ["task", "audio", "cover"])
async def test_full_on_the_way_it_waits_and_goes_on(
    house: House, provider: FakeProvider, disk: Path, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    provider.size = 300_000
    go = threading.Event()
    provider.faults[step].append(Fault(until=go))
    task = house.add()
    async with house.at_work():
        await asyncio.to_thread(provider.wait_for, step)
        ballast = fill(disk)
        go.set()
        await heard(caplog, "space" if step == "task" else "full")
        ballast.unlink()
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    house.agree()


async def test_full_while_a_take_is_filed(
    house: House, provider: FakeProvider, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usual = house.file_take
    ballast: list[Path] = []

    def file_take(task, take, audio, cover):  # type: ignore[no-untyped-def]
        if not ballast:
            ballast.append(fill(disk))
        copy = house.shelf / "growing"
        copy.write_bytes(audio.read_bytes())
        copy.unlink()
        return usual(task, take, audio, cover)

    house.file_take = file_take  # type: ignore[method-assign]
    # The queue itself may have had room for its own, and then it has nothing to warn of.
    caplog.set_level("INFO", "suno_tui.queue")
    task = house.add()
    async with house.at_work():
        await heard(caplog, "No space left")
        ballast[0].unlink()
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_a_song_that_can_not_be_queued_says_why(house: House, disk: Path) -> None:
    fill(disk)
    with pytest.raises(HomeError, match="full"):
        for _ in range(100):
            house.add()
    (disk / "ballast").unlink()
    before = len(house.store.all())
    house.add()
    assert len(house.store.all()) == before + 1


def test_the_command_says_why(home: Home, disk: Path) -> None:
    fill(disk)
    env = {"SUNO_TUI_HOME": str(disk)}
    done = suno_tui("generate", "a song", "--no-wait", env=env)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "space" in done.stderr.lower()
    (disk / "ballast").unlink()
    env["SUNO_TUI_PROVIDER"] = "local"
    assert suno_tui("queue", "--all", "--json", env=env).stdout == ""
