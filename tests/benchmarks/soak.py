"""Run a thousand live tasks for hours and see what grows: `python -m tests.benchmarks.soak`.

A real worker drives them at a fake provider with faults, and the studio watches in a pty. Every
minute a line shows memory, file handles, threads, logs and the states of the tasks. New tasks
replace those that end, and old tracks are deleted, so that everything should stay as it is: what
the processes hold themselves, and, less strictly, what the system counts as theirs. At the end
every task is brought to its end, and the provider's ledger is compared with what was filed.
Linux only. Needs about a tenth of a processor.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from suno_tui.tasks.holds import WAITS_FOR_USER
from suno_tui.tasks.models import Refund, Status, Task
from suno_tui.worker.journal import Journal
from tests.benchmarks.growth import Figures, Sampler, verdict
from tests.benchmarks.homes import SONG, fill
from tests.benchmarks.line import STUDIO
from tests.benchmarks.pty_session import Session
from tests.benchmarks.soak_provider import Flaky
from tests.command import environment
from tests.fake_provider import KEY, PRICE, real_jpeg, real_mp3

LIFE = 1800.0
"""The seconds that a task takes at the provider, on average."""
KEEP_TRACKS = 200
KEEP_TASKS = 50
LOOK = 5.0
"""Seconds between two checks of the queue, and between two samples."""
DRAIN = 1200.0
"""Seconds that the end of all tasks may take."""
PROBE = Path(__file__).with_name("probe")
CALM = "[queue]\nrequests_per_second = 15\npoll_seconds = 60\npoll_most_seconds = 300\n"
HURRY = "[queue]\nrequests_per_second = 50\npoll_seconds = 1\npoll_most_seconds = 2\n"


class Soak:
    """The home under test, as its owner sees it: queue, library and money."""

    def __init__(self, home: Home, env: dict[str, str], provider: Flaky) -> None:
        self.home = home
        self.provider = provider
        self.studio = Studio.open(home, env)
        self.store = self.studio.tasks
        self.filed: Counter[tuple[str, int]] = Counter()
        self.ended: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._tracks: dict[Path, tuple[str, str]] = {}
        self._over: set[str] = set()
        self._refunds: dict[str, Refund | None] = {}

    def begin(self, count: int) -> None:
        """Queue tasks of every age, so that the turnover is the usual one from the start."""
        journal = Journal(self.store)
        for number in range(count):
            task = self.store.add(SONG, provider="hosted", credits=PRICE)
            entry = self.provider.accept({"model": SONG.model, "input": {}}, task.nonce)
            self.provider.balance += PRICE
            journal.write_receipt(task, None)
            journal.accepted(task.id, entry.id)
            self.provider.age(entry, number / count)
            self.provider.balance -= PRICE

    def observe(self, live: int) -> Counter[str]:
        """Do what a patient owner does: settle, tidy up, queue again. Return counts of states."""
        tasks = self.store.all()
        states = Counter(str(task.status) for task in tasks if task.live)
        states["held"] = sum(task.live and task.hold is not None for task in tasks)
        for task in tasks:
            if task.live and task.hold and task.hold.code in WAITS_FOR_USER:
                self._settle(task)
            elif not task.live and task.refund is not Refund.CHECKING:
                self._end(task)
        over = [task for task in tasks if task.id in self._over]
        for task in over[KEEP_TASKS:]:
            self.store.forget(task.id)
        self._collect()
        missing = live - sum(task.live for task in tasks)
        if missing > 0:
            self.store.add_all([SONG] * missing, provider="hosted", credits=PRICE)
        return states

    def _settle(self, task: Task) -> None:
        """Settle an uncertain task by what the provider's pages show."""
        with self.provider.lock:
            ids = [each.id for each in self.provider.ledger.values() if each.nonce == task.nonce]
        self.settled["taken" if ids else "not taken"] += 1
        self.store.settle(task.id, bool(ids), task_id=ids[0] if ids else None)

    def _end(self, task: Task) -> None:
        if task.id in self._over:
            return
        self._over.add(task.id)
        self.ended[str(task.status)] += 1
        entry = self.provider.ledger.get(task.task_id or "")
        self._refunds[task.task_id or ""] = task.refund
        right = Status.FAILED if entry and entry.failed else Status.COMPLETED
        if entry is None or task.status is not right:
            self.wrong.append(f"{task.id} is {task.status}: {task.error}")

    def _collect(self) -> None:
        """Note what was filed, from the files alone, and delete the oldest tracks for good."""
        for path in texts(self.home.library):
            if path not in self._tracks:
                table = tomllib.loads(path.read_text())
                self._tracks[path] = table["id"], table["task_id"]
                self.filed[table["task_id"], table["take"]] += 1
                if not path.with_suffix(".mp3").is_file():
                    self.wrong.append(f"{path} has no audio")
        # Until its task has ended, a take may be filed a second time and must be found then.
        old = [path for path, (_, of) in self._tracks.items() if of in self._refunds]
        if doomed := old[: max(0, len(self._tracks) - KEEP_TRACKS)]:
            self.studio.library.trash([self._tracks[path][0] for path in doomed])
            self.studio.library.empty_trash()
            for path in doomed:
                del self._tracks[path]

    def money(self) -> list[str]:
        """Return the differences between ledger and library, once all tasks have ended."""
        ledger = list(self.provider.ledger.values())
        wrong = list(self.wrong)
        paid = {(each.id, take) for each in ledger if not each.failed for take in (1, 2)}
        for what, takes in (
            ("missing", paid - set(self.filed)),
            ("unpaid", set(self.filed) - paid),
        ):
            wrong += [f"{len(takes)} takes are {what}: {sorted(takes)[:3]}"] if takes else []
        for what, counts in (
            ("filed", self.filed),
            ("charged", Counter(each.nonce for each in ledger)),
        ):
            twice = [key for key, count in counts.items() if count > 1]
            wrong += [f"{what} more than once: {twice[:3]}"] if twice else []
        came = sum(refund is Refund.CAME for refund in self._refunds.values())
        if missing := sum(refund is Refund.MISSING for refund in self._refunds.values()):
            wrong.append(f"{missing} refunds are called missing, and all were given")
        expected = (len(ledger) - came) * PRICE
        if (spent := self.store.spent()) != expected:
            wrong.append(f"{spent} credits are counted as spent instead of {expected}")
        return wrong


