"""`GET /openapi.json`, made from the models that check requests and responses."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from suno_tui import __version__
from suno_tui.providers.suno.wire import (
    ERRORS,
    CreateAnswer,
    CreateRequest,
    CreditsAnswer,
    ErrorAnswer,
    TaskAnswer,
)
from suno_tui.providers.tables.suno import MODELS
from suno_tui.server.rehearsal import TASK_WORDS

REF = "#/components/schemas/{model}"

_GUARDED = ("invalid_api_key", "ip_not_allowed", "rate_limit_exceeded", "internal_error")
_PLAIN = r"^[^\u0000]*$"
_WORDS = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"
"""Text without NUL; `_WORDS` also excludes blank text (as `str.isspace` defines it)."""


def document(*, metrics: bool = False, rehearse: bool = False) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the service with the options that are on."""
    _, models = models_json_schema(
        [(model, "validation") for model in (CreateRequest, CreateAnswer, CreditsAnswer)]
        + [(ErrorAnswer, "validation")],
        ref_template=REF,
    )
    task = TypeAdapter(TaskAnswer).json_schema(ref_template=REF)
    schemas: dict[str, Any] = {**models["$defs"], **task.pop("$defs"), "TaskAnswer": task}
    _add_model_checks(schemas)
    paths = _paths() | ({"/metrics": {"get": _metrics()}} if metrics else {})
    if rehearse:
        for name in ("/v1/music/generations", "/v1/tasks/{taskId}", "/v1/credits"):
            for operation in paths[name].values():
                operation.setdefault("parameters", []).append(_rehearsal(operation["operationId"]))
                operation["responses"] = _refusals(*ERRORS) | operation["responses"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "suno-tui local provider", "version": __version__},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/v1/music/generations": {"post": _create()},
        "/v1/tasks/{taskId}": {"get": _task()},
        "/v1/credits": {
            "get": {
                "operationId": "credits",
                "summary": "The balance, in credits",
                "responses": {
                    "200": _json("The balance", "CreditsAnswer"),
                    **_refusals(*_GUARDED),
                },
            }
        },
        "/files/{name}": {"get": _file()},
        "/healthz": {
            "get": {
                "operationId": "health",
                "summary": "Whether the service answers",
                "security": [],
                "responses": {
                    "200": {
                        "description": "It does",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    }
                },
            }
        },
    }


def _create() -> dict[str, Any]:
    return {
        "operationId": "create",
        "summary": "Create a task, and pay for it",
        "description": "The same Idempotency-Key header (1 to 255 characters) and body within 24 h "
        "are one task and one charge; the same one with another body is refused (400).",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("CreateRequest")}},
        },
        "responses": {
            "200": {
                **_json("The task is accepted", "CreateAnswer"),
                "links": {
                    "task": {
                        "operationId": "task",
                        "parameters": {"taskId": "$response.body#/data/taskId"},
                    }
                },
            },
            **_refusals(*(code for code in ERRORS if code != "task_not_found")),
        },
        "callbacks": {
            "ended": {
                "{$request.body#/callback_url}": {
                    "post": {
                        "parameters": [
                            _header("X-Event", {"enum": ["task.completed", "task.failed"]}),
                            _header("X-Task-Id", {"type": "string"}),
                            _header("X-Timestamp", {"type": "string", "pattern": r"^\d+$"}),
                        ],
                        "requestBody": {
                            "content": {"application/json": {"schema": _ref("TaskAnswer")}}
                        },
                        "responses": {"2XX": {"description": "Received; no further attempt"}},
                    }
                }
            }
        },
    }


def _task() -> dict[str, Any]:
    return {
        "operationId": "task",
        "summary": "The state of a task",
        "parameters": [_path("taskId", r"^[0-9a-f-]{36}$")],
        "responses": {
            "200": _json("The task in one of its four states", "TaskAnswer"),
            **_refusals(*_GUARDED, "task_not_found"),
        },
    }


def _file() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = {"audio/mpeg": binary, "image/jpeg": binary}
    return {
        "operationId": "file",
        "summary": "Audio and covers; the name is the secret",
        "security": [],
        "parameters": [
            _path("name", r"^(audio|covers)/\d{4}/\d\d/\d\d/[\w-]{32}\.(mp3|jpg)$"),
            {"name": "Range", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {"description": "The file", "content": content},
            "206": {"description": "A part of it", "content": content},
            "400": {"description": "The Range header is malformed"},
            "404": _json("There is no such file", "ErrorAnswer"),
            "410": _json("Its 24 hours are over", "ErrorAnswer"),
            "416": {"description": "No such part"},
        },
    }


def _metrics() -> dict[str, Any]:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "metrics",
        "summary": "Figures for Prometheus",
        "security": [],
        "responses": {"200": {"description": "The figures", "content": content}},
    }


def _rehearsal(operation: str) -> dict[str, Any]:
    words = [*ERRORS, *(TASK_WORDS if operation == "create" else ())]
    return {
        "name": "X-Rehearse",
        "in": "header",
        "description": "The failure to rehearse; with an error's code, nothing else is done",
        "schema": {"enum": words},
    }


def _refusals(*codes: str) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(str(ERRORS[code][0]), []).append(code)
    answers = {status: _json(" or ".join(names), "ErrorAnswer") for status, names in found.items()}
    for status in ("429", "503"):
        if status in answers:
            answers[status]["headers"] = {
                "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}
            }
    return answers


def _json(text: str, model: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": _ref(model)}}}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": REF.format(model=model)}


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": schema}


def _path(name: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _add_model_checks(schemas: dict[str, Any]) -> None:
    """Add the checks of the models' own validators, which pydantic can't put into the schema."""
    for name in ("CreateRequest", "SimpleInput", "CustomInput"):
        model = schemas[name]
        needed = set(model.get("required", ()))
        for field, schema in model["properties"].items():
            for part in (schema, *schema.get("anyOf", ())):
                if part.get("type") == "string" and "const" not in part and "enum" not in part:
                    part["pattern"] = _WORDS if field in needed else _PLAIN
            if field not in needed and "anyOf" not in schema:
                kept = {key: schema.pop(key) for key in ("type", "const") if key in schema}
                schema["anyOf"] = [kept, {"type": "null"}]
    callback, _ = schemas["CreateRequest"]["properties"]["callback_url"]["anyOf"]
    callback |= {"format": "uri", "pattern": r"^[hH][tT][tT][pP][sS]?://[^\s/?#\u0000]"}
    schemas["CreateRequest"]["properties"]["model"]["examples"] = [each.id for each in MODELS]
    custom = schemas["CustomInput"]
    words = {"type": "string", "pattern": _WORDS}
    custom["anyOf"] = [
        {"properties": {"instrumental": {"const": True}}, "required": ["instrumental"]},
        {"properties": {"prompt": words}, "required": ["prompt"]},
    ]
