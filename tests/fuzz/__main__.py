"""Give damaged inputs to parsers: `python -m tests.fuzz [--minutes 10] [--seed N] [NAME …]`.

Without names, all parsers run, each for so many minutes. `python -m tests.fuzz NAME FILE` runs one
kept input again. Each parser runs in a process of its own, so that a crash or a hang is a finding
too. Findings are kept as `fuzz-found/NAME/…` in the current folder, one per place in the code.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.fuzz import TARGETS
from tests.fuzz.mutate import mutate
from tests.fuzz.target import Target, check

HANGS = 20
"""Seconds after which an input counts as hung."""
CRASHES = 5
"""Crashes and hangs after which a parser is given up."""


def place(error: BaseException) -> str:
    """Return where an error comes from: its class, and the last lines of ours in its traceback."""
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "suno_tui" in frame.filename
    ]
    return f"{type(error).__name__} {' '.join(frames[-3:])}"


def keep(found: Path, target: Target, data: bytes, why: str) -> None:
    folder = found / target.name
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(why.encode()).hexdigest()[:10]
    (folder / name).write_bytes(data)
    print(
        f"FOUND in {target.name}: {why[:300]}\n      {len(data)} bytes: {folder / name}", flush=True
    )


def smaller(target: Target, data: bytes, folder: Path, where: str) -> bytes:
    """Cut pieces out of an input as long as the finding stays the same; return the rest."""
    size, until = len(data) // 2, time.monotonic() + 20
    while size and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            less = data[:at] + data[at + size :]
            try:
                check(target, less, folder)
            except BaseException as error:
                if place(error) == where:
                    data = less
                    continue
            at += size
        size //= 2
    return data


def child(target: Target, seconds: float, seed: int, found: Path, now: Path) -> None:
    """Fuzz one parser. The file `now` holds the current input, in case this process dies."""
    chance, count, seen = Random(seed), 0, set()
    seeds, until = target.seeds(), time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="suno-tui-fuzz-") as name:
        for data in seeds:
            check(target, data, Path(name))
        while time.monotonic() < until:
            data = mutate(seeds, target.tokens, chance)
            now.write_bytes(data)
            faulthandler.dump_traceback_later(HANGS, exit=True)
            count += 1
            try:
                check(target, data, Path(name))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                if (where := place(error)) not in seen:
                    seen.add(where)
                    faulthandler.cancel_dump_traceback_later()
                    keep(
                        found, target, smaller(target, data, Path(name), where), f"{where}: {error}"
                    )
        faulthandler.cancel_dump_traceback_later()
    print(f"{target.name}: {count} inputs, {len(seen)} findings", flush=True)
    sys.exit(1 if seen else 0)


def fuzz(target: Target, seconds: float, seed: int, found: Path) -> int:
    """Fuzz one parser in a child process; return the exit code."""
    until, crashes, code = time.monotonic() + seconds, 0, 0
    while (left := until - time.monotonic()) > 0 and crashes < CRASHES:
        with tempfile.NamedTemporaryFile(prefix="suno-tui-fuzz-") as now:
            command = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz", "--child"]
            command += ["--seed", str(seed + crashes), "--minutes", str(left / 60)]
            command += ["--found", str(found), "--now", now.name, target.name]
            done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
            if done.returncode == 0 or (done.returncode == 1 and "Traceback" not in done.stderr):
                return code or done.returncode
            crashes, code = crashes + 1, 1
            lines = done.stderr.strip().splitlines()
            told = " ".join(line.strip() for line in lines[:8])
            data = Path(now.name).read_bytes()
            keep(found, target, data, f"the process ended with {done.returncode}: {told}")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--now", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # so that no parser finds a terminal
    for name in [name for name in os.environ if name.startswith("SUNO_TUI_")]:
        del os.environ[name]
    seconds = 60 * options.minutes
    if len(options.names) == 2 and Path(options.names[1]).is_file():
        with tempfile.TemporaryDirectory(prefix="suno-tui-fuzz-") as folder:
            check(TARGETS[options.names[0]], Path(options.names[1]).read_bytes(), Path(folder))
        return 0
    if unknown := [name for name in options.names if name not in TARGETS]:
        parser.error(f"there is no parser {unknown[0]!r}: {', '.join(TARGETS)}")
    if options.child:
        child(TARGETS[options.names[0]], seconds, options.seed, options.found, options.now)
    print(f"seed {options.seed}", flush=True)
    codes = [
        fuzz(TARGETS[name], seconds, options.seed, options.found)
        for name in options.names or TARGETS
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
