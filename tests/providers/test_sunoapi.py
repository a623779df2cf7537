"""The dialect of sunoapi.org and kie.ai, by tables: song → request, reply → task, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from suno_tui.providers import errors
from suno_tui.providers.dialect import Reply
from suno_tui.providers.errors import ProviderError, TaskNotFound
from suno_tui.providers.remote import RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.sunoapi import SunoApiDialect
from suno_tui.providers.tables import kie
from suno_tui.providers.tables.kie import KIE

SUNOAPI = SunoApiDialect()
BOTH = {"sunoapi": SUNOAPI, "kie": SunoApiDialect(KIE)}
SONG = Song(
    model="V6", custom_mode=True, title="Nights", style="Pop", lyrics="[Verse]\nWalking",
    vocal_gender="f", style_weight=0.456, audio_weight=0.5,
)  # fmt: skip


def reply(body: Any, status: int = 200) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, raw, None, "https://api.example.com")


def sent(song: Song) -> dict[str, Any]:
    return dict(SUNOAPI.create(song, nonce="n", callback_url=None).body or {})


def test_what_is_sent() -> None:
    assert sent(SONG) == {
        "customMode": True,
        "instrumental": False,
        "model": "V6",
        "callBackUrl": "https://example.com/callback",
        "title": "Nights",
        "style": "Pop",
        "styleWeight": 0.46,
        "audioWeight": 0.5,
        "duration": 180,
        "lyrics": "[Verse]\nWalking",
        "vocalGender": "f",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"model": "V5_5"}, {"prompt": "[Verse]\nWalking", "lyrics": None, "duration": 180}),
        ({"model": "V5"}, {"prompt": "[Verse]\nWalking", "duration": None}),
        ({"duration": 90.4}, {"duration": 90, "style": "Pop"}),
        ({"model": "V5", "duration": 90.0}, {"duration": None, "style": "Pop, about 1:30 long"}),
        ({"bpm": 118, "seed": 4}, {"style": "Pop, 118 BPM", "seed": None}),
        ({"instrumental": True}, {"lyrics": None, "vocalGender": None, "audioWeight": None}),
        ({"custom_mode": False, "prompt": "calm"}, {"prompt": "calm", "style": "calm",
                                                    "title": None, "duration": None}),
        ({"custom_mode": False, "prompt": "calm", "duration": 90.0},
         {"prompt": "calm, about 1:30 long", "duration": None}),
        ({"custom_mode": False, "prompt": "calm", "model": "V5"}, {"prompt": "calm",
                                                                   "style": None}),
    ],
)  # fmt: skip
def test_fields_of_a_song(change: dict[str, Any], expected: dict[str, Any]) -> None:
    body = sent(replace(SONG, **change))
    assert {name: body.get(name) for name in expected} == expected


def test_the_users_own_callback_goes_before_the_placeholder() -> None:
    body = SUNOAPI.create(SONG, nonce="n", callback_url="https://me.example/x").body
    assert body is not None and body["callBackUrl"] == "https://me.example/x"


INVALID, MONEY, RATE = errors.InvalidRequest, errors.InsufficientCredits, errors.RateLimited


@pytest.mark.parametrize(
    ("code", "message", "sunoapi", "kie"),
    [
        (400, "no", INVALID, INVALID),
        (401, "no", errors.InvalidKey, errors.InvalidKey),
        (402, "no", MONEY, MONEY),
        (404, "no", errors.WrongAddress, errors.WrongAddress),
        (405, "too fast", RATE, RATE),
        (413, "too long", INVALID, INVALID),
        (429, "no", MONEY, RATE),
        (429, "Your balance isn't enough", MONEY, MONEY),
        (430, "calls too frequent", RATE, RATE),
        (430, "no credits", MONEY, MONEY),
        (433, "limit", errors.SpendLimitExceeded, errors.SpendLimitExceeded),
        (455, "maintenance", errors.UpstreamError, errors.UpstreamError),
        (500, "error", errors.ProviderDown, INVALID),
        (531, "failed", errors.ProviderDown, errors.UpstreamError),
        (999, "?", errors.ProviderDown, errors.ProviderDown),
    ],
)
def test_codes_in_the_body(
    code: int, message: str, sunoapi: type[ProviderError], kie: type[ProviderError]
) -> None:
    for status in (200, code if code < 600 else 500):
        body = reply({"code": code, "msg": message, "data": None}, status)
        assert type(BOTH["sunoapi"].refusal(body)) is sunoapi
        assert type(BOTH["kie"].refusal(body)) is kie


def test_a_refusal_of_the_shield_is_not_a_bad_key() -> None:
    error = SUNOAPI.refusal(reply(b"error code: 1010", 403))
    assert error is not None and "shield" in error.message


def test_a_proxys_429_is_not_money() -> None:
    assert type(SUNOAPI.refusal(reply(b"<html>slow down</html>", 429))) is RATE


def task(data: Any, code: int = 200, message: str = "success") -> RemoteTask | ProviderError:
    body = {"code": code, "msg": message, "data": data}
    return SUNOAPI.tasks(reply(body), ["t"])["t"]


TRACK = {"id": "a", "audioUrl": "https://files.example/a.mp3", "title": "a", "duration": 198.4}


@pytest.mark.parametrize(
    ("word", "tracks", "status", "understood"),
    [
        ("PENDING", None, "pending", True),
        ("TEXT_SUCCESS", [TRACK | {"audioUrl": ""}], "processing", True),
        ("FIRST_SUCCESS", [TRACK, TRACK | {"audioUrl": ""}], "processing", True),
        ("SUCCESS", [TRACK, TRACK], "completed", True),
        ("SUCCESS", None, "completed", True),
        ("CALLBACK_EXCEPTION", [TRACK], "completed", True),
        ("CREATE_TASK_FAILED", None, "failed", True),
        ("SENSITIVE_WORD_ERROR", None, "failed", True),
        ("GENERATING", None, "processing", False),
    ],
)
def test_states(word: str, tracks: Any, status: str, understood: bool) -> None:
    response = None if tracks is None else {"sunoData": tracks}
    found = task({"taskId": "t", "status": word, "response": response})
    assert isinstance(found, RemoteTask)
    assert (found.status, found.understood) == (status, understood)


def test_names_of_either_kind_and_a_title_that_is_none() -> None:
    track = {"id": "a", "audio_url": "https://f.example/a", "title": "a", "image_url": ""}
    found = task({"status": "SUCCESS", "response": {"data": [track]}})
    assert isinstance(found, RemoteTask)
    (take,) = found.results
    assert (take.url, take.title, take.image_url) == ("https://f.example/a", "", "")
    assert take.facts == {"id": "a"}


def test_an_unknown_task() -> None:
    assert isinstance(task(None, 422, "recordInfo is null"), TaskNotFound)
    assert isinstance(task(None), TaskNotFound)


@pytest.mark.parametrize(
    ("data", "balance"),
    [(100, 100), (812.5, Decimal("812.5")), ("6.4", Decimal("6.4")), (None, None), ("x", None)],
)
def test_balances(data: Any, balance: Any) -> None:
    assert SUNOAPI.credits(reply({"code": 200, "msg": "success", "data": data})).balance == balance


def test_the_second_provider_is_little_data() -> None:
    assert len(Path(kie.__file__).read_text().splitlines()) < 80
