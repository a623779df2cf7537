"""Parsers of what comes over the network: a provider's answers, callbacks, requests to `serve`."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from suno_tui.cli.output import print_json, print_line
from suno_tui.providers.suno.answers import describe, read_created, read_credits, read_task
from tests.fuzz.target import Target

STATUSES = (200, 200, 200, 200, 201, 400, 401, 402, 404, 422, 429, 500, 503, 302)
"""The first byte of an answer chooses one."""
TASK: dict[str, Any] = {
    "id": "task_1",
    "status": "completed",
    "model": "suno-v5_5",
    "created_at": 1_750_000_000,
    "completed_at": "2026-04-01T10:00:00Z",
    "progress": 0.5,
    "output": {
        "urls": ["https://files.example.org/1.mp3", "/2.mp3"],
        "metadata": {
            "tracks": [
                {
                    "id": "x-1",
                    "title": "A song",
                    "tags": "pop",
                    "duration": 198.44,
                    "image_url": "https://files.example.org/1.jpeg",
                    "prompt": "[Verse]\nWords",
                },
                {"id": "x-2"},
            ]
        },
    },
}
REFUSAL = {"error": {"code": "insufficient_credits", "message": "Top up.", "type": "x"}}
ANSWERS = (
    TASK,
    {"code": 200, "msg": "success", "data": TASK},
    {"code": 200, "msg": "success", "data": {"taskId": "task_1"}},
    {"code": 200, "msg": "success", "data": {"balance": 976, "total_purchased": 1000}},
    {"id": "task_1", "status": "failed", "error": {"code": "upstream_error", "message": "No."}},
    REFUSAL,
)
REQUEST = {
    "model": "suno-v5_5",
    "callback_url": "https://example.org/hook",
    "input": {
        "custom_mode": True,
        "instrumental": False,
        "title": "A song",
        "style": "pop",
        "prompt": "[Verse]\nWords",
        "vocal_gender": "f",
        "style_weight": 0.5,
    },
}
TOKENS = (b'"id"', b'"data"', b'"output"', b'"urls"', b'"error"', b'"message"', b"1e400", b"-0")


def answer(data: bytes, folder: Path) -> None:
    """Read the data as every kind of answer."""
    from suno_tui.common.errors import StudioError

    status, body = STATUSES[data[0] % len(STATUSES)] if data else 200, data[1:]
    print_line(describe(body))
    for read in (
        lambda: read_created(status, body),
        lambda: read_task("https://api.example.org", status, body),
        lambda: read_credits(status, body),
    ):
        try:
            found = read()
        except StudioError as error:
            print_line(error.title, str(error))
        else:
            print_line(repr(found))


def filed(data: bytes, folder: Path) -> None:
    """Take a completed task through the queue's records to the printed lines."""
    import contextlib
    from types import SimpleNamespace

    from suno_tui.cli.output import task_json
    from suno_tui.tasks.store import TaskStore
    from suno_tui.worker.journal import Journal
    from tests.library.harness import SONG

    remote = read_task("https://api.example.org", 200, data)
    with contextlib.closing(TaskStore(folder / "queue.sqlite")) as store:
        task, journal = store.add(SONG, provider="hosted", credits=24), Journal(store)
        journal.write_receipt(task, 1000)
        journal.accepted(task.id, remote.id or "x")
        journal.record_status(task.id, remote)
        journal.record_takes(task.id, remote.results, 0.0)
        for number in range(1, len(remote.results) + 1):
            journal.take_trouble(task.id, number, "No.")
        found = store.get(task.id)
        print_line(found.title, *(f"{take.title} {take.tags}" for take in found.takes))
        print_json(task_json(found, SimpleNamespace()))  # type: ignore[arg-type]
        store.forget(task.id)


def callback(data: bytes, folder: Path) -> None:
    from suno_tui.worker.callback_server import _task_id

    head, _, body = data.partition(b"\n")
    print_line(str(_task_id({b"x-task-id": head}, body)))


def served(data: bytes, folder: Path) -> None:
    """Send a body to `serve`: each gets a documented answer that is no server error."""
    status, body = asyncio.run(_post(data, folder))
    if status >= 500:
        raise AssertionError(f"{status}: {body!r}")
    print_json(json.loads(body))


async def _post(data: bytes, folder: Path) -> tuple[int, bytes]:
    sent, status, got = False, 0, b""

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.sleep(3600)
        sent = True
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, got
        status = message.get("status", status)
        got += message.get("body", b"")

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/music/generations",
        "raw_path": b"/v1/music/generations",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"x"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(data)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await _app(folder)(scope, receive, send)
    return status, got


@cache
def _app(folder: Path) -> Any:
    """One that accepts, and makes nothing."""
    from suno_tui.server.app import as_owner, make_app
    from suno_tui.server.service import Rules, Service

    service = Service(folder / "served", credits_per_task=0, rules=Rules(rate=0, backlog=0))
    return as_owner(make_app(service))


def answers() -> list[bytes]:
    found = [b"\0" + json.dumps(each).encode() for each in ANSWERS]
    return [*found, b"\x05" + json.dumps(REFUSAL).encode(), b"\x0c<html><title>Busy</title></html>"]


TARGETS = (
    Target("answer", answer, answers, TOKENS),
    Target("filed", filed, lambda: [json.dumps(TASK).encode()], TOKENS),
    Target("callback", callback, lambda: [b"\n" + each[1:] for each in answers()], TOKENS),
    Target("served", served, lambda: [json.dumps(REQUEST).encode()], TOKENS),
)
