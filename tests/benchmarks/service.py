"""Measure creates and queries per second, beside a Starlette application that does nothing:
`python -m tests.benchmarks.service`.

The servers share one core and take turns of a second, so that what else the machine does slows both
down; the client has another core. The service keeps its books on disk and writes its log as always;
only its engine is stubbed out, as `--engine` says. Half a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

KEY = "sk-benchmark-benchmark-benchmark"
CONNECTIONS = 16
SLICES = 10
SLICE_SECONDS = 1.0
BODY = json.dumps({"model": "suno-v5_5", "input": {"prompt": "A calm and relaxing piano"}})


def serve(kind: str, folder: Path, engine: str) -> None:
    """Run one of the two servers until it is killed."""
    import uvicorn

    from suno_tui.common.garbage import collect_for_requests
    from suno_tui.server import logs
    from suno_tui.server.serve import Server, add_keys, listen
    from suno_tui.server.service import Rules, Service, open_database
    from tests.server import fakes

    os.sched_setaffinity(0, {0})
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    if kind == "bare":
        config = uvicorn.Config(bare_app(), lifespan="off", log_config=None, access_log=False)
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
        return
    logs.set_up()
    service = Service(folder, make=fakes.MAKE, rules=Rules(rate=0, backlog=0))
    add_keys(open_database(folder), [KEY], 10**11)

    async def run() -> None:
        async with contextlib.AsyncExitStack() as parts:
            if engine == "instant":
                await parts.enter_async_context(service)
            collect_for_requests()
            await Server(service).serve(sockets=[listener])

    asyncio.run(run())


def bare_app() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def create(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"data": {"taskId": "x"}})

    async def task(_: Request) -> JSONResponse:
        return JSONResponse({"status": "pending"})

    return Starlette(
        routes=[
            Route("/v1/music/generations", create, methods=["POST"]),
            Route("/v1/tasks/{task_id}", task),
        ]
    )


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, path: str, body: str
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in answer.splitlines()[0], answer
    length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return await reader.readexactly(length)


async def pairs(port: int, until: float, times: list[float]) -> int:
    """Create and query on one connection; return the number of pairs. `times` gets the seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        begun = time.perf_counter()
        created = await ask(reader, writer, "POST", "/v1/music/generations", BODY)
        between = time.perf_counter()
        await ask(reader, writer, "GET", f"/v1/tasks/{json.loads(created)['data']['taskId']}", "")
        times += [between - begun, time.perf_counter() - between]
        count += 1
    writer.close()
    return count


def processor_seconds(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(port: int, seconds: float, times: list[float]) -> int:
    """Return the pairs that all connections made."""
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(pairs(port, until, times) for _ in range(CONNECTIONS))))


@dataclass
class Measured:
    """A server, and what was measured of it: pairs, their seconds, and the processor's."""

    process: subprocess.Popen[str]
    port: int
    pairs: int = 0
    seconds: float = 0.0
    busy: float = 0.0
    times: list[float] = field(default_factory=list)

    def measure(self) -> None:
        before, begun = processor_seconds(self.process.pid), time.perf_counter()
        self.pairs += asyncio.run(load(self.port, SLICE_SECONDS, self.times))
        self.seconds += time.perf_counter() - begun
        self.busy += processor_seconds(self.process.pid) - before

    @property
    def rate(self) -> float:
        return self.pairs / self.seconds

    @property
    def lean(self) -> float:
        """Pairs in a second of its processor."""
        return self.pairs / self.busy


@contextlib.contextmanager
def running(kind: str, engine: str) -> Iterator[Measured]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.benchmarks.service", "--engine", engine]
        with (Path(folder) / "log").open("w") as log:
            server = subprocess.Popen(
                [*command, "--serve", kind, folder], stdout=subprocess.PIPE, stderr=log, text=True
            )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            asyncio.run(load(port, SLICE_SECONDS, []))
            yield Measured(server, port)
        finally:
            server.kill()
            server.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--engine",
        choices=["none", "instant"],
        default="none",
        help="none: tasks are accepted and not made; instant: they are made of a few bytes, by the "
        "engine's own processes and on the same core (%(default)s)",
    )
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], Path(options.serve[1]), options.engine)
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with running("bare", "none") as bare, running("service", options.engine) as service:
        for _ in range(SLICES):
            bare.measure()
            service.measure()
    for kind, found in (("bare", bare), ("service", service)):
        cut = quantiles(found.times, n=100)
        print(
            f"{kind:8} {found.rate:7.0f} pairs/s   median {cut[49] * 1000:5.1f} ms   "
            f"p99 {cut[98] * 1000:5.1f} ms   {found.lean:7.0f} pairs a second of its processor"
        )
    quick, lean = service.rate / bare.rate, service.lean / bare.lean
    print(f"ratio    {quick:.2f} in time, {lean:.2f} in processor time")


if __name__ == "__main__":
    main()
