"""The dialect of ACE-Step, by tables: song → request, reply → task, refusals, models."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.providers import errors
from suno_tui.providers.acestep import AceStepDialect, seeds
from suno_tui.providers.backoff import Limiter
from suno_tui.providers.client import Client
from suno_tui.providers.dialect import Reply
from suno_tui.providers.errors import ProviderError
from suno_tui.providers.remote import RemoteTask
from suno_tui.providers.song import Song

BASE = "http://127.0.0.1:8001"
DIALECT = AceStepDialect()
SONG = Song(
    model="acestep-v15-turbo",
    custom_mode=True,
    title="Summer Nights",
    style="Pop",
    lyrics="[Verse]\nWalking",
    vocal_gender="f",
    negative_tags="drums",
)


def reply(body: Any, status: int = 200) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, raw, None, BASE)


def sent(song: Song, dialect: AceStepDialect = DIALECT) -> dict[str, Any]:
    return dict(dialect.create(song, nonce="n", callback_url=None).body or {})


def writing() -> AceStepDialect:
    found = DIALECT.with_facts({"lm": True})
    assert isinstance(found, AceStepDialect)
    return found


def test_what_is_sent() -> None:
    assert sent(SONG) == {
        "prompt": "Pop, female vocal",
        "lyrics": "[Verse]\nWalking",
        "vocal_language": "unknown",
        "model": "acestep-v15-turbo",
        "batch_size": 2,
        "use_random_seed": False,
        "seed": ",".join(map(str, seeds("n", 2))),
        "audio_format": "mp3",
        "thinking": False,
        "use_cot_caption": False,
        "use_cot_language": False,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"instrumental": True}, {"lyrics": "[Instrumental]", "prompt": "Pop"}),
        ({"seed": 41, "takes": 3}, {"seed": "41,42,43", "batch_size": 3}),
        ({"seed": 2**32 - 1}, {"seed": "4294967295,0"}),
        ({"bpm": 118, "duration": 90.0}, {"bpm": 118, "audio_duration": 90.0}),
        ({"key": "F# minor", "time_signature": "6/8"}, {"key_scale": "F# minor",
                                                        "time_signature": "6"}),
        ({"key": "D dorian"}, {"key_scale": None, "prompt": "Pop, female vocal, D dorian"}),
        ({"key": "Am"}, {"key_scale": "A minor"}),
        ({"language": "de"}, {"vocal_language": "de"}),
        ({"model": "acestep-v15-base"}, {"inference_steps": 50}),
        ({"custom_mode": False, "prompt": "a calm song"}, {"prompt": "a calm song", "lyrics": ""}),
    ],
)  # fmt: skip
def test_fields_of_a_song(change: dict[str, Any], expected: dict[str, Any]) -> None:
    from dataclasses import replace

    body = sent(replace(SONG, **change))
    assert {name: body.get(name) for name in expected} == expected
    assert "lm_negative_prompt" not in body and "sample_query" not in body


def test_a_language_model_excludes_and_writes_lyrics() -> None:
    body = sent(SONG, writing())
    assert body["thinking"] is True and body["lm_negative_prompt"] == "drums"
    assert sent(Song(prompt="a calm song"), writing())["sample_query"] == "a calm song"
    assert "sample_query" not in sent(Song(prompt="calm", instrumental=True), writing())


def row(status: int, *items: dict[str, Any]) -> RemoteTask | ProviderError:
    rows = [{"task_id": "t", "status": status, "result": json.dumps(items)}]
    return DIALECT.tasks(reply({"data": rows, "code": 200}), ["t"])["t"]


DONE = {"file": "/v1/audio?path=%2Fa.mp3", "status": 1, "stage": "succeeded", "seed_value": "4,5"}


@pytest.mark.parametrize(
    ("status", "items", "expected"),
    [
        (0, [], "lost"),
        (0, [{"status": 0, "stage": "queued", "progress": 0.0}], "pending"),
        (0, [{"status": 0, "stage": "running", "progress": 0.01}], "processing"),
        (1, [DONE], "completed"),
        (1, [{"file": "", "status": 1}], "failed"),
        (2, [{"status": 2, "stage": "failed"}], "failed"),
        (2, [{"status": 0, "stage": "running", "progress": 0.5}], "processing"),
    ],
)
def test_states(status: int, items: list[dict[str, Any]], expected: str) -> None:
    task = row(status, *items)
    assert isinstance(task, RemoteTask)
    assert task.status == expected


def test_facts_that_are_not_reported_stay_unknown() -> None:
    metas = {"bpm": "N/A", "keyscale": None, "timesignature": "4", "duration": "N/A"}
    task = row(1, DONE | {"metas": metas}, DONE | {"metas": metas})
    assert isinstance(task, RemoteTask)
    first, second = task.results
    assert first.url == BASE + "/v1/audio?path=%2Fa.mp3"
    assert first.duration is None
    assert first.facts == {"time_signature": "4", "seed": 4}
    assert second.facts["seed"] == 5


@pytest.mark.parametrize(
    "found",
    [
        {"file": "http://evil.example/v1/audio?path=x"},
        {"file": "//evil.example/v1/audio?path=x"},
        {"file": "/etc/passwd"},
        {"file": "/tmp/a.mp3", "url": "ftp://127.0.0.1:8001/v1/audio"},
    ],
)
def test_a_file_elsewhere_is_none(found: dict[str, Any]) -> None:
    task = row(1, DONE | found)
    assert isinstance(task, RemoteTask) and task.status == "failed"


def test_the_other_server_has_the_address_in_url() -> None:
    task = row(1, DONE | {"file": "/tmp/a.mp3", "url": f"{BASE}/v1/audio?path=b"})
    assert isinstance(task, RemoteTask)
    assert task.results[0].url == f"{BASE}/v1/audio?path=b"


@pytest.mark.parametrize(
    ("status", "body", "kind", "settled"),
    [
        (400, {"detail": "Malformed JSON payload"}, errors.InvalidRequest, True),
        (401, {"detail": "Invalid API key"}, errors.InvalidKey, True),
        (404, {"detail": "Not Found"}, errors.WrongAddress, True),
        (422, {"detail": [{"msg": "Field required"}]}, errors.InvalidRequest, True),
        (429, {"detail": "Server busy: queue is full"}, errors.RateLimited, True),
        (500, b"Internal Server Error", errors.UpstreamError, True),
        (503, {"detail": "API key is not configured"}, errors.AccountRefused, True),
        (200, {"data": None, "code": 500, "error": "no"}, errors.UpstreamError, True),
        (200, {"data": None, "code": 400, "error": "no"}, errors.InvalidRequest, True),
    ],
)
def test_refusals(status: int, body: Any, kind: type[ProviderError], settled: bool) -> None:
    error = DIALECT.refusal(reply(body, status))
    assert type(error) is kind
    assert error.settled is settled


HEALTH = {"data": {"service": "ACE-Step API", "models_initialized": True,
                   "llm_initialized": False}, "code": 200}  # fmt: skip


def test_models_are_the_servers_own() -> None:
    inventory = {"data": {"models": [{"name": "acestep-v15-sft"}, {"name": "acestep-v15-turbo"}],
                          "default_model": "acestep-v15-turbo"}, "code": 200}  # fmt: skip
    facts = DIALECT.learn([reply(HEALTH), reply(inventory), None, None])
    can = DIALECT.with_facts(json.loads(json.dumps(facts))).capabilities
    assert [model.id for model in can.models] == ["acestep-v15-sft", "acestep-v15-turbo"]
    assert can.default_model.id == "acestep-v15-turbo"
    assert can.free and can.models[0].field("negative_tags").use == "none"


def test_an_old_server_lists_loaded_models_only() -> None:
    bare = {"data": [{"id": "acestep/acestep-v15-turbo"}]}
    health = {"data": {"service": "ACE-Step API"}, "code": 200}
    missing = reply({"detail": "Not Found"}, 404)
    facts = DIALECT.learn([reply(health), missing, reply(bare), missing])
    assert facts["models"] == ["acestep-v15-turbo"]
    assert facts["lm"] is None


def test_another_kind_of_server_is_recognised() -> None:
    with pytest.raises(errors.WrongAddress):
        DIALECT.learn([reply({"status": "ok"}), None, None, None])


def test_a_wrong_key_is_found_though_health_needs_none() -> None:
    refused = reply({"detail": "Invalid API key"}, 401)
    with pytest.raises(errors.InvalidKey):
        DIALECT.learn([reply(HEALTH), refused, None, refused])


async def test_the_key_goes_to_own_audio_only_and_along_no_redirect(tmp_path: Path) -> None:
    seen: list[tuple[str, bool]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), "authorization" in request.headers))
        if "away" in str(request.url):
            return httpx.Response(302, headers={"Location": "http://elsewhere.example/x"})
        return httpx.Response(200, content=b"ID3\x04" + bytes(100))

    async with Client(BASE, "secret", DIALECT, transport=httpx.MockTransport(answer)) as client:
        for url in (
            f"{BASE}/v1/audio?path=a",
            f"{BASE}/other",
            "http://elsewhere.example/v1/audio",
        ):
            await client.download(url, tmp_path / "part", most=1000)
        with pytest.raises(errors.BadFile):
            await client.download(f"{BASE}/v1/audio?path=away", tmp_path / "part", most=1000)
    assert seen == [
        (f"{BASE}/v1/audio?path=a", True),
        (f"{BASE}/other", False),
        ("http://elsewhere.example/v1/audio", False),
        (f"{BASE}/v1/audio?path=away", True),
    ]


class Turns(Limiter):
    """A limiter that counts the turns, and gives none while `open` is cleared."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.taken = 0
        self.open = asyncio.Event()

    async def acquire(self, priority: int = 1) -> None:
        self.taken += 1
        await self.open.wait()


