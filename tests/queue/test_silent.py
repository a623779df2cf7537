"""No wait is silent: each has its reason in the record, counts for patience, and passes."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import os
import subprocess
import threading
from pathlib import Path

import pytest

from suno_tui.home import Home
from suno_tui.queue import Hold, Status, Take, Task, TaskStore, Waiting, judge
from suno_tui.queue.follow import GaveUp, follow
from suno_tui.queue.line import DOUBT
from suno_tui.queue.patience import Outcome
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.fake_provider import KEY, PRICE, FakeProvider, Fault, real_mp3, refusal
from tests.needs import without_rights
from tests.queue.house import QUICK, SONG, House

SOON = dataclasses.replace(QUICK, silent=0.02)


async def test_a_provider_that_keeps_a_song_waiting_is_said(
    house: House, provider: FakeProvider
) -> None:
    """It took the POST and said nothing, and `generate --patience 5` waited 150 seconds."""
    answer = threading.Event()
    provider.faults["create"].append(Fault(until=answer))
    first, second = house.add(), house.add()
    async with house.at_work(SOON):
        for task in (first, second):
            held = await house.until(task.id, lambda task: task.hold)
            assert held.hold and held.hold.code == "no_answer"
        events = [event async for event in follow(house.store, [second.id], patience=0.1)]
        last = events[-1]
        assert isinstance(last, GaveUp)
        assert last.why is Waiting.TROUBLE
        answer.set()
        for task in (first, second):
            done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
            assert done.hold is None
    assert provider.seen("create") == 2
    house.agree()


def test_generate_gives_up_a_provider_that_says_nothing(home: Home, provider: FakeProvider) -> None:
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
    house: House, provider: FakeProvider
) -> None:
    provider.always["create"] = refusal(402, "insufficient_credits")
    first = house.add()
    async with house.at_work(dataclasses.replace(QUICK, hold_first=3600, hold_most=3600)):
        await house.until(first.id, lambda task: task.hold)
        second = house.add()
        held = await house.until(second.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "insufficient_credits"


async def test_a_song_that_waits_for_anothers_outcome_says_so(
    house: House, provider: FakeProvider
) -> None:
    provider.faults["create"].append(Fault(drop=True))
    first, second = house.add(), house.add()
    slow = dataclasses.replace(QUICK, looks=(1.0, 0.02))
    async with house.at_work(slow):
        await house.until(first.id, lambda task: task.status is Status.UNCERTAIN)
        await house.until(second.id, lambda task: task.hold and task.hold.code == DOUBT.code)
        third = house.add()
        held = await house.until(third.id, lambda task: task.hold)
        assert held.hold == DOUBT
        for task in (first, second, third):
            done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
            assert done.hold is None
    house.agree()


@pytest.mark.parametrize(
    "number", ["EDQUOT", "ENOSPC", "EROFS", "EACCES", "EMFILE", "ENFILE", "EIO", "ESTALE"]
)
async def test_a_disk_that_refuses_a_download_is_said(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    code = getattr(errno, number)
    broken = True
    usual = os.open

    def refuse(path: object, *more: int, **named: int | None) -> int:
        if broken and str(path).endswith(".audio.part"):
            raise OSError(code, os.strerror(code), str(path))
        return usual(path, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    task = house.add()
    async with house.at_work():
        held = await house.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "disk"
        assert os.strerror(code) in held.hold.message
        broken = False
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_no_memory_is_said(house: House, provider: FakeProvider) -> None:
    usual = house.file_take
    enough = False

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        if not enough:
            raise MemoryError
        return usual(task, take, audio, cover)

    house.file_take = file_take  # type: ignore[method-assign]
    task = house.add()
    async with house.at_work():
        held = await house.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "memory"
        enough = True
        done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    assert provider.seen("audio") == 2, "what was fetched is not fetched again"


async def test_a_library_that_does_not_answer_is_said(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.queue.fetch.LONG_FILING", 0.02)
    usual = house.file_take
    go = threading.Event()

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        go.wait(20)
        return usual(task, take, audio, cover)

    house.file_take = file_take  # type: ignore[method-assign]
    task = house.add()
    async with house.at_work():
        held = await house.until(task.id, lambda task: task.hold)
        assert held.hold and held.hold.code == "filing"
        go.set()
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


async def test_a_download_that_waits_for_others_says_so_and_is_in_no_trouble(
    house: House, provider: FakeProvider
) -> None:
    go = threading.Event()
    provider.faults["audio"].extend([Fault(until=go)] * 4)
    first = [house.add(), house.add()]
    async with house.at_work(SOON):
        await asyncio.to_thread(provider.wait_for, "audio", 4)
        late = house.add()
        await house.until(late.id, lambda task: task.hold and task.hold.code == "download_slot")
        go.set()
        for task in (*first, late):
            await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


def test_a_library_that_may_not_be_written_is_said(home: Home, provider: FakeProvider) -> None:
    """One folder without permission: the rest of the home is sound."""
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
    house: House, provider: FakeProvider
) -> None:
    """kill -9 in the middle, twice: the third leaves that take alone, and does the rest."""
    deadly, good = house.add(), house.add()
    for _ in range(2):
        worker = await asyncio.create_subprocess_exec(
            *_KILLED, str(house.folder), provider.url, deadly.id, cwd=Path(__file__).parents[2]
        )
        async with asyncio.timeout(60):
            assert await worker.wait() == -9
    assert await house.work() is Outcome.OWED
    held = house.store.get(deadly.id)
    assert held.hold and held.hold.code == "filing_died"
    assert house.store.get(good.id).status is Status.COMPLETED
    house.store.retry(deadly.id)
    assert await house.work() is Outcome.DONE
    house.agree()


_KILLED = [*SUNO_TUI[:1], "-m", "tests.queue.dying_worker"]


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
def test_what_each_wait_is_worth(code: str, waiting: Waiting) -> None:
    assert judge([code]) is waiting
    assert judge([code, None]) is Waiting.GOING_ON
    assert Hold(code, "").code == code
