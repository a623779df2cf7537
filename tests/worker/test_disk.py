"""A really full disk, a small tmpfs, at each step from the queue to the library."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from suno_tui.common.errors import HomeError
from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.models import Status
from suno_tui.tasks.obstacle import Obstacle
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.store import TaskStore
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault, real_jpeg, real_mp3
from tests.needs import need
from tests.worker.harness import SONG, Harness

SIZE = "2m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    need("tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
async def harness(disk: Path, provider: FakeProvider) -> AsyncIterator[Harness]:
    """Give a home on the small disk."""
    made = Harness(disk, provider)
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


async def logged(caplog: pytest.LogCaptureFixture, word: str = "full") -> None:
    """Wait until the worker has logged the full disk."""
    async with asyncio.timeout(8):
        while word not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_nothing_is_sent_on_a_full_disk(
    harness: Harness, provider: FakeProvider, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = harness.add()
    ballast = fill(disk)
    async with harness.at_work():
        await logged(caplog)
        assert provider.ledger == {}
        ballast.unlink()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    harness.agree()


async def test_an_id_that_comes_when_the_disk_is_full_is_kept(
    harness: Harness, provider: FakeProvider, disk: Path
) -> None:
    answered = threading.Event()
    provider.faults["create"].append(Fault(until=answered))
    task = harness.add()
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "create")
        # A write-ahead log that was emptied leaves no room of its own.
        with (
            contextlib.closing(TaskStore(harness.store.path)) as other,
            other.write() as connection,
        ):
            connection.execute("CREATE TABLE ballast (bytes BLOB)")
        fill(disk)
        answered.set()
        await harness.until(task.id, lambda task: task.task_id)
    # Killed now, nothing would be in doubt.
    (entry,) = provider.ledger.values()
    assert harness.store.get(task.id).task_id == entry.id
    (disk / "ballast").unlink()
    assert await harness.work() is Outcome.DONE
    assert harness.store.spent() == PRICE == provider.charged()
    harness.agree()


@pytest.mark.parametrize("step", ["task", "audio", "cover"])
async def test_a_disk_that_fills_up_is_waited_for(
    harness: Harness,
    provider: FakeProvider,
    disk: Path,
    caplog: pytest.LogCaptureFixture,
    step: str,
) -> None:
    provider.size = 300_000
    go = threading.Event()
    provider.faults[step].append(Fault(until=go))
    task = harness.add()
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, step)
        ballast = fill(disk)
        go.set()
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "disk"
        assert "full" in held.hold.message
        await logged(caplog, "space" if step == "task" else "full")
        ballast.unlink()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert provider.seen("create") == 1
    harness.agree()


async def test_a_full_disk_is_the_hold_of_the_task(
    harness: Harness, provider: FakeProvider, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a quota, which the free space of the disk does not show."""
    monkeypatch.setattr(Obstacle, "_find", lambda _: None)
    provider.size = 300_000
    go = threading.Event()
    provider.faults["audio"].append(Fault(until=go))
    task = harness.add()
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "audio")
        with (
            contextlib.closing(TaskStore(harness.store.path)) as other,
            other.write() as connection,
        ):
            connection.execute("CREATE TABLE ballast (bytes BLOB)")
        ballast = fill(disk)
        go.set()
        with contextlib.closing(TaskStore(harness.store.path)) as view:
            async with asyncio.timeout(20):
                while not (hold := view.get(task.id).hold):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        assert hold.code == "disk"
        ballast.unlink()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


