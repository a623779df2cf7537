"""The queue on the screen: rows, actions, and updates."""

from __future__ import annotations

import pytest

from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.tasks.models import Failure, Status, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.dialogs.confirm import Confirm
from suno_tui.tui.dialogs.picker import EntryRows, Picker
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.screens.queue.details import TaskDetails
from suno_tui.tui.screens.queue.settle import SettleDialog
from suno_tui.tui.widgets.virtual_list import REACH
from suno_tui.worker.journal import Journal
from tests.tui.conftest import OpenApp, RunApp, until
from tests.tui.screen_assertions import notified, sees, shown
from tests.tui.seed import NOW, add_lost, add_task


async def test_each_state_has_a_sign_and_a_word(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, _):
        text = shown(app)
        for part in (
            "◐ Summer Nights", "processing ━", "↓ Paper Sky", "◔ City of Rain", "pending",
            "◌ Neon Rain", "queued", "‖ Grandmother's Clock", "not enough credits",
            "✔ Peaceful Piano", "2 takes", "✖ Night Drive", "failed at the provider, refunded",
            "0:42 ~0:32", "~2 min", "~3 min", "5 live · 3 ended",
        ):  # fmt: skip
            assert part in text, part


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
async def test_audio_that_its_provider_soon_deletes_stands_out(
    run_app: RunApp, size: tuple[int, int]
) -> None:
    async with run_app(size) as (app, pilot):
        add_task(
            app.studio.tasks, Song(prompt="a fugue"), id="x2old", provider="hosted",
            status="downloading", hold_code="offline", hold_message="No network.",
            created_at=76000.0, submitted_at=76000.0, accepted_at=76000.0, completed_at=75600.0,
        )  # fmt: skip
        await pilot.press("escape", "2")
        await sees(app, "! a fugue", "ends in 3 h: offline")
        await sees(
            app, "! 1 task has audio that is not downloaded yet; the provider deletes it in 3 h."
        )
        assert app.main.tasks.rows.items[0].id == "x2old"


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
async def test_variations_of_a_song_are_told_apart(run_app: RunApp, size: tuple[int, int]) -> None:
    async with run_app(size) as (app, pilot):
        await pilot.press("escape", "2")
        for model in ("suno-v5_5", "suno-v5"):
            for style in ("Pop, Waltz", "Pop, Tango"):
                song = Song(custom_mode=True, title="Rain", style=style, model=model, lyrics="la")
                add_task(app.studio.tasks, song)
        await sees(
            app, "Rain · Waltz · suno-v5_5", "Rain · Tango · suno-v5_5", "Rain · Waltz · suno-v5 ",
            "Rain · Tango · suno-v5 ",
        )  # fmt: skip