class Polled:
    """A server that notes which tasks each query asks for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        ids = json.loads(request.content)["task_id_list"]
        self.asked.append(ids)
        rows = [{"task_id": each, "status": 0, "result": "[]"} for each in ids if each != "none"]
        return httpx.Response(200, json={"data": rows, "code": 200})


def polled(server: Polled, turns: Turns) -> Client:
    return Client(BASE, None, DIALECT, transport=httpx.MockTransport(server), limiter=turns)


async def test_tasks_that_wait_for_a_turn_are_asked_for_together_and_in_one_turn() -> None:
    server, turns = Polled(), Turns()
    turns.open.set()
    async with polled(server, turns) as client:
        found = await asyncio.gather(*(client.task(name) for name in "abc"))
        assert [task.id for task in found] == ["a", "b", "c"]
        assert (server.asked, turns.taken) == ([["a", "b", "c"]], 1)
        await asyncio.gather(client.task("a"), client.task("a"))
        assert (server.asked[1:], turns.taken) == ([["a"]], 2)


async def test_a_caller_that_is_cancelled_does_not_cost_others_the_answer() -> None:
    server, turns = Polled(), Turns()
    async with polled(server, turns) as client:
        first, twin, other = (asyncio.create_task(client.task(name)) for name in "aab")
        while not turns.taken:  # noqa: ASYNC110
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        turns.open.set()
        assert [(await twin).id, (await other).id] == ["a", "b"]
        assert first.cancelled()


async def test_each_task_has_its_own_error_and_none_waits_for_a_closed_client() -> None:
    server, turns = Polled(), Turns()
    turns.open.set()
    async with polled(server, turns) as client:
        wrong, right = await asyncio.gather(
            client.task("none"), client.task("a"), return_exceptions=True
        )
        assert isinstance(wrong, errors.BadAnswer) and isinstance(right, RemoteTask)
        turns.open.clear()
        late = asyncio.create_task(client.task("b"))
        while turns.taken < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await late


def test_facts_that_are_not_queried_stay_as_they_are_known() -> None:
    known = DIALECT.with_facts({"models": ["acestep-v15-sft"], "lm": True, "running": 1})
    unloaded = {"data": {"service": "ACE-Step API", "models_initialized": False}, "code": 200}
    told = known.with_facts(known.learn([reply(unloaded)]))
    assert told.capabilities.models == known.capabilities.models
    assert known.learn([reply(unloaded)])["lm"] is True
    assert known.learn([reply(HEALTH)])["lm"] is False
