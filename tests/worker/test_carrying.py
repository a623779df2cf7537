"""Songs that carry on from a track: the upload is no part of the money, and may be done again."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from suno_tui.providers.song import Song
from suno_tui.providers.source import COVER, EXTEND, REPAINT, Made, Source, SourceTrouble
from suno_tui.providers.tables import TABLES
from suno_tui.tasks.models import Status, Task
from suno_tui.worker import source_upload
from tests.fake_provider import Fault
from tests.fakes.dialects import CASES, Case, Fake
from tests.fakes.sunoapi import SunoApi, refused
from tests.worker.harness import SONG
from tests.worker.test_faults import AnyHarness
from tests.worker.test_kill import start

ABLE = [case for case in CASES if TABLES[case.dialect].default_model.ways]
SELLERS = [case for case in ABLE if not case.free]
SPANS = {EXTEND: (60.0, None), COVER: (None, None), REPAINT: (30.0, 45.0)}


class CarryingHarness(AnyHarness):
    """A home with one track to carry on from, of three minutes."""

    def __init__(self, folder: Path, case: Case, fake: Fake) -> None:
        super().__init__(folder, case, fake)
        self.track = folder / "source.mp3"
        self.track.write_bytes(b"the music of the track")
        self.made: Made | None = None
        self.seconds = 180.0
        self.find_source = self.find

    def find(self, task: Task) -> Source:
        """Find the source as the library does."""
        try:
            music = self.track.read_bytes()
        except OSError:
            raise SourceTrouble("The track is gone. Bring it back, or cancel the task.") from None
        digest = hashlib.sha256(music).hexdigest()
        return Source(self.track, self.seconds, len(music), digest, self.made)

    def carry_on(self, way: str = COVER, name: str = "song") -> Task:
        start, end = SPANS[way]
        made = dataclasses.replace(
            self.case.song(SONG, name),
            way=way,
            source_track="4k7m",
            span_start=start,
            span_end=end,
        )
        return self._add(made)

    def _add(self, song: Song) -> Task:
        can = TABLES[self.case.dialect]
        model = can.default_model.carrying(song.way)
        (task,) = self.store.add_all(
            [song],
            provider="hosted",
            credits=model.credits,
            credit=can.credit,
            url_life=can.url_life,
        )
        return task

    def uploads(self) -> int:
        return int(self.fake.seen("upload"))

    def is_right_once(self) -> None:
        """Check that the one song came whole, was paid for once, and that its source arrived."""
        self.is_right("song")
        (entry,) = self.case.made(self.fake, "song")
        sent = entry.source if self.case.free else self.fake.uploads[entry.body["uploadUrl"]]
        assert sent == self.track.read_bytes()


@pytest.fixture(params=ABLE, ids=lambda case: case.dialect)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def fake(case: Case) -> Iterator[Fake]:
    with case.make() as made:
        yield made


@pytest.fixture
async def harness(tmp_path: Path, case: Case, fake: Fake) -> AsyncIterator[CarryingHarness]:
    made = CarryingHarness(tmp_path, case, fake)
    yield made
    await made.close()


sellers_only = pytest.mark.parametrize("case", SELLERS, ids=lambda case: case.dialect)

one_seller = pytest.mark.parametrize("case", SELLERS[:1], ids=lambda case: case.dialect)
on_one_s_own = pytest.mark.parametrize(
    "case", [case for case in ABLE if case.free], ids=lambda case: case.dialect
)


@pytest.mark.parametrize("way", SPANS)
async def test_it_arrives_with_its_source(harness: CarryingHarness, fake: Fake, way: str) -> None:
    if way not in TABLES[harness.case.dialect].default_model.ways:
        return
    harness.carry_on(way)
    await harness.work()
    harness.is_right_once()


@one_seller
async def test_other_songs_are_sent_during_an_upload(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    arrives = threading.Event()
    fake.always["upload"] = Fault(until=arrives)
    task = harness.carry_on(name="long")
    async with harness.at_work():
        async with asyncio.timeout(20):
            while not harness.uploads():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        other = harness.queue("song")
        await harness.until(other.id, lambda now: now.status is Status.COMPLETED)
        assert harness.store.get(task.id).status is Status.QUEUED
        arrives.set()
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert harness.uploads() == 1
    harness.is_right("song", "long")


UPLOAD_FAULTS = {
    "it never arrives": [Fault(drop=True)],
    "its answer is lost": [Fault(drop=True, accept=True), Fault(cut=10)],
    "a proxy answers": [Fault(502, b"<html>Bad gateway</html>")] * 2,
    "it is a wrong answer": [Fault(200, {"success": True, "code": 200, "data": {}})],
    "it is asked to slow down": [refused(430, "calls too frequent")],
    "the key is refused for a moment": [refused(401, "No.")],
}


@one_seller
@pytest.mark.parametrize("fault", UPLOAD_FAULTS)
async def test_an_upload_that_fails_is_done_again(
    harness: CarryingHarness, fake: SunoApi, fault: str
) -> None:
    script = UPLOAD_FAULTS[fault]
    fake.faults["upload"].extend(script)
    task = harness.carry_on()
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
        assert held.status is Status.QUEUED, "nothing was sent that costs anything"
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert harness.uploads() == len(script) + 1
    harness.is_right_once()


@one_seller
async def test_nothing_else_waits_for_an_upload_that_fails(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    fake.always["upload"] = Fault(drop=True)
    task, other = harness.carry_on(name="stuck"), harness.queue("song")
    async with harness.at_work():
        await harness.until(other.id, lambda now: now.status is Status.COMPLETED)
        assert harness.store.get(task.id).status is Status.QUEUED
        del fake.always["upload"]
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    harness.is_right("song", "stuck")


@sellers_only
async def test_a_track_that_is_refused_ends_the_task_unpaid(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    fake.faults["upload"].append(refused(413, "matches an existing work"))
    task = harness.carry_on()
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.status is Status.FAILED and ended.error is not None
    assert "refused the track" in ended.error.message
    assert "matches an existing work" in ended.error.message
    assert fake.charged() == harness.store.spent() == 0
    assert fake.seen("create") == 0


@sellers_only
async def test_a_song_that_is_sent_again_is_not_uploaded_again(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    fake.faults["create"].append(refused(455, "maintenance"))
    harness.carry_on()
    await harness.work()
    assert harness.uploads() == 1
    harness.is_right_once()


async def test_a_lost_answer_is_never_paid_twice(harness: CarryingHarness, fake: Fake) -> None:
    fake.faults["create"].append(Fault(drop=True, accept=True))
    task = harness.carry_on()
    await harness.work()
    if not harness.case.free:
        held = harness.store.get(task.id).hold
        assert held is not None and held.code == "id_lost"
        (entry,) = fake.ledger.values()
        harness.store.settle(task.id, True, task_id=entry.id)
        await harness.work()
    harness.is_right("song")


@pytest.mark.parametrize("trouble", ["gone", "too long"])
async def test_a_source_that_cannot_be_sent_holds_the_song(
    harness: CarryingHarness, fake: Fake, trouble: str
) -> None:
    music = harness.track.read_bytes()
    if trouble == "gone":
        harness.track.unlink()
    else:
        harness.seconds = 601.0
    task = harness.carry_on()
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
        assert held.hold is not None and held.hold.code == "source"
        assert "ancel the task" in held.hold.message
        assert held.status is Status.QUEUED
        assert not fake.ledger and not fake.seen("upload") and not fake.seen("create")
        assert harness.store.spent() == 0
        harness.track.write_bytes(music)
        harness.seconds = 180.0
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    harness.is_right_once()


async def test_a_source_that_goes_away_at_the_last_moment_is_not_paid(
    harness: CarryingHarness, fake: Fake
) -> None:
    """It is found, and its file is gone when it is opened."""
    task = harness.carry_on()
    music = harness.track.read_bytes()
    found = harness.find(task)
    harness.find_source = lambda task: found
    harness.track.unlink()
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
        assert held.hold is not None and held.hold.code == "source"
        assert not fake.ledger
        harness.track.write_bytes(music)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    harness.is_right_once()


@on_one_s_own
async def test_a_way_that_the_model_does_not_have_holds_the_song(
    harness: CarryingHarness, fake: Fake
) -> None:
    """The server may have another model under that name than when the song was queued."""
    task = harness.carry_on(EXTEND)
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
    assert held.hold is not None and held.hold.code == "source"
    assert not fake.ledger


async def made_there(harness: CarryingHarness, fake: SunoApi) -> Made:
    """Make a song on the server, as the source of the next."""
    harness.queue("first")
    await harness.work()
    (entry,) = fake.ledger.values()
    return Made(entry.id, f"{entry.id}-1", entry.body["model"])


@sellers_only
@pytest.mark.parametrize("way", [EXTEND, REPAINT])
async def test_a_track_of_the_provider_needs_no_upload(
    harness: CarryingHarness, fake: SunoApi, way: str
) -> None:
    harness.made = await made_there(harness, fake)
    harness.carry_on(way)
    await harness.work()
    assert harness.uploads() == 0
    (entry,) = harness.case.made(fake, "song")
    assert entry.body["audioId"] == harness.made.take_id
    harness.is_right("first", "song")


@sellers_only
async def test_a_track_that_the_provider_has_lost_is_uploaded(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    harness.made = await made_there(harness, fake)
    fake.lost_takes.add(harness.made.take_id)
    harness.carry_on(EXTEND)
    await harness.work()
    assert harness.uploads() == 1
    harness.is_right("first", "song")


@one_seller
async def test_words_that_are_refused_end_it_also_with_an_upload(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    harness.made = await made_there(harness, fake)
    fake.faults["create"].extend([refused(400, "These words are not allowed")] * 2)
    task = harness.carry_on(EXTEND)
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.error is not None and ended.error.code == "invalid_request"
    assert harness.store.spent() == fake.charged()


@one_seller
async def test_a_song_that_is_cancelled_during_its_upload_is_not_sent(
    harness: CarryingHarness, fake: SunoApi
) -> None:
    arrive = fake.awake
    arrive.clear()
    task = harness.carry_on()
    async with harness.at_work():
        while not harness.uploads():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        harness.store.cancel(task.id)
        arrive.set()
        await harness.until(task.id, lambda now: now.status is Status.FAILED)
        other = harness.queue("song")
        await harness.until(other.id, lambda now: now.status is Status.COMPLETED)
    assert [entry.act for entry in fake.ledger.values()] == ["generate"]


def killed(folder: Path, fake: Fake, case: Case, kind: str) -> None:
    """Start a worker, and kill it when a request of a kind has come in."""
    worker = start(folder, fake, case)
    while not fake.seen(kind):
        assert worker.is_alive()
        time.sleep(0.01)
    worker.kill()
    worker.join()


@one_seller
@pytest.mark.parametrize("moment", ["upload", "credits"])
async def test_killed_before_the_song_is_sent_it_is_charged_once(
    harness: CarryingHarness, fake: SunoApi, moment: str
) -> None:
    """In the middle of the upload, and after it: the balance is asked for just before the song."""
    harness.track.write_bytes(b"music" * 1_000_000)
    if moment == "upload":
        fake.awake.clear()  # so that its end is not read
    else:
        fake.always["credits"] = Fault(drop=True)
    task = harness.carry_on()
    await asyncio.to_thread(killed, harness.folder, fake, harness.case, moment)
    assert harness.store.get(task.id).status is Status.QUEUED
    assert harness.store.spent() == 0 and not fake.ledger
    fake.always.clear()
    fake.awake.set()
    await harness.work()
    assert harness.uploads() == 2
    harness.is_right_once()


@on_one_s_own
async def test_killed_while_song_and_source_are_sent_together(
    harness: CarryingHarness, fake: Fake
) -> None:
    harness.track.write_bytes(b"music" * 1_000_000)
    harness.carry_on()
    fake.always["create"] = Fault(drop=True, accept=True)
    await asyncio.to_thread(killed, harness.folder, fake, harness.case, "create")
    fake.always.clear()
    await harness.work()
    harness.is_right("song")


@one_seller
async def test_an_uploaded_file_is_not_relied_on_for_ever(
    harness: CarryingHarness, fake: SunoApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_upload, "KEPT", 0)
    fake.faults["create"].append(refused(455, "maintenance"))
    harness.carry_on()
    await harness.work()
    assert harness.uploads() >= 2
    harness.is_right_once()
