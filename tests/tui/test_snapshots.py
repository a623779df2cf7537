"""Pictures of the main states at three sizes, with fixed contents and a fixed clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from suno_tui.tui.app import StudioApp
from tests.tui.conftest import OpenApp, idle, settled

SIZES = {"80x24": (80, 24), "100x30": (100, 30), "160x50": (160, 50)}

STATES: dict[str, tuple[str, ...]] = {
    "compose": (),
    "queue": ("escape", "2"),
    "library": ("escape", "3", "j"),
    "playing": ("escape", "3", "enter"),
    "now-playing": ("escape", "3", "enter", "4"),
    "up-next": ("escape", "3", "enter", "j", "w", "G", "w", "W"),
    "search": ("escape", "/", "n", "i", "g", "h", "t"),
    "task-details": ("escape", "2", "G", "enter"),
    "track-details": ("escape", "3", "i"),
    "keys": ("escape", "3", "?"),
    "actions": ("escape", "3", "a"),
    "delete": ("escape", "3", "D"),
    "settings": ("escape", ",", "j", "j"),
    "settings-edit": ("escape", ",", "j", "j", "j", "j", "enter", "9", "9", "9", "enter"),
    "themes": ("escape", ",", "j", "enter"),
}


def before(keys: tuple[str, ...]) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What leads to a state, and waits until it is there."""

    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await idle(pilot.app)
        await pilot.pause()
        await pilot.pause()

    return run


ONE_SIZE = {"playing", "search", "actions", "delete", "settings-edit", "themes"}
"""States that differ from others by a part that is the same at every size."""

PICTURES = [
    pytest.param(keys, size, id=f"{state}-{name}")
    for state, keys in STATES.items()
    for name, size in SIZES.items()
    if state not in ONE_SIZE or name == "100x30"
]


@pytest.mark.parametrize(("keys", "size"), PICTURES)
def test_dark(keys: tuple[str, ...], size: tuple[int, int], open_app: OpenApp, snap: Any) -> None:
    assert snap(open_app(), terminal_size=size, run_before=before(keys))


@pytest.mark.parametrize("state", ["library", "task-details", "keys"])
def test_light(state: str, open_app: OpenApp, snap: Any) -> None:
    app = open_app(config='[screen]\ntheme = "studio-light"\n')
    assert snap(app, terminal_size=(100, 30), run_before=before(STATES[state]))


@pytest.mark.parametrize("size", [*SIZES.values(), (50, 14)], ids=[*SIZES.keys(), "50x14"])
def test_first_start(size: tuple[int, int], open_app: OpenApp, snap: Any) -> None:
    app = open_app(tracks=False, tasks=False)
    assert snap(app, terminal_size=size, run_before=before(()))


@pytest.mark.parametrize("theme", ["studio-dusk", "studio-contrast", "studio-contrast-light"])
def test_themes(theme: str, open_app: OpenApp, snap: Any) -> None:
    app = open_app(config=f'[screen]\ntheme = "{theme}"\n')
    assert snap(app, terminal_size=(120, 40), run_before=before(STATES["library"]))


def test_no_colours(open_app: OpenApp, snap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = open_app()
    assert snap(app, terminal_size=(100, 30), run_before=before(STATES["library"]))


@pytest.fixture
def snap(snap_compare: Any) -> Callable[..., bool]:
    """`snap_compare` for our app."""

    def compare(app: StudioApp, **options: Any) -> bool:
        return bool(snap_compare(app, **options))

    return compare