async def test_in_a_narrow_row_the_title_is_cut_first(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await pilot.press("escape", "2")
        for style in ("", "Waltz", "Waltz, Harp"):
            song = Song(custom_mode=True, title="A very long title " * 4, style=style, lyrics="la")
            add_task(app.studio.tasks, song)
        for model in ("acestep-v15-turbo", "suno-v5"):
            song = Song(
                custom_mode=True, title="Paper Boats Two", style="Pop", model=model, lyrics="la"
            )
            add_task(app.studio.tasks, song)
        await sees(app, "A very long title A very long… ", "… · Waltz ", "… · Harp ")
        await sees(app, "Paper Boats Two · acestep-v", "Paper Boats Two · suno-v5 ")


async def test_in_a_narrow_row_progress_is_a_number(run_app: RunApp) -> None:
    async with run_app((60, 16)) as (app, pilot):
        await pilot.press("escape", "2")
        await sees(app, "processing")
        assert "not enough cred" in shown(app)


async def test_a_change_by_another_process_repaints_its_row_only(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        rows = app.main.tasks.rows
        # Elapsed times are drawn each second, possibly just now.
        for timer in list(app.main.tasks._timers):
            timer.stop()
        painted: list[int] = []
        rows.refresh_row = painted.append  # type: ignore[method-assign, assignment]
        with app.studio.tasks.write() as connection:
            connection.execute("UPDATE tasks SET progress = 0.9 WHERE id = 'a6j7qe'")
        await until(lambda: rows.items[2].progress == 0.9)
        await pilot.pause()
        assert set(painted) == {2}


async def test_a_completed_task_is_announced(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'completed', ended_at = ? WHERE id = 't9g5fh'",
                (NOW.timestamp(),),
            )
            connection.execute("UPDATE takes SET state = 'done' WHERE task = 't9g5fh'")
        await until(lambda: len(app.messages))
        [message] = app.messages
        assert (message.title, message.text) == ("Paper Sky", "2 takes in the library.")
        assert not app._notifications, "its row says it"
        await sees(app, "4 live · 4 ended")


async def test_a_completed_task_that_is_not_in_sight_names_the_key_that_plays_it(
    run_app: RunApp,
) -> None:
    async with run_app(size=(80, 24)) as (app, pilot):
        await pilot.press("escape", "3")
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'completed', ended_at = ? WHERE id = 't9g5fh'",
                (NOW.timestamp(),),
            )
            connection.execute("UPDATE takes SET state = 'done' WHERE task = 't9g5fh'")
        await notified(app, "2 takes in the library. esc . plays the newest take.")


async def test_details_follow_the_task(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2")
        app.main.tasks.rows.select("a6j7qe")
        await pilot.press("enter")
        await pilot.pause()
        text = shown(app)
        for part in ("processing", "Free: it is made", "Pop, Indie", "a6j7qe", "loc-6", "[Verse]"):
            assert part in text, part
        Journal(app.studio.tasks).take_absent("a6j7qe", 1)
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'failed', error_code = 'moderated', "
                "error_message = 'Not [allowed]' WHERE id = 'a6j7qe'"
            )
        await until(lambda: "Not [allowed]." in shown(app))
        assert isinstance(app.screen, TaskDetails)


async def test_details_of_a_failure_show_money_files_and_what_to_do(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "G", "enter")
        await pilot.pause()
        text = shown(app)
        assert "Refunded 24 cr ($0.12)." in text
        assert "There is no audio." in text
        assert "r: send it again." in text
        assert "It says: The model [v5] gave up: try again later." in text


async def test_retry_asks_if_it_costs_and_queues_the_task(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "G", "r")
        await sees(app, "Sending it again may")
        await pilot.press("n")
        assert app.studio.tasks.get("qh7m3k").status is Status.FAILED
        await pilot.press("r")
        await sees(app, "Sending it again may")
        await pilot.pause(0.1)
        await pilot.press("enter")
        await pilot.pause()
        assert app.studio.tasks.get("qh7m3k").status is Status.QUEUED
        assert app.main.tasks.selected is not None
        assert app.main.tasks.selected.id == "qh7m3k", "the cursor went with it"


async def test_an_action_that_is_off_says_why(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "j", "r")
        await pilot.pause()
        [note] = app._notifications
        assert "Only tasks that are held, failed or undecided" in note.message


async def test_forget_asks_while_it_is_live_only(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "j", "j", "d")
        await sees(app, "Summer Nights: It is stopped. It costs nothing.")
        await pilot.press("n")
        assert len(app.studio.tasks.live()) == 5
        await pilot.press("d", "y")
        await pilot.pause()
        # The built-in provider can cancel; the worker asks it to.
        assert [task.cancelling for task in app.studio.tasks.live()].count(True) == 1
        await sees(app, "being cancelled")
        await pilot.press("G", "d")
        await pilot.pause()
        assert len(app.studio.tasks.all()) == 7


async def test_what_was_forgotten_comes_back_and_is_not_sent(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "u")
        await pilot.pause()
        assert "no task was cleared" in [*app._notifications][-1].message
        before = app.studio.tasks.all()
        await pilot.press("G", "d")
        await pilot.pause()
        assert "Cleared Night Drive; u: undo" in [*app._notifications][-1].message
        assert len(app.studio.tasks.all()) == len(before) - 1
        await pilot.press("u")
        await pilot.pause()
        assert app.studio.tasks.all() == before
        assert app.main.tasks.selected == app.main.tasks.rows.items[-1]
        await pilot.pause()
        told = [note.message for note in app._notifications]
        assert not any("upstream_error" in text for text in told), "that is no news"


async def test_pause_and_resume(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, pilot):
        await pilot.press("escape", "2", "p")
        await pilot.pause()
        assert app.studio.tasks.paused
        assert "Paused: nothing is sent. p resumes" in shown(app)
        assert "p Resume queue" in shown(app)
        await pilot.press("p")
        await pilot.pause()
        assert not app.studio.tasks.paused
        assert "Paused: nothing is sent" not in shown(app)
        assert "p Pause queue" in shown(app)


async def test_clone_takes_the_song_into_the_composer(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "j", "j", "c")
        await pilot.pause()
        assert app.main.page == "compose"
        assert app.main.query_one(ComposePane).song.title == "Summer Nights"


async def test_copying(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "j", "j", "y", "i")
        assert app.clipboard == "a6j7qe"
        await pilot.press("y", "l")
        assert app.clipboard.startswith("[Verse]")
        app.main.tasks.rows.select("t9g5fh")
        await pilot.press("y", "u")
        assert app.clipboard.splitlines()[0] == "https://cdn.example/t9g5fh-1.mp3"


async def test_actions_lists_what_can_be_done_with_it(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "G", "a")
        await pilot.pause()
        for text in ("Details", "Retry", "Download again", "Clear", "Clone", "Copy id"):
            assert shown(app).count(f" {text} ") >= 1, text
        assert isinstance(app.screen, Picker)
        assert app.screen.query_one(EntryRows).items[0].text == "Details", "what Enter does"
        assert "Favourite" not in shown(app)
        await pilot.press(*"copy id", "enter")
        await pilot.pause()
        assert app.clipboard == "qh7m3k"


def advice(task: Task) -> str:
    return sentences.advice(task, lambda name: name)


def test_a_paused_task_advises_to_resume_the_queue(open_app: OpenApp) -> None:
    store = open_app(tasks=False).studio.tasks
    task = add_task(store, Song(prompt="rain"), hold_code="paused", hold_message="It is paused.")
    assert advice(store.get(task)) == "pause_queue: resume the queue."


def test_cancelling_sent_tasks_names_no_others(open_app: OpenApp) -> None:
    store = open_app(tasks=False).studio.tasks
    sent = [
        store.get(add_task(store, Song(prompt=text), provider="hosted", status="processing"))
        for text in ("rain", "sun")
    ]
    waiting = store.get(add_task(store, Song(prompt="fog"), provider="hosted", status="queued"))
    assert sentences.if_all_cancelled(sent).startswith("All of them were sent already")
    assert "others" not in sentences.if_all_cancelled(sent)
    mixed = sentences.if_all_cancelled([*sent, waiting])
    assert mixed.startswith("2 of them were sent already")
    assert mixed.endswith("The others cost nothing.")


async def test_every_state_has_sentences(run_app: RunApp) -> None:
    async with run_app((80, 24), tasks=False) as (app, pilot):
        store = app.studio.tasks
        for status in Status:
            song = Song(prompt=f"a song that is {status}")
            task = store.get(add_task(store, song, provider="hosted", status=str(status)))
            for tell in (
                labels.state,
                sentences.money,
                sentences.files,
                labels.price,
                sentences.if_cancelled,
            ):
                assert tell(task), (status, tell)
            assert advice(task)
        app.poll_stores()
        await pilot.press("escape", "2")
        for _ in Status:
            found = app.main.tasks.selected
            assert found is not None
            await pilot.press("enter")
            await sees(app, f"{labels.glyph(found)[0]} {labels.state(found)}")
            await pilot.press("escape", "j")


async def test_the_queue_reports_a_worker_that_does_not_start(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Studio, "wake", lambda self: False)
    async with run_app() as (app, pilot):
        for _ in range(3):
            app.main.tasks._ensure_worker()
        await pilot.pause()
        await sees(app, "ends as soon as it is started")
        monkeypatch.setattr(Studio, "wake", lambda self: True)
        app.main.tasks._ensure_worker()
        await pilot.pause()
        assert "as soon as it is started" not in " ".join(shown(app).split())


@pytest.mark.parametrize(
    ("keys", "status", "task_id"),
    [
        (("n", "enter"), Status.QUEUED, None),
        (("t", "enter"), Status.EXPIRED, None),
        (("t", "n", "enter"), Status.QUEUED, None),
        (("n",), Status.UNCERTAIN, None),
        (("t", "escape"), Status.UNCERTAIN, None),
        (("i", *"task-77", "enter"), Status.PENDING, "task-77"),
        (("escape",), Status.UNCERTAIN, None),
        (("enter",), Status.UNCERTAIN, None),
        (("i", "escape", "escape"), Status.UNCERTAIN, None),
    ],
)
async def test_the_user_says_what_became_of_a_song_that_was_lost(
    keys: tuple[str, ...], status: Status, task_id: str | None, run_app: RunApp
) -> None:
    async with run_app() as (app, pilot):
        lost = add_lost(app.studio.tasks)
        await pilot.press("escape", "2", "home")
        app.main.tasks.reload()
        app.main.tasks.rows.select(lost)
        await until(lambda: app.main.tasks.why_not("settle") is None)
        await pilot.press("enter")
        await sees(
            app, "Charged 24 cr", "Nothing is downloaded until you answer.", "s: say what became"
        )
        assert "Checking whether" not in shown(app)
        await pilot.press("s")
        await sees(app, "nothing is paid again")
        assert isinstance(app.screen, SettleDialog)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(lambda: app.studio.tasks.get(lost).status is status)
        assert app.studio.tasks.get(lost).task_id == task_id


async def test_sending_again_what_was_charged_is_called_another_payment(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        lost = add_lost(app.studio.tasks)
        await pilot.press("escape", "2", "home")
        app.main.tasks.reload()
        app.main.tasks.rows.select(lost)
        await until(lambda: app.main.tasks.why_not("settle") is None)
        await pilot.press("s")
        await sees(app, "The provider took this song", "costs another 24 cr")


async def test_a_wrong_id_can_be_replaced(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        store = app.studio.tasks
        task = add_lost(store)
        store.settle(task, accepted=True, task_id="mistyped")
        Journal(store).end(task, Status.FAILED, Failure("task_not_found", "No such task."))
        await pilot.press("escape", "2", "home")
        app.main.tasks.reload()
        app.main.tasks.rows.select(task)
        await until(lambda: app.main.tasks.why_not("settle") is None)
        assert app.main.tasks.label("settle") == "Enter its id"
        await pilot.press("enter")
        await sees(app, "s: enter its right id.")
        await pilot.press("s")
        await sees(app, "no task with this id.", "Enter: download")
        await pilot.press(*"task-77", "enter")
        await until(lambda: store.get(task).status is Status.PENDING)
        assert store.get(task).task_id == "task-77"


async def test_only_undecided_tasks_can_be_settled(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "s")
        assert "needs no answer" in (app.main.tasks.why_not("settle") or "")
        assert app.screen is app.main


async def test_the_keys_of_details_are_for_the_task_that_they_show(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        store, rows = app.studio.tasks, app.main.tasks.rows
        ids = [add_task(store, Song(prompt=f"song {i}"), status="queued") for i in range(REACH + 2)]
        app.main.tasks.reload()
        this = rows.items[0].id
        await pilot.press("escape", "2", "home", "enter")
        await sees(app, this)
        with store.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'failed', ended_at = 1 WHERE id = ?", (this,)
            )
        app.main.tasks.reload()
        assert app.main.tasks.selected is not None
        assert app.main.tasks.selected.id != this, "it is too far away for the cursor to follow"
        await pilot.press("y", "i")
        assert app.clipboard == this
        await pilot.press("d")
        await until(lambda: app.screen is app.main)
        assert {task.id for task in store.all()} == {*ids} - {this}
        assert not any(task.cancelling for task in store.all())


async def test_details_of_a_task_that_is_gone_wait_for_the_question_over_them(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "home", "enter", "d")
        await until(lambda: isinstance(app.screen, Confirm))
        question, details = app.screen, app.screen_stack[-2]
        assert isinstance(details, TaskDetails)
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET status = 'failed', ended_at = 1 WHERE id = ?", (details.task_id,)
            )
        app.studio.tasks.forget(details.task_id)
        app.main.tasks.reload()
        assert details.selected is None
        details.update_content()
        await pilot.pause()
        assert app.screen is question
        await pilot.press("n")
        await until(lambda: app.screen is app.main)
