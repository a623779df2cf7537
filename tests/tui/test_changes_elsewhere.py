"""The screen is told of changes by other processes, and asks for none while nothing happens."""

from __future__ import annotations

import sys

import pytest

from suno_tui.library import watch
from suno_tui.library.store import Library
from suno_tui.providers.song import Song
from suno_tui.tasks.store import TaskStore
from suno_tui.tui import app as app_module
from tests.tui.conftest import RunApp
from tests.tui.screen_assertions import sees

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


async def test_a_task_and_a_track_from_elsewhere_are_shown_without_asking(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "POLL_SECONDS", 3600)
    async with run_app() as (app, _):
        home = app.studio.home
        other = TaskStore(home.queue)
        other.add(Song(prompt="written elsewhere"), provider="local", credits=0)
        other.close()
        await sees(app, "written elsewhere")
        library = Library(home.library, trash=home.trash, cache=home.cache)
        [track, *_] = library.tracks()
        library.edit(track.id, title="Renamed elsewhere")
        library.close()
        await sees(app, "Renamed elsewhere")


async def test_without_notifications_a_track_is_shown_as_soon_as_it_was_looked_at(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "POLL_SECONDS", 3600)
    for module in (app_module, watch):
        monkeypatch.setattr(module, "open_inotify", lambda: None)
    async with run_app() as (app, _):
        [track, *_] = app.studio.library.tracks()
        track.file.write_text(track.file.read_text().replace(track.title, "Written by hand"))
        await sees(app, "Written by hand")


async def test_the_queue_s_timers_rest_while_nothing_is_live(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, _):
        timers = app.main.tasks._while_live
        assert not any(timer._active.is_set() for timer in timers)
        task = app.studio.tasks.add(Song(prompt="rain"), provider="local", credits=0)
        app.main.tasks.reload()
        assert all(timer._active.is_set() for timer in timers)
        app.studio.tasks.cancel(task.id)
        app.main.tasks.reload()
        assert not any(timer._active.is_set() for timer in timers)
