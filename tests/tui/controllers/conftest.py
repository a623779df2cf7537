"""A studio with the seed's contents, and a stand-in for the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.studio import Studio
from tests.tui.controllers.fake_context import FakeContext
from tests.tui.seed import open_studio


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeContext]:
    monkeypatch.setattr(Studio, "wake", lambda self: None)
    studio = open_studio(tmp_path / "home")
    yield FakeContext(studio)
    studio.close()
