"""Sample what processes hold (memory, handles, threads) from /proc, and tell whether it grows."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from suno_tui.common.paths import Home
from suno_tui.worker.process import MOST_LOG

Figures = dict[str, float]

SETTLING = 0.2
"""The share of a run in which caches fill; only the rest is judged."""
FEWEST = 10
"""With fewer samples than this no growth is judged."""


class Allowed(NamedTuple):
    """How much a figure may grow in the judged part of a run: the larger of the two."""

    share: float
    amount: float


ALLOWED = {
    "WAL MB": Allowed(0, 4),
    "heap MB": Allowed(0.03, 1.5),
    # Textual keeps up to 24,000 areas in caches (textual/geometry.py), which take hours to fill.
    "blocks": Allowed(0.05, 40_000),
    # Less strict than what is in use: pieces of the heap that are free are not given back.
    "MB": Allowed(0.1, 3),
    "handles": Allowed(0, 2),
    "threads": Allowed(0, 1.5),
    "processes": Allowed(0, 1.5),
}
MOST_LOGS = 3 * MOST_LOG / 1e6 + 0.1
"""Megabytes: the current log and two older ones."""


class Sampler:
    """Samples processes with all their children. A minute's figure is the median of its samples, so
    that a short-lived child does not count.

    `probe` is the folder where the processes tell what they hold (probe/sitecustomize.py).
    """

    def __init__(self, pids: Mapping[str, int], home: Home, probe: Path) -> None:
        self._pids = pids
        self._probe = probe
        self._home = home
        self._looks: dict[str, list[float]] = defaultdict(list)
        self._cpu = {name: _cpu(pid) for name, pid in pids.items()}

    def observe(self) -> None:
        for name, pid in self._pids.items():
            family = _family(pid)
            self._note(f"{name} processes", len(family))
            self._note(f"{name} MB", sum(_status(each, "VmRSS") for each in family) / 1000)
            self._note(f"{name} threads", sum(_status(each, "Threads") for each in family))
            self._note(f"{name} handles", sum(_handles(each) for each in family))
            if told := _read(self._probe / str(pid)).split():
                self._note(f"{name} heap MB", int(told[0]) / 1e6)
                self._note(f"{name} blocks", int(told[1]))
        logs = sum(path.stat().st_size for path in self._home.log.iterdir())
        self._note("logs MB", logs / 1e6)
        self._note("WAL MB", _size(self._home.queue.with_name("queue.sqlite-wal")) / 1e6)

    def minute(self) -> Figures:
        """Return the figures since the last call."""
        found = {name: median(values) for name, values in self._looks.items()}
        self._looks.clear()
        for name, pid in self._pids.items():
            cpu = _cpu(pid)
            found[f"{name} CPU s"] = cpu - self._cpu[name]
            self._cpu[name] = cpu
        return found

    def line(self, figures: Figures) -> str:
        """Return the figures as one line."""
        parts = [
            f"{name} {figures[f'{name} MB']:.1f} MB {figures[f'{name} handles']:.0f} handles "
            f"{figures[f'{name} threads']:.0f} threads {figures[f'{name} CPU s']:.1f} s CPU"
            for name in self._pids
        ]
        parts.append(f"logs {figures['logs MB']:.2f} MB, WAL {figures['WAL MB']:.1f} MB")
        return " | ".join(parts)

    def _note(self, name: str, value: float) -> None:
        self._looks[name].append(value)


def verdict(samples: Sequence[Figures]) -> list[str]:
    """Print each figure at the beginning and the end; return the names of those that grow."""
    judged = samples[int(len(samples) * SETTLING) :]
    if not judged:
        return []
    short = len(judged) < FEWEST
    grown = []
    print(f"{'':18}{'at first':>10}{'in the end':>11}{'per hour':>10}{'allowed':>9}")
    for name in judged[0]:
        values = [sample[name] for sample in judged]
        slope = theil_sen(values)
        kind = next((kind for kind in ALLOWED if name.endswith(kind)), None)
        allowed = None
        if name == "logs MB":
            # They grow until they rotate.
            if max(values) > MOST_LOGS:
                grown.append(name)
        elif kind:
            allowed = max(ALLOWED[kind].share * median(values), ALLOWED[kind].amount)
            if not short and slope * (len(values) - 1) > allowed:
                grown.append(name)
        limit = "" if allowed is None else f"{allowed:9.1f}"
        print(f"{name:18}{values[0]:>10.2f}{values[-1]:>11.2f}{60 * slope:>10.2f}{limit:>9}")
    if short:
        print(f"{len(judged)} minutes are too few to tell whether anything grows.")
    return grown


def theil_sen(values: Sequence[float]) -> float:
    """Return the growth per sample: the median of the slopes between all pairs, which a few
    outliers don't move."""
    slopes = [
        (values[b] - values[a]) / (b - a)
        for a in range(len(values))
        for b in range(a + 1, len(values))
    ]
    return median(slopes) if slopes else 0.0


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        found.append(each := todo.pop())
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            todo += map(int, _read(path).split())
    return found


def _status(pid: int, name: str) -> int:
    """Return a number of a process's status; 0 if it has ended."""
    _, _, rest = _read(Path(f"/proc/{pid}/status")).partition(f"{name}:")
    return int(rest.split()[0]) if rest else 0


def _handles(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
