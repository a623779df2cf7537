"""Measure how many takes a cluster makes: `python -m tests.benchmarks.cluster`.

Scheduler, workers and server are processes of this machine, with TLS. The engine sleeps, so that 1
to 16 workers need no cores; with `--real` it is the real one, beside the pool of processes. Takes a
minute for each number of workers. With `--fair`, a hundred keys send 50 songs each, and then a key
sends one: how many takes come before its two?
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from suno_tui.engine.take import Take
from suno_tui.providers.song import Song
from suno_tui.server.render_pool import processors
from suno_tui.server.render_process import MAKE
from suno_tui.server.serve import pool_of
from suno_tui.server.service import Rules, Service
from tests.server import fakes
from tests.server.cluster import ENGINE, Cluster
from tests.server.conftest import Running, create, ended, running, titled, until

SECONDS = 4.0
SLEEP = "tests.benchmarks.cluster:sleep_take"
ROUNDS = 6
"""Takes of each worker."""


def sleep_take(
    song: Song,
    *,
    number: int,
    seed: int,
    progress: Callable[[str, float], None],
    target_seconds: float | None = None,
    seconds: float = SECONDS,
) -> Take:
    """Sleep, and make a take of a few bytes."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        progress("mix", passed / seconds)
        time.sleep(min(0.1, seconds - passed))
    return fakes.make_take(song, number=number, seed=seed, progress=progress)


@contextmanager
def serving(workers: int, make: str, *, cluster: bool) -> Iterator[Running]:
    """Run a server whose workers are ready."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, machines, options = Path(name), None, dict[str, Any](workers=workers)
        if cluster:
            machines = Cluster(folder, workers)
            machines.start()
            options = {"pool": pool_of(machines.address)}
        try:
            service = Service(
                folder / "s",
                make=make,
                rules=Rules(rate=0, backlog=0),
                target_seconds=30,
                **options,
            )
            with running(service) as served:
                until(lambda: served.service.render_queue.figures.at_once == workers, 300)
                # The processes have loaded the engine before the time counts.
                client = served.client()
                for task in [create(client, titled("warm")) for _ in range(workers)]:
                    ended(client, task, 600)
                yield served
        finally:
            if machines is not None:
                machines.close()


def measure(workers: int, make: str, *, cluster: bool) -> float:
    """Return the seconds from the first request to the end of the last take."""
    with serving(workers, make, cluster=cluster) as served:
        client = served.client(served.key(10**6))
        begun = time.monotonic()
        tasks = [create(client, titled("song")) for _ in range(workers * ROUNDS // 2)]
        for task in tasks:
            assert ended(client, task, 1200)["status"] == "completed"
        return time.monotonic() - begun


def takes_before(workers: int, keys: int, songs: int) -> tuple[int, int]:
    """Return how many takes are made from the one song of a key to its end, beside `keys` others
    with `songs` each; and how many takes may be in flight."""
    with serving(workers, SLEEP, cluster=True) as served, served.admin() as books:

        def takes() -> int:
            count: int = books.value("SELECT count(*) FROM takes")
            return count

        for key in [served.key(10**6) for _ in range(keys)]:
            with httpx.Client(
                base_url=served.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False
            ) as client:
                for _ in range(songs):
                    create(client, titled("song"))
        client = served.client()
        before = takes()
        ended(client, create(client, titled("the one")), 600)
        return takes() - before, served.service.render_queue.figures.in_flight


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="use the real engine, on all cores")
    parser.add_argument("--fair", action="store_true", help="a key with one song beside 100")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4, 8, 16])
    options = parser.parse_args()
    os.environ |= ENGINE
    if options.real:
        cores = processors()
        pool = measure(cores, MAKE, cluster=False)
        there = measure(cores, MAKE, cluster=True)
        print(f"{cores} cores: pool {pool:.1f} s, cluster {there:.1f} s, ratio {pool / there:.2f}")
        return
    if options.fair:
        made, flight = takes_before(4, 100, 50)
        print(f"the one song's end came with the {made}th take; {flight} may be in flight")
        return
    for workers in options.workers:
        took = measure(workers, SLEEP, cluster=True)
        share = ROUNDS * SECONDS / took
        print(f"{workers:2} workers {took:6.1f} s   {share:.2f} of what they can", flush=True)


if __name__ == "__main__":
    main()
