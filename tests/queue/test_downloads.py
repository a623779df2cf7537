"""Fetching takes: cut, refused, ended, wrong or slow files; what is whole is filed once."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from suno_tui.api.client import Client
from suno_tui.api.errors import NoKey
from suno_tui.errors import HomeError, SettingsError, StudioError
from suno_tui.queue import Status, Take, TakeState, Task, TaskStore, Waiting, judge
from suno_tui.queue.journal import Journal
from suno_tui.queue.patience import Outcome
from tests.fake_provider import PRICE, Entry, FakeProvider, Fault, sound
from tests.queue.house import QUICK, SONG, House


async def test_a_cut_download_goes_on_where_it_stopped(
    house: House, provider: FakeProvider
) -> None:
    provider.takes = 1
    provider.size = 300_000
    provider.faults["audio"].extend([Fault(cut=100_000), Fault(cut=100_000)])
    house.add()

    assert await house.work() is Outcome.DONE

    asked = [headers.get("Range") for _, _, path, headers in provider.requests if "audio" in path]
    assert asked[0] is None
    starts = [int(each.removeprefix("bytes=").rstrip("-")) for each in asked[1:] if each]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1] < 300_000
    house.agree()


@pytest.mark.parametrize("gone", ["the key", "the provider"])
async def test_a_take_is_fetched_though_its_account_is_gone(
    gone: str, house: House, provider: FakeProvider
) -> None:
    task = house.store.add(SONG, provider="hosted", credits=PRICE, base_url=provider.url)
    provider.always["audio"] = Fault(500)
    async with house.at_work():
        await house.until(task.id, lambda task: task.status is Status.DOWNLOADING)
    del provider.always["audio"]
    asked = provider.seen("task")

    def nobody(name: str) -> Client:
        raise NoKey("None.") if gone == "the key" else SettingsError("There is no provider.")

    house.connect = nobody
    assert await house.work() is Outcome.DONE

    house.agree()
    assert provider.seen("task") == asked
    assert not any("Authorization" in sent for _, _, path, sent in provider.requests[-4:])


async def test_where_range_is_ignored_it_begins_anew(house: House, provider: FakeProvider) -> None:
    provider.ranges = False
    provider.size = 300_000
    provider.faults["audio"].extend([Fault(cut=100_000)] * 3)
    house.add()

    assert await house.work() is Outcome.DONE

    house.agree()


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
async def test_a_fault_in_between_is_waited_out(
    house: House, provider: FakeProvider, fault: Fault
) -> None:
    provider.faults["audio"].extend([fault, fault])
    task = house.add()

    assert await house.work() is Outcome.DONE

    assert house.store.get(task.id).status is Status.COMPLETED
    house.agree()


async def test_an_ended_url_is_renewed(house: House, provider: FakeProvider) -> None:
    task = house.add()
    provider.always["audio"] = Fault(drop=True)
    async with house.at_work():
        await house.until(task.id, lambda task: task.status is Status.DOWNLOADING)
        provider.end_urls()
        del provider.always["audio"]
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert len(provider.ledger) == 1
    house.agree()


async def test_audio_is_lost_only_after_every_rescue(house: House, provider: FakeProvider) -> None:
    provider.always["audio"] = Fault(410)
    task = house.add()

    assert await house.work() is Outcome.DONE

    lost = house.store.get(task.id)
    assert lost.status is Status.EXPIRED
    assert lost.error and lost.error.code == "audio_lost"
    assert {take.state for take in lost.takes} == {TakeState.LOST}
    assert provider.seen("audio") >= 6
    assert provider.seen("task") > 4

    del provider.always["audio"]
    house.store.look_again(task.id)
    await house.work()
    assert house.store.get(task.id).status is Status.COMPLETED
    house.agree()


async def test_what_the_host_does_not_have_is_not_lost_before_its_url_ends(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is being mended answers 404 for hours: the song was paid, so it is waited for."""
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    provider.always["audio"] = Fault(404)
    late, never = house.add(), house.add()
    # Whoever waits for it has no more patience with this than with other trouble.
    assert await house.work(patience=1) is Outcome.OWED
    assert provider.seen("audio") > 2 * 2 * QUICK.gone_tries
    for each in (late, never):
        held = house.store.get(each.id)
        assert held.status is Status.DOWNLOADING
        assert held.hold and held.hold.code == "file_gone"
    house.store.forget(never.id)
    del provider.always["audio"]
    assert await house.work() is Outcome.DONE
    assert house.store.get(late.id).status is Status.COMPLETED

    provider.always["audio"] = Fault(404)
    ahead = 86_400.0
    house.store.retry(never.id)
    assert await house.work() is Outcome.DONE
    assert house.store.get(never.id).status is Status.EXPIRED


