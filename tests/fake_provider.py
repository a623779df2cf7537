"""A provider on the loopback that keeps a ledger of what it accepted and charged.

It speaks `docs/suno-api.txt`, ignores `Idempotency-Key` as a hosted provider may, and does
the faults that a test scripts: refusals, lost answers, cut files, ended URLs.
"""

from __future__ import annotations

import hashlib
import io
import json
import socket
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

KEY = "sk-fake"
PRICE = 24


@dataclass(frozen=True)
class Fault:
    """What one answer is instead of the usual one.

    `accept` does the work first (a create is charged, whatever is answered). `drop` closes the
    connection without an answer. `cut` sends only so many bytes of the usual body, and drops.
    `until` gives the usual answer, but not before that is set; `delay` not before so many seconds,
    and `slow` spreads its body over so many.
    """

    status: int = 500
    body: bytes | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    accept: bool = False
    drop: bool = False
    cut: int | None = None
    until: threading.Event | None = None
    delay: float = 0.0
    slow: float = 0.0

    @property
    def usual(self) -> bool:
        """Whether the usual answer is given, if late."""
        return bool(self.until or self.delay or self.slow)


def refusal(status: int, code: str, message: str = "No.", **headers: str) -> Fault:
    """A documented refusal."""
    body = {"error": {"code": code, "message": message, "type": "test"}}
    return Fault(status, body, {key.replace("_", "-"): value for key, value in headers.items()})


@dataclass
class Entry:
    """A task that was accepted and charged."""

    id: str
    body: dict[str, Any]
    nonce: str
    credits: int
    polls: int = 0
    failed: bool = False
    refunded: bool = False


