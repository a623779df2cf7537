"""Measure the sound through SSH on slow connections: `python -m tests.benchmarks.listener`.

`suno-tui ssh` through a real sshd and a relay of 1 Mbit/s and 80 ms, and of 64 kbit/s; the laptop
records in place of a device. A key is answered when its first byte comes back. Takes some five
minutes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from statistics import median
from typing import Any

import lameenc
import numpy as np

from suno_tui.common.atomic_files import write_toml
from suno_tui.common.locks import Lock
from suno_tui.library.filing import NewTake
from suno_tui.studio import Studio
from tests.benchmarks.homes import SONG
from tests.benchmarks.pty_session import Session
from tests.benchmarks.relay import Relay
from tests.terminal import Sshd

RATE = 44_100
CONNECTIONS = {"1 Mbit/s, 80 ms": (125_000, 0.08), "64 kbit/s, 80 ms": (8_000, 0.08)}
KEYS = 40
BUDGETS = {"median key": 0.2, "slowest key": 0.5, "new take": 3.0, "known take": 0.3}
"""Seconds, on 1 Mbit/s."""


def noise(seconds: int) -> bytes:
    """Return an MP3 of 256 kbit/s: 5 MB for 156 seconds."""
    encoder: Any = lameenc.Encoder()
    encoder.set_bit_rate(256)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.silence()
    samples = np.random.default_rng(1).integers(-9000, 9000, (RATE * seconds, 2), np.int16)
    return bytes(encoder.encode(samples.tobytes()) + encoder.flush())


def homes(folder: Path, port: int, audio: bytes) -> tuple[dict[str, str], list[str], Path]:
    """Make the two homes; return the laptop's environment, its command and the recording."""
    common = {"PYTHONPATH": str(Path.cwd()), "LANG": "C.UTF-8"}
    laptop, host = (
        {**common, "SUNO_TUI_HOME": str(folder / name), "XDG_RUNTIME_DIR": str(folder / f"r{name}")}
        for name in ("l", "h")
    )
    recording, target = folder / "recording", f"{getuser()}@127.0.0.1"
    there = [
        *("env", *(f"{name}={value}" for name, value in host.items())),
        *(sys.executable, "-m", "suno_tui"),
    ]
    record = ["sh", "-c", f"exec cat >> {shlex.quote(str(recording))}"]
    write_toml(
        folder / "l" / "config.toml",
        {"player": {"command": record}, "ssh": {target: {"command": there}}},
    )
    write_toml(folder / "l" / "ssh-hosts.toml", {"hosts": [target]})
    # Only what is asked for is sent, so that each figure has one cause.
    write_toml(folder / "h" / "config.toml", {"player": {"send_ahead": False}})
    studio = Studio.open(env=host)
    part = folder / "take.part"
    part.write_bytes(audio)
    take = NewTake(
        song=SONG, provider="local", model="suno-v5_5", task_id="1", take=1, title="First Song",
        tags="folk", created_at=datetime.now(UTC), lyrics=SONG.lyrics,
    )  # fmt: skip
    studio.library.add(take, part, None)
    studio.close()
    quiet = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    flags = [part for option in quiet for part in ("-o", option)]
    ssh = ["-F", "/dev/null", "-i", str(folder / "ssh" / "user"), "-p", str(port), *flags, target]
    return laptop, [sys.executable, "-m", "suno_tui", "ssh", *ssh], recording


def sounds(recording: Path, start: int) -> bool:
    """Whether anything but silence was recorded from a byte on."""
    if not recording.exists():
        return False
    with recording.open("rb") as file:
        file.seek(start)
        return any(file.read())


def until_it_sounds(session: Session, recording: Path, key: str, patience: float = 60) -> float:
    """Press a key; return the seconds until the laptop sounds anew."""
    start = recording.stat().st_size if recording.exists() else 0
    begun = time.perf_counter()
    session.send(key)
    while not sounds(recording, start):
        session.drain(0.02)
        if time.perf_counter() - begun > patience:
            return float("inf")
    return time.perf_counter() - begun


def typed(session: Session) -> list[float]:
    """Type letters into the composer; return the seconds until each is answered."""
    return [session.press("x", quiet=0.6).first for _ in range(KEYS)]


def measure(name: str, rate: float, delay: float, audio: bytes) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="sl-"))
    sshd = Sshd(folder / "ssh")
    relay = Relay(sshd.port, rate=rate, delay=delay)
    figures: dict[str, float] = {}
    try:
        laptop, command, recording = homes(folder, relay.port, audio)
        with Session(command, laptop, size=(80, 24)) as session:
            session.wait(lambda text: "Compose" in text, 120)
            session.settle(3.0, 60)
            session.send("\x1b1")
            session.settle(0.5, 10)
            session.send("i")
            session.settle(1.0, 10)
            before = typed(session)
            figures["key, nothing is sent: median"] = median(before)
            figures["key, nothing is sent: slowest"] = max(before)
            session.send("\x1b")
            session.settle(1.0)
            session.send("\x1b3")
            session.wait(lambda text: "First Song" in text, 60)
            session.settle(1.0)
            figures["new take"] = until_it_sounds(session, recording, "enter")
            session.send("\x1b1")
            session.settle(0.5, 10)
            session.send("i")
            session.settle(0.5, 10)
            during = typed(session)
            figures["median key"], figures["slowest key"] = median(during), max(during)
            part = folder / "l" / "cache" / "listener"
            figures["sent meanwhile, kB"] = (
                sum(each.stat().st_size for each in part.iterdir()) / 1e3
            )
            if rate > 100_000:
                end = time.monotonic() + 120
                while list(part.glob("*.arriving")) and time.monotonic() < end:
                    session.drain(0.5)
                session.send("\x1b")
                session.settle(0.5, 10)
                session.send(" ")
                session.settle(2.0, 10)
                figures["known take"] = until_it_sounds(session, recording, " ")
                relayed = relay.bytes
                session.drain(10)
                figures["bytes a second while playing, screen included"] = (
                    relay.bytes - relayed
                ) / 10
    finally:
        relay.close()
        sshd.close()
        if number := Lock(folder / "rl" / "suno-tui" / "own.lock").holder():
            os.kill(number, 15)
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def main() -> int:
    audio = noise(156)
    failed = False
    for name, (rate, delay) in CONNECTIONS.items():
        print(f"{name}, a take of {len(audio) / 1e6:.1f} MB", flush=True)
        figures = measure(name, rate, delay, audio)
        for what, value in figures.items():
            budget = BUDGETS.get(what) if rate > 100_000 else None
            over = budget is not None and value > budget
            failed = failed or over
            limit = f"  (at most {budget:g}){' OVER' if over else ''}" if budget else ""
            print(f"  {what:48} {value:8.3f}{limit}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
