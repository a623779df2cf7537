"""`suno-tui ssh` through a real sshd on the loopback: two homes, one of which has the ears.

The laptop's `player.command` records in place of a device.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from suno_tui.common.atomic_files import write_toml
from suno_tui.common.locks import Lock
from suno_tui.library.filing import NewTake
from suno_tui.listener import sockets
from suno_tui.listener.link import Link
from suno_tui.studio import Studio
from tests.command import SUNO_TUI
from tests.library.harness import SONG, mp3
from tests.needs import need
from tests.player.recorder import Samples, reference, until
from tests.terminal import Sshd, Tmux

pytestmark = pytest.mark.screen
SECONDS = 20.0


class Ends(NamedTuple):
    """The two machines, which are this one with two homes and two runtime directories."""

    laptop: dict[str, str]
    host: dict[str, str]
    recording: Path
    song: Path
    command: list[str]

    def recorded(self) -> Samples:
        """Return what was played so far, without its silence: on a busy machine there is more."""
        data = self.recording.read_bytes() if self.recording.exists() else b""
        return sounding(np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2))

    def sockets(self) -> list[str]:
        folder = Path(self.host["XDG_RUNTIME_DIR"]) / "suno-tui" / "listeners"
        return [path.name for path in folder.iterdir()] if folder.exists() else []


def sounding(samples: Samples) -> Samples:
    return samples[samples.any(axis=1)]


def assert_recorded(ends: Ends) -> None:
    got, expected = ends.recorded(), sounding(reference(ends.song.read_bytes()))
    assert np.array_equal(got, expected[: len(got)])


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    need("ssh", "tmux")
    server = Sshd(tmp_path / "ssh")
    yield server
    server.close()


@pytest.fixture
def ends(sshd: Sshd, tmp_path: Path, folder: Path) -> Iterator[Ends]:
    common = {"LANG": "C.UTF-8", "HOME": os.environ["HOME"], "PYTHONPATH": str(Path.cwd())}
    laptop, host = (
        {**common, "SUNO_TUI_HOME": str(tmp_path / name), "XDG_RUNTIME_DIR": str(folder / name)}
        for name in ("laptop", "host")
    )
    for env in (laptop, host):
        Path(env["XDG_RUNTIME_DIR"]).mkdir()
    recording = tmp_path / "recording"
    there = ["env", *(f"{name}={value}" for name, value in host.items()), *SUNO_TUI]
    target = f"{getuser()}@127.0.0.1"
    write_toml(
        tmp_path / "laptop" / "config.toml",
        {
            "player": {"command": ["sh", "-c", f"exec cat >> {shlex.quote(str(recording))}"]},
            "ssh": {target: {"command": there}},
        },
    )
    write_toml(tmp_path / "host" / "config.toml", {"player": {"volume": 100}})
    studio = Studio.open(env=host)
    audio = tmp_path / "take.mp3"
    audio.write_bytes(mp3(SECONDS))
    take = NewTake(
        song=SONG, provider="local", model="suno-v5_5", task_id="1", take=1, title="Long Way Home",
        tags="folk", created_at=datetime.now(UTC), lyrics=SONG.lyrics,
    )  # fmt: skip
    song = studio.library.add(take, audio, None).audio
    studio.close()
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    flags = [part for option in options for part in ("-o", option)]
    key = str(tmp_path / "ssh" / "user")
    command = [
        *SUNO_TUI, "ssh", "-F", "/dev/null", "-i", key, "-p", str(sshd.port), *flags, target,
    ]  # fmt: skip
    yield Ends(laptop, host, recording, song, command)
    # The listener outlives its command by a minute.
    own = Lock(Path(laptop["XDG_RUNTIME_DIR"]) / "suno-tui" / "own.lock")
    if number := own.holder():
        os.kill(number, 15)


def play_there(terminal: Tmux, ends: Ends) -> None:
    """Open the studio there, and play its track until a second of it was heard here."""
    studio_on(terminal, ends)
    terminal.keys("Escape")
    terminal.keys("M-3")
    terminal.wait("Long Way Home")
    terminal.keys("Enter")
    assert until(lambda: len(ends.recorded()) > 44_100, 60)


def studio_on(terminal: Tmux, ends: Ends) -> None:
    """Open the studio there; the first use of a host asks."""
    terminal.start(ends.command, ends.laptop)
    if not (Path(ends.laptop["SUNO_TUI_HOME"]) / "ssh-hosts.toml").exists():
        terminal.wait("Go on")
        terminal.type("y")
        terminal.keys("Enter")
    terminal.wait("Compose", 60)


def test_the_sound_comes_to_the_laptop(ends: Ends, tmp_path: Path) -> None:
    terminal = Tmux(80, 24, tmp_path)
    try:
        play_there(terminal, ends)
        terminal.keys("o")
        terminal.wait("connected")
        terminal.keys("Escape")
        # A letter that comes in the same packet as Esc would be a chord with alt.
        assert until(lambda: "Listen from here" not in terminal.text(), 20)
        assert_recorded(ends)
        terminal.keys("q")
        assert until(terminal.ended, 30), terminal.text()
        assert until(lambda: ends.sockets() == [], 10)
    finally:
        terminal.close()


def test_the_music_outlives_the_connection(ends: Ends, tmp_path: Path) -> None:
    terminal = Tmux(80, 24, tmp_path)
    again = Tmux(80, 24, tmp_path)
    try:
        play_there(terminal, ends)
        terminal.close()
        heard = len(ends.recorded())
        assert until(lambda: len(ends.recorded()) > heard + 3 * 44_100, 60)
        assert_recorded(ends)
        studio_on(again, ends)
        again.wait("▶.*Long Way Home", 30)
        more = len(ends.recorded())
        assert until(lambda: len(ends.recorded()) > more + 44_100, 60)
        assert_recorded(ends)
    finally:
        terminal.close()
        again.close()


def test_a_host_without_the_program_says_how_to_install_it(ends: Ends) -> None:
    home = Path(ends.laptop["SUNO_TUI_HOME"])
    target = ends.command[-1]
    write_toml(home / "ssh-hosts.toml", {"hosts": [target]})
    newer = json.dumps({"listeners": "/a", "program": "9", "protocol": 9, "oldest": 9})
    for program, said in (
        (["no-such-program"], "Install it there"),
        (["true"], "update it there"),
        (["sh", "-c", f"echo '{newer}'"], "update it here"),
    ):
        write_toml(home / "config.toml", {"ssh": {target: {"command": program}}})
        done = subprocess.run(
            ends.command, env={**os.environ, **ends.laptop}, capture_output=True, text=True,
            check=False, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 4
        assert said in done.stderr


def test_only_the_sound_is_brought_here(ends: Ends) -> None:
    target = ends.command[-1]
    write_toml(Path(ends.laptop["SUNO_TUI_HOME"]) / "ssh-hosts.toml", {"hosts": [target]})
    words = ends.command[len(SUNO_TUI) + 1 :]
    script = f"import sys; from suno_tui.cli.ssh import attach; sys.exit(attach({words!r}))"
    process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, **ends.laptop})
    try:
        assert until(ends.sockets, 60)
        [name] = ends.sockets()
        folder = Path(ends.host["XDG_RUNTIME_DIR"]) / "suno-tui" / "listeners"
        connection = sockets.connect(folder / name)
        assert connection is not None
        link = Link(connection, "7" * 64)
        assert link.name
        link.close()
    finally:
        process.terminate()
        process.wait(30)
    assert until(lambda: sockets.connect(folder / name) is None)
    assert until(lambda: ends.sockets() == [])


def test_where_names_a_private_folder(ends: Ends) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "suno_tui", "listen", "--where"],
        env={**os.environ, **ends.host}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    folder = Path(json.loads(done.stdout)["listeners"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert time.time() - folder.stat().st_mtime < 60