async def test_a_host_that_only_breaks_off_is_given_up_when_the_url_has_ended(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that always announces more than it sends would be asked for ever."""
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    provider.ranges = False
    provider.always["audio"] = Fault(cut=100)
    task = house.add()
    async with house.at_work():
        await asyncio.to_thread(provider.wait_for, "audio", 2 * 2 * QUICK.gone_tries)
        assert house.store.get(task.id).status is Status.DOWNLOADING
        ahead = 86_500.0
        lost = await house.until(task.id, lambda task: not task.live)
    assert lost.status is Status.EXPIRED
    assert lost.error and lost.error.code == "audio_lost"


async def test_a_take_that_is_done_stays_done(house: House, provider: FakeProvider) -> None:
    task = house.add()
    provider.polls = 1000
    async with house.at_work():
        accepted = await house.until(task.id, lambda task: task.task_id)
        usual = provider.usual_output(provider.ledger[accepted.task_id or ""])
        usual["urls"][0] = usual["urls"][0].replace("/audio/0/", "/audio/-1/")
        provider.output = usual
        provider.polls = 1
        ended = await house.until(task.id, lambda task: not task.live)
    assert ended.status is Status.EXPIRED
    assert [take.state for take in ended.takes] == [TakeState.LOST, TakeState.DONE]
    assert ended.takes[1].track_id == f"{task_id(ended)}-2"
    assert len(list(house.shelf.glob("*.mp3"))) == 1


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
    house: House, provider: FakeProvider, fault: Fault
) -> None:
    provider.always["cover"] = fault
    house.add()

    assert await house.work() is Outcome.DONE

    assert list(house.shelf.glob("*.jpg")) == []
    house.agree()


async def test_a_cover_that_fails_once_comes_all_the_same(
    house: House, provider: FakeProvider
) -> None:
    provider.faults["cover"].extend([Fault(drop=True)] * 2)
    house.add()
    await house.work()
    assert len(list(house.shelf.glob("*.jpg"))) == 2


async def test_a_cover_that_never_comes_is_given_up(house: House, provider: FakeProvider) -> None:
    never = threading.Event()
    provider.always["cover"] = Fault(until=never)
    task = house.add()
    assert await house.work(pace=dataclasses.replace(QUICK, cover=0.1)) is Outcome.DONE
    never.set()
    assert house.store.get(task.id).status is Status.COMPLETED
    assert list(house.shelf.glob("*.jpg")) == []
    house.agree()


async def test_urls_that_change_with_every_answer_and_never_work(
    house: House, provider: FakeProvider
) -> None:
    usual = provider.describe

    def describe(entry: Entry) -> dict[str, Any]:
        provider.url_epoch += 1
        return usual(entry)

    provider.describe = describe  # type: ignore[method-assign]
    provider.always["audio"] = Fault(410)
    task = house.add()
    await house.work(pace=dataclasses.replace(QUICK, gone=0.3))
    assert house.store.get(task.id).status is Status.EXPIRED
    assert provider.seen("audio") < 60


class Damaged(StudioError):
    code = "bad_audio"
    title = "The audio is not whole"


def strict(house: House, provider: FakeProvider) -> None:
    """The library takes only what the provider made, and anything else where it is told to."""
    usual = house.file_take

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        if audio.read_bytes() != sound(task_id(task), take.number, provider.size):
            raise Damaged(f"{audio}: its end is missing")
        return usual(task, take, audio, cover)

    house.keep_take = usual  # type: ignore[method-assign]
    house.file_take = file_take  # type: ignore[method-assign]


CUT = Fault(200, b"ID3 the first half", {"Content-Type": "audio/mpeg", "ETag": '"first"'})
PAGE = Fault(200, b"<html><title>Sign in</title></html>", {"Content-Type": "text/html"})


async def test_audio_that_is_not_whole_is_fetched_again(
    house: House, provider: FakeProvider
) -> None:
    strict(house, provider)
    provider.faults["audio"].extend([CUT, CUT])
    house.add()

    assert await house.work() is Outcome.DONE

    assert provider.seen("audio") == 4
    house.agree()


@pytest.mark.parametrize("fault", [PAGE, CUT, Fault(200, {"error": "wait"})])
async def test_audio_that_comes_wrong_for_long_is_waited_for_until_its_hours_end(
    house: House, provider: FakeProvider, fault: Fault
) -> None:
    """A web page for two minutes ended the task, though the address was good for a day."""
    strict(house, provider)
    provider.takes = 1
    provider.always["audio"] = fault
    task = house.add()
    async with house.at_work():
        held = await house.until(task.id, lambda task: task.hold and task.hold.code == "audio_late")
        assert held.hold and "tried again until" in held.hold.message
        assert "left there" not in held.hold.message
        before = provider.seen("audio")
        await asyncio.to_thread(provider.wait_for, "audio", before + 2 * QUICK.gone_tries)
        assert house.store.get(task.id).status is Status.DOWNLOADING
        assert judge(["audio_late"]) is Waiting.TROUBLE, "it counts for --patience"
        del provider.always["audio"]
        done = await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    assert done.hold is None
    house.agree()


@pytest.mark.parametrize("rest", ["the library takes it as it is", "not even the library"])
async def test_what_came_is_kept_where_nothing_better_comes(
    house: House, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    strict(house, provider)
    if rest == "not even the library":
        house.keep_take = house.file_take  # type: ignore[method-assign]
    provider.takes = 1
    provider.always["audio"] = CUT
    task = house.add()
    ahead, real = 0.0, time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    async with house.at_work():
        await house.until(task.id, lambda task: task.hold and task.hold.code == "audio_late")
        ahead = 86_500
        ended = await house.until(task.id, lambda task: not task.live)
    if rest == "not even the library":
        assert ended.error and ended.error.code == "audio_lost"
        (kept,) = (house.folder / "kept").iterdir()
        assert str(kept) in ended.error.message
        assert kept.read_bytes() == CUT.body
    else:
        assert ended.status is Status.COMPLETED
        (kept,) = house.shelf.glob("*.mp3")
        assert kept.read_bytes() == CUT.body
    assert list((house.folder / "downloads").iterdir()) == []


async def test_bytes_that_were_wrong_are_not_fetched_again(
    house: House, provider: FakeProvider
) -> None:
    """The host's own mark tells that they are the same: their bytes stay where they are."""
    strict(house, provider)
    provider.takes = 1
    big = Fault(200, b"ID3" + b"x" * 5_000_000, {"ETag": '"same"'})
    provider.always["audio"] = big
    task = house.add()
    proved = house.file_take
    asked: list[Path] = []

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        asked.append(audio)
        return proved(task, take, audio, cover)

    house.file_take = file_take  # type: ignore[method-assign]
    async with house.at_work():
        await asyncio.to_thread(provider.wait_for, "audio", 6)
        downloads = house.folder / "downloads"
        assert len(asked) == 1, "what is the same is not proved again"
        (left,) = [path for path in downloads.iterdir() if "wrong" in path.name]
        assert left.stat().st_size == len(big.body)
        del provider.always["audio"]
        await house.until(task.id, lambda task: task.status is Status.COMPLETED)
    house.agree()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x1a\x45\xdf\xa3 webm", "webm"),
        (b"\xff\xf1\x50\x80 adts", "aac"),
        (b"FORM\0\0\0\0AIFF", "aiff"),
        (b"\0\x01\xfe\x80 nobody knows", "bin"),
    ],
)
async def test_what_is_whole_is_kept_whatever_it_is(
    house: House, provider: FakeProvider, body: bytes, kind: str
) -> None:
    given: list[Path] = []

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        given.append(audio)
        assert audio.read_bytes() == body
        return f"{take.number}"

    house.file_take = file_take  # type: ignore[method-assign]
    provider.always["audio"] = Fault(200, body, {"Content-Type": "application/octet-stream"})
    task = house.add()

    assert await house.work() is Outcome.DONE

    assert house.store.get(task.id).status is Status.COMPLETED
    assert {path.suffix for path in given} == {f".{kind}"}
    assert provider.seen("audio") == 2


