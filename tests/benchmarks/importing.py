"""Import 10,000 MP3s with foreign tags: `python -m tests.benchmarks.importing [COUNT] [HOW]`.

The files are made in a temporary folder: one short MP3 with tags of its own each. Prints seconds on
the clock and of processor time (this process and its children) for the preview, the import, the
same import again, and the undo, and whether the source is then byte for byte as it was.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from suno_tui.library.importing.plan import State
from suno_tui.library.importing.sources import How
from suno_tui.library.store import Library
from suno_tui.media import children
from tests.library.harness import jpeg, mp3

COUNT = 10_000
_WORDS = (
    *("night", "bus", "home", "rain", "harbour", "light", "glass", "river", "paper", "moon"),
    *("letter", "engine", "winter", "gold"),
)
_GENRES = ("synth-pop, dreamy", "folk", "Hip-Hop", "(17)", "ambient; drone", "k-pop")


def fill(folder: Path, count: int) -> None:
    """Make MP3s as several programs would tag them."""
    id3: Any = import_module("mutagen.id3")
    sounds, chance = [mp3(seconds / 10) for seconds in range(3, 9)], Random(1)
    for number in range(count):
        words = chance.sample(_WORDS, 3)
        path = folder / f"{number // 500:02d}" / f"{' '.join(words)} {number}.mp3"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sounds[number % len(sounds)])
        tags = id3.ID3()
        add = tags.add
        add(id3.TXXX(encoding=3, desc="number", text=str(number)))
        if number % 4:
            add(id3.TIT2(encoding=3, text=" ".join(words).title()))
            add(id3.TPE1(encoding=1, text="Somebody"))
            add(id3.TCON(encoding=0, text=chance.choice(_GENRES)))
        if number % 3 == 0:
            lines = "\n".join(" ".join(chance.sample(_WORDS, 6)) for _ in range(24))
            add(id3.USLT(encoding=3, lang="eng", desc="", text=f"[Verse]\n{lines}"))
        if number % 5 == 0:
            given = f"{number:08x}-0000-4000-8000-{number:012x}"
            text = f"made with suno; created=2025-10-08T16:20:02.314Z; id={given}"
            add(id3.COMM(encoding=3, lang="eng", desc="", text=text))
        if number % 6 == 0:
            add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=jpeg()))
        tags.save(path, v2_version=3 if number % 2 else 4)


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def processor() -> float:
    """Return the seconds of processor time of this process and its ended children."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, -1))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def timed(what: str, do: Callable[[], Any]) -> Any:
    clock, used = time.monotonic(), processor()
    result = do()
    children.CHILDREN.close()  # their time counts only when they have ended
    children.CHILDREN.__init__()  # type: ignore[misc]
    took, cpu = time.monotonic() - clock, processor() - used
    print(f"{what:12} {took:8.1f} s  {cpu:8.1f} s of processor time", flush=True)
    return result


def main(count: int, how: How) -> int:
    with tempfile.TemporaryDirectory(prefix="suno-tui-importing-") as name:
        root = Path(name)
        source = root / "library/imported" if how is How.IN_PLACE else root / "music"
        source.mkdir(parents=True)
        fill(source, count)
        os.sync()
        before = digest(source)
        library = Library(root / "library", trash=root / "trash", cache=root / "cache")
        plan = timed("preview", lambda: library.imports.plan([source], how))
        result = timed("import", lambda: library.imports.run(plan))
        assert (result.imported, result.failed) == (count, []), result
        assert library.count() == count
        if how is not How.MOVE:
            again = timed("again", lambda: library.imports.plan([source], how))
            assert not again.of(State.NEW), "twice gives no twin"
        undone = timed("undo", lambda: library.imports.undo(result.id))
        assert (undone.count, undone.left) == (count, [])
        same = digest(source) == before
        library.close()
    print(f"the source is {'byte for byte as it was' if same else 'NOT as it was'}")
    return 0 if same else 1


if __name__ == "__main__":
    given = [*sys.argv[1:], "", ""]
    sys.exit(main(int(given[0] or COUNT), How(given[1] or "copy")))
