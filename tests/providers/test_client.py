"""The client on a transport: what leaves is exactly the document's, what comes is read kindly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.common.errors import SettingsError
from suno_tui.providers import errors
from suno_tui.providers.client import Client
from suno_tui.providers.song import Song

SONG = Song(prompt="An upbeat electronic dance track with heavy bass drops")
LYRICS = """[Verse]
Walking down the empty street
City lights beneath my feet
Every star is shining bright
Lost inside the summer night

[Chorus]
Summer nights, we come alive
Dancing under neon skies"""

DOCUMENT = Path(__file__).parents[2] / "docs/suno-api.txt"
EXAMPLES = [
    json.dumps(json.loads(body), ensure_ascii=False).encode()
    for body in re.findall(r"-d '(\{.*?\n\})'", DOCUMENT.read_text(), re.DOTALL)
]
"""The document's examples, without line breaks: the order of their fields stays."""


def client(answer: Callable[[httpx.Request], httpx.Response], **more: Any) -> Client:
    return Client("https://api.example.com", "sk-x", transport=httpx.MockTransport(answer), **more)


def answering(status: int = 200, body: Any = None, **headers: str) -> Client:
    def answer(_: httpx.Request) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return httpx.Response(status, content=body, headers=named)
        return httpx.Response(status, json=body, headers=named)

    return client(answer)


@pytest.mark.parametrize(
    ("song", "callback_url", "body"),
    [
        (
            Song(
                prompt="A calm and relaxing piano track with soft melodies",
                instrumental=True,
            ),
            None,
            {
                "model": "suno-v5_5",
                "input": {
                    "prompt": "A calm and relaxing piano track with soft melodies",
                    "custom_mode": False,
                    "instrumental": True,
                },
            },
        ),
        (
            Song(model="suno-v5", prompt=SONG.prompt),
            None,
            {"model": "suno-v5", "input": {"prompt": SONG.prompt}},
        ),
        (
            Song(
                custom_mode=True,
                instrumental=True,
                title="Peaceful Piano Meditation",
                style="Classical, Ambient, Piano",
                negative_tags="Heavy Metal, Drums",
            ),
            None,
            {
                "model": "suno-v5_5",
                "input": {
                    "custom_mode": True,
                    "instrumental": True,
                    "title": "Peaceful Piano Meditation",
                    "style": "Classical, Ambient, Piano",
                    "negative_tags": "Heavy Metal, Drums",
                },
            },
        ),
        (
            Song(
                custom_mode=True,
                title="Summer Nights",
                style="Pop, Indie",
                vocal_gender="f",
                lyrics=LYRICS,
            ),
            "https://your-server.com/webhook",
            {
                "model": "suno-v5_5",
                "callback_url": "https://your-server.com/webhook",
                "input": {
                    "custom_mode": True,
                    "instrumental": False,
                    "title": "Summer Nights",
                    "style": "Pop, Indie",
                    "vocal_gender": "f",
                    "prompt": LYRICS,
                },
            },
        ),
    ],
)
async def test_the_documents_four_examples_byte_for_byte(
    song: Song, callback_url: str | None, body: dict[str, Any]
) -> None:
    assert len(EXAMPLES) == 4
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        data = {"taskId": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}
        return httpx.Response(200, json={"code": 200, "msg": "success", "data": data})

    async with client(answer) as api:
        found = (await api.create(song, nonce="n1", callback_url=callback_url)).id

    assert found == "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    (request,) = seen
    assert request.method == "POST"
    assert str(request.url) == "https://api.example.com/v1/music/generations"
    assert request.headers["Authorization"] == "Bearer sk-x"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "n1"
    assert json.loads(request.content) == body
    assert request.content in EXAMPLES, "in the document's order, byte for byte"


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"taskId": "t"}},
        {"data": {"task_id": "t"}},
        {"data": {"id": "t"}},
        {"taskId": "t"},
        {"task_id": " t "},
        {"id": "t", "status": "pending"},
        {"code": "200", "data": {"taskId": "t"}},
    ],
)
async def test_where_the_task_id_may_stand(body: dict[str, Any]) -> None:
    async with answering(200, body) as api:
        assert (await api.create(SONG, nonce="n")).id == "t"
    async with answering(202, body) as api:
        assert (await api.create(SONG, nonce="n")).id == "t"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b'{"data": {}}', b'{"data": {"id": ""}}']
)
async def test_an_acceptance_without_an_id_is_not_settled(body: bytes) -> None:
    async with answering(200, body) as api:
        with pytest.raises(errors.BadAnswer) as caught:
            await api.create(SONG, nonce="n")
    assert not caught.value.settled