async def test_a_picture_in_place_of_the_audio_is_not_taken_for_it(
    house: House, provider: FakeProvider
) -> None:
    provider.faults["audio"].append(Fault(200, b"\xff\xd8\xff\xe0 a cover", {}))
    house.add()
    assert await house.work() is Outcome.DONE
    house.agree()


async def test_a_take_at_which_two_workers_died_is_left_alone(
    house: House, provider: FakeProvider
) -> None:
    """Nothing but a killed process leaves the mark; the others go on, also its own sibling."""
    deadly = house.add()
    async with house.at_work():
        await house.until(deadly.id, lambda task: task.status is Status.PENDING)
    provider.always["audio"] = Fault(503)
    async with house.at_work():
        await house.until(deadly.id, lambda task: task.status is Status.DOWNLOADING)
    del provider.always["audio"]
    for _ in range(2):
        Journal(house.store).filing(deadly.id, 1, True)
    good = house.add()
    assert await house.work() is Outcome.OWED
    held = house.store.get(deadly.id)
    assert held.hold and held.hold.code == "filing_died"
    assert f"queue retry {deadly.id}" in held.hold.message
    assert [take.state for take in held.takes] == [TakeState.WAITING, TakeState.DONE]
    assert house.store.get(good.id).status is Status.COMPLETED
    assert judge(["filing_died"]) is Waiting.USER
    assert house.store.owed() == []
    assert await house.work() is Outcome.OWED, "it is left alone"
    house.store.retry(deadly.id)
    assert await house.work() is Outcome.DONE
    house.agree()