def texts(library: Path) -> Iterator[Path]:
    """Yield the text files of a library while others write to it."""
    for folder, inner, names in os.walk(library):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            if name.endswith(".toml") and not name.startswith("."):
                yield Path(folder, name)


@contextlib.contextmanager
def worker(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker that stays until it is ended."""
    command = [*STUDIO, "work", "--stay"]
    process = subprocess.Popen(command, env=environment(env), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


class Viewer(threading.Thread):
    """A user at the studio: reads all that it draws, and moves through its lists now and then."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.session = Session(STUDIO, env)
        self.session.wait(lambda text: "City lights" in text, timeout=120)
        self.screen = ""
        self.ended = threading.Event()

    def run(self) -> None:
        keys = itertools.cycle(["escape", "2", "down", "down", "up", "3", "down", "up"])
        while not self.ended.is_set():
            self.session.drain(LOOK)
            self.screen = self.session.text()
            self.session.terminal.received.clear()
            with contextlib.suppress(OSError):  # it has died, which the sampler shows
                self.session.send(next(keys))

    def close(self) -> None:
        self.ended.set()
        self.join()
        self.session.__exit__()


def watch(
    soak: Soak, pids: dict[str, int], probe: Path, *, minutes: float, tasks: int
) -> list[Figures]:
    """Return a sample per minute."""
    sampler = Sampler(pids, soak.home, probe)
    start = time.monotonic()
    samples: list[Figures] = []
    while time.monotonic() - start < minutes * 60:
        until = start + 60 * (len(samples) + 1)
        states: Counter[str] = Counter()
        while time.monotonic() < until:
            states = soak.observe(tasks)
            sampler.observe()
            time.sleep(max(0.0, min(LOOK, until - time.monotonic())))
        samples.append(sampler.minute())
        stand = ", ".join(f"{count} {name}" for name, count in sorted(states.items()) if count)
        print(
            f"{len(samples):4} min  {sampler.line(samples[-1])}  | {stand}  | ended "
            f"{sum(soak.ended.values())}, filed {sum(soak.filed.values())}, asked "
            f"{sum(soak.provider.asked.values())}, faults {sum(soak.provider.done.values())}",
            flush=True,
        )
    return samples


def drain(soak: Soak) -> list[str]:
    """Let every task end; return those that don't."""
    soak.provider.finish()
    deadline = time.monotonic() + DRAIN
    while soak.observe(0) and soak.store.owed() and time.monotonic() < deadline:
        time.sleep(1)
    soak.observe(0)
    return [f"{task.id} is still {task.status}: {task.hold}" for task in soak.store.live()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument(
        "--life", type=float, default=LIFE, help="seconds a task takes (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    os.nice(5)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # cleans up home and processes
    with tempfile.TemporaryDirectory(prefix="suno-tui-", ignore_cleanup_errors=True) as folder:
        return run(Path(folder), options)


def run(folder: Path, options: argparse.Namespace) -> int:
    print(f"{options.tasks} live tasks for {options.minutes:g} minutes in {folder}", flush=True)
    with contextlib.ExitStack() as parts:
        provider = parts.enter_context(Flaky(life=options.life, seed=options.seed))
        provider.mp3, provider.jpeg = real_mp3(0.3), real_jpeg()
        env = fill(folder / "home", tracks=0)
        env |= {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY}
        probe = folder / "probe"
        probe.mkdir()
        paths = [str(PROBE), *filter(None, [os.environ.get("PYTHONPATH")])]
        env |= {"SUNO_TUI_PROBE": str(probe), "PYTHONPATH": os.pathsep.join(paths)}
        home = Home.find(env)
        home.config_file.write_text(CALM)
        soak = Soak(home, env, provider)
        parts.callback(soak.studio.close)
        soak.begin(options.tasks)
        first = parts.enter_context(worker(env))
        while Lock(home.worker_lock).holder() is None:
            time.sleep(0.1)
        viewer = Viewer(env)
        parts.callback(viewer.close)
        viewer.start()
        pids = {"worker": first.pid, "view": viewer.session.pid}
        samples = watch(soak, pids, probe, minutes=options.minutes, tasks=options.tasks)

        print("All tasks are brought to their end.", flush=True)
        home.config_file.write_text(HURRY)
        second = parts.enter_context(worker(env))
        time.sleep(5)  # the worker has the lock then, so that the view starts none
        first.terminate()
        wrong = [*drain(soak), *soak.money()]
        alive = second.poll() is None and "Library" in viewer.screen
    grown = verdict(samples)
    wrong += [] if alive else ["The view or the worker has ended."]
    print(f"Faults: {dict(provider.done)} of {dict(provider.asked)} requests.")
    print(f"Ended: {dict(soak.ended)}; settled by the user's word: {dict(soak.settled)}.")
    print(f"{sum(soak.filed.values())} takes filed for {len(provider.ledger)} songs charged.")
    for line in wrong:
        print(f"WRONG: {line}")
    print("The money is right." if not wrong else "The money is NOT right.")
    print(f"GROWS: {', '.join(grown)}." if grown else "No growth was found.")
    return 1 if wrong or grown else 0


if __name__ == "__main__":
    sys.exit(main())
