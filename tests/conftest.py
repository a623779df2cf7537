"""Fixtures of all tests: a home of its own for each, and no way out of this machine."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from suno_tui.tasks.worker_starter import DETACHED, ERROR_FILE
from tests.examples import choose
from tests.needs import need

SCREENS = ("tui",)
"""Folders whose tests draw screens."""


choose()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a failed test of a screen once more, since drawing may be late on a busy machine. All
    others run once: a race that loses money in one of two runs is a mistake."""
    for item in items:
        below = item.path.relative_to(Path(__file__).parent).parts
        if below[0] in SCREENS or item.get_closest_marker("screen"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        need(*marker.args)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test reach only the loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0].partition("%")[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the settings, keys and folders of the person who runs the tests."""
    for name in list(os.environ):
        if name.startswith(("SUNO_TUI_", "XDG_")):
            monkeypatch.delenv(name)
    # Music by the engine alone, whatever this machine has besides.
    monkeypatch.setenv("SUNO_TUI_VOICE", "formant")
    monkeypatch.setenv("SUNO_TUI_SOUNDFONT", "off")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))


@pytest.fixture(autouse=True)
def _no_worker_stays(_clean_environment: None, tmp_path: Path) -> Iterator[None]:
    """End the workers that commands of the test have started, if they are still there."""
    yield
    home = Home.find()
    there = os.path.exists(home.worker_lock)  # noqa: PTH110 - tests replace what Path does
    holder = Lock(home.worker_lock).holder() if there else None
    workers = set() if holder is None else {holder}
    if os.path.exists(home.log / ERROR_FILE):  # noqa: PTH110
        workers |= _workers_of(tmp_path / "user")
    for worker in workers - {os.getpid()}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def _workers_of(user: Path) -> set[int]:
    """Return the workers that run for a user, on Linux. The last one may not have its lock yet."""
    found = set[int]()
    for name in os.listdir("/proc") if sys.platform == "linux" else ():  # noqa: PTH208
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/cmdline", "rb") as file:  # noqa: PTH123
                words = file.read().split(b"\0")
            with open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                variables = file.read().split(b"\0")
            if DETACHED.encode() in words and b"HOME=" + os.fsencode(user) in variables:
                found.add(int(name))
    return found


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Home]:
    """Return an empty home that the environment names; takes are short, and polling is quick."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SUNO_TUI_HOME", str(folder))
    found = Home.find()
    found.create()
    found.config_file.write_text(
        "[local]\ntarget_seconds = 6\n"
        "[queue]\npoll_seconds = 0.2\npoll_most_seconds = 0.2\nrequests_per_second = 50\n"
    )
    yield found


@pytest.fixture
def studio(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Return a studio with a provider of its own that is not there; no worker is started."""
    monkeypatch.setattr(Studio, "wake", lambda self: None)
    home.config_file.write_text(
        'provider = "mine"\n[providers.mine]\nbase_url = "http://127.0.0.1:9"\nkey = "sk-1"\n'
    )
    home.config_file.chmod(0o600)
    found = Studio.open(home)
    yield found
    found.close()