async def test_each_filing_is_marked_before_it_begins_and_after_it_ended(
    house: House, provider: FakeProvider
) -> None:
    seen: list[int] = []
    usual = house.file_take

    def file_take(task: Task, take: Take, audio: Path, cover: Path | None) -> str:
        other = TaskStore(house.store.path)  # another process would see it: it is on disk
        seen.append(other.get(task.id).takes[take.number - 1].filings)
        other.close()
        if len(seen) == 1:
            raise HomeError("The disk is full.")
        return usual(task, take, audio, cover)

    house.file_take = file_take  # type: ignore[method-assign]
    task = house.add()
    assert await house.work() is Outcome.DONE
    assert seen == [1, 1, 1], "what fails and is tried again is no death"
    assert [take.filings for take in house.store.get(task.id).takes] == [0, 0]


async def test_a_library_that_can_not_be_written_is_waited_for(
    house: House, provider: FakeProvider
) -> None:
    usual = house.file_take

    def full(*_: object) -> str:
        raise HomeError("The disk is full.")

    house.file_take = full  # type: ignore[method-assign,assignment]
    task = house.add()
    assert await house.work(patience=0.3) is Outcome.OWED
    held = house.store.get(task.id)
    assert held.hold and held.hold.code == "disk"

    house.file_take = usual  # type: ignore[method-assign]
    assert await house.work() is Outcome.DONE
    assert provider.seen("audio") == 2, "what was fetched is not fetched again"
    house.agree()


async def test_downloads_are_bounded(house: House, provider: FakeProvider) -> None:
    at_once = most = 0
    usual = house.client

    def counting(name: str) -> object:
        made = usual(name)
        fetch = made.fetch

        async def counted(*args: object, **more: object) -> object:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            try:
                await asyncio.sleep(0.02)
                return await fetch(*args, **more)  # type: ignore[arg-type]
            finally:
                at_once -= 1

        made.fetch = counted  # type: ignore[method-assign,assignment]
        return made

    house.connect = counting  # type: ignore[assignment]
    for _ in range(6):
        house.add()
    await house.work()
    assert most == 4
    house.agree()


async def test_the_key_never_goes_to_the_file_host(house: House, provider: FakeProvider) -> None:
    house.add()
    await house.work()
    for _, _, path, headers in provider.requests:
        assert ("Authorization" in headers) is path.startswith("/v1/"), path


async def test_files_of_an_earlier_worker_are_used_or_removed(
    house: House, provider: FakeProvider
) -> None:
    provider.polls = 1
    task = house.add()
    async with house.at_work():
        accepted = await house.until(task.id, lambda task: task.task_id)
    folder = house.folder / "downloads"
    (folder / "zzzzzz-1-aaaaaaaa.audio.part").write_bytes(b"of nobody")
    await house.work()
    assert list(folder.iterdir()) == []
    assert (house.shelf / f"{accepted.task_id}-1.mp3").read_bytes() == sound(
        task_id(accepted), 1, provider.size
    )
