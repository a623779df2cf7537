"""Measure 2,000 live tasks, and whether keys become slower: `python -m tests.benchmarks.queue`.

First the worker polls a fake provider on the loopback whose every answer is new, so that the view
has as much to show as possible. The keys' times are compared with those of a run without tasks.
Then as many new tasks are sent, polled, downloaded and filed to their end, and the provider's
ledger is compared with the library. Takes about six minutes and needs an idle machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from suno_tui.tasks.store import TaskStore
from suno_tui.worker.journal import Journal
from tests.benchmarks.homes import SONG, fill
from tests.benchmarks.line import STUDIO, in_lyrics
from tests.benchmarks.pty_session import Session
from tests.command import environment
from tests.fake_provider import KEY, PRICE, Entry, FakeProvider, real_jpeg, real_mp3

TASKS = 2000
RATE = 20
"""Requests per second that the worker may send."""
FAST = 100
"""The same, in the second part."""
WINDOW = 20.0
KEYS = 40

Figures = dict[str, float]


class Busy(FakeProvider):
    """A provider whose every answer shows more progress, and whose tasks never end."""

    def describe(self, entry: Entry) -> dict[str, Any]:
        entry.polls += 1
        return {
            "id": entry.id,
            "status": "processing",
            "model": entry.body["model"],
            "created_at": 1_750_000_000,
            "progress": round(1 - 1 / (1 + entry.polls), 3),
        }


def queue_up(home: Home, provider: FakeProvider, count: int) -> None:
    """Queue tasks that the provider has accepted."""
    store = TaskStore(home.queue)
    journal = Journal(store)
    for _ in range(count):
        task = store.add(SONG, provider="hosted", credits=PRICE)
        entry = provider.accept({"model": SONG.model, "input": {}}, task.nonce)
        journal.write_receipt(task, None)
        journal.accepted(task.id, entry.id)
    store.close()


@contextmanager
def at_work(home: Home, env: Mapping[str, str]) -> Iterator[int]:
    """Run a worker that stays; yield its process id."""
    command = [*STUDIO, "work", "--stay"]
    worker = subprocess.Popen(command, env=environment(env), stdout=subprocess.DEVNULL)
    try:
        while Lock(home.worker_lock).holder() is None:
            time.sleep(0.05)
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait()


def memory(pid: int) -> float:
    """Return the resident memory in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def keys(env: Mapping[str, str]) -> Figures:
    """Return the milliseconds from a key to the first byte of its answer: typing, and steps."""
    with Session(STUDIO, env) as session:
        session.wait(lambda text: "City lights" in text)
        session.drain(3)
        in_lyrics(session)
        typed = _times(session, ["x"] * KEYS)
        session.press("escape", quiet=0.3, timeout=1)
        session.press("3", quiet=0.3, timeout=1)
        steps = _times(session, ["down", "up"] * (KEYS // 2))
        cpu, at = session.cpu(), time.perf_counter()
        session.drain(5)
        share = (session.cpu() - cpu) / (time.perf_counter() - at)
    return {
        "a key in lyrics, ms": median(typed),
        "the same, slowest tenth": quantiles(typed, n=10)[8],
        "a step in the library, ms": median(steps),
        "the same there, slowest tenth": quantiles(steps, n=10)[8],
        "CPU of the view while idle, %": 100 * share,
    }


def _times(session: Session, pressed: list[str]) -> list[float]:
    times = []
    for key in pressed:
        answer = session.press(key, quiet=0.25, timeout=2)
        times.append(1000 * (answer.first or 2.0))
    return times


def to_the_end(folder: Path) -> Figures:
    """Take all tasks from the receipt to the library by one worker; return what the ledger says."""
    with FakeProvider(balance=10**9) as provider:
        provider.mp3, provider.jpeg = real_mp3(), real_jpeg()
        env = fill(folder, tracks=0)
        env |= {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
        home = Home.find(env)
        home.config_file.write_text(f"[queue]\nrequests_per_second = {FAST}\n")
        store = TaskStore(home.queue)
        for _ in range(TASKS):
            store.add(SONG, provider="hosted", credits=PRICE)
        most, fastest, start = 0.0, 0.0, time.monotonic()
        with at_work(home, env) as pid:
            while store.live():
                before, at = _limited(provider), time.monotonic()
                time.sleep(2)
                fastest = max(fastest, (_limited(provider) - before) / (time.monotonic() - at))
                most = max(most, memory(pid))
        seconds = time.monotonic() - start
        filed = sorted(
            (track.task_id, track.take) for track in Studio.open(home, env).library.tracks()
        )
        expected = sorted((each, take) for each in provider.ledger for take in (1, 2))
        return {
            "seconds": seconds,
            "requests a second, at most": fastest,
            "memory of the worker, MB": most,
            "accepted": len(provider.ledger),
            "charged once": float(provider.charged() == store.spent() == TASKS * PRICE),
            "every take filed once": float(filed == expected),
        }


def _limited(provider: FakeProvider) -> int:
    return sum(provider.seen(kind) for kind in ("create", "task", "credits"))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="suno-tui-", ignore_cleanup_errors=True) as folder:
        without = keys(fill(Path(folder) / "none", tracks=20))
        with Busy(balance=10**9) as provider:
            env = fill(Path(folder) / "many", tracks=20)
            env |= {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
            home = Home.find(env)
            home.config_file.write_text(
                f"[queue]\nrequests_per_second = {RATE}\npoll_seconds = 1\n"
            )
            queue_up(home, provider, TASKS)
            with at_work(home, env) as pid:
                provider.wait_for("task", 50, timeout=60)
                before, start = provider.seen("task"), time.monotonic()
                many = keys(env)
                time.sleep(max(0.0, WINDOW - (time.monotonic() - start)))
                rate = (provider.seen("task") - before) / (time.monotonic() - start)
                used, asked = memory(pid), provider.seen("credits")
        done = to_the_end(Path(folder) / "done")
    print(f"{TASKS} live tasks, one worker: {used:.0f} MB, {rate:.1f} requests/s of {RATE}")
    print(f"The view asked for the balance {asked} times.")
    print(f"{'':34}{'no task':>10}{TASKS:>10,}{'ratio':>8}")
    for name, figure in many.items():
        base = without[name]
        ratio = f"{figure / base:.2f}" if base else ""
        print(f"{name:34}{base:>10.1f}{figure:>10.1f}{ratio:>8}")
    print(f"{TASKS} new tasks to their end, at {FAST} requests/s:")
    for name, figure in done.items():
        print(f"  {name:32}{figure:>10.1f}")
    right = done["charged once"] and done["every take filed once"] and done["accepted"] == TASKS
    slow = rate <= RATE * 1.05 and done["requests a second, at most"] <= FAST * 1.05
    return 0 if right and slow else 1


if __name__ == "__main__":
    sys.exit(main())
