"""Homes for the composer's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from tests.tui.composer.host import Host


@pytest.fixture
def open_host(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Host]:
    """Opens the composer on the test's home; no worker is started."""
    monkeypatch.setattr(Studio, "wake", lambda self: None)

    def open_it(config: str = "", **options: Any) -> Host:
        if config:
            home.config_file.write_text(config)
        return Host(Studio.open(home), **options)

    return open_it
