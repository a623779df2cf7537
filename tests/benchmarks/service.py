"""Measure creates and queries per second, beside a Starlette application that does nothing:
`python -m tests.benchmarks.service`.

Each server has one core to itself, and the client another one. The service keeps its books on disk
and writes its log as always; only its engine is stubbed out, as `--engine` says. Half a minute.
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
from pathlib import Path
from statistics import quantiles
from typing import Any

KEY = "sk-benchmark-benchmark-benchmark"
CONNECTIONS = 16
SECONDS = 10.0
WARM_SECONDS = 1.0
BODY = json.dumps({"model": "suno-v5_5", "input": {"prompt": "A calm and relaxing piano"}})


def serve(kind: str, folder: Path, engine: str) -> None:
    """Run one of the two servers until it is killed."""
    import uvicorn

    from suno_tui.server import logs
    from suno_tui.server.serve import Server, add_keys, listen
    from suno_tui.server.service import Rules, Service, open_database
    from tests.server import fakes

    os.sched_setaffinity(0, {0})
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    if kind == "bare":
        config = uvicorn.Config(bare(), lifespan="off", log_config=None, access_log=False)
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
        return
    logs.set_up()
    service = Service(folder, make=fakes.MAKE, rules=Rules(rate=0, backlog=0))
    add_keys(open_database(folder), [KEY], 10**11)

    async def run() -> None:
        async with contextlib.AsyncExitStack() as parts:
            if engine == "instant":
                await parts.enter_async_context(service)
            await Server(service).serve(sockets=[listener])

    asyncio.run(run())


def bare() -> Any:
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


async def load(port: int, seconds: float) -> tuple[float, float, float]:
    """Return pairs per second, and median and 99th percentile of a request in milliseconds."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    counts = await asyncio.gather(*(pairs(port, until, times) for _ in range(CONNECTIONS)))
    cut = quantiles(times, n=100)
    return sum(counts) / seconds, cut[49] * 1000, cut[98] * 1000


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
    rates = {}
    for kind in ("bare", "service"):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            command = [sys.executable, "-m", "tests.benchmarks.service", "--engine", options.engine]
            with (Path(folder) / "log").open("w") as log:
                server = subprocess.Popen(
                    [*command, "--serve", kind, folder],
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                asyncio.run(load(port, WARM_SECONDS))
                before = processor_seconds(server.pid)
                rate, median, last = asyncio.run(load(port, SECONDS))
                used = (processor_seconds(server.pid) - before) / (rate * SECONDS)
            finally:
                server.kill()
                server.communicate()
        rates[kind] = rate, 1 / used
        print(
            f"{kind:8} {rate:7.0f} pairs/s   median {median:5.1f} ms   p99 {last:5.1f} ms   "
            f"{1 / used:7.0f} pairs a second of its processor"
        )
    quick, lean = (mine / bare for mine, bare in zip(rates["service"], rates["bare"], strict=True))
    print(f"ratio    {quick:.2f} in time, {lean:.2f} in processor time")


if __name__ == "__main__":
    main()
