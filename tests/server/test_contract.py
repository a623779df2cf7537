"""Every row of the tables in `docs/suno-api.txt`, over a real socket."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from suno_tui.providers.suno.wire import ERRORS, CreateAnswer, CreditsAnswer, TaskAnswer
from suno_tui.server import admin
from tests.server.conftest import SIMPLE, SUMMER, Clock, Running, create, ended, titled, waiting_for

CREATE = "/v1/music/generations"


def refused(answer: httpx.Response, code: str) -> str:
    """Assert that this is the documented refusal, and return its message."""
    status, kind = ERRORS[code]
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "type"}
    assert (error["code"], error["type"]) == (code, kind)
    message: str = error["message"]
    assert message
    return message


EXAMPLES = [
    {
        "model": "suno-v5_5",
        "input": {"prompt": "A calm piano", "custom_mode": False, "instrumental": True},
    },
    {"model": "suno-v5", "input": {"prompt": "An upbeat electronic dance track"}},
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
    SUMMER,
]


@pytest.mark.parametrize("body", EXAMPLES)
def test_the_four_examples_are_completed(client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post(CREATE, json=body)
    assert answer.json() == CreateAnswer.of(answer.json()["data"]["taskId"]).model_dump()
    task_id = answer.json()["data"]["taskId"]
    done = ended(client, task_id)
    TypeAdapter(TaskAnswer).validate_python(done)
    assert set(done) == {"id", "status", "model", "created_at", "completed_at", "output"}
    assert (done["id"], done["status"], done["model"]) == (task_id, "completed", body["model"])
    assert done["created_at"] <= done["completed_at"]
    tracks = done["output"]["metadata"]["tracks"]
    assert len(done["output"]["urls"]) == len(tracks) == 2
    for url, track in zip(done["output"]["urls"], tracks, strict=True):
        assert set(track) == {"id", "title", "tags", "duration", "image_url", "prompt"}
        audio, cover = httpx.get(url), httpx.get(track["image_url"])
        assert audio.headers["content-type"] == "audio/mpeg"
        assert audio.content.startswith(b"ID3")
        assert cover.headers["content-type"] == "image/jpeg"
        assert url.startswith(str(client.base_url))
    assert len({*done["output"]["urls"], *(track["image_url"] for track in tracks)}) == 4


def test_a_task_goes_from_pending_to_processing_with_progress(
    client: httpx.Client, tmp_path: Any
) -> None:
    from tests.server.conftest import until

    go = tmp_path / "go"
    ids = [create(client, waiting_for(go)) for _ in range(3)]
    first = until(
        lambda: body if (body := client.get(f"/v1/tasks/{ids[0]}").json()).get("progress") else None
    )
    assert first["status"] == "processing"
    assert 0 < first["progress"] < 1
    last = client.get(f"/v1/tasks/{ids[2]}").json()
    assert last["status"] == "pending"
    assert last["progress"] is None
    for body in (first, last):
        TypeAdapter(TaskAnswer).validate_python(body)
        assert set(body) == {"id", "status", "model", "created_at", "progress"}
    go.touch()
    assert {ended(client, task_id)["status"] for task_id in ids} == {"completed"}


def test_a_failed_task_says_why_and_is_refunded_once(served: Running) -> None:
    client = served.client(served.key(100))
    task_id = create(client, titled("fail"))
    body = ended(client, task_id)
    assert set(body) == {"id", "status", "model", "created_at", "error"}
    # What the engine raised is its owner's affair: it may name files of the server.
    assert body["error"] == {"code": "upstream_error", "message": "Music generation failed"}
    answer = client.get("/v1/credits").json()
    assert answer == {
        "code": 200,
        "msg": "success",
        "data": {"balance": 100, "total_purchased": 100, "total_consumed": 0},
    }
    CreditsAnswer.model_validate(answer)


def test_a_task_costs_24_credits(served: Running) -> None:
    client = served.client(served.key(100))
    ended(client, create(client))
    assert client.get("/v1/credits").json()["data"] == {
        "balance": 76,
        "total_purchased": 100,
        "total_consumed": 24,
    }


CUSTOM = SUMMER["input"]


def custom(**changes: Any) -> dict[str, Any]:
    return {"model": "suno-v5", "input": {**CUSTOM, **changes}}


def simple(**changes: Any) -> dict[str, Any]:
    return {"model": "suno-v5", "input": {"prompt": "a song", **changes}}


ACCEPTED = {
    "prompt of 500": simple(prompt="x" * 500),
    "prompt of 500 wide characters": simple(prompt="界" * 500),
    "prompt of 500 emoji": simple(prompt="🎹" * 500),
    "lyrics of 3000": custom(prompt="é" * 3000),
    "title of 80": custom(title="t" * 80),
    "style of 200": custom(style="s" * 200),
    "negative_tags of 200": custom(negative_tags="n" * 200),
    "weights of 0": custom(style_weight=0, weirdness_constraint=0.0, audio_weight=0),
    "weights of 1": custom(style_weight=1, weirdness_constraint=1.0, audio_weight=1),
    "male voice": custom(vocal_gender="m"),
    "persona": custom(persona_id="p-1"),
    "instrumental without lyrics": {
        "model": "suno-v5",
        "input": {"custom_mode": True, "instrumental": True, "title": "t", "style": "s"},
    },
    "unknown field": simple(colour="blue"),
    "null as left out": simple(custom_mode=None, instrumental=None),
    "callback": {**simple(), "callback_url": "https://192.0.2.1.example/webhook"},
}

REFUSED: dict[str, tuple[Any, str]] = {
    "no model": ({"input": {"prompt": "x"}}, "'model' is required."),
    "empty model": ({"model": "", "input": {"prompt": "x"}}, "'model' is required."),
    "model of a wrong type": ({"model": 5, "input": {"prompt": "x"}}, "'model' must be a string."),
    "no input": ({"model": "suno-v5"}, "'input' is required."),
    "input of a wrong type": ({"model": "suno-v5", "input": "x"}, "'input'"),
    "no prompt": ({"model": "suno-v5", "input": {}}, "'input.prompt' is required."),
    "prompt of spaces": (simple(prompt=" \n"), "'input.prompt' is required."),
    "prompt of 501": (simple(prompt="x" * 501), "'input.prompt' must be at most 500"),
    "prompt of 501 wide characters": (simple(prompt="界" * 501), "at most 500"),
    "prompt of a wrong type": (simple(prompt=["x"]), "'input.prompt' must be a string."),
    "prompt with NUL": (simple(prompt="a\0b"), "'input.prompt'"),
    "custom_mode of a wrong type": (simple(custom_mode="true"), "'input.custom_mode'"),
    "custom_mode of 0": (simple(custom_mode=0), "'input.custom_mode' must be a boolean."),
    "instrumental of a wrong type": (simple(instrumental=1), "must be a boolean."),
    "lyrics of 3001": (custom(prompt="x" * 3001), "'input.prompt' must be at most 3000"),
    "no lyrics": (custom(prompt=None), "'input.prompt' is required when instrumental is false."),
    "empty lyrics": (custom(prompt="  "), "'input.prompt' is required"),
    "no title": (custom(title=None), "'input.title' is required."),
    "title of 81": (custom(title="t" * 81), "'input.title' must be at most 80"),
    "no style": (custom(style=None), "'input.style' is required."),
    "style of 201": (custom(style="s" * 201), "'input.style' must be at most 200"),
    "negative_tags of 201": (custom(negative_tags="n" * 201), "'input.negative_tags'"),
    "unknown gender": (custom(vocal_gender="x"), "'input.vocal_gender' must be 'm' or 'f'."),
    "style_weight below 0": (custom(style_weight=-0.001), "'input.style_weight'"),
    "weirdness above 1": (custom(weirdness_constraint=1.001), "'input.weirdness_constraint'"),
    "audio_weight of a wrong type": (custom(audio_weight="0.5"), "must be a number."),
    "weight of true": (custom(style_weight=True), "must be a number."),
    "persona of a wrong type": (custom(persona_id=7), "'input.persona_id' must be a string."),
    "callback of a wrong type": ({**simple(), "callback_url": 1}, "'callback_url'"),
    "callback to a file": ({**simple(), "callback_url": "file:///etc/passwd"}, "'callback_url'"),
    "callback to this machine": ({**simple(), "callback_url": "http://localhost/"}, "private"),
    "callback to loopback": ({**simple(), "callback_url": "http://[::1]:8/"}, "private"),
    "a list": ([], "must be a JSON object."),
    "a string": ("x", "must be a JSON object."),
}

RAW = {
    "broken": b'{"model": "suno-v5", ',
    "empty": b"",
    "not UTF-8": b'{"model": "\xff\xfe"}',
    "NaN": b'{"model":"suno-v5","input":{"custom_mode":true,"style_weight":NaN}}',
    "infinite": b'{"model":"suno-v5","input":{"prompt":"x","custom_mode":true,"instrumental":true,'
    b'"title":"t","style":"s","style_weight":1e999}}',
    "half a surrogate": rb'{"model":"suno-v5","input":{"prompt":"\ud800"}}',
    "deep": b'{"model":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "endless number": b'{"model":' + b"9" * 10_000 + b"}",
    "1 MB": b'{"model":"suno-v5","input":{"prompt":"' + b"x" * 2**20 + b'"}}',
    "5 MB": b'{"model":"suno-v5","input":{"prompt":"' + b"x" * (5 * 2**20) + b'"}}',
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_values_at_their_limits_are_accepted(client: httpx.Client, name: str) -> None:
    create(client, ACCEPTED[name])


@pytest.mark.parametrize("name", REFUSED)
def test_values_past_their_limits_are_refused_by_name(served: Running, name: str) -> None:
    body, words = REFUSED[name]
    client = served.client(served.key(24))
    assert words in refused(client.post(CREATE, json=body), "invalid_request")
    assert client.get("/v1/credits").json()["data"]["balance"] == 24


@pytest.mark.parametrize("name", RAW)
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, name: str) -> None:
    try:
        answer = client.post(CREATE, content=RAW[name])
    except httpx.WriteError:
        # A client that sends megabytes more than is read may not hear the answer.
        assert name == "5 MB"
    else:
        refused(answer, "invalid_request")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nonsense", "Bearer sk-unknown", "Basic c2s6c2s=", "sk-a"],
)
def test_a_key_that_is_malformed_or_unknown(served: Running, header: str) -> None:
    for path in ("/v1/credits", "/v1/tasks/x"):
        refused(httpx.get(served.url + path, headers={"Authorization": header}), "invalid_api_key")
    answer = httpx.post(served.url + CREATE, json=SIMPLE, headers={"Authorization": header})
    refused(answer, "invalid_api_key")


def test_a_request_without_a_key(served: Running) -> None:
    refused(httpx.get(f"{served.url}/v1/credits"), "invalid_api_key")


def test_a_disabled_a_deleted_and_a_banned_key(served: Running) -> None:
    key = served.key(name="doomed")
    client = served.client(key)
    with served.admin() as db:
        for off in (
            admin.disable_key,
            admin.ban_user,
            admin.delete_key,
        ):
            assert client.get("/v1/credits").status_code == 200
            off(db, "doomed")
            refused(client.get("/v1/credits"), "invalid_api_key")
            if off is not admin.delete_key:
                admin.disable_key(db, "doomed", disabled=False)
                admin.ban_user(db, "doomed", banned=False)


def test_an_address_that_is_not_allowed(served: Running) -> None:
    here = served.client(served.key(limits={"allow": ["192.0.2.7", "127.0.0.0/8"]}))
    assert here.get("/v1/credits").status_code == 200
    elsewhere = served.client(served.key(limits={"allow": ["192.0.2.0/24", "2001:db8::/32"]}))
    refused(elsewhere.get("/v1/credits"), "ip_not_allowed")
    # Nobody but a trusted proxy may say whom it speaks for.
    key = served.key(limits={"allow": ["192.0.2.7"]})
    liar = served.client(key, **{"X-Forwarded-For": "192.0.2.7"})
    refused(liar.post(CREATE, json=SIMPLE), "ip_not_allowed")


def test_too_many_requests(served: Running, clock: Clock) -> None:
    client = served.client(served.key(limits={"rate": 3}))
    for _ in range(3):
        assert client.get("/v1/credits").status_code == 200
    answer = client.post(CREATE, json=SIMPLE)
    refused(answer, "rate_limit_exceeded")
    assert 1 <= int(answer.headers["retry-after"]) <= 20
    clock.ahead += int(answer.headers["retry-after"])
    assert client.get("/v1/credits").status_code == 200


@pytest.mark.parametrize("limit", ["hour", "day", "total"])
def test_a_spend_limit(served: Running, clock: Clock, limit: str) -> None:
    client = served.client(served.key(limits={limit: 48}))
    create(client)
    # What was refunded is not spent.
    ended(client, create(client, titled("fail")))
    create(client)
    word = {"hour": "hourly", "day": "daily", "total": "total"}[limit]
    answer = client.post(CREATE, json=SIMPLE)
    assert word in refused(answer, "spend_limit_exceeded")
    assert "retry-after" not in answer.headers
    clock.ahead += {"hour": 3601, "day": 86401, "total": 86401}[limit]
    again = client.post(CREATE, json=SIMPLE)
    assert again.status_code == (429 if limit == "total" else 200)


def test_too_few_credits(served: Running) -> None:
    client = served.client(served.key(47))
    create(client)
    message = refused(client.post(CREATE, json=SIMPLE), "insufficient_credits")
    assert message == "Your credit balance is too low. Please top up."


def test_a_model_that_does_not_exist_or_is_off(served: Running, client: httpx.Client) -> None:
    refused(client.post(CREATE, json={**SIMPLE, "model": "suno-v3"}), "model_not_found")
    with served.admin() as db:
        admin.switch_model(db, "suno-v5", active=False)
        try:
            refused(client.post(CREATE, json=titled("x")), "model_not_found")
        finally:
            admin.switch_model(db, "suno-v5", active=True)


def test_the_order_of_checks(served: Running) -> None:
    """If several checks fail, the first one in the documented order is reported."""
    wrong = {"model": "suno-v3", "input": {"prompt": "x"}}
    key = served.key(0, name="last", limits={"rate": 1, "hour": 0, "allow": ["192.0.2.1"]})
    client = served.client(key)
    bad = served.client("sk-unknown")
    refused(bad.post(CREATE, content=b"{"), "invalid_api_key")
    refused(client.post(CREATE, content=b"{"), "ip_not_allowed")
    with served.admin() as db:
        admin.set_limits(db, "last", admin.Limits(rate=1, hour=0))
        refused(client.post(CREATE, content=b"{"), "invalid_request")
        refused(client.post(CREATE, content=b"{"), "rate_limit_exceeded")
        admin.set_limits(db, "last", admin.Limits(rate=0, hour=0))
        refused(client.post(CREATE, json=wrong), "model_not_found")
        refused(client.post(CREATE, json=SIMPLE), "spend_limit_exceeded")
        admin.set_limits(db, "last", admin.Limits(rate=0))
        refused(client.post(CREATE, json=SIMPLE), "insufficient_credits")


def test_a_task_that_does_not_exist_or_is_another_keys(served: Running) -> None:
    mine, other = served.client(), served.client()
    task_id = create(mine)
    refused(mine.get("/v1/tasks/nothing"), "task_not_found")
    refused(other.get(f"/v1/tasks/{task_id}"), "task_not_found")
    assert mine.get(f"/v1/tasks/{task_id}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/tasks/", 404),
        ("GET", "/v1/credits/", 404),
        ("GET", CREATE, 405),
        ("POST", "/v1/credits", 405),
        ("DELETE", "/v1/tasks/x", 405),
        ("PATCH", "/files/x", 405),
    ],
)
def test_what_is_not_served_is_refused_in_the_documented_shape(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "type"}
    if status == 405:
        assert answer.headers["allow"]


def test_health_needs_no_key(served: Running) -> None:
    assert httpx.get(f"{served.url}/healthz").text == "ok\n"


def test_an_error_of_the_server_has_the_documented_shape(served: Running) -> None:
    client = served.client(served.key(24))
    with served.admin() as db:
        db.run("ALTER TABLE bookings RENAME TO lost")
        try:
            message = refused(client.post(CREATE, json=SIMPLE), "internal_error")
        finally:
            db.run("ALTER TABLE lost RENAME TO bookings")
    assert message == "Unexpected server error."
    assert client.get("/v1/credits").json()["data"]["balance"] == 24
    create(client)
