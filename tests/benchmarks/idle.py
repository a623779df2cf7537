"""Measure what the studio costs while nothing happens: `python -m tests.benchmarks.idle [FOLDER]`.

Wake-ups, CPU, memory and the exit: of an empty Textual app, of the studio with 100 and with 100,000
tracks, and of a worker that waits. FOLDER keeps the tracks for the next run. Figures are medians of
`RUNS`; those of the studio and of the empty app take turns. Takes about fifteen minutes; on a busy
machine, `nice -n -15 python -m ...` (as root) keeps others from delaying it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from suno_tui.common.paths import Home
from tests.benchmarks.line import BARE, STUDIO
from tests.benchmarks.pty_session import Session
from tests.benchmarks.tracks import fill

RUNS = 5
FEW, MANY = 100, 100_000
WINDOW = 10.0
"""Seconds for which an idle process is watched."""
HERTZ = os.sysconf("SC_CLK_TCK")
QUIT = "\x11"
EMPTY = [sys.executable, "-c", BARE]

Figures = dict[str, list[float]]


def processes(pid: int) -> Iterable[int]:
    """Yield a process and its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from processes(int(child))


def spent(pid: int) -> tuple[int, float]:
    """Return how often all threads have waited so far, and the CPU seconds of a process with its
    descendants, also of those that have ended."""
    waits, cpu = 0, 0.0
    for process in processes(pid):
        for task in Path(f"/proc/{process}/task").iterdir():
            status = (task / "status").read_text()
            waits += int(re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[0])
        ended = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[13:15]
        cpu += time.clock_gettime(~process << 3 | 2) + sum(map(int, ended)) / HERTZ
    return waits, cpu


