"""A fake of ACE-Step's `acestep-api` server: one worker, first in, first out, and free.

Each query lets the song at the head of the queue go on by one stage, whoever asks.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.fake_provider import sound
from tests.fakes.multipart import read_form
from tests.fakes.served import Served

STAGES = (
    (0.01, "running"),
    (0.51, "Preparing inputs..."),
    (0.6, "Generating music (batch size: 2)..."),
    (0.99, "Preparing audio data..."),
)


@dataclass
class Job:
    """A task of the server."""

    id: str
    body: dict[str, Any]
    created: float = field(default_factory=time.time)
    step: int = -1
    """Its stage; -1 while it is queued."""
    status: int = 0
    error: str | None = None
    frozen: bool = False
    source: bytes | None = None
    """The audio that was uploaded with it."""

    @property
    def takes(self) -> int:
        return int(self.body.get("batch_size", 2))

    @property
    def seeds(self) -> list[str]:
        return str(self.body.get("seed", -1)).split(",")


class AceStep(Served):
    """`ledger` has every job that was ever taken; `known` those that the server still knows."""

    dialect = "acestep"

    def __init__(self) -> None:
        super().__init__()
        self.key = None
        self.models = ["acestep-v15-turbo", "acestep-v15-base"]
        self.old = False
        """Whether it has no inventory, and a short `/health`."""
        self.lm: bool | None = False
        self.draft = "warm folk, fingerpicked guitar", "[Verse]\nThe kettle sings"
        """What its language model writes: caption and lyrics."""
        self.written: list[dict[str, Any]] = []
        self.fewer = 0
        """How many takes of each job can't be saved."""
        self.task_types = ["text2music", "cover", "cover-nofsq", "repaint"]
        self.size = 50_000
        self.mp3: bytes | None = None
        """Sent as every take, if a real MP3 is needed."""
        self.most = 200
        self.format = "mp3"
        self.fail_next: list[str | None] = []
        """The errors of the next jobs to be run; None is a failure without a text."""
        self.late = False
        """Whether running jobs are shown as too late."""
        self.ledger: dict[str, Job] = {}
        self.known: dict[str, Job] = {}
        self.gone: set[str] = set()
        """Paths of files that were deleted."""

    def restart(self, *, disk_cache: bool = True) -> None:
        """Start anew: queued jobs are forgotten, the running one freezes, ended ones stay."""
        with self.lock:
            for job in list(self.known.values()):
                if not disk_cache or (job.status == 0 and job.step < 0):
                    del self.known[job.id]
                elif job.status == 0:
                    job.frozen = True

    def take_bytes(self, job: Job, number: int) -> bytes:
        """Return a take's audio: the same request with the same seed gives the same bytes."""
        return self.mp3 or sound(self._name(job, number), number, self.size)

    def charged(self) -> int:
        return 0

    def kind_of(self, method: str, path: str) -> str:
        return {"/release_task": "create", "/query_result": "task", "/v1/audio": "audio"}.get(
            path, path.rsplit("/", 1)[-1]
        )

    def routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/release_task", self._release, methods=["POST"]),
                Route("/query_result", self._query, methods=["POST"]),
                Route("/v1/audio", self._audio, methods=["GET"]),
                Route("/health", self._health),
                Route("/v1/model_inventory", self._inventory),
                Route("/v1/models", self._models),
                Route("/v1/stats", self._stats),
                Route("/format_input", self._write, methods=["POST"]),
                Route("/v1/create_sample", self._write, methods=["POST"]),
            ]
        )

    async def _write(self, request: Request) -> Response:
        """Write a draft, as the language model does; the two routes name their answers apart."""
        body = await request.json()
        if refused := self._refused(request):
            return refused
        sample = request.url.path.endswith("create_sample")
        if sample and self.old:
            return _detail(404, "Not Found")
        if not self.lm:
            why = "LLM not initialized. Set ACESTEP_INIT_LLM=true in .env to enable."
            return _detail(503, why)
        self.written.append(body)
        caption, lyrics = self.draft
        data = {"caption": caption, "lyrics": lyrics, "bpm": 96, "duration": 150}
        if sample:
            more = {"keyscale": "C Major", "timesignature": "4", "vocal_language": "en"}
        else:
            more = {"key_scale": "C Major", "time_signature": "4", "vocal_language": "en"}
        return _enveloped(data | more)

    async def _release(self, request: Request) -> Response:
        source, kind = None, request.headers.get("content-type", "")
        raw = await request.body()
        try:
            if kind.startswith("multipart/form-data"):
                body, files = read_form(kind, raw)
                found = files.get("src_audio") or files.get("ctx_audio")
                source = found.body if found else None
            elif kind.startswith("application/json"):
                body = json.loads(raw)
            else:
                return _detail(415, f"Unsupported Content-Type: {kind}; use application/json, …")
        except ValueError:
            return _detail(400, "Malformed JSON payload")
        if not isinstance(body, dict):
            return _detail(400, "JSON payload must be an object")
        if refused := self._refused(request):
            return refused
        seed = body.get("seed", -1)
        if isinstance(seed, list | float):
            return PlainTextResponse("Internal Server Error", 500)
        with self.lock:
            waiting = [job for job in self.known.values() if job.status == 0 and not job.frozen]
            if len(waiting) >= self.most:
                return _detail(429, "Server busy: queue is full")
            job = Job(str(uuid.uuid4()), body, source=source)
            self.ledger[job.id] = self.known[job.id] = job
        data = {"task_id": job.id, "status": "queued", "queue_position": len(waiting) + 1}
        return _enveloped(data)

    async def _query(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        try:
            ids = json.loads(await request.body())["task_id_list"]
        except (ValueError, TypeError, KeyError):
            return PlainTextResponse("Internal Server Error", 500)
        with self.lock:
            self._go_on()
            rows = [self._row(each) for each in ids]
        return _enveloped(rows)

    def _go_on(self) -> None:
        head = next((j for j in self.known.values() if j.status == 0 and not j.frozen), None)
        if head is None:
            return
        head.step += 1
        if head.step >= len(STAGES):
            head.status = 1
            task = head.body.get("task_type", "text2music")
            if task != "text2music" and head.source is None:
                head.status, head.error = 2, f"Task '{task}' requires source audio"
            elif task != "text2music" and not head.source:
                head.status, head.error = 2, "Invalid source audio"
            if self.fail_next:
                head.status, head.error = 2, self.fail_next.pop(0)

    def _row(self, task_id: str) -> dict[str, Any]:
        job = self.known.get(task_id)
        if job is None:
            return {"task_id": task_id, "status": 0, "result": "[]"}
        outer, items = job.status, [self._item(job)]
        if job.status == 1:
            items = [self._take(job, n) for n in range(1, job.takes + 1 - self.fewer)]
            items = items or [self._item(job) | {"status": 1}]
        elif self.late and job.status == 0 and job.step >= 0:
            outer = 2
        row = {"task_id": task_id, "status": outer, "result": json.dumps(items)}
        return row | {"progress_text": "\x1b[32mSteps: 12%|█▏ \x1b[0m"}

    def _item(self, job: Job) -> dict[str, Any]:
        common = {"file": "", "wave": "", "status": job.status, "create_time": int(job.created)}
        if job.status == 2:
            return common | {"progress": 0.0, "stage": "failed", "error": job.error}
        step, stage = STAGES[min(job.step, len(STAGES) - 1)] if job.step >= 0 else (0.0, "queued")
        return common | {"env": "development", "progress": step, "stage": stage}

    def _take(self, job: Job, number: int) -> dict[str, Any]:
        path = f"/srv/ace/{self._name(job, number)}.{self.format}"
        found: dict[str, Any] = self._item(job) | {
            "file": f"/v1/audio?path={quote(path, safe='')}",
            "progress": 1.0,
            "stage": "succeeded",
            "metas": {"bpm": job.body.get("bpm"), "duration": 150, "genres": "N/A",
                      "keyscale": "N/A", "timesignature": None},
        }  # fmt: skip
        if self.old:
            return found
        named = job.body.get("model")
        more = {
            "prompt": job.body.get("prompt", ""),
            "lyrics": job.body.get("lyrics", ""),
            "seed_value": ",".join(job.seeds),
            "lm_model": "acestep-5Hz-lm-0.6B",
            "dit_model": named if named in self.models else self.models[0],
        }
        return found | more

    def _name(self, job: Job, number: int) -> str:
        seeds = job.seeds
        seed = seeds[number - 1] if number <= len(seeds) else f"random {number}"
        facts = {name: value for name, value in job.body.items() if name != "seed"}
        text = json.dumps([facts, seed, repr(job.source)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    async def _audio(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        path = request.query_params.get("path")
        if path is None:
            wrong = {"type": "missing", "loc": ["query", "path"], "msg": "Field required"}
            return JSONResponse({"detail": [wrong]}, 422)
        if not path.startswith("/srv/ace/"):
            return _detail(403, "Access denied: path outside allowed directory")
        with self.lock:
            bodies = {
                self._name(job, number): self.take_bytes(job, number)
                for job in self.ledger.values()
                for number in range(1, job.takes + 1)
                if job.status == 1
            }
        body = bodies.get(path.removeprefix("/srv/ace/").partition(".")[0])
        if body is None or path in self.gone:
            return _detail(404, "Audio file not found")
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Accept-Ranges": "bytes"}
        wanted = request.headers.get("range", "")
        if wanted.startswith("bytes="):
            start = int(wanted[6:].split("-")[0])
            if start >= len(body):
                return Response(b"", 416, {"Content-Range": f"bytes */{len(body)}"})
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return Response(body[start:], 206, headers, media_type="audio/mpeg")
        return Response(body, 200, headers, media_type="audio/mpeg")

    async def _health(self, request: Request) -> Response:
        ready = bool(self.ledger)
        data: dict[str, Any] = {
            "status": "ok", "service": "ACE-Step API", "version": "1.0",
        }  # fmt: skip
        if not self.old:
            data |= {
                "models_initialized": ready,
                "llm_initialized": bool(self.lm),
                "loaded_model": self.models[0],
            }
        return _enveloped(data)

    async def _inventory(self, request: Request) -> Response:
        if self.old:
            return _detail(404, "Not Found")
        if refused := self._refused(request):
            return refused
        rows = [
            {
                "name": name,
                "is_default": n == 0,
                "is_loaded": n == 0,
                "supported_task_types": self.task_types,
            }
            for n, name in enumerate(self.models)
        ]
        return _enveloped({"models": rows, "default_model": self.models[0]})

    async def _models(self, request: Request) -> Response:
        if self.old:
            rows = [{"name": self.models[0], "is_default": True}]
            return _enveloped({"models": rows, "default_model": self.models[0]})
        loaded = self.models[:1] if self.ledger else []
        return JSONResponse({"data": [{"id": f"acestep/{name}", "name": name} for name in loaded]})

    async def _stats(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        with self.lock:
            live = [job for job in self.known.values() if job.status == 0 and not job.frozen]
            running = sum(job.step >= 0 for job in live)
        jobs = {"total": len(self.ledger), "queued": len(live) - running, "running": running}
        return _enveloped({"jobs": jobs, "queue_size": len(live), "queue_maxsize": self.most})

    def _refused(self, request: Request) -> Response | None:
        if self.authorized(request.headers):
            return None
        given = "authorization" in request.headers
        return _detail(401, "Invalid API key" if given else "Missing Authorization header")


def _enveloped(data: Any) -> Response:
    return JSONResponse(
        {"data": data, "code": 200, "error": None, "timestamp": int(time.time() * 1000)}
    )


def _detail(status: int, text: str) -> Response:
    return JSONResponse({"detail": text}, status)
