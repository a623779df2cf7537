"""Wide screens: the preview, the sizes of panes, hidden panes, and numbers in the frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.tui.screens.pane_sizes import PaneSizes
from tests.tui.conftest import OpenApp, RunApp, settled, until
from tests.tui.screen_assertions import sees, shown


async def test_the_preview_follows_the_cursor_once_it_rests(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app(size=(200, 60), folded=True) as (app, pilot):
        preview = app.main.library.preview
        assert preview.display
        await pilot.press("escape", "3")
        await until(lambda: preview.track is not None and preview.track.title == "Summer Nights")
        await sees(app, "A major", "Walking down the empty street")
        shows: list[object] = []
        monkeypatch.setattr(preview, "_show", shows.append)
        await pilot.press("j", "j", "k", "j")
        assert not shows, "a held key must not read a cover for each row"
        await until(lambda: shows == [app.main.library.rows.current])
        await pilot.press("I")
        await until(lambda: not preview.display)
        await pilot.press("k")
        assert preview._timer is None, "a hidden preview does nothing"
        assert app.studio.remembered()["library"]["preview"] is False


async def test_a_screen_without_room_has_no_preview(run_app: RunApp) -> None:
    async with run_app(size=(120, 40)) as (app, pilot):
        assert not app.main.library.preview.display
        await pilot.press("escape", "3", "j")
        assert app.main.library.preview._timer is None


async def test_panes_are_resized_hidden_and_zoomed_and_that_is_kept(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        composer, queue = app.main.pane("compose"), app.main.pane("tasks")
        assert (composer.size.width, queue.outer_size.height) == (48, 10)
        await pilot.press("escape", "3", "{", "{", "[")
        await until(lambda: composer.size.width == 56)
        await until(lambda: queue.outer_size.height == 12)
        await pilot.press("2", "_")
        await until(lambda: not queue.display)
        assert app.main.page != "tasks"
        await pilot.press("3", "z")
    app = open_app(tracks=False, tasks=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.main.zoomed
        await pilot.press("z")
        assert not app.main.zoomed
        await until(lambda: app.main.pane("compose").size.width == 56)
        assert not app.main.pane("tasks").display
        await pilot.press("2")
        await until(lambda: app.main.pane("tasks").outer_size.height == 12)
        assert app.studio.remembered()["panes"]["hidden"] == [], "it stays for the next start"


async def test_the_last_pane_is_not_hidden(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "_", "_", "escape", "_")
        await pilot.pause()
        assert len(app.main.sizes.hidden) == 2
        assert app.main.pane(app.main.page).display


def test_sizes_fit_every_window_and_damaged_state_is_ignored() -> None:
    sizes = PaneSizes.read({"compose": 500, "tasks": -3, "hidden": ["library", 7, "player"]})
    assert (sizes.tasks, sizes.hidden) == (0, ["library"])
    for width in range(100, 300, 7):
        assert 44 <= sizes.compose_width(width) <= width - 44
    assert PaneSizes.read({"hidden": ["compose", "tasks", "library"]}).hidden == []
    assert PaneSizes.read("nonsense") == PaneSizes()


async def test_frames_show_the_keys_that_lead_to_them(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        lines = shown(app).splitlines()
        assert "[1] Compose" in lines[1]
        assert "[2] Queue" in lines[1]
        assert any("[3] Library" in line for line in lines)
    async with run_app(size=(80, 24), tracks=False, tasks=False) as (app, _):
        assert "3 Library (16)  4 Now playing" in shown(app)


async def test_the_mouse_drags_the_edges_between_panes(run_app: RunApp) -> None:
    async with run_app(size=(120, 40)) as (app, pilot):
        composer, queue = app.main.pane("compose"), app.main.pane("tasks")
        at = (composer.region.right, 30)
        await pilot.mouse_down(offset=at)
        await pilot.hover(offset=(at[0] + 9, 30))
        assert await pilot.mouse_up(offset=(at[0] + 9, 30))
        await until(lambda: composer.region.right == at[0] + 10)
        at = (100, queue.region.bottom - 1)
        await pilot.mouse_down(offset=at)
        await pilot.hover(offset=(100, 39))
        await pilot.mouse_up(offset=(100, 39))
        await until(lambda: queue.region.height == 31)  # the library keeps its least height
        await pilot.hover(offset=(100, 5))
        await pilot.click(offset=(20, 20))
        await pilot.pause()
        assert (composer.region.right, queue.region.height) == (at[0] - 42, 31)
        assert app.studio.remembered()["panes"]["tasks"] == 31