def test_generate_says_that_the_disk_is_full_and_gives_up(
    home: Home, provider: FakeProvider, disk: Path
) -> None:
    """It used to wait for ever without a word."""
    provider.mp3, provider.jpeg, provider.polls = real_mp3(20.0), real_jpeg(), 1
    env = {
        "SUNO_TUI_HOME": str(disk),
        "SUNO_TUI_BASE_URL": provider.url,
        "SUNO_TUI_API_KEY": KEY,
    }
    go = threading.Event()
    provider.always["audio"] = Fault(until=go)
    arguments = ["generate", "a song", "--patience", "2", "--json"]
    told = subprocess.Popen(
        [*SUNO_TUI, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(env),
    )
    provider.wait_for("audio")
    ballast = fill(disk)
    go.set()
    out, err = told.communicate(timeout=60)
    assert told.returncode == 4, err
    assert "held:" in err
    assert "full" in err
    (task,) = json_lines(out)
    assert (task["status"], task["hold"]["code"]) == ("downloading", "disk")

    ballast.unlink()
    store = TaskStore(disk / "queue.sqlite")
    end = time.monotonic() + 60
    while store.get(task["id"]).live:
        assert time.monotonic() < end, "it ends by itself when there is room"
        time.sleep(0.05)
    assert store.get(task["id"]).status is Status.COMPLETED
    store.close()
    while Lock(disk / "worker.lock").holder():
        time.sleep(0.05)


async def test_a_folder_that_becomes_read_only_during_a_download_is_reported(
    harness: Harness, provider: FakeProvider, disk: Path
) -> None:
    downloads = harness.folder / "downloads"
    go = threading.Event()
    provider.faults["audio"].extend([Fault(until=go)] * 2)
    task = harness.add()
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "audio")
        _mount("--bind", str(downloads), str(downloads))
        try:
            _mount("-o", "remount,bind,ro", str(downloads))
            go.set()
            held = await harness.until(task.id, lambda task: task.hold)
            assert held.hold and held.hold.code == "disk"
            assert "read-only" in held.hold.message.lower()
            assert Obstacle(downloads).check(), "whoever reads the records sees it as well"
        finally:
            await asyncio.to_thread(_unmount, downloads)
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def test_a_missing_disk_is_reported(disk: Path) -> None:
    assert Obstacle(disk / "queue.sqlite").check()
    store = TaskStore(disk / "queue.sqlite")
    task = store.add(SONG, provider="hosted", credits=PRICE)
    version = store.version()
    subprocess.run(["umount", "-l", str(disk)], check=True)
    end = time.monotonic() + 20
    while store.version() == version:
        assert time.monotonic() < end, "a view looks at the records again"
    hold = store.get(task.id).hold
    assert hold and hold.code == "disk"
    assert store.owed() == ["disk"]
    store.close()
    _mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk))  # for the fixture


async def test_a_disk_that_is_full_while_a_take_is_filed_is_waited_for(
    harness: Harness, provider: FakeProvider, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usual = harness.file_take
    ballast: list[Path] = []

    def file_take(task, take, audio, cover):  # type: ignore[no-untyped-def]
        if not ballast:
            ballast.append(fill(disk))
        copy = harness.shelf / "growing"
        copy.write_bytes(audio.read_bytes())
        copy.unlink()
        return usual(task, take, audio, cover)

    harness.file_take = file_take  # type: ignore[method-assign]
    # The queue itself may have had room for its own, and then it has nothing to warn of.
    caplog.set_level("INFO", "suno_tui.worker")
    task = harness.add()
    async with harness.at_work():
        await logged(caplog, "disk is full")
        ballast[0].unlink()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_a_song_that_can_not_be_queued_is_reported(harness: Harness, disk: Path) -> None:
    fill(disk)
    with pytest.raises(HomeError, match="full"):
        for _ in range(100):
            harness.add()
    (disk / "ballast").unlink()
    before = len(harness.store.all())
    harness.add()
    assert len(harness.store.all()) == before + 1


def test_the_command_prints_why_a_task_waits(home: Home, disk: Path) -> None:
    fill(disk)
    env = {"SUNO_TUI_HOME": str(disk)}
    done = suno_tui("generate", "a song", "--no-wait", env=env)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "space" in done.stderr.lower()
    (disk / "ballast").unlink()
    env["SUNO_TUI_PROVIDER"] = "local"
    assert suno_tui("queue", "--all", "--json", env=env).stdout == ""
