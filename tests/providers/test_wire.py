"""The document's bodies: what a provider must take, and what it must refuse with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from suno_tui.providers.song import Song
from suno_tui.providers.suno.wire import (
    ERRORS,
    CreateAnswer,
    CreateRequest,
    CreditsAnswer,
    ErrorAnswer,
    InvalidBody,
    TaskAnswer,
)

CUSTOM: dict[str, Any] = {"custom_mode": True, "title": "T", "style": "S", "prompt": "L"}
SIMPLE: dict[str, Any] = {"prompt": "A calm piano"}


def read(given: dict[str, Any], **more: Any) -> CreateRequest:
    return CreateRequest.read(json.dumps({"model": "suno-v5", "input": given} | more))


@pytest.mark.parametrize(
    "given",
    [
        SIMPLE,
        SIMPLE | {"prompt": "x" * 500},
        SIMPLE | {"prompt": "🎵" * 500},
        SIMPLE | {"custom_mode": False, "instrumental": True},
        SIMPLE | {"title": 5, "unknown": [1]},
        SIMPLE | {"instrumental": None},
        CUSTOM,
        CUSTOM | {"title": "x" * 80, "style": "x" * 200, "negative_tags": "x" * 200},
        CUSTOM | {"prompt": "x" * 3000},
        CUSTOM | {"style_weight": 0, "weirdness_constraint": 1, "audio_weight": 0.5},
        CUSTOM | {"vocal_gender": "m", "persona_id": "p"},
        {"custom_mode": True, "instrumental": True, "title": "T", "style": "S"},
    ],
)
def test_what_must_be_taken(given: dict[str, Any]) -> None:
    assert read(given, extra=1).model == "suno-v5"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "'input.prompt' is required."),
        ({"prompt": " \n"}, "'input.prompt' is required."),
        ({"prompt": None}, "'input.prompt' is required."),
        ({"prompt": 5}, "'input.prompt' must be a string."),
        ({"prompt": "x" * 501}, "'input.prompt' must be at most 500 characters."),
        ({"prompt": "\ud800"}, "'input.prompt' holds a character that is not text."),
        ({"prompt": "a\0b"}, "'input.prompt' holds a character that is not text."),
        (SIMPLE | {"instrumental": "true"}, "'input.instrumental' must be a boolean."),
        (SIMPLE | {"instrumental": 1}, "'input.instrumental' must be a boolean."),
        (SIMPLE | {"custom_mode": "true"}, "'input.custom_mode' must be a boolean."),
        (SIMPLE | {"custom_mode": 1}, "'input.custom_mode' must be a boolean."),
        (CUSTOM | {"title": ""}, "'input.title' is required."),
        (CUSTOM | {"title": "x" * 81}, "'input.title' must be at most 80 characters."),
        (CUSTOM | {"style": None}, "'input.style' is required."),
        (CUSTOM | {"style": "x" * 201}, "'input.style' must be at most 200 characters."),
        (CUSTOM | {"prompt": "x" * 3001}, "'input.prompt' must be at most 3000 characters."),
        (CUSTOM | {"prompt": None}, "'input.prompt' is required when instrumental is false."),
        (CUSTOM | {"prompt": "  "}, "'input.prompt' is required when instrumental is false."),
        (
            CUSTOM | {"negative_tags": "x" * 201},
            "'input.negative_tags' must be at most 200 characters.",
        ),
        (CUSTOM | {"vocal_gender": "x"}, "'input.vocal_gender' must be 'm' or 'f'."),
        (CUSTOM | {"style_weight": 1.01}, "'input.style_weight' must be a number from 0 to 1."),
        (CUSTOM | {"audio_weight": -0.01}, "'input.audio_weight' must be a number from 0 to 1."),
        (CUSTOM | {"style_weight": "0.5"}, "'input.style_weight' must be a number."),
        (CUSTOM | {"style_weight": True}, "'input.style_weight' must be a number."),
    ],
)
def test_what_must_be_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        read(given)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The request body is not valid JSON."),
        (b"{", "The request body is not valid JSON."),
        (b"\xff\xfe\x00", "The request body is not valid JSON."),
        (b"[" * 100_000, "The request body is not valid JSON."),
        (b"[]", "The request body must be a JSON object."),
        (b'{"model": "m", "input": {"prompt": NaN}}', "The request body is not valid JSON."),
        (b'{"input": {"prompt": "a"}}', "'model' is required."),
        (b'{"model": "", "input": {"prompt": "a"}}', "'model' is required."),
        (b'{"model": 5, "input": {"prompt": "a"}}', "'model' must be a string."),
        (b'{"model": "m"}', "'input' is required."),
        (b'{"model": "m", "input": "a"}', "'input' must be an object."),
        (b"{}", "'model' is required."),
    ],
)
def test_bodies_that_are_none(body: bytes, words: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        CreateRequest.read(body)
    assert str(caught.value) == words


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://[x", "https://a b/", 5, ""])
def test_callback_urls_that_are_none(url: object) -> None:
    with pytest.raises(InvalidBody, match=r"^'callback_url' must be"):
        read(SIMPLE, callback_url=url)


def test_the_song_that_is_asked_for() -> None:
    song = Song(
        model="suno-v5",
        custom_mode=True,
        title="Summer Nights",
        style="Pop",
        lyrics="[Verse]\nLa",
        vocal_gender="f",
        audio_weight=0.0,
    )
    assert CreateRequest.read(json.dumps(song.to_wire())).song == song


@pytest.mark.parametrize("code", ERRORS)
def test_every_documented_refusal(code: str) -> None:
    answer = ErrorAnswer.of(code, "Words.").model_dump()
    kind = ERRORS[code][1]
    assert answer == {"error": {"code": code, "message": "Words.", "type": kind}}


def test_answers_have_the_documented_shape() -> None:
    assert CreateAnswer.of("a1").model_dump() == {
        "code": 200,
        "msg": "success",
        "data": {"taskId": "a1"},
    }
    data = {"balance": 9800, "total_purchased": 10_000, "total_consumed": 200}
    answer = {"code": 200, "msg": "success", "data": data}
    assert CreditsAnswer.model_validate(answer).model_dump() == answer


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "a", "status": "pending", "model": "m", "created_at": 1, "progress": None},
        {"id": "a", "status": "processing", "model": "m", "created_at": 1, "progress": 0.5},
        {
            "id": "a",
            "status": "completed",
            "model": "m",
            "created_at": 1,
            "completed_at": 2,
            "output": {
                "urls": ["https://example.com/1.mp3"],
                "metadata": {
                    "tracks": [
                        {
                            "id": "t",
                            "title": "T",
                            "tags": "pop",
                            "duration": 198.44,
                            "image_url": "https://example.com/1.jpeg",
                            "prompt": "",
                        }
                    ]
                },
            },
        },
        {
            "id": "a",
            "status": "failed",
            "model": "m",
            "created_at": 1,
            "error": {"code": "upstream_error", "message": "No."},
        },
    ],
)
def test_a_task_in_each_of_its_states(answer: dict[str, Any]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(TaskAnswer)
    assert adapter.dump_python(adapter.validate_python(answer)) == answer
    with pytest.raises(ValidationError):
        adapter.validate_python(answer | {"status": "done"})
