"""What reading files in a child costs: `python -m tests.benchmarks.media`.

Each figure is set beside the same work done in this process, in turns within one run, so that a
slow or busy machine changes both. The budgets are those of the issue "The doors": filing at most a
tenth slower, and the first samples no more than 50 ms later. Takes about a minute.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from suno_tui.library.store import Library
from suno_tui.media import children, files, limits, reader, wire
from suno_tui.media.decode import CHUNK
from suno_tui.media.errors import Bad
from tests.benchmarks.playing import sound
from tests.library.house import SONG, jpeg

TURNS = 15
SLOWER = 1.10
LATER = 0.050


@contextmanager
def in_this_process() -> Iterator[None]:
    """Jobs are done here, as they were before there were children."""

    def run(job: str, path: Path, args: Any = None, body: bytes = b"") -> wire.Frame:
        try:
            value, rest = reader.JOBS[job](path, args or {}, body)
        except Bad as error:
            return {"is": "bad", "why": str(error), "kind": "Bad"}, b""
        return {"is": "done", "value": value}, rest

    def stream(job: str, path: Path, args: Any) -> Iterator[wire.Frame]:
        for piece in reader.STREAMS[job](path, args):
            yield {"is": "piece"}, piece
        yield {"is": "done"}, b""

    with (
        mock.patch.object(children, "run", run),
        mock.patch.object(children, "stream", stream),
        mock.patch.object(limits, "progress", lambda: None),
    ):
        yield


def seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def in_turns(do: Callable[[], object]) -> tuple[float, float]:
    """Medians with a child and without."""
    with_child, without = [], []
    do()
    with in_this_process():
        do()
    for _ in range(TURNS):
        with_child.append(seconds(do))
        with in_this_process():
            without.append(seconds(do))
    return median(with_child), median(without)


def main() -> int:
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(prefix="suno-tui-") as name:
        folder = Path(name)
        library = Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
        data, picture = sound(220.0), jpeg()
        song = folder / "song.mp3"
        song.write_bytes(data)

        def file() -> None:
            audio, cover = folder / "audio.part", folder / "cover.part"
            audio.write_bytes(data)
            cover.write_bytes(picture)
            library.add(
                song=SONG, provider="local", model="m", task_id=f"{next(numbers):08d}", take=1,
                title="Summer", tags="pop", created_at=datetime.now(UTC), audio=audio,
                cover=cover, lyrics=SONG.lyrics,
            )  # fmt: skip

        def first() -> None:
            pieces = files.samples(song, 11_025)
            next(pieces)
            pieces.close()

        def cold() -> None:
            children.CHILDREN.close()
            children.CHILDREN.forget()
            first()

        def whole() -> None:
            assert sum(len(piece) for piece in files.samples(song, CHUNK))

        filed, filed_here = in_turns(file)
        begun, begun_here = in_turns(first)
        starting = median(seconds(cold) for _ in range(TURNS))
        all_of_it, all_here = in_turns(whole)
        library.close()
    print(f"{'three minutes of MP3':32}{'child':>10}{'here':>10}{'':>10}")
    for label, figure, here in (
        ("filed, ms", filed, filed_here),
        ("first samples, ms", begun, begun_here),
        ("first samples of a new child, ms", starting, begun_here),
        ("all samples, ms", all_of_it, all_here),
    ):
        print(f"{label:32}{figure * 1000:>10.1f}{here * 1000:>10.1f}{figure / here:>9.2f}x")
    over = [filed / filed_here > SLOWER, begun - begun_here > LATER]
    print("over the budget" if any(over) else "within the budget")
    return 1 if any(over) else 0


if __name__ == "__main__":
    sys.exit(main())
