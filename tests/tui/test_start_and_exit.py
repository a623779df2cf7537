"""The start and the exit of the view: welcome, first picture, what is remembered."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from suno_tui.library.search_results import SearchResults
from suno_tui.library.store import Library
from suno_tui.providers.tables.suno import SUNO
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.header import Header
from suno_tui.tui.screens.main import MainScreen
from tests.tui.conftest import OpenApp, RunApp, settled, until
from tests.tui.screen_assertions import sees, shown


async def test_the_theme_is_chosen_seen_and_remembered(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        assert app.theme == "studio-dark"
        await pilot.press("escape", ":", *"change theme", "enter")
        await pilot.pause()
        await pilot.press(*"studio-l")
        await until(lambda: app.theme == "studio-light")  # applied while choosing
        await pilot.press("escape")
        await until(lambda: app.theme == "studio-dark")
        await pilot.press(":", *"change theme", "enter")
        await pilot.pause()
        await pilot.press(*"studio-l", "enter")
        await until(lambda: app.theme == "studio-light")
        assert app.studio.remembered()["theme"] == "studio-light"


async def test_other_themes_can_be_drawn(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        assert set(app.available_themes) > {"studio-dark", "studio-light", "nord"}
        for name in ("studio-light", "nord", "gruvbox", "textual-light"):
            app.theme = name
            await pilot.pause()
            assert "Summer Nights" in shown(app)


async def test_first_start_says_what_this_is_and_goes_with_the_first_task(run_app: RunApp) -> None:
    async with run_app((80, 24), tracks=False, tasks=False) as (app, pilot):
        await sees(app, "Welcome.")
        assert "with no account" in shown(app)
        await pilot.press("ctrl+g")
        await pilot.press(*"calm piano", "ctrl+g")
        await pilot.press("enter")
        await pilot.pause(0.5)
        assert [task.song.prompt for task in app.studio.tasks.all()] == ["calm piano"]
        assert "Welcome." not in shown(app)


@pytest.mark.parametrize("new", [True, False])
async def test_the_welcome_pushes_nothing_down(
    new: bool, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = not new
    pictures: list[str] = []
    for _ in range(2):  # the second start reads what the first one has written
        app = open_app(tracks=contents, tasks=contents)
        contents = False  # it is mounted by then
        pictures.clear()
        monkeypatch.setattr(app, "_display", lambda *_, app=app: pictures.append(shown(app)))
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
    assert {"Welcome" in picture for picture in pictures} == {new}


async def test_quitting_says_that_tasks_go_on(
    run_app: RunApp, capsys: pytest.CaptureFixture[str]
) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "q")
        await pilot.pause()
        said = [str(text) for text in app._exit_renderables]
    assert "5 tasks go on without this window" in " ".join([*said, capsys.readouterr().err])


async def test_quitting_says_nothing_without_live_tasks(
    run_app: RunApp, capsys: pytest.CaptureFixture[str]
) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert not app._exit_renderables
    assert "without this window" not in capsys.readouterr().err


async def test_the_place_is_remembered(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "q")
        await pilot.pause()
    assert app.studio.remembered()["pane"] == "library"


async def test_a_hosted_provider_shows_its_balance_or_why_not(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        header = app.main.query_one(Header)
        header.provider = "hosted"
        header.show_balance(976, "", free=False, credit=SUNO.credit)
        await pilot.pause()
        assert "976 cr  $4.88" in shown(app).splitlines()[0]
        header.show_balance(None, "the network let us down", free=False, credit=SUNO.credit)
        await pilot.pause()
        assert "the network let us down" in shown(app).splitlines()[0]


async def test_a_small_window_shows_the_balance_or_the_providers_trouble(
    run_app: RunApp,
) -> None:
    async with run_app((80, 24), tasks=False) as (app, pilot):
        await _heads(app, pilot, 12_976, "", "12,976 cr  $64.88")
        await _heads(app, pilot, None, "The API key is not valid", "The API key is n")
        app.main.query_one(Header).provider = "kie"
        app.main.show_balance(None, "That address does not speak this API")
        await sees(app, "kie · &: check it")


async def test_a_small_window_shows_it_beside_what_needs_the_user(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await _heads(app, pilot, 12_976, "", "@ 1 12,976 cr")
        await _heads(app, pilot, None, "The API key is not valid", "@ 1 The API key")


async def _heads(
    app: StudioApp, pilot: Pilot[None], balance: int | None, trouble: str, seen: str
) -> None:
    """Show a balance, or why it is unknown, and look for a text in the first line."""
    header = app.main.query_one(Header)
    header.provider = "a provider with a name"
    header.show_balance(balance, trouble, free=False, credit=SUNO.credit)
    await pilot.pause()
    assert seen in shown(app).splitlines()[0]


async def test_the_first_picture_says_what_generate_would_do(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, first = MainScreen.draw, list[str]()

    def observe(screen: MainScreen, field: Widget | None = None, *, alone: bool = False) -> None:
        draw(screen, field, alone=alone)
        first.append(shown(app))

    monkeypatch.setattr(MainScreen, "draw", observe)
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "Prompt: describe the song" in first[0]
        assert "ctrl+t: own lyrics" in shown(app), "and then what the field is for"


async def test_a_place_can_be_chosen_before_it_is_mounted(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = MainScreen._mount_rest

    async def go_before(screen: MainScreen) -> None:
        screen.go("library")
        await fill(screen)

    monkeypatch.setattr(MainScreen, "_mount_rest", go_before)
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.main.page == "library"
        assert app.focused is app.main.library.rows


async def test_typed_text_shows_before_the_library_is_read(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, search = threading.Event(), Library.search

    def slowly(library: Library, *args: Any, **more: Any) -> SearchResults:
        answer.wait(30)
        return search(library, *args, **more)

    monkeypatch.setattr(Library, "search", slowly)
    monkeypatch.setattr("suno_tui.tui.screens.main.PATIENCE_SECONDS", 60)
    app = open_app()
    pictures: list[str] = []
    monkeypatch.setattr(app, "_display", lambda *_: pictures.append(shown(app)))
    async with app.run_test(size=(120, 40)) as pilot:
        try:
            await until(lambda: app.main.complete)
            await pilot.press(*"xylo")
            await until(lambda: any("xylo" in picture for picture in pictures))
            assert not app.main.library.listed
            assert not app.main.drawn.is_set()
        finally:
            answer.set()
        await settled(pilot)


async def test_suspend_needs_a_shell_above_the_studio(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(StudioApp, "action_suspend_process", lambda self: stopped.append(True))
    app = open_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        monkeypatch.setattr(os, "getpgrp", lambda: os.getsid(0))
        await app.dispatcher.run("suspend")
        await sees(app, "No shell started the studio")
        assert not stopped
        monkeypatch.setattr(os, "getpgrp", lambda: os.getsid(0) + 1)
        await app.dispatcher.run("suspend")
        assert stopped
