"""Every wait has its reason in the record, counts for patience, and passes."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import os
import subprocess
import threading
from pathlib import Path

import pytest

from suno_tui.common.paths import Home
from suno_tui.tasks.events import GaveUp, follow
from suno_tui.tasks.holds import Waiting, judge
from suno_tui.tasks.models import Hold, Status, Take, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.shell import Shell
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from suno_tui.worker.provider_link import OTHER_UNCERTAIN
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault, real_mp3, refusal
from tests.needs import without_rights
from tests.worker.harness import QUICK, SONG, Harness

SOON = dataclasses.replace(QUICK, explain_after=0.02)


async def test_a_slow_provider_is_reported(harness: Harness, provider: FakeProvider) -> None:
    """It accepts the POST and never answers; `generate --patience 5` used to wait 150 seconds."""
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    first, second = harness.add(), harness.add()
    async with harness.at_work(SOON):
        for task in (first, second):
            held = await harness.until(task.id, lambda task: task.hold)
            assert held.hold and held.hold.code == "no_answer"
        events = [event async for event in follow(harness.store, [second.id], patience=0.1)]
        last = events[-1]
        assert isinstance(last, GaveUp)
        assert last.why is Waiting.TROUBLE
        answer.set()
        for task in (first, second):
            done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
            assert done.hold is None
    assert provider.seen("create") == 2
    harness.agree()


async def test_a_second_worker_leaves_the_hold_of_a_song_that_is_being_sent(
    harness: Harness, provider: FakeProvider
) -> None:
    """Nobody writes it again before `explain_after`, and `generate` would report no hold."""
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    first, second = harness.add(), harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, explain_after=2)):
        for task in (first, second):
            await harness.until(task.id, lambda task: task.hold)
        Journal(harness.store).lift_all(Shell())
        held, lifted = (harness.store.get(task.id) for task in (first, second))
        assert held.status is Status.SUBMITTING
        assert held.hold and held.hold.code == "no_answer"
        assert lifted.hold is None, "what waits is tried again"
        answer.set()
        done = await harness.until(first.id, lambda task: task.status is Status.COMPLETED)
        assert done.hold is None


def test_generate_gives_up_a_silent_provider(home: Home, provider: FakeProvider) -> None:
    answer = threading.Event()
    provider.always["create"] = Fault(until=answer)
    where = {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
    try:
        done = suno_tui("generate", "x", "--patience", "1", "--json", env=where)
    finally:
        provider.always.clear()
        answer.set()
    assert done.returncode == 4
    assert "has not answered" in done.stderr
    (task,) = json_lines(done.stdout)
    assert (task["status"], task["hold"]["code"]) == ("submitting", "no_answer")
    suno_tui("queue", "forget", task["id"])


async def test_a_song_that_is_added_to_a_held_queue_says_why(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    first = harness.add()
    async with harness.at_work(dataclasses.replace(QUICK, hold_first=3600, hold_most=3600)):
        await harness.until(first.id, lambda task: task.hold)
        second = harness.add()
        held = await harness.until(second.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "insufficient_credits"


async def test_a_song_that_waits_for_anothers_outcome_is_held(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.faults["create"].append(Fault(drop=True))
    first, second = harness.add(), harness.add()
    slow = dataclasses.replace(QUICK, balance_waits=(1.0, 0.02))
    async with harness.at_work(slow):
        await harness.until(first.id, lambda task: task.status is Status.UNCERTAIN)
        await harness.until(
            second.id, lambda task: task.hold and task.hold.code == OTHER_UNCERTAIN.code
        )
        third = harness.add()
        held = await harness.until(third.id, lambda task: task.hold)
        assert held.hold == OTHER_UNCERTAIN
        for task in (first, second, third):
            done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
            assert done.hold is None
    harness.agree()


_OTHERS = ("EACCES", "EMFILE", "ENFILE", "EIO", "ESTALE")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("EDQUOT", "your disk quota is used up"),
        ("ENOSPC", "the disk is full"),
        ("EROFS", "the disk is read-only"),
        *((name, os.strerror(getattr(errno, name))) for name in _OTHERS),
    ],
)
async def test_a_disk_that_refuses_a_download_is_reported(
    harness: Harness,
    provider: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    reason: str,
) -> None:
    code = getattr(errno, number)
    broken = True
    usual = os.open

    def refuse(path: object, *more: int, **named: int | None) -> int:
        if broken and str(path).endswith(".audio.part"):
            raise OSError(code, os.strerror(code), str(path))
        return usual(path, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    task = harness.add()
    async with harness.at_work():
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "disk"
        assert reason in held.hold.message
        broken = False
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_a_lack_of_memory_is_reported(harness: Harness, provider: FakeProvider) -> None:
    usual = harness.file_take
    enough = False

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        if not enough:
            raise MemoryError
        return usual(task, take, audio, cover)

    harness.file_take = file_take  # type: ignore[method-assign]
    task = harness.add()
    async with harness.at_work():
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "memory"
        enough = True
        done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    assert provider.seen("audio") == 2, "what was fetched is not fetched again"


async def test_a_slow_library_is_reported(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.worker.download.LONG_FILING", 0.02)
    usual = harness.file_take
    go = threading.Event()

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        go.wait(20)
        return usual(task, take, audio, cover)

    harness.file_take = file_take  # type: ignore[method-assign]
    task = harness.add()
    async with harness.at_work():
        held = await harness.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "filing"
        go.set()
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


async def test_waiting_for_a_download_slot_is_reported_and_no_trouble(
    harness: Harness, provider: FakeProvider
) -> None:
    go = threading.Event()
    provider.faults["audio"].extend([Fault(until=go)] * 4)
    first = [harness.add(), harness.add()]
    async with harness.at_work(SOON):
        await asyncio.to_thread(provider.wait_for, "audio", 4)
        late = harness.add()
        await harness.until(late.id, lambda task: task.hold and task.hold.code == "download_slot")
        go.set()
        for task in (*first, late):
            await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


def test_a_read_only_library_is_reported(home: Home, provider: FakeProvider) -> None:
    """Only one folder lacks permission."""
    provider.mp3, provider.polls = real_mp3(1.0), 1
    store = TaskStore(home.queue)
    where = {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
    task = store.add(SONG, provider="hosted", credits=PRICE, base_url=provider.url)
    home.library.mkdir(parents=True)
    home.library.chmod(0o500)
    command = [*SUNO_TUI, "work", "--patience", "1"]
    try:
        done = subprocess.run(
            without_rights(command),
            capture_output=True,
            text=True,
            env=environment(where),
            timeout=60,
            check=False,
        )
    finally:
        home.library.chmod(0o700)
    assert done.returncode == 4, done.stderr
    assert "permission" in done.stdout.lower()
    held = store.get(task.id).hold
    assert held and held.code == "disk"
    assert suno_tui("work", env=where).returncode == 0
    assert store.get(task.id).status is Status.COMPLETED
    store.close()


async def test_a_worker_that_is_killed_while_it_files_leaves_its_mark(
    harness: Harness, provider: FakeProvider
) -> None:
    """kill -9 in the middle, twice: the third leaves that take alone, and does the rest."""
    deadly, good = harness.add(), harness.add()
    for _ in range(2):
        worker = await asyncio.create_subprocess_exec(
            *_KILLED, str(harness.folder), provider.url, deadly.id, cwd=Path(__file__).parents[2]
        )
        async with asyncio.timeout(60):
            assert await worker.wait() == -9
    assert await harness.work() is Outcome.OWED
    held = harness.store.get(deadly.id)
    assert held.hold and held.hold.code == "filing_died"
    assert harness.store.get(good.id).status is Status.COMPLETED
    harness.store.retry(deadly.id)
    assert await harness.work() is Outcome.DONE
    harness.agree()


_KILLED = [*SUNO_TUI[:1], "-m", "tests.worker.dying_worker"]


@pytest.mark.parametrize(
    ("code", "waiting"),
    [
        ("no_answer", Waiting.TROUBLE),
        ("checking_other", Waiting.TROUBLE),
        ("other_shell", Waiting.TROUBLE),
        ("audio_late", Waiting.TROUBLE),
        ("memory", Waiting.TROUBLE),
        ("filing", Waiting.TROUBLE),
        ("disk", Waiting.TROUBLE),
        ("download_slot", Waiting.GOING_ON),
        ("filing_died", Waiting.USER),
        ("unknown_status", Waiting.USER),
    ],
)
def test_each_hold_says_whether_waiting_is_of_use(code: str, waiting: Waiting) -> None:
    assert judge([code]) is waiting
    assert judge([code, None]) is Waiting.GOING_ON
    assert Hold(code, "").code == code
