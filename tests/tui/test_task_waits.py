"""The screen shows why a task waits, as its record says."""

from __future__ import annotations

import pytest

from suno_tui.providers.song import Song
from suno_tui.tasks.models import Status, Task
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.dialogs.item_picker import NameDialog
from suno_tui.tui.screens.queue.details import describe
from suno_tui.tui.screens.queue.settle import SettleDialog
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees
from tests.tui.seed import add_lost, add_task

SONG = Song(prompt="a waltz")


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        ("downloading", "disk", "disk full or read-only"),
        ("queued", "no_answer", "no answer yet"),
        ("queued", "other_shell", "belongs to another shell"),
        ("queued", "checking_other", "checking another song first"),
        ("downloading", "audio_late", "audio not usable yet"),
        ("downloading", "filing_died", "can't be filed"),
        ("processing", "unknown_status", "unknown status"),
        ("downloading", "download_slot", "waiting to download"),
    ],
)
async def test_a_row_says_what_the_task_waits_for(
    run_app: RunApp, status: str, code: str, told: str
) -> None:
    async with run_app((160, 50)) as (app, _):
        add_task(
            app.studio.tasks, SONG, id="x2wait", status=status, hold_code=code, hold_message="Why."
        )
        await sees(app, "a waltz", told)


async def test_waiting_for_a_turn_looks_like_no_trouble(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, _):
        add_task(
            app.studio.tasks, SONG, id="x2wait", status="downloading",
            hold_code="download_slot", hold_message="Waiting for a download slot.",
        )  # fmt: skip
        await sees(app, "↓ a waltz")


async def test_a_take_that_ends_workers_can_be_tried_again(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, pilot):
        add_task(
            app.studio.tasks, SONG, id="x2died", provider="hosted", status="downloading",
            hold_code="filing_died", hold_message="Two workers ended.",
        )  # fmt: skip
        await pilot.press("escape", "2")
        await sees(app, "a waltz")
        app.main.tasks.rows.select("x2died")
        await until(lambda: app.main.tasks.why_not("retry") is None)
        app.main.tasks.action_retry()
        await until(lambda: app.studio.tasks.get("x2died").hold is None)
        assert app.studio.tasks.get("x2died").status is Status.DOWNLOADING


def test_details_show_what_was_not_understood(task: Task) -> None:
    text = describe(task, sentences.advice(task, lambda name: name)).plain
    assert "An answer that was not understood" in text
    assert '{"songId": "abc-12345"}␛' in text
    assert "Mastering" in text


@pytest.fixture
def task() -> Task:
    from dataclasses import replace
    from datetime import UTC, datetime

    made = Task(id="abc234", provider="hosted", song=SONG, credits=24, created_at=datetime.now(UTC))
    return replace(
        made,
        status=Status.PROCESSING,
        raw_status="Mastering",
        answer='{"songId": "abc-12345"}\x1b',
    )


async def test_an_id_in_the_answer_is_offered_when_settling(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, pilot):
        lost = add_lost(app.studio.tasks)
        with app.studio.tasks.write() as connection:
            connection.execute(
                "UPDATE tasks SET answer = ? WHERE id = ?", ('{"songId": "abc-12345"}', lost)
            )
        app.main.tasks.reload()
        app.push_screen(SettleDialog(app.studio.tasks.get(lost)))
        await until(lambda: isinstance(app.screen, SettleDialog))
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, NameDialog))
        await sees(app, "answer names abc-12345.")
        asked = app.screen
        assert isinstance(asked, NameDialog)
        await until(lambda: asked.field.text == "abc-12345")
