"""The studio is open for weeks: what came and went leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import math
import weakref
from collections.abc import Iterable
from functools import partial

import pytest
from textual.widget import Widget

from suno_tui.common.garbage import collect_seldom
from suno_tui.library.track import Track
from suno_tui.providers.song import Song
from suno_tui.tasks.models import Task
from suno_tui.tui.app import StudioApp
from suno_tui.tui.controllers import queue_news
from tests.tui.conftest import OpenApp, RunApp, idle, settled, until
from tests.tui.screen_assertions import sees
from tests.tui.seed import NOW, add_task, add_track

PARTS = ("_styles_cache", "_render_cache", "styles")
"""What a widget draws with: any of these may be kept where the widget itself is not."""


def watch(widgets: Iterable[Widget]) -> list[weakref.ref[object]]:
    """References to widgets and to what they draw with, that keep nothing alive."""
    found: list[weakref.ref[object]] = []
    for widget in widgets:
        parts = [widget, *(getattr(widget, name, None) for name in PARTS)]
        found += [weakref.ref(part) for part in parts if hasattr(part, "__weakref__")]
    return found


def alive(watched: list[weakref.ref[object]]) -> list[object]:
    gc.collect()
    return [one for ref in watched if (one := ref()) is not None]


async def gone(app: StudioApp, watched: list[weakref.ref[object]]) -> None:
    """Wait until nobody holds any of them."""
    assert watched

    def none_is_left() -> bool:
        app.call_later(lambda: None)  # the latest message is held, with its sender
        return not alive(watched)

    try:
        await until(none_is_left)
    except TimeoutError:
        kept = {type(one).__name__ for one in alive(watched)}
        raise AssertionError(f"kept: {sorted(kept)}") from None


async def test_messages_that_were_read_leave_nothing(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        # A message's clock holds on to it until it has run down, and the place of messages to the
        # last ones that were arranged there.
        watched = []
        for number in range(12):
            app.notify(f"[{number}] is here.", title="A song", markup=False, timeout=2)
            app.notify_briefly(f"Passing {number}.")
            await sees(app, f"[{number}] is here.", f"Passing {number}.")
            if number < 2:
                watched += watch(app.screen.query("ToastRack *").results(Widget))
            app.dismiss_notices()
            await until(lambda: not app.screen.query("ToastRack *"))
        await gone(app, watched)


async def test_a_message_that_ends_before_its_clock_leaves_no_place(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        for number in range(3):
            app.notify(f"Late {number}.", markup=False, timeout=600)
        await sees(app, "Late 0.", "Late 1.", "Late 2.")
        for note in app._notifications:
            note.raised_at -= 1000  # as when the machine was busy: the toast's clock began later
        app.notify("The next one.", markup=False, timeout=600)
        await sees(app, "The next one.")
        await until(lambda: len(app.screen.query("ToastRack > *")) == 1)


@pytest.mark.parametrize("keys", ["2 i", "3 i", "3 P", "3 T", "?", ":", ",", "o", "W"])
async def test_dialogs_that_were_closed_leave_nothing(run_app: RunApp, keys: str) -> None:
    async with run_app(shelves=True) as (app, pilot):
        await pilot.press("escape", *keys.split())
        await until(lambda: app.screen is not app.main)
        await pilot.pause()
        watched = watch([app.screen, *app.screen.query().results(Widget)])
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        await idle(app)
        await gone(app, watched)


async def test_garbage_is_collected_once_the_screen_can_be_used(open_app: OpenApp) -> None:
    """Closed dialogs and messages are garbage that only the collector frees. With what saves time
    at the start, it would run after 50 million new objects: not within hours."""
    before = gc.get_threshold()
    try:
        collect_seldom()
        gc.disable()
        async with open_app().run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            assert gc.isenabled()
            assert math.prod(gc.get_threshold()) <= 100_000
    finally:
        gc.unfreeze()
        gc.enable()
        gc.set_threshold(*before)


def records(kind: type[object]) -> set[str]:
    """The ids of all records of that kind that anybody holds."""
    gc.collect()
    return {str(getattr(one, "id", "")) for one in gc.get_objects() if type(one) is kind}


async def test_tasks_that_ended_and_were_forgotten_leave_nothing(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_news, "TOGETHER_SECONDS", 0.5)
    async with run_app() as (app, pilot):
        tasks = app.studio.tasks
        ids: set[str] = set()
        for number in range(3):
            song = Song(custom_mode=True, title=f"Gone {number}", style="pop", lyrics="la")
            new = add_task(tasks, song, status="processing", accepted_at=40.0, submitted_at=41.0)
            await sees(app, f"Gone {number}")
            with tasks.write() as connection:
                connection.execute(
                    "UPDATE tasks SET status = 'completed', ended_at = ? WHERE id = ?",
                    (NOW.timestamp(), new),
                )
            await until(partial(_ended, app, new))
            ids.add(new)
        del song
        for one in ids:
            tasks.forget(one)
        await until(lambda: not ids & {task.id for task in app.main.tasks.rows.items})
        app.dismiss_notices()
        await pilot.pause()
        await until(lambda: not ids & records(Task))


def _ended(app: StudioApp, id: str) -> bool:
    return any(task.id == id and not task.live for task in app.main.tasks.rows.items)


async def test_tracks_that_were_deleted_leave_nothing(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        before = records(Track)
        titles = ("Alpha is gone", "Beta is gone", "Delta is gone")
        for title in titles:
            add_track(app.studio.home, title, "pop", at=NOW)
        await asyncio.to_thread(library.refresh)
        await sees(app, *titles)
        ids = {track.id for track in library.tracks("gone")}
        assert len(ids) == 3
        library.trash(ids)
        library.empty_trash()
        await until(lambda: app.main.library.count == library.count())
        await idle(app)
        await pilot.pause()
        await until(lambda: not ids & records(Track))
        assert records(Track) <= before
