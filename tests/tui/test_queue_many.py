"""A queue with many tasks: its order, marks, forecasts, and what differs between alike tasks."""

from __future__ import annotations

from datetime import timedelta

from suno_tui.providers.song import Song
from suno_tui.tasks.models import Status
from suno_tui.tasks.store import TaskStore
from suno_tui.tui.screens.queue.order import Forecast, arrange
from tests.tui.conftest import OpenApp, RunApp, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.seed import NOW, add_task


def many(store: TaskStore, count: int = 9) -> list[str]:
    """Add waiting tasks, of which the first one runs."""
    ids = [add_task(store, Song(prompt=f"song {i}"), created_at=60.0) for i in range(count)]
    with store.write() as connection:
        connection.execute(
            "UPDATE tasks SET status = 'processing', submitted_at = ?, accepted_at = ?, "
            "task_id = 'x' WHERE id = ?",
            (NOW.timestamp() - 10, NOW.timestamp() - 10, ids[0]),
        )
    return ids


def ended(store: TaskStore, seconds: float, ago: float) -> str:
    return add_task(
        store, Song(prompt="old"), status="completed", created_at=ago + seconds,
        submitted_at=ago + seconds, accepted_at=ago + seconds, completed_at=ago, ended_at=ago,
    )  # fmt: skip


async def test_what_runs_is_in_sight_and_the_others_follow_in_order(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        many(app.studio.tasks, 30)
        await sees(app, "◐ song 0")
        titles = [task.title for task in app.main.tasks.rows.items]
        assert titles == [f"song {i}" for i in range(30)]
        rows = app.main.tasks.rows
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'completed', ended_at = ? WHERE id = ?",
                (NOW.timestamp(), rows.items[0].id),
            )
            connection.execute(
                "UPDATE tasks SET status = 'processing' WHERE id = ?", (rows.items[1].id,)
            )
        await sees(app, "◐ song 1")
        assert rows.cursor == 0, "the view stays with what runs"
        assert rows.items[-1].title == "song 0"


def test_each_waiting_task_waits_for_those_before_it(open_app: OpenApp) -> None:
    store = open_app(tasks=False).studio.tasks
    for turn in range(3):
        ended(store, 40, 1000 + turn * 100)
    ids = many(store, 4)
    tasks = arrange(store.all(), NOW)
    forecast = Forecast(tasks)
    left = [forecast.left(store.get(each), NOW) for each in ids]
    assert left == [30, 70, 110, 150]
    # The one that runs is late: no promise for it, and the others are counted from now.
    late = NOW + timedelta(seconds=50)
    assert [forecast.left(store.get(each), late) for each in ids] == [None, 40, 80, 120]


def test_tasks_of_parallel_providers_do_not_wait_for_each_other(open_app: OpenApp) -> None:
    store = open_app(tasks=False).studio.tasks
    ids = []
    for _ in range(2):
        add_task(
            store, Song(prompt="old"), provider="hosted", status="completed", created_at=500.0,
            submitted_at=500.0, accepted_at=500.0, ended_at=440.0,
        )  # fmt: skip
        ids.append(
            add_task(
                store,
                Song(prompt="new"),
                provider="hosted",
                status="pending",
                created_at=20.0,
                submitted_at=20.0,
                accepted_at=20.0,
            )
        )
    forecast = Forecast(arrange(store.all(), NOW))
    assert [forecast.left(store.get(each), NOW) for each in ids] == [40, 40]


