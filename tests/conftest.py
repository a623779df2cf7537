"""What every test stands on: a home of its own, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.paths import Home
from tests.needs import need

SCREENS = ("tui", "line")
"""Folders whose tests draw screens."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a screen that is drawn late a second look, and no third. Everything else runs once: a
    race that loses money in one run of two is a mistake."""
    for item in items:
        below = item.path.relative_to(Path(__file__).parent).parts
        if below[0] in SCREENS or item.get_closest_marker("screen"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        need(*marker.args)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever sent to a real host from a test: only the loopback can be reached."""
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
    """No setting, key or folder of the person who runs the tests is seen or touched."""
    for name in list(os.environ):
        if name.startswith(("SUNO_TUI_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Home]:
    """An empty home that the environment names, with short takes from the built-in provider."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SUNO_TUI_HOME", str(folder))
    found = Home.find()
    found.create()
    found.config_file.write_text("[local]\ntarget_seconds = 6\n")
    yield found
