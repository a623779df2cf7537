"""The worker processes of a cluster: one for each core, each making one take at a time.

`run` keeps them running: a process that ends (killed, or because the scheduler is gone) is started
again. Each is a `distributed.Worker` with one thread, which announces its engine as a resource.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import platform
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from types import FrameType

from suno_tui.common.text import clean
from suno_tui.server.cluster_address import ClusterAddress
from suno_tui.server.render_process import NICE, end_with_parent

PAUSE_SECONDS = 1.0
"""Seconds from the end of a worker process to the start of the next one."""
LEAVE_SECONDS = 5


def run(
    address: ClusterAddress,
    *,
    workers: int,
    memory: int,
    name: str | None = None,
    folder: str | None = None,
    say: Callable[[str], None],
) -> None:
    """Keep `workers` processes until SIGTERM or SIGINT; `say` gets sentences for the log.

    `memory` is how many bytes each may use, `folder` a local folder for Dask's own files.
    """
    from suno_tui.server.cluster_render import engine_here

    context = multiprocessing.get_context("spawn")
    name = name or platform.node()
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    with tempfile.TemporaryDirectory(prefix="suno-tui-", dir=folder) as scratch:

        def start(number: int) -> SpawnProcess:
            process = context.Process(
                target=_work,
                args=(address, engine, f"{name}-{number}", memory, scratch),
                name=f"render worker {number}",
                daemon=True,
            )
            process.start()
            return process

        engine = engine_here()
        say(f"Render workers for {address.url}: {workers}, with the engine {engine}")
        running = {number: start(number) for number in range(1, workers + 1)}
        while not stop.wait(PAUSE_SECONDS):
            for number, process in running.items():
                if not process.is_alive():
                    say(f"Worker {number} ended ({process.exitcode}) and is started again.")
                    running[number] = start(number)
        for process in running.values():
            process.terminate()
        ends = time.monotonic() + LEAVE_SECONDS
        for process in running.values():
            process.join(max(0.0, ends - time.monotonic()))
            process.kill()
            process.join()


def _work(address: ClusterAddress, engine: str, name: str, memory: int, folder: str) -> None:
    """Run as a worker process, until its parent or its scheduler ends, or SIGTERM comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A take that needs more gets a MemoryError; the kernel does not kill another take instead.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    end_with_parent()
    asyncio.run(_serve(address, engine, name, folder))
    # The thread of a take that is no longer wanted may still run.
    os._exit(0)


async def _serve(address: ClusterAddress, engine: str, name: str, folder: str) -> None:
    import dask
    from distributed import Worker

    from suno_tui.server.cluster_render import resource_of, stuck

    logging.getLogger("distributed").setLevel(logging.ERROR)
    # The data is text and MP3, so compression would only take time.
    dask.config.set({"distributed.comm.compression": None})
    try:
        worker = await Worker(
            address.url,
            security=address.security(),
            nthreads=1,
            name=f"{name}-{os.getpid()}",
            resources={resource_of(engine): 1},
            memory_limit=0,
            local_directory=folder,
            death_timeout=30,
            heartbeat_interval="1s",
            # The dashboard has no TLS, so it is for this machine only.
            dashboard_address="127.0.0.1:0",
        )
    except Exception as error:
        why = f"or it does not accept the certificates ({type(error).__name__})"
        print(clean(f"There is no scheduler at {address.url}, {why}."), flush=True)
        return
    os.nice(NICE)  # only now, since starting at low priority takes long on a busy machine
    ends = [asyncio.ensure_future(end) for end in (worker.finished(), stuck(worker))]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
