"""The worker with an ACE-Step server: free, so that what is lost is sent again with its seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from suno_tui.library.store import Library
from suno_tui.library.track import Origin, Relation
from suno_tui.providers.acestep import AceStepDialect, seeds
from suno_tui.providers.client import Client
from suno_tui.providers.song import Song
from suno_tui.server.replays import replay_of
from suno_tui.tasks.filing import file_take
from suno_tui.tasks.models import Status, Task
from tests.fake_provider import Fault
from tests.fakes.acestep import AceStep
from tests.library.harness import mp3
from tests.worker.harness import QUICK, SONG, Harness

LATE = Fault(drop=True, accept=True)
FAST = dataclasses.replace(QUICK, frozen=0.05)


class AceHarness(Harness):
    """A home whose provider `hosted` is an ACE-Step server."""

    def __init__(self, folder: Path, server: AceStep) -> None:
        super().__init__(folder, server)  # type: ignore[arg-type]  # a fake with the same faults
        self.server = server

    def client(self, name: str) -> Client:
        made = Client(self.server.url, self.server.key, AceStepDialect(), times=httpx.Timeout(0.5))
        self.clients.append(made)
        return made

    def add_free(self) -> Task:
        (task,) = self.store.add_all(
            [SONG], provider="hosted", credits=0, credit=None, url_life=None
        )
        return task

    def audio_of(self, task: Task) -> dict[int, bytes]:
        """Return the audio of a task that is on the shelf."""
        task_id = self.store.get(task.id).task_id
        return {
            int(path.stem.rpartition("-")[2]): path.read_bytes()
            for path in self.shelf.glob(f"{task_id}-*.mp3")
        }

    def is_whole(self, task: Task) -> None:
        """Check that every take of the last job of a task is on the shelf, as it was made."""
        made = self.server.ledger[self.store.get(task.id).task_id or ""]
        expected = {n: self.server.take_bytes(made, n) for n in range(1, made.takes + 1)}
        assert self.audio_of(task) == expected


@pytest.fixture
def server() -> Iterator[AceStep]:
    with AceStep() as fake:
        yield fake


@pytest.fixture
async def harness(tmp_path: Path, server: AceStep) -> AsyncIterator[AceHarness]:
    made = AceHarness(tmp_path, server)
    yield made
    await made.close()


async def test_a_song_is_made_with_seeds_of_ours(harness: AceHarness, server: AceStep) -> None:
    task = harness.add_free()
    await harness.work()
    (job,) = server.ledger.values()
    assert job.body["use_random_seed"] is False
    assert job.seeds == [str(seed) for seed in seeds(task.nonce, 2)]
    harness.is_whole(task)
    done = harness.store.get(task.id)
    assert done.status is Status.COMPLETED
    assert [take.seed for take in done.takes] == seeds(task.nonce, 2)
    assert done.position == 1


async def test_progress_and_stage_are_in_the_record(harness: AceHarness) -> None:
    task = harness.add_free()
    async with harness.at_work():
        seen = await harness.until(task.id, lambda now: "Generating" in now.raw_status)
    assert seen.progress == pytest.approx(0.6)


async def test_a_lost_answer_is_sent_again_with_the_same_seeds(
    harness: AceHarness, server: AceStep
) -> None:
    server.faults["create"].append(LATE)
    task = harness.add_free()
    await harness.work()
    first, second = server.ledger.values()
    assert first.body == second.body
    harness.is_whole(task)


@pytest.mark.parametrize("disk_cache", [True, False])
async def test_a_song_that_a_new_start_forgot_is_sent_again(
    harness: AceHarness, server: AceStep, disk_cache: bool
) -> None:
    task = harness.add_free()
    async with harness.at_work(FAST):
        await harness.until(task.id, lambda now: now.status is Status.PROCESSING)
        server.restart(disk_cache=disk_cache)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    first, second = server.ledger.values()
    assert first.body == second.body
    harness.is_whole(task)


async def test_a_song_that_the_server_forgets_twice_is_not_sent_a_third_time(
    harness: AceHarness, server: AceStep
) -> None:
    task = harness.add_free()
    async with harness.at_work(FAST):
        for taken in (1, 2):

            def runs(now: Task, jobs: int = taken) -> bool:
                return now.status is Status.PROCESSING and len(server.ledger) == jobs

            await harness.until(task.id, runs)
            server.restart(disk_cache=False)
        ended = await harness.until(task.id, lambda now: now.status.ended)
        assert ended.error is not None and ended.error.code == "lost"
        assert "twice" in ended.error.message
        assert len(server.ledger) == 2
        # The user's retry is a new try: what is forgotten then is sent again as well.
        harness.store.retry(task.id)
        await harness.until(task.id, lambda now: runs(now, 3))
        server.restart(disk_cache=False)
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert len(server.ledger) == 4


async def test_a_song_that_runs_for_long_is_not_taken_for_lost(
    harness: AceHarness, server: AceStep
) -> None:
    task = harness.add_free()
    server.late = True
    async with harness.at_work(FAST):
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert len(server.ledger) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, {"detail": "Server busy: queue is full"}),
        Fault(500, b"Internal Server Error", {"Content-Type": "text/plain"}),
        Fault(200, {"data": None, "code": 500, "error": "out of memory"}),
    ],
)
async def test_a_song_that_is_refused_for_a_moment_is_sent_later(
    harness: AceHarness, server: AceStep, fault: Fault
) -> None:
    server.faults["create"].append(fault)
    task = harness.add_free()
    await harness.work()
    harness.is_whole(task)
    assert len(server.ledger) == 1


async def test_a_refused_song_ends_with_its_reason(harness: AceHarness, server: AceStep) -> None:
    body = {"detail": [{"type": "int", "loc": ["body"], "msg": "no bpm", "input": 1}]}
    server.faults["create"].append(Fault(422, body))
    task = harness.add_free()
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.error is not None and ended.error.message == "no bpm"


async def test_with_fewer_takes_no_seed_is_certain(harness: AceHarness, server: AceStep) -> None:
    server.fewer = 1
    task = harness.add_free()
    await harness.work()
    (take,) = harness.store.get(task.id).takes
    assert take.seed is None
    assert len(harness.audio_of(task)) == 1


async def test_a_task_whose_takes_could_not_be_saved_has_failed(
    harness: AceHarness, server: AceStep
) -> None:
    server.fewer = 2
    task = harness.add_free()
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.error is not None and ended.error.code == "not_saved"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, "The server's log says why."),
        ("Traceback (most recent call last):\n  x\nValueError: 5Hz LM init failed", "ValueError"),
    ],
)
async def test_a_failed_song_says_why(
    harness: AceHarness, server: AceStep, error: str | None, said: str
) -> None:
    server.fail_next = [error]
    task = harness.add_free()
    await harness.work()
    ended = harness.store.get(task.id)
    assert ended.error is not None and ended.error.message.startswith(said)


async def test_silence_is_busy_and_nothing_is_sent_into_it(
    harness: AceHarness, server: AceStep
) -> None:
    server.awake.clear()
    task = harness.add_free()
    async with harness.at_work():
        held = await harness.until(task.id, lambda now: now.hold)
        assert held.hold is not None and held.hold.code == "busy"
        assert server.seen("create") == 0
        server.awake.set()
        await harness.until(task.id, lambda now: now.status is Status.COMPLETED)
    assert len(server.ledger) == 1


async def test_the_key_opens_audio_too(harness: AceHarness, server: AceStep) -> None:
    server.key = "secret"
    task = harness.add_free()
    await harness.work()
    harness.is_whole(task)
    given = {h.get("authorization") for _, m, p, h in server.requests if p == "/v1/audio"}
    assert given == {"Bearer secret"}


async def test_deleted_audio_is_given_up(harness: AceHarness, server: AceStep) -> None:
    server.always["audio"] = Fault(404, {"detail": "Audio file not found"})
    task = harness.add_free()
    await harness.work()
    assert harness.store.get(task.id).status is Status.EXPIRED


async def test_the_model_that_was_really_used_is_kept(harness: AceHarness, server: AceStep) -> None:
    task = harness.add_free()  # its model is none of the server's
    await harness.work()
    assert {take.facts["model"] for take in harness.store.get(task.id).takes} == {
        "acestep-v15-turbo"
    }


async def test_an_old_server_does(harness: AceHarness, server: AceStep) -> None:
    server.old = True
    task = harness.add_free()
    await harness.work()
    harness.is_whole(task)
    assert all(take.seed is None for take in harness.store.get(task.id).takes)


async def test_one_request_tells_that_it_is_not_busy_and_whether_it_writes(
    harness: AceHarness, server: AceStep
) -> None:
    server.lm = True
    harness.add_free()
    await harness.work()
    before = [path for _, _, path, _ in server.requests]
    assert before[: before.index("/release_task")] == ["/health"]
    (job,) = server.ledger.values()
    assert job.body["thinking"] is True


async def test_a_take_is_made_again_with_its_own_seed(
    harness: AceHarness, server: AceStep, tmp_path: Path
) -> None:
    server.mp3 = mp3(1.0)
    library = Library(tmp_path / "lib", trash=tmp_path / "trash", cache=tmp_path / "cache")
    harness.file_take = partial(file_take, library)  # type: ignore[method-assign]
    song = dataclasses.replace(SONG, model="acestep-v15-turbo", takes=3, bpm=118)

    async def make(song: Song, origin: Origin | None = None) -> None:
        harness.store.add_all([song], provider="hosted", credits=0, credit=None, origin=origin)
        await harness.work()

    await make(song)
    second = next(track for track in library.tracks() if track.take == 2)
    replay = replay_of(second, AceStepDialect().capabilities)
    assert replay.doubt == ""
    await make(replay.song, Origin(second.id, replay.relation))
    first, again = server.ledger.values()
    assert again.seeds == [first.seeds[1]] == [str(second.seed)]
    assert again.body == first.body | {"batch_size": 1, "seed": str(second.seed)}
    (made,) = library.family(second).children
    assert made.seed == second.seed
    assert made.origin == Origin(second.id, Relation.REPLAY)
    library.close()
