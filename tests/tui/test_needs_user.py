"""Tasks that need the user say what happened, what it costs, when they are tried again, and how."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Static

from suno_tui.providers.song import Song
from suno_tui.tasks.store import TaskStore
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.screens.header import Header
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.seed import NOW, add_task

SONG = Song(prompt="a waltz")


def held(store: TaskStore, code: str, message: str = "Why.", **facts: Any) -> str:
    values: dict[str, Any] = {"provider": "hosted", "created_at": 60.0} | facts
    return add_task(store, SONG, hold_code=code, hold_message=message, **values)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("insufficient_credits", "$: top up at https://api.aivideoapi.ai. r: try now. It resumes"),
        ("offline", "It resumes on its own. r: try now."),
        ("model_not_found", "c: copy the song to Compose and choose another model."),
        ("disk", "Free some space, or make the disk writable. r: try now."),
    ],
)
async def test_details_offer_what_can_be_done(run_app: RunApp, code: str, told: str) -> None:
    async with run_app((160, 50), tasks=False) as (app, pilot):
        held(app.studio.tasks, code)
        await sees(app, "a waltz")
        await pilot.press("escape", "2", "i")
        await sees(app, "‖ Why.", "Will cost 24 cr ($0.12). Nothing is charged yet.", told)
        page = str(app.screen.query_one("#task-text", Static).content)
        assert page.startswith("‖ Why.\n\nMoney")


async def test_a_held_task_is_tried_now(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        task = held(app.studio.tasks, "insufficient_credits")
        await pilot.press("escape", "2")
        await sees(app, "not enough credits", "r Try now")
        await pilot.press("r")
        await until(lambda: app.studio.tasks.get(task).hold is None)


async def test_the_next_try_is_counted_down(run_app: RunApp) -> None:
    async with run_app((160, 50), tasks=False) as (app, pilot):
        moment = NOW
        app.now = app.main.tasks.rows.now = lambda: moment
        held(app.studio.tasks, "offline", "No network.", retry_at=NOW.timestamp() + 12)
        await pilot.press("escape", "2")
        await sees(app, "‖ No network. Next try in 12 s")
        app.main.query_one(Header).provider = app.studio.provider = "hosted"
        app.main.show_balance(None, "Offline")
        await until(lambda: "hosted · Offline · next try in 12 s" in shown(app).splitlines()[0])
        moment = NOW + timedelta(seconds=5)
        await sees(app, "‖ No network. Next try in 7 s")
        await pilot.press("i")
        await sees(app, "Next try in 7 s")
        moment = NOW + timedelta(seconds=13)
        await sees(app, "Trying again now")


async def test_top_up_copies_the_address(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        held(app.studio.tasks, "insufficient_credits")
        await sees(app, "a waltz")
        await pilot.press("escape", "2", "$")
        assert app.clipboard == "https://api.aivideoapi.ai"


@pytest.mark.parametrize(
    ("refund", "money"),
    [("came", "Refunded 24 cr ($0.12)."), ("missing", "Not refunded: 24 cr ($0.12).")],
)
async def test_a_failure_is_a_sentence(run_app: RunApp, refund: str, money: str) -> None:
    async with run_app(tasks=False) as (app, _):
        task = add_task(
            app.studio.tasks, SONG, provider="hosted", status="failed", created_at=60.0,
            submitted_at=60.0, accepted_at=59.0, ended_at=3.0, error_code="upstream_error",
            error_message="Music generation failed", refund=refund,
        )  # fmt: skip
        told = sentences.failure(app.studio.tasks.get(task))
        assert told.startswith("The provider could not make it. It says: Music generation failed.")
        assert money in told
        assert "upstream_error" not in shown(app)
