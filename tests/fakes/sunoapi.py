"""A fake of sunoapi.org and kie.ai: one API, two providers, errors in the body of a 200.

The ledger has what was accepted and charged; the nonce is read from the song's title, since
neither of them has one.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suno_tui.providers.tables.sunoapi import MODELS
from tests.fake_provider import Fault, picture, sound
from tests.fakes.served import Served

PRICE = 12
STATES = ("PENDING", "TEXT_SUCCESS", "FIRST_SUCCESS", "SUCCESS")


@dataclass
class Entry:
    """A task that was accepted and charged."""

    id: str
    body: dict[str, Any]
    step: int = -1
    failed: str = ""
    refunded: bool = False
    credits: int = PRICE


def refused(code: int, message: str = "No.") -> Fault:
    """Return a refusal as both send it: with HTTP 200."""
    return Fault(200, {"code": code, "msg": message, "data": None})


class SunoApi(Served):
    """`kie` makes it the other provider."""

    dialect = "sunoapi"

    def __init__(self, *, kie: bool = False, balance: str = "1000.5") -> None:
        super().__init__()
        self.kie = kie
        self.dialect = "kie" if kie else "sunoapi"
        self.balance = Decimal(balance)
        self.takes = 2
        self.size = 50_000
        self.mp3: bytes | None = None
        """Sent as every take, if a real MP3 is needed."""
        self.unknown_first = 0
        """For how many queries a new task is not known."""
        self.states: tuple[str, ...] = STATES
        self.snake = False
        self.swapped = False
        """Whether the last state lists the takes in another order."""
        self.fail_next: list[str] = []
        self.refunds = True
        self.ledger: dict[str, Entry] = {}
        self.epoch = 0

    def charged(self) -> int:
        return sum(each.credits for each in self.ledger.values() if not each.refunded)

    def kind_of(self, method: str, path: str) -> str:
        if path.endswith("/record-info"):
            return "task"
        if path.endswith("/credit"):
            return "credits"
        return "create" if method == "POST" else path.split("/")[1]

    def routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/generate", self._create, methods=["POST"]),
                Route("/api/v1/generate/record-info", self._record),
                Route(
                    "/api/v1/chat/credit" if self.kie else "/api/v1/generate/credit", self._credit
                ),
                Route("/{kind:str}/{epoch:int}/{task}/{name}", self._file),
            ]
        )

    async def _create(self, request: Request) -> Response:
        if not self.authorized(request.headers):
            return _answer(401, "You do not have access permissions")
        body = json.loads(await request.body())
        if problem := _problem(body):
            return _answer(*problem)
        with self.lock:
            if self.balance < PRICE:
                return _answer(402 if self.kie else 429, "Insufficient credits, please top up")
            entry = Entry(str(uuid.uuid4()), body)
            if self.fail_next:
                entry.failed = self.fail_next.pop(0)
            self.balance -= PRICE
            self.ledger[entry.id] = entry
        return _answer(200, "success", {"taskId": entry.id})

    async def _record(self, request: Request) -> Response:
        if not self.authorized(request.headers):
            return _answer(401, "No.")
        with self.lock:
            entry = self.ledger.get(request.query_params.get("taskId", ""))
            if entry is None:
                return self._unknown()
            entry.step += 1
            if entry.step < self.unknown_first:
                return self._unknown()
            step = min(entry.step - self.unknown_first, len(self.states) - 1)
            state = self.states[step]
            if entry.failed and state != "PENDING":
                state = entry.failed
                if self.refunds and not entry.refunded:
                    entry.refunded = True
                    self.balance += entry.credits
            return _answer(200, "success", self._data(entry, state))

    def _unknown(self) -> Response:
        return _answer(422, "recordInfo is null") if self.kie else _answer(200, "success")

    def _data(self, entry: Entry, state: str) -> dict[str, Any]:
        made = {"FIRST_SUCCESS": 1, "SUCCESS": self.takes}.get(state, 0)
        tracks = [
            self._track(entry, number, ready=number <= made) for number in range(1, self.takes + 1)
        ]
        if self.swapped and state == "SUCCESS":
            tracks.reverse()
        response = None if state in ("PENDING",) else {"taskId": entry.id, "sunoData": tracks}
        failed = bool(entry.failed) and state == entry.failed
        return {
            "taskId": entry.id,
            "parentMusicId": "",
            "param": json.dumps(entry.body),
            "response": None if failed else response,
            "status": state,
            "type": "GENERATE",
            "errorCode": 500 if failed else None,
            "errorMessage": "Generation failed" if failed else None,
        }

    def _track(self, entry: Entry, number: int, *, ready: bool) -> dict[str, Any]:
        where = f"{self.epoch}/{entry.id}/{number}"
        names = ("audio_url", "stream_audio_url", "image_url", "model_name")
        if not self.snake:
            names = ("audioUrl", "streamAudioUrl", "imageUrl", "modelName")
        values = (
            f"{self.url}/audio/{where}.mp3" if ready else "",
            f"{self.url}/stream/{where}",
            f"{self.url}/cover/{where}.jpeg",
            "chirp-v4",
        )
        own = {"id": f"{entry.id}-{number}", "prompt": "[Verse]", "tags": "pop", "duration": 198.44}
        title = {"title": entry.body.get("title", "A song"), "createTime": "2025-01-01 00:00:00"}
        return dict(zip(names, values, strict=True)) | own | title

    async def _credit(self, request: Request) -> Response:
        if not self.authorized(request.headers):
            return _answer(401, "No.")
        return _answer(200, "success", float(self.balance))

    async def _file(self, request: Request) -> Response:
        given = request.path_params
        if given["epoch"] < self.epoch:
            return Response(b"", 441)
        number = int(given["name"].partition(".")[0])
        if given["kind"] == "cover":
            return Response(picture(given["task"], number), media_type="image/jpeg")
        body = self.mp3 or sound(given["task"], number, self.size)
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        wanted = request.headers.get("range", "")
        if wanted.startswith("bytes="):
            start = int(wanted[6:].split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return Response(body[start:], 206, headers, media_type="audio/mpeg")
        return Response(body, 200, headers, media_type="audio/mpeg")


def _problem(body: dict[str, Any]) -> tuple[int, str] | None:
    """Return code and message for a body that breaks the rules."""
    for name in ("customMode", "instrumental", "model", "callBackUrl"):
        if name not in body:
            return 400, f"{name} cannot be empty"
    model = next((each for each in MODELS if each.id == body["model"]), None)
    if model is None:
        return 400, "The model is not supported"
    newest = model.id.startswith("V6")
    if not body["customMode"]:
        if newest and not body.get("style"):
            return 400, "Please provide at least one of style, lyrics, imageUrls"
        field = {"prompt": "prompt"}
    else:
        field = {"lyrics" if newest else "prompt": "lyrics", "style": "style", "title": "title",
                 "negativeTags": "negative_tags"}  # fmt: skip
        if not newest and not (body.get("style") and body.get("title")):
            return 400, "style and title are required"
    for sent, own in field.items():
        if len(body.get(sent, "")) > model.limit(own):
            return 413, f"{sent} is too long"
    return None


def _answer(code: int, message: str, data: Any = None) -> Response:
    return JSONResponse({"code": code, "msg": message, "data": data})