def memory(pid: int) -> tuple[float, float]:
    """Return the MiB that a process has in memory, and the most it has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, most = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) for name in ("VmRSS", "VmHWM"))
    return now / 1024, most / 1024


def watch(figures: Figures, name: str, pid: int, wait: Callable[[float], object]) -> None:
    """Note the costs of a process that is idle by now; `wait` lets a window pass."""
    waits, cpu = spent(pid)
    begun = time.perf_counter()
    wait(WINDOW)
    seconds = time.perf_counter() - begun
    waits_after, cpu_after = spent(pid)
    note(figures, f"{name}: wake-ups a second", (waits_after - waits) / seconds)
    note(figures, f"{name}: CPU, %", 100 * (cpu_after - cpu) / seconds)
    note(figures, f"{name}: memory, MiB", memory(pid)[0])


def note(figures: Figures, name: str, figure: float) -> None:
    figures.setdefault(name, []).append(figure)


def idle(figures: Figures, name: str, command: list[str], root: Path, there: str) -> None:
    """Watch a program on the screen that has nothing to do, and its exit."""
    with Session(command, {"SUNO_TUI_HOME": str(root)}) as session:
        session.wait(lambda text: there in text)
        session.settle(3)
        watch(figures, name, session.pid, session.drain)
        note(figures, f"{name}: exit, ms", 1000 * session.leave(QUIT))


def waiting_worker(figures: Figures, root: Path) -> None:
    """Watch a worker whose queue is empty."""
    env = {**os.environ, "SUNO_TUI_HOME": str(root)}
    worker = subprocess.Popen(
        [*STUDIO, "work", "--stay"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(4)
        watch(figures, "worker", worker.pid, time.sleep)
        begun = time.perf_counter()
        worker.terminate()
        worker.wait(30)
        note(figures, "worker: end after SIGTERM, ms", 1000 * (time.perf_counter() - begun))
    finally:
        worker.kill()
        worker.wait()


def many(figures: Figures, root: Path) -> None:
    """Watch the studio with many unchanged tracks: its first ten seconds, and searches."""
    env = {"SUNO_TUI_HOME": str(root)}
    shown = f"{MANY:,} tracks"
    with Session(STUDIO, env) as session:
        session.wait(lambda text: shown in text)
        note(figures, "many: memory, first page, MiB", memory(session.pid)[0])
        note(figures, "many: exit at once, ms", 1000 * session.leave(QUIT))
    with Session(STUDIO, env) as session:
        session.seen(b"Library")
        slowest = slowest_key(session, lambda: time.perf_counter() > session.started + 10)
        note(figures, "many: CPU in 10 s, s", spent(session.pid)[1])
        note(figures, "many: slowest key in 10 s, ms", slowest)
        note(figures, "many: memory after 10 s, MiB", memory(session.pid)[0])
        session.send("\x1b3")
        session.settle(1)
        for query in ("s", "summer", "n", "night"):
            session.send("/")
            session.settle(0.5)
            session.send(query)
            session.settle(2)
            session.send("\x1b")
            session.settle(1)
        now, most = memory(session.pid)
        note(figures, "many: memory after searching, MiB", now)
        note(figures, "many: most memory, MiB", most)


def first_index(figures: Figures, root: Path) -> None:
    """Watch the studio while it reads many tracks for the first time, and leave in the middle."""
    home = Home.find({"SUNO_TUI_HOME": str(root)})
    env = {"SUNO_TUI_HOME": str(root)}

    def forget() -> None:
        for path in [*home.cache.glob("library.sqlite*"), *home.drafts.glob("*.toml")]:
            path.unlink()

    forget()
    with Session(STUDIO, env) as session:
        session.wait(lambda text: "reading" in text)
        session.drain(2)
        note(figures, "index: exit meanwhile, ms", 1000 * session.leave(QUIT))
    forget()
    with Session(STUDIO, env) as session:
        session.seen(b"Library")
        end = f"{MANY:,} tracks"

        def finished() -> bool:
            return end in (text := session.text()) and "reading" not in text

        slowest = slowest_key(session, finished)
        note(figures, "index: all, s", time.perf_counter() - session.started)
        note(figures, "index: slowest key meanwhile, ms", slowest)
        note(figures, "index: most memory, MiB", memory(session.pid)[1])


def slowest_key(session: Session, finished: Callable[[], bool]) -> float:
    """Type into the description until it has finished; return the longest answer in ms.

    The first two seconds, the start, don't count.
    """
    slowest = 0.0
    session.send("i")
    while not finished():
        begun = time.perf_counter()
        session.send("~")
        taken = session.seen(b"~") + session.started - begun
        if begun > session.started + 2:
            slowest = max(slowest, 1000 * taken)
        session.drain(0.15)
    return slowest


def prepare(root: Path, tracks: int) -> None:
    """Make the tracks and their index if they are missing, and the picture of a first session."""
    home = Home.find({"SUNO_TUI_HOME": str(root)})
    home.create()
    if not home.library.exists() or not any(home.library.iterdir()):
        fill(home.library, tracks=tracks)
    with Session(STUDIO, {"SUNO_TUI_HOME": str(root)}) as session:
        session.wait(lambda text: f"{tracks:,} tracks" in text and "reading" not in text, 300)
        session.settle(2)
        session.leave(QUIT)


def main() -> None:
    given = sys.argv[1:]
    if given[:1] and given[0].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given[0] if given else temporary).absolute()
        small, large = folder / str(FEW), folder / str(MANY)
        prepare(small, FEW)
        prepare(large, MANY)
        figures: Figures = {}
        for _ in range(RUNS):
            idle(figures, "empty app", EMPTY, small, "bare")
            idle(figures, "studio", STUDIO, small, f"{FEW} tracks")
            waiting_worker(figures, small)
            many(figures, large)
            first_index(figures, large)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {RUNS}")
    print(f"{'':40}{'median':>10}{'least':>10}{'most':>10}")
    for name, found in figures.items():
        print(f"{name:40}{median(found):10.2f}{min(found):10.2f}{max(found):10.2f}")


if __name__ == "__main__":
    main()
