"""Fixtures for the composer's tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from tests.tui.composer.host import Host


@pytest.fixture
def open_host(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Host]]:
    """Opens the composer on the test's home; no worker is started."""
    monkeypatch.setattr(Studio, "wake", lambda self: None)
    opened: list[Studio] = []

    def open_it(config: str = "", **options: Any) -> Host:
        if config:
            home.config_file.write_text(config)
        opened.append(Studio.open(home))
        return Host(opened[-1], **options)

    yield open_it
    for studio in opened:
        studio.close()


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes $EDITOR a script; the terminal of a test can't be lent, so that part is left out."""

    @contextlib.contextmanager
    def lent(self: Host) -> Iterator[None]:
        yield

    monkeypatch.setattr(Host, "suspend", lent)
    monkeypatch.delenv("VISUAL", raising=False)

    def write(script: str, options: str = " --wait") -> None:
        path = tmp_path / "my editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("EDITOR", f"'{path}'{options}")

    return write
