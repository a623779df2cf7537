"""Children of which one test may spoil the code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suno_tui.media import children
from tests.library.house import House

Spoil = Callable[[str], children.Children]


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spoil]:
    """Children of this test alone, which run some code before they begin to read."""
    mine: list[children.Children] = []

    def spoil(code: str) -> children.Children:
        start = children._START.replace("from suno_tui", f"{code}; from suno_tui", 1)
        monkeypatch.setattr(children, "_START", start)
        mine.append(children.Children())
        monkeypatch.setattr(children, "CHILDREN", mine[-1])
        return mine[-1]

    yield spoil
    for one in mine:
        one.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()
