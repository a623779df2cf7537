"""Pictures of the main states at three sizes, with fixed contents and a fixed clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from suno_tui.player.afar import Line
from suno_tui.player.output import Nowhere
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.sound import where
from tests.tui.conftest import OpenApp, idle, settled
from tests.tui.seed import SUMMER

SIZES = {"80x24": (80, 24), "100x30": (100, 30), "160x50": (160, 50)}

LIGHT = '[screen]\ntheme = "studio-light"\n'

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
    "settings-edit": ("escape", ",", *"jjjjj", "enter", "9", "9", "9", "enter"),
    "themes": ("escape", ",", "j", "enter"),
}

DIALOGS: dict[str, tuple[str, ...]] = {
    "edit": ("escape", "3", "j", "t"),
    "to-playlist": ("escape", "3", "j", "p"),
    "playlists": ("escape", "3", "P"),
    "trash-bin": ("escape", "3", "T"),
    "export": ("escape", "3", "j", "x"),
    "searches": ("escape", "3", "S"),
    "where": ("escape", "3", "j", "o"),
    "settle": ("escape", "2", "g", "g", "s"),
    "drafts": ("escape", "d"),
    "recipes": ("escape", "r"),
    "variations": ("escape", "V"),
    "save-persona": ("escape", "P"),
    "models": ("enter",),
}
"""Over a home whose shelves are filled, with a lost song, and a song in the composer."""


def before(keys: tuple[str, ...]) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What leads to a state, and waits until it is there."""

    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await press(pilot, keys)

    return run


def opening(dialog: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What leads to a dialog."""

    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app = pilot.app
        assert isinstance(app, StudioApp)
        app.main.composer.load(replace(SUMMER, persona_id="persona-4711"))
        if dialog == "models":
            app.main.composer.form.field("model").focus()
        await press(pilot, DIALOGS[dialog])
        assert isinstance(app.screen, Dialog)

    return run


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    for key in keys:
        await pilot.press(key)
        await idle(pilot.app)
        pilot.app.clear_notifications()  # how long they stay is a matter of real time
    await pilot.pause()
    await pilot.pause()


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


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialogs(
    dialog: str, size: tuple[int, int], open_app: OpenApp, snap: Any, elsewhere: None
) -> None:
    app = open_app(shelves=True, lost=True)
    assert snap(app, terminal_size=size, run_before=opening(dialog))


@pytest.mark.parametrize("state", STATES)
def test_light(state: str, open_app: OpenApp, snap: Any) -> None:
    app = open_app(config=LIGHT)
    assert snap(app, terminal_size=(100, 30), run_before=before(STATES[state]))


@pytest.mark.parametrize("dialog", DIALOGS)
def test_light_dialogs(dialog: str, open_app: OpenApp, snap: Any, elsewhere: None) -> None:
    app = open_app(config=LIGHT, shelves=True, lost=True)
    assert snap(app, terminal_size=(100, 30), run_before=opening(dialog))


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


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same machine, user and folder in every picture; it has no sound device."""
    silent = Nowhere("")
    silent.kind = "silent"
    real = StudioApp.ways

    def ways(app: StudioApp) -> list[where.Way]:
        home = str(tmp_path / "user")
        return [replace(way, text=way.text.replace(home, "/home/ana")) for way in real(app)]

    monkeypatch.setattr(StudioApp, "ways", ways)
    monkeypatch.setattr(Line, "of", lambda env: Line("ana", "studio"))
    monkeypatch.setattr("socket.gethostname", lambda: "studio")
    monkeypatch.setattr(where, "open_output", lambda: silent)
