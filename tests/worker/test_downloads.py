"""Downloads that are cut, refused, expired, wrong or slow; whole files are filed once."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.errors import HomeError, SettingsError, StudioError
from suno_tui.providers.client import Client
from suno_tui.providers.errors import NoKey
from suno_tui.tasks.holds import Waiting, judge
from suno_tui.tasks.models import Status, Take, TakeState, Task
from suno_tui.tasks.patience import Outcome
from suno_tui.tasks.store import TaskStore
from suno_tui.worker import task_budget
from suno_tui.worker.journal import Journal
from tests.fake_provider import PRICE, Entry, FakeProvider, Fault, sound
from tests.worker.harness import QUICK, SONG, Harness


async def test_a_cut_download_continues(harness: Harness, provider: FakeProvider) -> None:
    provider.takes = 1
    provider.size = 300_000
    provider.faults["audio"].extend([Fault(cut=100_000), Fault(cut=100_000)])
    harness.add()

    assert await harness.work() is Outcome.DONE

    asked = [headers.get("Range") for _, _, path, headers in provider.requests if "audio" in path]
    assert asked[0] is None
    starts = [int(each.removeprefix("bytes=").rstrip("-")) for each in asked[1:] if each]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1] < 300_000
    harness.agree()


@pytest.mark.parametrize("gone", ["the key", "the provider"])
async def test_a_take_is_fetched_though_its_account_is_gone(
    gone: str, harness: Harness, provider: FakeProvider
) -> None:
    task = harness.store.add(SONG, provider="hosted", credits=PRICE, base_url=provider.url)
    provider.always["audio"] = Fault(500)
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.status is Status.DOWNLOADING)
    del provider.always["audio"]
    asked = provider.seen("task")

    def nobody(name: str) -> Client:
        raise NoKey("None.") if gone == "the key" else SettingsError("There is no provider.")

    harness.connect = nobody
    assert await harness.work() is Outcome.DONE

    harness.agree()
    assert provider.seen("task") == asked
    assert not any("Authorization" in sent for _, _, path, sent in provider.requests[-4:])


async def test_a_download_starts_again_if_range_is_ignored(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.ranges = False
    provider.size = 300_000
    provider.faults["audio"].extend([Fault(cut=100_000)] * 3)
    harness.add()

    assert await harness.work() is Outcome.DONE

    harness.agree()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"oops"),
        Fault(503, b"", {"Retry-After": "0"}),
        Fault(429, b""),
        Fault(drop=True),
        Fault(404, b"not yet"),
        Fault(200, b"<html><title>Sign in</title></html>", {"Content-Type": "text/html"}),
        Fault(200, b"", {"Content-Type": "audio/mpeg"}),
        Fault(200, b"%PDF-1.7 not a song", {"Content-Type": "application/pdf"}),
        Fault(206, b"abc", {"Content-Range": "bytes 7-9/10"}),
        Fault(416, b""),
    ],
)
async def test_a_passing_error_is_waited_out(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["audio"].extend([fault, fault])
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).status is Status.COMPLETED
    harness.agree()


async def test_an_ended_url_is_renewed(harness: Harness, provider: FakeProvider) -> None:
    task = harness.add()
    provider.always["audio"] = Fault(drop=True)
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.status is Status.DOWNLOADING)
        provider.end_urls()
        del provider.always["audio"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 1
    harness.agree()


async def test_audio_is_lost_only_after_every_try(harness: Harness, provider: FakeProvider) -> None:
    provider.always["audio"] = Fault(410)
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    lost = harness.store.get(task.id)
    assert lost.status is Status.EXPIRED
    assert lost.error and lost.error.code == "audio_lost"
    assert {take.state for take in lost.takes} == {TakeState.LOST}
    assert provider.seen("audio") >= 6
    assert provider.seen("task") > 4

    del provider.always["audio"]
    harness.store.poll_again(task.id)
    await harness.work()
    assert harness.store.get(task.id).status is Status.COMPLETED
    harness.agree()


async def test_a_missing_file_is_not_lost_before_its_url_ends(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host under repair answers 404 for hours: the song was paid, so the worker keeps trying."""
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    provider.always["audio"] = Fault(404)
    late, never = harness.add(), harness.add()
    # Whoever waits for it has no more patience with this than with other trouble.
    assert await harness.work(patience=1) is Outcome.OWED
    assert provider.seen("audio") > 2 * 2 * QUICK.gone_tries
    for each in (late, never):
        held = harness.store.get(each.id)
        assert held.status is Status.DOWNLOADING
        assert held.hold and held.hold.code == "file_gone"
    harness.store.forget(never.id)
    del provider.always["audio"]
    assert await harness.work() is Outcome.DONE
    assert harness.store.get(late.id).status is Status.COMPLETED

    provider.always["audio"] = Fault(404)
    ahead = 86_400.0
    harness.store.retry(never.id)
    assert await harness.work() is Outcome.DONE
    assert harness.store.get(never.id).status is Status.EXPIRED