DOCUMENTED = [
    (400, "invalid_request", errors.InvalidRequest, True, 2),
    (401, "invalid_api_key", errors.InvalidKey, True, 3),
    (402, "insufficient_credits", errors.InsufficientCredits, True, 3),
    (403, "ip_not_allowed", errors.AddressNotAllowed, True, 3),
    (404, "model_not_found", errors.ModelNotFound, True, 3),
    (404, "task_not_found", errors.TaskNotFound, False, 1),
    (429, "rate_limit_exceeded", errors.RateLimited, True, 4),
    (429, "spend_limit_exceeded", errors.SpendLimitExceeded, True, 3),
    (500, "internal_error", errors.ProviderDown, False, 4),
    (503, "upstream_error", errors.UpstreamError, True, 4),
]


@pytest.mark.parametrize(("status", "code", "kind", "settled", "exit_code"), DOCUMENTED)
async def test_every_documented_error(
    status: int, code: str, kind: type[errors.ProviderError], settled: bool, exit_code: int
) -> None:
    body = {"error": {"code": code, "message": "The words.", "type": "whatever"}}
    async with answering(status, body, Retry_After="7") as api:
        with pytest.raises(errors.ProviderError) as caught:
            await api.create(SONG, nonce="n")
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.message, error.http_status) == (code, "The words.", status)
    assert (error.settled, error.exit_code, error.retry_after) == (settled, exit_code, 7)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"error": {"code": "insufficient_credits"}}, errors.InsufficientCredits, "HTTP 400"),
        (200, {"code": 402, "msg": "Top up."}, errors.InsufficientCredits, "Top up."),
        (200, {"code": "rate_limit_exceeded"}, errors.RateLimited, "HTTP 200"),
        (200, {"error": {"code": "spend_limit_exceeded"}}, errors.SpendLimitExceeded, "HTTP 200"),
        (429, {"error": "Slow down, please."}, errors.RateLimited, "Slow down, please."),
        (422, {"detail": [{"msg": "bad"}]}, errors.InvalidRequest, "bad"),
        (401, b"Unauthorized", errors.InvalidKey, "the text: Unauthorized"),
        (403, b"<html><title>Blocked &amp; gone</title>", errors.AccountRefused, "Blocked & gone"),
        (404, b"<html>", errors.WrongAddress, "base URL"),
        (405, b"", errors.WrongAddress, "an empty answer"),
        (301, b"", errors.WrongAddress, "base URL"),
        (500, b"", errors.ProviderDown, "an empty answer"),
        (502, b"<h1>Bad gateway</h1>", errors.ProviderDown, "a web page"),
        (503, b"\xff\xfe\xff", errors.ProviderDown, "HTTP 503"),
        (400, {"code": [1], "error": {"code": {}}}, errors.InvalidRequest, "HTTP 400"),
        (418, b"teapot", errors.BadAnswer, "teapot"),
        (500, {"error": {"code": "new_code", "message": "New."}}, errors.ProviderDown, "New."),
        (400, {"error": {"code": None, "message": {"a": 1}}}, errors.InvalidRequest, '{"a": 1}'),
    ],
)
async def test_errors_as_they_really_come(
    status: int, body: Any, kind: type[errors.ProviderError], words: str
) -> None:
    async with answering(status, body) as api:
        with pytest.raises(errors.ProviderError) as caught:
            await api.create(SONG, nonce="n")
    assert type(caught.value) is kind
    assert words in str(caught.value)


