"""Measure the bytes that the studio sends and its start: `python -m tests.benchmarks.line`.

The real program at 120x40 in homes of its own, with the cell diff and with Textual's own way.
Figures are medians; `BUDGETS` are the limits. Takes about ten minutes and needs an idle machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from suno_tui.common.paths import Home
from tests.benchmarks.homes import fill
from tests.benchmarks.pty_session import Answer, Session

STUDIO = [sys.executable, "-m", "suno_tui"]
BARE = "\n".join(
    (
        "from textual.app import App",
        "from textual.widgets import Static",
        "class Bare(App[None]):",
        "    def compose(self):",
        "        yield Static('bare')",
        "Bare().run()",
    )
)
SLOW = 8_000  # bytes per second: 64 kbit/s
KEYS = 25
LIBRARY, DOWN = "\x1b3", "\x1b[B"

Figures = dict[str, float]


def in_lyrics(session: Session) -> None:
    """Click into a visible line of the lyrics."""
    rows = session.text().splitlines()
    y = next(y for y, row in enumerate(rows) if "City lights" in row)
    x = rows[y].index("City lights") + 4
    session.send(f"\x1b[<0;{x};{y + 1}M\x1b[<0;{x};{y + 1}m")
    session.settle(0.5)


def keys(session: Session, pressed: list[str], quiet: float = 0.3) -> list[Answer]:
    return [session.press(key, quiet=quiet) for key in pressed]


def size(answers: list[Answer]) -> float:
    return median(answer.size for answer in answers)


def leave(env: Mapping[str, str], keys: str = "", *, there: str = "120 songs") -> None:
    """Run a session and quit by key, so that it leaves its picture for the next start."""
    with Session(STUDIO, env) as session:
        session.wait(lambda text: there in text)
        session.settle(1.0)
        session.send(keys)
        session.settle(1.0)
        session.send("\x11")
        session.settle(1.0)


def once(command: list[str], env: Mapping[str, str], ready: bytes) -> tuple[float, int]:
    """Return the seconds until `ready` is on the screen, and the bytes of the first screen."""
    with Session(command, env) as session:
        seconds = session.seen(ready)
        session.settle(0.7)
        return seconds, session.total


def answered(env: Mapping[str, str], there: str = "City lights") -> float:
    """Return the seconds until a key is shown that is typed as soon as a picture is there."""
    with Session(STUDIO, env) as session:
        session.seen(there.encode())
        session.send("i~")
        seconds = session.seen(b"~")
        session.press("\x7f", quiet=1)
        return seconds


def moved(env: Mapping[str, str]) -> float:
    """Return the seconds until the cursor moves in the library if an arrow is pressed as soon as a
    picture is there. The cursor was left in the first row."""
    with Session(STUDIO, env) as session:
        session.seen(b"City lights")
        session.send(DOWN)
        seconds = session.seen("▌".encode())
        session.settle(1.0)
        return seconds


def ratios(seconds: list[float], bare: list[float]) -> list[float]:
    """Divide each start by the start of the empty app in the same round."""
    return [mine / its for mine, its in zip(seconds, bare, strict=True)]


def slowest_quarter(ratios: list[float]) -> float:
    """Return the third quartile. A median hides starts that are slow now and then; on a busy
    machine this figure is higher without any."""
    return sorted(ratios)[len(ratios) * 3 // 4]


def starts(env: Mapping[str, str], runs: int = 15) -> Figures:
    """Measure starts with the last session's picture (in the composer and in the library), without
    it, and in a new home, each beside an empty app.

    All kinds take turns in each round, so that a machine that is slow for a while slows all of
    them.
    """
    leave(env)
    picture = Home.find(env).last_picture
    kept = picture.read_bytes() if picture.exists() else b""  # Textual's own way keeps none
    bare, opened, keys, moves, fields, lists, first = (list[float]() for _ in range(7))
    sizes, first_sizes = list[int](), list[int]()
    shelf = {**env, "SUNO_TUI_HOME": f"{env['SUNO_TUI_HOME']}-shelf"}
    shutil.copytree(env["SUNO_TUI_HOME"], shelf["SUNO_TUI_HOME"])
    leave(shelf, LIBRARY)
    for _ in range(runs):
        bare.append(once([sys.executable, "-c", BARE], env, b"bare")[0])
        seconds, size = once(STUDIO, env, b"City lights")
        opened.append(seconds)
        sizes.append(size)
        keys.append(answered(env))
        moves.append(moved(shelf))
        picture.unlink(missing_ok=True)
        fields.append(once(STUDIO, env, b"City lights")[0])
        lists.append(once(STUDIO, env, b"120 songs")[0])
        if kept:
            picture.write_bytes(kept)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty:
            seconds, size = once(STUDIO, {**env, "SUNO_TUI_HOME": empty}, b"escribe the song")
        first.append(seconds)
        first_sizes.append(size)

    def times(seconds: list[float]) -> float:
        return median(ratios(seconds, bare))

    return {
        "first screen, bytes": median(sizes),
        "the first start ever, bytes": median(first_sizes),
        "start, seconds": median(opened),
        "start of an empty app, seconds": median(bare),
        "start, times an empty app": times(opened),
        "a key typed at once, times that": times(keys),
        "a key typed at once, slowest quarter": slowest_quarter(ratios(keys, bare)),
        "an arrow in the library, times that": times(moves),
        "the first start ever, times that": times(first),
        "without a picture: fields, times that": times(fields),
        "without a picture: lists, times that": times(lists),
    }


def walk(env: Mapping[str, str]) -> Figures:
    """Measure the most frequent steps of a user, each many times."""
    figures: Figures = {}
    with Session(STUDIO, env) as session:
        session.wait(lambda text: "City lights" in text and "120 songs" in text)
        session.settle(1.5)
        figures["idle, bytes in 10 s"] = session.drain(10).size
        in_lyrics(session)
        typed = keys(session, list("never let me go tonight, no"[:KEYS]))
        figures["a key in lyrics, bytes"] = size(typed)
        figures["a key in lyrics, CPU ms"] = 1000 * median(answer.cpu for answer in typed)
        session.press("\x1b3", quiet=0.5)
        figures["a step in a list, bytes"] = size(keys(session, ["down", "up"] * 8))
        session.press("G", quiet=0.5)
        keys(session, ["up"] * 40, quiet=0.1)  # to the first visible row: then the list scrolls
        figures["a scroll step, bytes"] = size(keys(session, ["up"] * KEYS))
    return figures


def work(env: Mapping[str, str]) -> Figures:
    """Measure the bytes per second while songs are being made."""
    with Session(STUDIO, env) as session, making(session.env):
        session.wait(lambda text: "City lights" in text)
        session.settle(1.0, 3)
        # The median leaves out the second in which takes arrive and move the library's rows.
        seconds = [session.drain(1).size for _ in range(15)]
        return {"songs in the making, bytes/s": median(seconds)}


def slow(env: Mapping[str, str]) -> Figures:
    """Measure typing over 64 kbit/s while songs are made, and whether the queue goes on."""
    with Session(STUDIO, env, rate=SLOW) as session:
        session.wait(lambda text: "City lights" in text, 60)
        session.settle(1.0, 60)
        in_lyrics(session)
        with making(session.env):
            before = moves(session.env)
            typed = keys(session, list("never let me go"))
            after = moves(session.env)
        session.press("\x1b3", quiet=1)
        held = session.hold("down", seconds=3)
        return {
            "down for 3 s at 8 kB/s, then seconds": held,
            "a key at 8 kB/s, seconds": median(answer.last for answer in typed),
            "a key at 8 kB/s, slowest": max(answer.last for answer in typed),
            "the queue goes on (1 is yes)": float(before != after),
        }


@contextmanager
def making(env: Mapping[str, str]) -> Iterator[None]:
    """Have songs made meanwhile; forget them afterwards, so that the worker ends."""
    prompt = "a calm piano song about the sea"
    subprocess.run(
        [*STUDIO, "generate", "--no-wait", "-n", "3", prompt],
        env=env,
        check=True,
        capture_output=True,
    )
    try:
        yield
    finally:
        for line in moves(env).splitlines():
            task = str(json.loads(line)["id"])
            subprocess.run([*STUDIO, "queue", "forget", task], env=env, capture_output=True)


def moves(env: Mapping[str, str]) -> str:
    """Return the live tasks with their progress, as `queue --json` prints them."""
    queue = [*STUDIO, "queue", "--json"]
    return subprocess.run(queue, env=env, check=True, capture_output=True, text=True).stdout


BUDGETS = {
    "first screen, bytes": 11_000,
    "start, times an empty app": 1.5,
    "a key typed at once, times that": 1.5,
    "an arrow in the library, times that": 1.5,
    "the first start ever, times that": 1.5,
    "without a picture: fields, times that": 1.5,
    "idle, bytes in 10 s": 0,
    "a key in lyrics, bytes": 200,
    "a step in a list, bytes": 300,
    "a scroll step, bytes": 1_500,
    "songs in the making, bytes/s": 300,
    "a key at 8 kB/s, seconds": 0.3,
}


def measure(folder: Path, way: str, parts: list[Callable[[Mapping[str, str]], Figures]]) -> Figures:
    env = fill(folder / way, tracks=120, seconds=90) | {"SUNO_TUI_LINE": way}
    figures = starts(env)
    for part in parts:
        figures |= part(env)
    return figures


def main() -> int:
    if sys.argv[1:]:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="suno-tui-", ignore_cleanup_errors=True) as folder:
        ways = [measure(Path(folder), way, [walk, work, slow]) for way in ("cells", "plain")]
    cells, plain = ways
    over = 0
    print(f"{'':40}{'cells':>12}{'plain':>12}{'budget':>12}")
    for name, figure in cells.items():
        budget = BUDGETS.get(name)
        late = budget is not None and figure > budget
        over += late
        limit = "" if budget is None else f"{budget:,}"
        mark = "  over" if late else ""
        print(f"{name:40}{figure:>12,.4g}{plain[name]:>12,.4g}{limit:>12}{mark}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