async def test_a_host_that_always_breaks_off_is_given_up_after_the_url_ends(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that always announces more than it sends would be tried for ever."""
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    provider.ranges = False
    provider.always["audio"] = Fault(cut=100)
    task = harness.add()
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "audio", 2 * 2 * QUICK.gone_tries)
        assert harness.store.get(task.id).status is Status.DOWNLOADING
        ahead = 86_500.0
        lost = await harness.until(task.id, lambda task: not task.live)
    assert lost.status is Status.EXPIRED
    assert lost.error and lost.error.code == "audio_lost"


async def test_a_take_that_is_done_stays_done(harness: Harness, provider: FakeProvider) -> None:
    task = harness.add()
    provider.polls = 1000
    async with harness.at_work():
        accepted = await harness.until(task.id, lambda task: task.task_id)
        usual = provider.usual_output(provider.ledger[accepted.task_id or ""])
        usual["urls"][0] = usual["urls"][0].replace("/audio/0/", "/audio/-1/")
        provider.output = usual
        provider.polls = 1
        ended = await harness.until(task.id, lambda task: not task.live)
    assert ended.status is Status.EXPIRED
    assert [take.state for take in ended.takes] == [TakeState.LOST, TakeState.DONE]
    assert ended.takes[1].track_id == f"{task_id(ended)}-2"
    assert len(list(harness.shelf.glob("*.mp3"))) == 1


def task_id(task: Task) -> str:
    assert task.task_id
    return task.task_id


@pytest.mark.parametrize(
    "fault",
    [
        Fault(404),
        Fault(500),
        Fault(drop=True),
        Fault(200, b"<svg/>", {"Content-Type": "image/svg+xml"}),
        Fault(200, b"ID3 a song", {"Content-Type": "audio/mpeg"}),
    ],
)
async def test_a_cover_never_keeps_a_take_waiting(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    provider.always["cover"] = fault
    harness.add()

    assert await harness.work() is Outcome.DONE

    assert list(harness.shelf.glob("*.jpg")) == []
    harness.agree()


async def test_a_cover_that_fails_once_is_tried_again(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.faults["cover"].extend([Fault(drop=True)] * 2)
    harness.add()
    await harness.work()
    assert len(list(harness.shelf.glob("*.jpg"))) == 2


async def test_a_cover_that_never_comes_is_given_up(
    harness: Harness, provider: FakeProvider
) -> None:
    never = threading.Event()
    provider.always["cover"] = Fault(until=never)
    task = harness.add()
    assert await harness.work(timings=dataclasses.replace(QUICK, cover=0.1)) is Outcome.DONE
    never.set()
    assert harness.store.get(task.id).status is Status.COMPLETED
    assert list(harness.shelf.glob("*.jpg")) == []
    harness.agree()


async def test_urls_that_change_with_every_answer_and_never_work(
    harness: Harness, provider: FakeProvider
) -> None:
    usual = provider.describe

    def describe(entry: Entry) -> dict[str, Any]:
        provider.url_epoch += 1
        return usual(entry)

    provider.describe = describe  # type: ignore[method-assign]
    provider.always["audio"] = Fault(410)
    task = harness.add()
    await harness.work(timings=dataclasses.replace(QUICK, gone=0.3))
    assert harness.store.get(task.id).status is Status.EXPIRED
    assert provider.seen("audio") < 60


class Damaged(StudioError):
    code = "bad_audio"
    title = "The audio is not complete"


def strict(harness: Harness, provider: FakeProvider) -> None:
    """The library takes only what the provider made, or anything if `keep_take` is used."""
    usual = harness.file_take

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        if audio.read_bytes() != sound(task_id(task), take.number, provider.size):
            raise Damaged(f"{audio}: its end is missing")
        return usual(task, take, audio, cover)

    harness.keep_take = usual  # type: ignore[method-assign]
    harness.file_take = file_take  # type: ignore[method-assign]


CUT = Fault(200, b"ID3 the first half", {"Content-Type": "audio/mpeg", "ETag": '"first"'})
PAGE = Fault(200, b"<html><title>Sign in</title></html>", {"Content-Type": "text/html"})


async def test_audio_that_is_not_whole_is_fetched_again(
    harness: Harness, provider: FakeProvider
) -> None:
    strict(harness, provider)
    provider.faults["audio"].extend([CUT, CUT])
    harness.add()

    assert await harness.work() is Outcome.DONE

    assert provider.seen("audio") == 4
    harness.agree()


@pytest.mark.parametrize("fault", [PAGE, CUT, Fault(200, {"error": "wait"})])
async def test_wrong_audio_is_tried_again_until_the_url_ends(
    harness: Harness, provider: FakeProvider, fault: Fault
) -> None:
    """A web page for two minutes used to end the task, though the URL was valid for a day."""
    strict(harness, provider)
    provider.takes = 1
    provider.always["audio"] = fault
    task = harness.add()
    async with harness.at_work():
        held = await harness.until(
            task.id, lambda task: task.hold and task.hold.code == "audio_late"
        )
        assert held.hold and "tries again until" in held.hold.message
        assert "left there" not in held.hold.message
        before = provider.seen("audio")
        await asyncio.to_thread(provider.wait_for, "audio", before + 2 * QUICK.gone_tries)
        assert harness.store.get(task.id).status is Status.DOWNLOADING
        assert judge(["audio_late"]) is Waiting.TROUBLE, "it counts for --patience"
        del provider.always["audio"]
        done = await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    harness.agree()


@pytest.mark.parametrize("rest", ["the library takes it as it is", "not even the library"])
async def test_a_wrong_file_is_kept_if_nothing_better_comes(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    strict(harness, provider)
    if rest == "not even the library":
        harness.keep_take = harness.file_take  # type: ignore[method-assign]
    provider.takes = 1
    provider.always["audio"] = CUT
    task = harness.add()
    ahead, real = 0.0, time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    async with harness.at_work():
        await harness.until(task.id, lambda task: task.hold and task.hold.code == "audio_late")
        ahead = 86_500
        ended = await harness.until(task.id, lambda task: not task.live)
    if rest == "not even the library":
        assert ended.error and ended.error.code == "audio_lost"
        (kept,) = (harness.folder / "kept").iterdir()
        assert str(kept) in ended.error.message
        assert kept.read_bytes() == CUT.body
    else:
        assert ended.status is Status.COMPLETED
        (kept,) = harness.shelf.glob("*.mp3")
        assert kept.read_bytes() == CUT.body
    assert list((harness.folder / "downloads").iterdir()) == []


async def test_a_wrong_file_is_not_downloaded_twice(
    harness: Harness, provider: FakeProvider
) -> None:
    """The host's ETag shows that they are the same, so they are not sent again."""
    strict(harness, provider)
    provider.takes = 1
    big = Fault(200, b"ID3" + b"x" * 5_000_000, {"ETag": '"same"'})
    provider.always["audio"] = big
    task = harness.add()
    proved = harness.file_take
    asked: list[Path] = []

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        asked.append(audio)
        return proved(task, take, audio, cover)

    harness.file_take = file_take  # type: ignore[method-assign]
    async with harness.at_work():
        await asyncio.to_thread(provider.wait_for, "audio", 6)
        downloads = harness.folder / "downloads"
        assert len(asked) == 1, "what is the same is not proved again"
        (left,) = [path for path in downloads.iterdir() if "wrong" in path.name]
        assert left.stat().st_size == len(big.body)
        del provider.always["audio"]
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
    harness.agree()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x1a\x45\xdf\xa3 webm", "webm"),
        (b"\xff\xf1\x50\x80 adts", "aac"),
        (b"FORM\0\0\0\0AIFF", "aiff"),
        (b"\0\x01\xfe\x80 nobody knows", "bin"),
    ],
)
async def test_a_whole_file_of_any_kind_is_kept(
    harness: Harness, provider: FakeProvider, body: bytes, kind: str
) -> None:
    given: list[Path] = []

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        given.append(audio)
        assert audio.read_bytes() == body
        return f"{take.number}"

    harness.file_take = file_take  # type: ignore[method-assign]
    provider.always["audio"] = Fault(200, body, {"Content-Type": "application/octet-stream"})
    task = harness.add()

    assert await harness.work() is Outcome.DONE

    assert harness.store.get(task.id).status is Status.COMPLETED
    assert {path.suffix for path in given} == {f".{kind}"}
    assert provider.seen("audio") == 2