async def test_a_long_web_page_becomes_a_short_text() -> None:
    async with answering(500, b"<html><body>" + b"x" * 1_000_000) as api:
        with pytest.raises(errors.ProviderDown) as caught:
            await api.create(SONG, nonce="n")
    assert len(str(caught.value)) < 500


async def test_an_endless_answer_is_cut() -> None:
    async with answering(200, b" " * 9_000_000) as api:
        with pytest.raises(errors.BadAnswer, match="larger than"):
            await api.task("t")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), errors.NeverSent),
        (httpx.ConnectTimeout(""), errors.NeverSent),
        (httpx.ProxyError("no"), errors.NeverSent),
        (httpx.ReadTimeout(""), errors.OutcomeUnknown),
        (httpx.WriteError("broken pipe"), errors.OutcomeUnknown),
        (httpx.RemoteProtocolError("disconnected"), errors.OutcomeUnknown),
        (httpx.ReadError(""), errors.OutcomeUnknown),
    ],
)
async def test_faults_of_the_network(fault: Exception, kind: type[errors.NetworkError]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise fault

    async with client(answer) as api:
        with pytest.raises(errors.NetworkError) as caught:
            await api.create(SONG, nonce="n")
    assert type(caught.value) is kind
    assert caught.value.settled is (kind is errors.NeverSent)
    assert caught.value.exit_code == 4


COMPLETED = {
    "id": "a",
    "status": "completed",
    "model": "suno-v5_5",
    "created_at": 1775383908,
    "completed_at": 1775384028,
    "output": {
        "urls": ["https://file.example.com/1.mp3", "https://file.example.com/2.mp3"],
        "metadata": {
            "tracks": [
                {
                    "id": "track-uuid-1",
                    "title": "Summer Nights",
                    "tags": "pop, indie",
                    "duration": 198.44,
                    "image_url": "https://example.com/cover1.jpeg",
                    "prompt": "[Verse]\nWalking",
                }
            ]
        },
    },
}


async def test_a_completed_task() -> None:
    async with answering(200, COMPLETED) as api:
        task = await api.task("a")
    assert task.status == "completed"
    assert task.completed_at == datetime(2026, 4, 5, 10, 13, 48, tzinfo=UTC)
    first, second = task.results
    assert (first.number, first.title, first.tags, first.duration) == (
        1,
        "Summer Nights",
        "pop, indie",
        198.44,
    )
    assert first.lyrics == "[Verse]\nWalking"
    assert (second.number, second.url, second.title) == (2, "https://file.example.com/2.mp3", "")


@pytest.mark.parametrize(
    ("body", "status", "progress"),
    [
        ({"status": "pending"}, "pending", None),
        ({"status": "PROCESSING", "progress": None}, "processing", None),
        ({"status": "Processing", "progress": "45"}, "processing", 0.45),
        ({"status": "queued", "progress": 0.1}, "processing", 0.1),
        ({"status": "processing", "progress": float("1e400")}, "processing", None),
        ({"code": 200, "data": {"status": "pending"}}, "pending", None),
        ({"status": "ok", "data": {"status": "pending"}}, "pending", None),
    ],
)
async def test_a_running_task(body: dict[str, Any], status: str, progress: float | None) -> None:
    async with answering(200, json.dumps(body).encode()) as api:
        task = await api.task("a")
    assert (task.status, task.progress) == (status, progress)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "upstream_error", "message": "No."}, ("upstream_error", "No.")),
        ("It broke.", ("failed", "It broke.")),
        (None, ("failed", "The provider gives no reason.")),
        ([], ("failed", "The provider gives no reason.")),
    ],
)
async def test_a_failed_task(error: Any, expected: tuple[str, str]) -> None:
    async with answering(200, {"id": "a", "status": "Failed", "error": error}) as api:
        assert (await api.task("a")).error == expected


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        (None, []),
        ({}, []),
        ({"urls": None}, []),
        ({"urls": "https://h/1.mp3"}, ["https://h/1.mp3"]),
        (["https://h/1.mp3"], ["https://h/1.mp3"]),
        ({"urls": [None, "https://h/2.mp3"]}, ["", "https://h/2.mp3"]),
        ({"urls": ["/files/1.mp3"]}, ["https://api.example.com/files/1.mp3"]),
        ({"urls": ["file:///etc/passwd", "javascript:1", "http://["]}, ["", "", ""]),
        ({"urls": [], "metadata": {"tracks": [{"title": "A"}]}}, [""]),
        ({"urls": ["https://h/1.mp3"], "metadata": "soon"}, ["https://h/1.mp3"]),
    ],
)
async def test_results_as_they_really_come(output: Any, urls: list[str]) -> None:
    async with answering(200, {"status": "completed", "output": output}) as api:
        assert [take.url for take in (await api.task("a")).results] == urls


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1775383908, datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)),
        (1775383908123, datetime(2026, 4, 5, 10, 11, 48, 123000, tzinfo=UTC)),
        ("1775383908", datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)),
        ("2026-04-05T10:11:48Z", datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)),
        ("2026-04-05T12:11:48+02:00", datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)),
        ("2026-04-05T10:11:48", datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)),
        ("yesterday", None),
        ("nan", None),
        (0, None),
        (True, None),
        (None, None),
        (1e300, None),
        (10**400, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
async def test_times_as_they_really_come(value: Any, expected: datetime | None) -> None:
    async with answering(200, {"status": "pending", "created_at": value}) as api:
        assert (await api.task("a")).created_at == expected


async def test_half_a_character_does_no_harm() -> None:
    body = rb'{"status": "failed", "error": {"code": "x", "message": "a\ud800b"}}'
    async with answering(200, body) as api:
        assert (await api.task("a")).error == ("x", "a?b")


async def test_a_task_id_is_one_part_of_the_path() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(404, json={"detail": "Not Found"})

    async with client(answer) as api:
        with pytest.raises(errors.TaskNotFound):
            await api.task("../credits?x")
    assert seen == ["/v1/tasks/..%2Fcredits%3Fx"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": {"balance": 9800, "total_purchased": 10, "total_consumed": 2}}, (9800, 10, 2)),
        ({"balance": "5"}, (5, None, None)),
        ({"data": 7}, (7, None, None)),
        (7, (7, None, None)),
        ({"data": None}, (None, None, None)),
        ({"data": {"balance": None}}, (None, None, None)),
        ({"data": {"balance": True}}, (None, None, None)),
        ("many", (None, None, None)),
    ],
)
async def test_credits_as_they_really_come(body: Any, expected: tuple[int | None, ...]) -> None:
    async with answering(200, body) as api:
        found = await api.credits()
    assert (found.balance, found.total_purchased, found.total_consumed) == expected


@pytest.mark.parametrize("key", ["sk-\n", "sk-ü", "sk x", ""])
def test_a_key_that_is_none(key: str) -> None:
    if key:
        with pytest.raises(SettingsError) as caught:
            Client("https://api.example.com", key)
        assert key not in str(caught.value)
    else:
        assert "Authorization" not in Client("https://api.example.com", key)._api.headers


@pytest.mark.parametrize("url", ["", "api.example.com", "ftp://x", "http://", "http://[x"])
def test_a_base_url_that_is_none(url: str) -> None:
    with pytest.raises(SettingsError, match="not an http or https address"):
        Client(url, None)


@pytest.mark.parametrize("location", ["https://evil.example.com/v1", "javascript:x", "http://[::1"])
async def test_the_key_follows_no_redirect(location: str) -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": location})

    async with client(answer) as api:
        for ask in (api.create(SONG, nonce="n"), api.task("t"), api.credits()):
            with pytest.raises(errors.WrongAddress):
                await ask
    assert set(hosts) == {"api.example.com"}