def sound(task_id: str, number: int, size: int = 50_000) -> bytes:
    """Bytes that begin as an MP3 does, and differ for every take."""
    seed = hashlib.sha256(f"{task_id} {number}".encode()).digest()
    return b"ID3\x04" + (seed * (size // len(seed) + 1))[: size - 4]


def picture(task_id: str, number: int) -> bytes:
    """Bytes that begin as a JPEG does."""
    return b"\xff\xd8\xff\xe0" + hashlib.sha256(f"cover {task_id} {number}".encode()).digest() * 20


class FakeProvider:
    """Use it as a context manager; `url` is its base URL, `KEY` its key.

    `faults["create" | "task" | "credits" | "audio" | "cover"]` are done one after the other, and
    `always` until it is removed; `None` among the faults is a usual answer.
    """

    def __init__(self, *, balance: int = 1000, takes: int = 2, polls: int = 2) -> None:
        self.balance = balance
        self.takes = takes
        self.polls = polls
        """How often a task is asked for until it is completed."""
        self.size = 50_000
        self.ranges = True
        self.refunds = True
        self.honours_nonce = False
        """Whether a create with a nonce that was seen before is the same task."""
        self.fail_next = 0
        """So many of the next created tasks fail."""
        self.mp3: bytes | None = None
        """Sent as every take, where a real MP3 is needed."""
        self.jpeg: bytes | None = None
        self.output: Any = None
        """Sent as every completed task's `output`; None is the usual one."""
        self.ledger: dict[str, Entry] = {}
        self.faults: dict[str, deque[Fault | None]] = defaultdict(deque)
        self.always: dict[str, Fault] = {}
        self.requests: MutableSequence[tuple[float, str, str, dict[str, str]]] = []
        self.url_epoch = 0
        self.lock = threading.RLock()
        self.arrived = threading.Condition(self.lock)
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        fake: FakeProvider = self

        class Handler(_Handler):
            provider = fake

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that was killed is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self._thread = thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def charged(self) -> int:
        """Credits that were charged and not refunded."""
        return sum(entry.credits for entry in self.ledger.values() if not entry.refunded)

    def seen(self, what: str) -> int:
        """How many requests of a kind came in."""
        return sum(1 for _, method, path, _ in self.requests if kind_of(method, path) == what)

    def wait_for(self, what: str, count: int = 1, timeout: float = 20) -> None:
        """Wait until so many requests of a kind have come in."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: self.seen(what) >= count, timeout):
                raise TimeoutError(f"{count} × {what} did not come in")

    def next_fault(self, kind: str) -> Fault | None:
        """What comes instead of the usual answer to the request that is here now."""
        scripted = self.faults[kind]
        return scripted.popleft() if scripted else self.always.get(kind)

    def end_urls(self) -> None:
        """Every URL that was given out answers 410 from now on."""
        self.url_epoch += 1

    def accept(self, body: dict[str, Any], nonce: str) -> Entry:
        """Take a task and charge it."""
        for earlier in self.ledger.values():
            if self.honours_nonce and earlier.nonce == nonce:
                return earlier
        entry = Entry(str(uuid.uuid4()), body, nonce, PRICE)
        if self.fail_next:
            self.fail_next -= 1
            entry.failed = True
        self.balance -= PRICE
        self.ledger[entry.id] = entry
        return entry

    def describe(self, entry: Entry) -> dict[str, Any]:
        """The query's answer, one poll further on."""
        entry.polls += 1
        table: dict[str, Any] = {"id": entry.id, "model": entry.body["model"]}
        table["created_at"] = int(time.time())
        if entry.polls < self.polls:
            table["status"] = "pending" if entry.polls == 1 else "processing"
            table["progress"] = None
        elif entry.failed:
            if self.refunds and not entry.refunded:
                entry.refunded = True
                self.balance += entry.credits
            table["status"] = "failed"
            table["error"] = {"code": "upstream_error", "message": "Music generation failed"}
        else:
            table["status"] = "completed"
            table["completed_at"] = int(time.time())
            table["output"] = self.output or self.usual_output(entry)
        return table

    def usual_output(self, entry: Entry) -> dict[str, Any]:
        numbers = range(1, self.takes + 1)
        given = entry.body["input"]
        return {
            "urls": [f"{self.url}/audio/{self.url_epoch}/{entry.id}/{n}.mp3" for n in numbers],
            "metadata": {
                "tracks": [
                    {
                        "id": f"{entry.id}-{n}",
                        "title": given.get("title", "A song"),
                        "tags": given.get("style", "pop"),
                        "duration": 198.44,
                        "image_url": f"{self.url}/cover/{self.url_epoch}/{entry.id}/{n}.jpeg",
                        "prompt": given.get("prompt", ""),
                    }
                    for n in numbers
                ]
            },
        }


def kind_of(method: str, path: str) -> str:
    if method == "POST":
        return "create"
    if path.startswith("/v1/tasks/"):
        return "task"
    return {"/v1/credits": "credits"}.get(path, path.split("/")[1])


class _Handler(BaseHTTPRequestHandler):
    provider: FakeProvider
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.answer("GET")

    def do_POST(self) -> None:
        self.answer("POST")

    def answer(self, method: str) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fake, kind = self.provider, kind_of(method, self.path)
        with fake.arrived:
            fake.requests.append((time.monotonic(), method, self.path, dict(self.headers)))
            fault = fake.next_fault(kind)
            usual = None
            if fault is None or fault.accept or fault.usual or fault.cut is not None:
                usual = self.usual(kind, sent)
            fake.arrived.notify_all()
        if fault is None or fault.usual:
            assert usual is not None
            if fault and fault.until:
                fault.until.wait(30)
            if fault:
                time.sleep(fault.delay)
            self.reply(*usual, slow=fault.slow if fault else 0.0)
        elif fault.drop:
            self.hang_up()
        elif fault.cut is not None:
            assert usual is not None
            status, body, headers = usual
            headers["Content-Length"] = str(len(body))
            self.reply(status, body[: fault.cut], headers)
            self.hang_up()
        else:
            body = fault.body if isinstance(fault.body, bytes) else json.dumps(fault.body).encode()
            self.reply(fault.status, body, dict(fault.headers))

    def usual(self, kind: str, sent: bytes) -> tuple[int, bytes, dict[str, str]]:
        fake = self.provider
        if kind in ("create", "task", "credits") and self.headers.get("Authorization") != (
            f"Bearer {KEY}"
        ):
            return _json(401, _error("invalid_api_key", "The key is not valid."))
        if kind == "create":
            if fake.balance < PRICE:
                text = "Your credit balance is too low. Please top up."
                return _json(402, _error("insufficient_credits", text))
            entry = fake.accept(json.loads(sent), self.headers.get("Idempotency-Key", ""))
            return _json(200, {"code": 200, "msg": "success", "data": {"taskId": entry.id}})
        if kind == "task":
            found = fake.ledger.get(self.path.rsplit("/", 1)[1])
            if found is None:
                return _json(404, _error("task_not_found", "Task ID does not exist"))
            return _json(200, fake.describe(found))
        if kind == "credits":
            data = {"balance": fake.balance, "total_purchased": 1000, "total_consumed": 0}
            return _json(200, {"code": 200, "msg": "success", "data": data})
        return self.file(kind)

    def file(self, kind: str) -> tuple[int, bytes, dict[str, str]]:
        fake = self.provider
        parts = self.path.strip("/").split("/")
        if len(parts) != 4 or kind not in ("audio", "cover"):
            return 404, b"", {}
        _, epoch, task_id, name = parts
        if int(epoch) < fake.url_epoch:
            return 410, b"", {}
        number = int(name.split(".")[0])
        if kind == "audio":
            body = fake.mp3 or sound(task_id, number, fake.size)
        else:
            body = fake.jpeg or picture(task_id, number)
        headers = {"Content-Type": "audio/mpeg" if kind == "audio" else "image/jpeg"}
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        wanted = self.headers.get("Range", "")
        if fake.ranges and wanted.startswith("bytes="):
            start = int(wanted[6:].split("-")[0])
            if start >= len(body):
                return 416, b"", {"Content-Range": f"bytes */{len(body)}"}
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return 206, body[start:], headers
        return 200, body, headers

    def reply(
        self, status: int, body: bytes, headers: dict[str, str], *, slow: float = 0.0
    ) -> None:
        self.send_response(status)
        headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        step = max(1, -(-len(body) // 10)) if slow else max(1, len(body))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            time.sleep(slow / 10)

    def hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def _json(status: int, table: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
    return status, json.dumps(table).encode(), {}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": "test"}}


def real_mp3(seconds: float = 1.0) -> bytes:
    """A short tone as a real MP3, for tests that decode what they get."""
    import lameenc
    import numpy as np

    time_axis = np.arange(int(44_100 * seconds)) / 44_100
    tone = (np.sin(2 * np.pi * 440 * time_axis) * 12_000).astype(np.int16)
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(128)
    encoder.set_in_sample_rate(44_100)
    encoder.set_channels(2)
    encoder.set_quality(7)
    encoder.silence()
    data = encoder.encode(np.column_stack((tone, tone)).tobytes()) + encoder.flush()
    return bytes(data)


def real_jpeg() -> bytes:
    """A small real picture."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (30, 60, 90)).save(buffer, "JPEG")
    return buffer.getvalue()