async def test_a_picture_is_not_taken_for_audio(harness: Harness, provider: FakeProvider) -> None:
    provider.faults["audio"].append(Fault(200, b"\xff\xd8\xff\xe0 a cover", {}))
    harness.add()
    assert await harness.work() is Outcome.DONE
    harness.agree()


async def test_a_take_that_killed_two_workers_is_left_alone(
    harness: Harness, provider: FakeProvider
) -> None:
    """Only a killed process leaves the mark; all other takes go on, also of the same task."""
    deadly = harness.add()
    async with harness.at_work():
        await harness.until(deadly.id, lambda task: task.status is Status.PENDING)
    provider.always["audio"] = Fault(503)
    async with harness.at_work():
        await harness.until(deadly.id, lambda task: task.status is Status.DOWNLOADING)
    del provider.always["audio"]
    for _ in range(2):
        Journal(harness.store).begin_filing(deadly.id, 1, 100)
    good = harness.add()
    assert await harness.work() is Outcome.OWED
    held = harness.store.get(deadly.id)
    assert held.hold and held.hold.code == "filing_died"
    assert f"queue retry {deadly.id}" in held.hold.message
    assert [take.state for take in held.takes] == [TakeState.WAITING, TakeState.DONE]
    assert harness.store.get(good.id).status is Status.COMPLETED
    assert judge(["filing_died"]) is Waiting.USER
    assert harness.store.owed() == []
    assert await harness.work() is Outcome.OWED, "it is left alone"
    harness.store.retry(deadly.id)
    assert await harness.work() is Outcome.DONE
    harness.agree()


