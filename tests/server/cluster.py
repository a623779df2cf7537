"""A Dask scheduler and render workers as processes of their own, with TLS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trustme

from suno_tui.server.cluster_address import ClusterAddress
from tests.server.conftest import until

ROOT = Path(__file__).parents[2]
ENGINE = {"SUNO_TUI_VOICE": "formant", "SUNO_TUI_SOUNDFONT": "off"}
"""The engine as tests have it: workers with another one than the server's are not used."""


class Cluster:
    """The processes of a cluster on the loopback; each machine renders `workers` takes at once.

    In networks of their own, `host` and `port` are the scheduler's, and `inside` returns the
    command that runs another one in the network of `scheduler` or of a machine.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        inside: Callable[[str], list[str]] = lambda _: [],
    ) -> None:
        self.folder = folder
        self.workers = workers
        self.host = host
        self._inside = inside
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        mine = authority.issue_cert(host)
        mine.private_key_pem.write_to_path(folder / "key.pem")
        mine.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        self.port = port or free_port()
        self.options = [
            *("--cluster", f"tls://{host}:{self.port}"),
            *("--cluster-ca", str(folder / "ca.pem")),
            *("--cluster-cert", str(folder / "cert.pem")),
            *("--cluster-key", str(folder / "key.pem")),
        ]
        self.address = ClusterAddress.checked(
            self.options[1], ca=self.options[3], cert=self.options[5], key=self.options[7]
        )
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.machines: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, **environment: str) -> None:
        self.start_scheduler()
        self.start_workers(**environment)

    def start_scheduler(self) -> None:
        self.scheduler = self._run(
            "scheduler",
            *("dask", "scheduler", "--host", self.host, "--port", str(self.port)),
            *("--protocol", "tls", "--dashboard-address", "127.0.0.1:0"),
            *("--tls-ca-file", self.options[3], "--tls-cert", self.options[5]),
            *("--tls-key", self.options[7]),
        )

    def start_workers(self, machine: str = "machine", **environment: str) -> None:
        self.machines[machine] = self._run(
            machine,
            "suno_tui",
            "render-worker",
            *self.options,
            *("--workers", str(self.workers), "--name", machine),
            **environment,
        )

    def _run(self, place: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "cluster.log").open("ab") as log:
            return subprocess.Popen(
                [*self._inside(place), sys.executable, "-m", *command],
                cwd=ROOT,
                env={
                    **os.environ,
                    "SUNO_TUI_HOME": str(self.folder / "home"),
                    **ENGINE,
                    **environment,
                },
                stdout=log,
                stderr=log,
            )

    def worker_processes(self) -> list[int]:
        """Return the process ids of the workers that are alive now."""
        found: list[int] = []
        for machine in self.machines.values():
            with suppress(OSError):
                path = Path(f"/proc/{machine.pid}/task/{machine.pid}/children")
                found += [pid for pid in map(int, path.read_text().split()) if _is_worker(pid)]
        return found

    def kill_a_worker(self, number: int = 0) -> None:
        pids = until(self.worker_processes, 120)
        with suppress(ProcessLookupError):
            os.kill(pids[number % len(pids)], signal.SIGKILL)

    def kill_scheduler(self) -> None:
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()

    def restart_scheduler(self) -> None:
        self.kill_scheduler()
        self.start_scheduler()

    def close(self) -> None:
        for process in (*self.machines.values(), self.scheduler):
            if process is not None:
                process.terminate()
                process.wait(30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
