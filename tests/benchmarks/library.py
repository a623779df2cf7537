"""Compare 100,000 tracks with 100: `python -m tests.benchmarks.library [FOLDER]`.

Both are made in FOLDER and kept there for the next run; without FOLDER, in a temporary one. Figures
are medians in milliseconds. A letter and a key may take 1.5 times as long in the large library.
Making and indexing the tracks takes about three minutes, the rest one. Needs an idle machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from suno_tui.common.paths import Home
from suno_tui.library.store import Library
from tests.benchmarks.line import BARE, STUDIO, answered, leave, once, ratios, slowest_quarter
from tests.benchmarks.pty_session import Session
from tests.benchmarks.tracks import fill

SIZES = (100, 100_000)
ROWS = 40
TYPED = ("s", "su", "sum", "summer", "summer r", "summer rain", "n", "night", "zu", "zumi", "jazz")
ALIKE = ("style:jazz", "fav:yes", "rating:>=4", "len:<2:10", "-pop", 'lyrics:"city rain"')
SORTS = ("-added", "title", "-rating", "-fav", "-len", "style")

Figures = dict[str, float]


def timed(do: Callable[[], object], runs: int = 9) -> float:
    """Return the median time of `runs` calls, in milliseconds."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        do()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def open_library(root: Path) -> Library:
    home = Home.find({"SUNO_TUI_HOME": str(root)})
    return Library(home.library, trash=home.trash, cache=home.cache)


def prepare(root: Path, tracks: int) -> Figures:
    """Make the tracks if they are missing, and build their index anew."""
    home = Home.find({"SUNO_TUI_HOME": str(root)})
    home.create()
    if not home.library.exists():
        fill(home.library, tracks=tracks)
        time.sleep(2.1)  # younger files are read a second time
    for path in home.cache.glob("library.sqlite*"):
        path.unlink()
    library = open_library(root)
    begun = time.perf_counter()
    library.refresh()
    seconds = time.perf_counter() - begun
    size = (home.cache / "library.sqlite").stat().st_size
    library.close()
    return {"indexing all, s": seconds, "the index, MB": size / 1e6}


def search(root: Path) -> Figures:
    """Measure what the screen asks of the library: the first page, letter by letter."""
    figures: Figures = {}

    def opened() -> None:
        library = open_library(root)
        library.search()[:ROWS]
        library.close()

    figures["open, first page"] = timed(opened)
    library = open_library(root)
    library.search().finish()

    def page(query: str, sort: str = "-added") -> Callable[[], object]:
        return lambda: library.search(query, sort=sort)[:ROWS]

    for query in (*TYPED, *ALIKE):
        figures[f"filter {query}"] = timed(page(query))
    figures["filter, median"] = median(figures[f"filter {query}"] for query in TYPED)
    for sort in SORTS:
        figures[f"sort {sort}"] = timed(page("", sort))
    for query in ("s", "summer"):
        figures[f"all of {query}, later"] = timed(library.search(query).finish, 3)
    figures["refresh, nothing changed"] = timed(library.refresh, 3)
    track = library.search()[0]
    assert track is not None
    figures["follow one file"] = timed(lambda: library.rescan([track.file]))
    figures["a rating"] = timed(lambda: library.annotate(track.id, rating=(track.rating + 1) % 6))
    figures["noticed from outside"] = noticed(library, track.file)
    library.close()
    return figures


def noticed(library: Library, file: Path) -> float:
    """Return the milliseconds from a write to a file until the index has it; the median of five."""
    told = threading.Event()
    watch = library.watch(told.set)
    text = file.read_text()
    try:
        while not told.is_set():  # until the watch has begun
            file.write_text(text + f"# {time.monotonic()}\n")
            told.wait(0.5)
        taken = []
        for number in range(5):
            time.sleep(1)
            told.clear()
            begun = time.perf_counter()
            file.write_text(text + f"# {number}\n")
            assert told.wait(20)
            taken.append((time.perf_counter() - begun) * 1000)
        return median(taken)
    finally:
        watch.close()
        file.write_text(text)


def memory(root: Path) -> Figures:
    """Return the megabytes of a new process after a first page, a broad filter and a refresh."""
    code = (
        "import re, sys; from pathlib import Path\n"
        "from tests.benchmarks.library import open_library\n"
        "status = Path('/proc/self/status')\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) / 1000\n"
        "library = open_library(Path(sys.argv[1]))\n"
        "library.search()[:40]; print(peak())\n"
        "library.search('s').finish()[-40:]; print(peak())\n"
        "library.refresh(); print(peak())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    names = ("memory, first page, MB", "memory, filtered, MB", "memory, refreshed, MB")
    return dict(zip(names, map(float, done.stdout.split()), strict=True))


def screen(root: Path, tracks: int) -> Figures:
    """Measure the studio in a terminal: its start, a step in the list, letters in the filter."""
    env = {"SUNO_TUI_HOME": str(root)}
    shown = f"{tracks:,} tracks"
    figures: Figures = {}
    starts = []
    for _ in range(3):
        with Session(STUDIO, env) as session:
            starts.append(session.wait(lambda text: shown in text) * 1000)
    figures["screen: start"] = median(starts)
    leave(env, there=shown)
    bare, keys = [], []
    for _ in range(7):
        bare.append(once([sys.executable, "-c", BARE], env, b"bare")[0])
        keys.append(answered(env, shown))
    times = ratios(keys, bare)
    figures["a key at once, times an empty app"] = median(times)
    figures["a key at once, slowest quarter"] = slowest_quarter(times)
    with Session(STUDIO, env) as session:
        session.wait(lambda text: shown in text)
        session.settle(2)
        session.press("\x1b3", quiet=0.5)
        steps = [session.press(key, quiet=0.3).last for key in ["down"] * 12]
        figures["screen: a step"] = median(steps) * 1000
        session.press("/", quiet=0.5)
        first, whole = [], []
        for letter in "summer rain":
            typed = session.press(letter, quiet=0.4)
            first.append(typed.first)
            whole.append(typed.last)
        figures["screen: a letter, first answer"] = median(first) * 1000
        figures["screen: a letter, all of it"] = median(whole) * 1000
    return figures


def main() -> None:
    if sys.argv[1:2] and sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).absolute()
        found: list[Figures] = []
        for tracks in SIZES:
            root = folder / str(tracks)
            figures = prepare(root, tracks) | search(root) | memory(root) | screen(root, tracks)
            found.append(figures)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':34}{SIZES[0]:>10,}{SIZES[1]:>10,}{'ratio':>9}")
        for name in found[0]:
            few, many = found[0][name], found[1][name]
            print(f"{name:34}{few:10.2f}{many:10.2f}{many / few:9.2f}")


if __name__ == "__main__":
    main()
