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
from tests.fakes.multipart import read_form
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
    act: str = "generate"
    """The end of the path that it was sent to."""


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
        self.uploads: dict[str, bytes] = {}
        """The files that were uploaded, by their addresses."""
        self.lost_takes: set[str] = set()
        """Takes that it has no more, by their ids."""
        self.epoch = 0

    def charged(self) -> int:
        return sum(each.credits for each in self.ledger.values() if not each.refunded)

    def kind_of(self, method: str, path: str) -> str:
        if path.endswith("/record-info"):
            return "task"
        if path.endswith("/credit"):
            return "credits"
        if path.startswith("/api/file"):
            return "upload"
        return "create" if method == "POST" else path.split("/")[1]

    def routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/generate", self._create, methods=["POST"]),
                Route("/api/file-stream-upload", self._upload, methods=["POST"]),
                Route("/api/v1/generate/record-info", self._record),
                *(
                    Route(f"/api/v1/generate/{act}", self._create, methods=["POST"])
                    for act in ("extend", "upload-extend", "upload-cover", "replace-section")
                ),
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
        act = request.url.path.rsplit("/", 1)[-1]
        with self.lock:
            if problem := _problem(body, act) or self._source_problem(body, act):
                return _answer(*problem)
            price = 5 if self.kie and act == "replace-section" else PRICE
            if self.balance < price:
                return _answer(402 if self.kie else 429, "Insufficient credits, please top up")
            entry = Entry(str(uuid.uuid4()), body, credits=price, act=act)
            if self.fail_next:
                entry.failed = self.fail_next.pop(0)
            self.balance -= price
            self.ledger[entry.id] = entry
        return _answer(200, "success", {"taskId": entry.id})

    async def _upload(self, request: Request) -> Response:
        if not self.authorized(request.headers):
            return JSONResponse({"success": False, "code": 401, "msg": "Unauthorized"})
        texts, files = read_form(request.headers["content-type"], await request.body())
        file = files.get("file")
        if file is None or "uploadPath" not in texts:
            return JSONResponse({"success": False, "code": 400, "msg": "file is required"})
        path = f"{texts['uploadPath']}/{texts.get('fileName') or file.name}"
        address = f"{self.url}/uploads/{path}"
        with self.lock:
            self.uploads[address] = file.body
        data = {
            "fileName": path.rsplit("/", 1)[-1],
            "filePath": path,
            "downloadUrl": address,
            "fileSize": len(file.body),
            "mimeType": "audio/mpeg",
        }
        return JSONResponse({"success": True, "code": 200, "msg": "success", "data": data})

    def _source_problem(self, body: dict[str, Any], act: str) -> tuple[int, str] | None:
        """Return code and message if the track to carry on from is none that is known here."""
        if act == "generate":
            return None
        if "audioId" in body:
            made = self.ledger.get(body["audioId"].rpartition("-")[0])
            if made is None or body["audioId"] in self.lost_takes:
                return 400, "The audio does not exist"
            if act == "extend" and made.body["model"] != body["model"]:
                return 400, "The model must be that of the source"
            if act == "replace-section" and body.get("taskId") != made.id:
                return 400, "taskId is wrong"
            return None
        return None if body.get("uploadUrl") in self.uploads else (400, "uploadUrl is not there")

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


_NEEDED = {
    "generate": "customMode instrumental model callBackUrl",
    "upload-cover": "uploadUrl customMode instrumental model callBackUrl",
    "upload-extend": "uploadUrl instrumental defaultParamFlag model callBackUrl continueAt style "
    "title",
    "extend": "audioId defaultParamFlag model callBackUrl continueAt style title",
    "replace-section": "prompt tags title infillStartS infillEndS callBackUrl",
}


def _problem(body: dict[str, Any], act: str) -> tuple[int, str] | None:
    """Return code and message for a body that breaks the rules."""
    for name in _NEEDED[act].split():
        if name not in body:
            return 400, f"{name} cannot be empty"
    if act == "replace-section":
        if body["infillEndS"] - body["infillStartS"] < 10:
            return 400, "The section is too short"
        return None if "taskId" in body or "model" in body else (400, "model cannot be empty")
    if act.endswith("extend"):
        wrong = body["continueAt"] <= 0 or (not body.get("instrumental") and "lyrics" in body)
        return (400, "continueAt or prompt is wrong") if wrong else None
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
