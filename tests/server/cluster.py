"""A Dask scheduler and render workers as processes of their own, on the loopback with TLS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import trustme

from suno_tui.server.cluster_address import ClusterAddress
from tests.server.conftest import until

ROOT = Path(__file__).parents[2]


class Cluster:
    """The processes of a cluster; `workers` render at most as many takes at once."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        self.workers = workers
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        mine = authority.issue_cert("127.0.0.1")
        mine.private_key_pem.write_to_path(folder / "key.pem")
        mine.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.options = [
            *("--cluster", f"tls://127.0.0.1:{self.port}"),
            *("--cluster-ca", str(folder / "ca.pem")),
            *("--cluster-cert", str(folder / "cert.pem")),
            *("--cluster-key", str(folder / "key.pem")),
        ]
        self.address = ClusterAddress.checked(
            self.options[1], ca=self.options[3], cert=self.options[5], key=self.options[7]
        )
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.machine: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        self.start_scheduler()
        self.start_workers(**environment)

    def start_scheduler(self) -> None:
        self.scheduler = self._run(
            *("dask", "scheduler", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--protocol", "tls", "--dashboard-address", "127.0.0.1:0"),
            *("--tls-ca-file", self.options[3], "--tls-cert", self.options[5]),
            *("--tls-key", self.options[7]),
        )

    def start_workers(self, **environment: str) -> None:
        self.machine = self._run(
            "suno_tui",
            "render-worker",
            *self.options,
            *("--workers", str(self.workers), "--name", "machine"),
            **environment,
        )

    def _run(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "cluster.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env={
                    **os.environ,
                    "SUNO_TUI_HOME": str(self.folder / "home"),
                    # The engine as tests have it: workers with another one are not used.
                    "SUNO_TUI_VOICE": "formant",
                    "SUNO_TUI_SOUNDFONT": "off",
                    **environment,
                },
                stdout=log,
                stderr=log,
            )

    def worker_processes(self) -> list[int]:
        """Return the process ids of the workers that are alive now."""
        assert self.machine is not None
        with suppress(OSError):
            listed = Path(f"/proc/{self.machine.pid}/task/{self.machine.pid}/children").read_text()
            return [pid for pid in map(int, listed.split()) if _is_worker(pid)]
        return []

    def kill_a_worker(self, number: int = 0) -> None:
        pids = until(self.worker_processes, 120)
        with suppress(ProcessLookupError):
            os.kill(pids[number % len(pids)], signal.SIGKILL)

    def kill_scheduler(self) -> None:
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()

    def close(self) -> None:
        for process in (self.machine, self.scheduler):
            if process is not None:
                process.terminate()
                process.wait(30)


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