async def test_all_live_tasks_are_cancelled_by_three_keys(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        old = ended(app.studio.tasks, 40, 1000)
        ids = many(app.studio.tasks)
        app.main.tasks.reload()
        await pilot.press("*")
        await sees(app, "9 marked")
        await pilot.press("d")
        await sees(app, "Cancel 9 tasks?", "They cost nothing.")
        await pilot.press("y")
        await pilot.pause()
        store = app.studio.tasks
        assert store.get(ids[0]).cancelling
        codes = {(error := store.get(each).error) and error.code for each in ids[1:]}
        assert codes == {"cancelled"}
        assert not store.get(old).forgotten, "what had ended was not marked"
        assert not app.main.tasks.rows.marked


async def test_some_are_marked_and_sent_again(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        ids = [
            add_task(
                app.studio.tasks,
                Song(prompt=f"song {i}"),
                provider="hosted",
                status="failed",
                created_at=50.0,
                ended_at=float(i),
                error_code="upstream_error",
                error_message="x",
            )
            for i in range(3)
        ]
        app.main.tasks.reload()
        await pilot.press("v", "v", "r")
        await sees(app, "Retry 2 tasks?", "Sending them again may cost 48 cr ($0.24) in all.")
        await pilot.press("y")
        await pilot.pause()
        states = [app.studio.tasks.get(each).status for each in ids]
        assert states == [Status.QUEUED, Status.QUEUED, Status.FAILED]


async def test_ended_tasks_are_cleared_and_come_back(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        for turn in range(3):
            ended(app.studio.tasks, 40, 100 + turn)
        many(app.studio.tasks, 1)
        app.main.tasks.reload()
        await pilot.press("D")
        await pilot.pause()
        assert len(app.studio.tasks.all()) == 1
        await pilot.press("u")
        await pilot.pause()
        assert len(app.studio.tasks.all()) == 4


async def test_cancel_all_asks_for_all_of_them(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        many(app.studio.tasks, 5)
        app.main.tasks.reload()
        await pilot.press("v")
        marked = set(app.main.tasks.rows.marked)
        await app.dispatcher.run("cancel_all")
        await pilot.pause()
        await sees(app, "Cancel 5 tasks?")
        await pilot.press("n")
        assert len(app.studio.tasks.live()) == 5
        assert set(app.main.tasks.rows.marked) == marked != set(), "the question marks nothing"


async def test_waiting_tasks_are_put_in_another_order(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        ids = many(app.studio.tasks, 4)
        app.main.tasks.reload()
        await pilot.press("j", "J")
        await pilot.pause()
        order = [ids[0], ids[2], ids[1], ids[3]]
        assert [task.id for task in app.studio.tasks.live()] == order
        assert app.main.tasks.selected is not None
        assert app.main.tasks.selected.id == ids[1], "the cursor goes with it"
        await pilot.press("J", "K", "K")
        await pilot.pause()
        assert [task.id for task in app.studio.tasks.live()] == ids
        await pilot.press("K")
        assert [task.id for task in app.studio.tasks.live()] == ids, "one runs: it has no place"
        assert "Only waiting tasks have an order." in [*app._notifications][-1].message


async def test_variations_are_told_apart_after_their_end(run_app: RunApp) -> None:
    async with run_app((160, 50), tasks=False) as (app, pilot):
        await pilot.press("escape", "2")
        for style in ("synth-pop, dream", "acoustic folk, dream"):
            song = Song(custom_mode=True, title="Night Bus Home", style=style, lyrics="la")
            add_task(
                app.studio.tasks, song, status="completed", created_at=90.0, submitted_at=90.0,
                ended_at=5.0,
            )  # fmt: skip
        await sees(app, "Night Bus Home · acoustic folk", "Night Bus Home · synth-pop")


async def test_enter_on_an_ended_task_goes_to_its_takes(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        track = app.studio.library.tracks("title:Zug")[0]
        task = ended(app.studio.tasks, 40, 100)
        with app.studio.tasks.write() as connection:
            connection.execute(
                "INSERT INTO takes (task, number, title, tags, lyrics, url, image_url, state, "
                "track_id) VALUES (?, 1, '', '', '', '', '', 'done', ?)",
                (task, track.id),
            )
        await pilot.press("escape", "2")
        await sees(app, "1 take")
        assert "⏎ Go to takes" in shown(app)
        await pilot.press("enter")
        await until(lambda: app.main.page == "library" and app.main.library.track is not None)
        await until(lambda: app.main.library.track == track)
        await pilot.press("2", "i")
        await sees(app, "Provider's id")