async def test_each_filing_is_recorded_before_and_after(
    harness: Harness, provider: FakeProvider
) -> None:
    seen: list[int] = []
    usual = harness.file_take
    counting = threading.Lock()  # the takes are filed in threads

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        other = TaskStore(harness.store.path)  # another process would see it: it is on disk
        filings = other.get(task.id).takes[take.number - 1].filings
        other.close()
        with counting:
            seen.append(filings)
            first = len(seen) == 1
        if first:
            raise HomeError("The disk is full.")
        return usual(task, take, audio, cover)

    harness.file_take = file_take  # type: ignore[method-assign]
    task = harness.add()
    assert await harness.work() is Outcome.DONE
    assert seen == [1, 1, 1], "what fails and is tried again is no death"
    assert [take.filings for take in harness.store.get(task.id).takes] == [0, 0]


async def test_a_library_that_can_not_be_written_is_waited_for(
    harness: Harness, provider: FakeProvider
) -> None:
    usual = harness.file_take

    def full(*_: object) -> str:
        raise HomeError("The disk is full.")

    harness.file_take = full  # type: ignore[method-assign,assignment]
    task = harness.add()
    assert await harness.work(patience=0.3) is Outcome.OWED
    held = harness.store.get(task.id)
    assert held.hold and held.hold.code == "disk"

    harness.file_take = usual  # type: ignore[method-assign]
    assert await harness.work() is Outcome.DONE
    assert provider.seen("audio") == 2, "what was fetched is not fetched again"
    harness.agree()


async def test_downloads_are_bounded(harness: Harness, provider: FakeProvider) -> None:
    at_once = most = 0
    usual = harness.client

    def counting(name: str) -> object:
        made = usual(name)
        download = made.download

        async def counted(*args: object, **more: object) -> object:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            try:
                await asyncio.sleep(0.02)
                return await download(*args, **more)  # type: ignore[arg-type]
            finally:
                at_once -= 1

        made.download = counted  # type: ignore[method-assign,assignment]
        return made

    harness.connect = counting  # type: ignore[assignment]
    for _ in range(6):
        harness.add()
    await harness.work()
    assert most == 4
    harness.agree()


async def test_the_key_never_goes_to_the_file_host(
    harness: Harness, provider: FakeProvider
) -> None:
    harness.add()
    await harness.work()
    for _, _, path, headers in provider.requests:
        assert ("Authorization" in headers) is path.startswith("/v1/"), path


async def test_files_of_an_earlier_worker_are_used_or_removed(
    harness: Harness, provider: FakeProvider
) -> None:
    provider.polls = 1
    task = harness.add()
    async with harness.at_work():
        accepted = await harness.until(task.id, lambda task: task.task_id)
    folder = harness.folder / "downloads"
    (folder / "zzzzzz-1-aaaaaaaa.audio.part").write_bytes(b"of nobody")
    await harness.work()
    assert list(folder.iterdir()) == []
    assert (harness.shelf / f"{accepted.task_id}-1.mp3").read_bytes() == sound(
        task_id(accepted), 1, provider.size
    )


async def test_the_takes_of_a_task_have_a_budget_together(
    harness: Harness, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched is filed; what is too much is named, and a later worker refuses it too."""
    provider.takes = 3
    provider.size = 100_000
    monkeypatch.setattr(task_budget, "MOST_TASK_BYTES", 250_000)
    task = harness.add()
    for _ in range(2):
        async with harness.at_work():
            held = await harness.until(
                task.id,
                lambda task: (
                    sum(take.state is TakeState.DONE for take in task.takes) == 2
                    and task.hold is not None
                ),
            )
            assert held.status is Status.DOWNLOADING
            assert held.hold and held.hold.code == "bad_file"
            assert "too large" in held.hold.message
            assert "300,000 bytes; at most 250,000" in held.hold.message
        with harness.store.write() as connection:  # as a worker finds it that was never here
            connection.execute("UPDATE tasks SET hold_code = NULL, hold_message = NULL")

    monkeypatch.setattr(task_budget, "MOST_TASK_BYTES", 300_000)
    assert await harness.work() is Outcome.DONE
    assert harness.store.get(task.id).status is Status.COMPLETED
    harness.agree()
