"""Two machines: network namespaces with a cable between them, an sshd in one of them, two homes."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from getpass import getuser
from pathlib import Path

import lameenc
import numpy as np

from suno_tui.common.atomic_files import write_toml
from suno_tui.common.locks import Lock
from tests.command import SUNO_TUI
from tests.listener.driver import Driver
from tests.needs import find
from tests.player.recorder import Samples
from tests.terminal import wait_for

RATE = 44_100
LAPTOP, HOST = "10.77.0.1", "10.77.0.2"


def possible() -> bool:
    """Whether namespaces with a cable can be made here."""
    try:
        with contextlib.closing(Network()):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


class Network:
    """Two network namespaces, each held by a process that waits for our end."""

    def __init__(self) -> None:
        self._holders: list[subprocess.Popen[bytes]] = []
        try:
            self.laptop, self.host = self._namespace(), self._namespace()
            number = str(self._holders[1].pid)
            _run(*self.laptop, "ip", "link", "add", "l0", "type", "veth", "peer", "name", "h0",
                 "netns", number)  # fmt: skip
            for enter, device, address in ((self.laptop, "l0", LAPTOP), (self.host, "h0", HOST)):
                _run(*enter, "ip", "address", "add", f"{address}/24", "dev", device)
                for each in (device, "lo"):
                    _run(*enter, "ip", "link", "set", each, "up")
        except BaseException:
            self.close()
            raise

    def cut(self) -> None:
        """Pull the cable."""
        _run(*self.laptop, "ip", "link", "set", "l0", "down")

    def mend(self) -> None:
        _run(*self.laptop, "ip", "link", "set", "l0", "up")

    def close(self) -> None:
        for each in self._holders:
            assert each.stdin is not None
            each.stdin.close()
            each.wait()

    def _namespace(self) -> list[str]:
        """Make one; return the words that run a command in it."""
        unshare = find("unshare")
        if unshare is None or find("ip") is None or find("nsenter") is None:
            raise FileNotFoundError
        holder = subprocess.Popen(
            [unshare, "-n", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._holders.append(holder)
        assert holder.stdout is not None
        with holder.stdout as ready:
            if not ready.readline():
                raise PermissionError
        return ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


class Machines:
    """A laptop that records what it plays, a host with an sshd of default settings."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="st-"))
        self.network = Network()
        self.recording = self.folder / "recording"
        self._processes: list[subprocess.Popen[bytes]] = []
        common = {"LANG": "C.UTF-8", "HOME": str(self.folder), "PYTHONPATH": str(Path.cwd())}
        self.env, self.host_env = (
            {
                **common,
                "SUNO_TUI_HOME": str(self.folder / name),
                "XDG_RUNTIME_DIR": str(self.folder / name / "run"),
            }
            for name in ("laptop", "host")
        )
        for env in (self.env, self.host_env):
            Path(env["XDG_RUNTIME_DIR"]).mkdir(parents=True)
        self.target = f"{getuser()}@{HOST}"
        there = ["env", *(f"{name}={value}" for name, value in self.host_env.items()), *SUNO_TUI]
        record = ["sh", "-c", f"exec cat >> {shlex.quote(str(self.recording))}"]
        laptop = self.folder / "laptop"
        write_toml(
            laptop / "config.toml",
            {"player": {"command": record}, "ssh": {self.target: {"command": there}}},
        )
        write_toml(laptop / "ssh-hosts.toml", {"hosts": [self.target]})
        write_toml(self.folder / "host" / "config.toml", {"player": {"volume": 100}})
        self._sshd()

    def _sshd(self) -> None:
        ssh = self.folder / "ssh"
        ssh.mkdir()
        for name in ("host", "user"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ssh / name))
        # Only what lets it run beside another one, as this user.
        (ssh / "config").write_text(
            f"HostKey {ssh}/host\nPidFile {ssh}/pid\nAuthorizedKeysFile {ssh}/user.pub\n"
            "StrictModes no\n"
        )
        (ssh / "client").write_text(
            f"IdentityFile {ssh}/user\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
            "LogLevel ERROR\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(parents=True, exist_ok=True)
        sshd = find("sshd")
        assert sshd is not None
        log = ssh / "log"
        words = [*self.network.host, sshd, "-D", "-f", str(ssh / "config"), "-E", str(log)]
        self._processes.append(subprocess.Popen(words))
        wait_for(lambda: log.exists() and "Server listening" in log.read_text(), "sshd", 30)

    def listen(self) -> subprocess.Popen[bytes]:
        """Bring the sound of the host to the laptop; return `suno-tui listen HOST`."""
        words = ["-F", str(self.folder / "ssh" / "client"), self.target]
        script = f"import sys; from suno_tui.cli.ssh import attach; sys.exit(attach({words!r}))"
        process = subprocess.Popen(
            [*self.network.laptop, SUNO_TUI[0], "-c", script],
            env={**os.environ, **self.env}, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._processes.append(process)
        before = set(self.sockets())
        wait_for(lambda: set(self.sockets()) - before, "the listener at the host")
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a command with its ssh, as a laptop does that is switched off."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The shared connection has a process of its own, which would go on.
        for number in self.processes(f"c{process.pid} [mux]"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def processes(self, words: str = "") -> list[int]:
        """Return the processes of both machines, or those with these words in their command."""
        found = []
        for each in Path("/proc").iterdir():
            if each.name.isdigit() and int(each.name) != os.getpid():
                with contextlib.suppress(OSError):
                    command = (each / "cmdline").read_bytes()
                    ours = os.fsencode(self.folder)
                    if words.encode() in command and (
                        ours in command or ours in (each / "environ").read_bytes()
                    ):
                        found.append(int(each.name))
        return found

    def sockets(self) -> list[str]:
        """Return the sockets of listeners at the host."""
        folder = Path(self.host_env["XDG_RUNTIME_DIR"]) / "suno-tui" / "listeners"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def studio(self) -> Driver:
        """Start a studio at the host."""
        return Driver(self.host_env, self.network.host)

    def recorded(self) -> Samples:
        """Return what the laptop has played so far."""
        data = self.recording.read_bytes() if self.recording.exists() else b""
        return np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2)

    def listener(self) -> int | None:
        """Return the process of the laptop's listener."""
        return Lock(Path(self.env["XDG_RUNTIME_DIR"]) / "suno-tui" / "own.lock").holder()

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        if number := self.listener():
            os.kill(number, signal.SIGTERM)
            wait_for(lambda: self.listener() is None, "the listener to end", 30)
        self.network.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def noise(path: Path, seconds: float, seed: int, level: float = 9000.0) -> Path:
    """Write an MP3 of noise, of which no two moments are alike."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(128)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(9)
    encoder.silence()
    samples = np.random.default_rng(seed).normal(0, level, (round(RATE * seconds), 2))
    pcm = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    path.write_bytes(bytes(encoder.encode(pcm) + encoder.flush()))
    return path
