"""Notices of tasks that end, the balance, and the window's title."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from suno_tui.config.settings import LOCAL
from suno_tui.providers.errors import NetworkError
from suno_tui.tasks.models import Status, Task
from suno_tui.tui.controllers.queue_news import QueueNews
from tests.tui.controllers.fake_context import FakeContext
from tests.tui.seed import NOW


def news_of(app: FakeContext) -> QueueNews:
    return QueueNews(app.context, lambda balance, trouble: None)


def ended(app: FakeContext) -> Task:
    return next(task for task in app.studio.tasks.all() if task.status is Status.COMPLETED)


async def test_an_ending_is_announced_once(app: FakeContext) -> None:
    now = replace(ended(app), provider=LOCAL)
    before = replace(now, status=Status.DOWNLOADING, ended_at=None)
    news_of(app).tasks_changed([(before, now)])
    assert len(app.notices) == 1
    assert app.notices[0].startswith(f"{now.title}: ")
    assert "in the library" in app.notices[0]
    news_of(app).tasks_changed([(now, now)])
    assert len(app.notices) == 1


async def test_a_task_that_comes_back_is_no_news(app: FakeContext) -> None:
    task = replace(ended(app), ended_at=NOW - timedelta(hours=1))
    news_of(app).tasks_changed([(None, task)])
    assert app.notices == []
    news_of(app).tasks_changed([(None, replace(task, ended_at=NOW - timedelta(seconds=1)))])
    assert len(app.notices) == 1, "it began and ended between two polls"


async def test_a_provider_that_answers_again_has_no_trouble(
    app: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    news = QueueNews(app.context, lambda balance, trouble: shown.append(trouble))
    down = True

    async def answer() -> None:
        if down:
            raise NetworkError("No answer.")

    monkeypatch.setattr(app.studio, "credits", answer)
    await news._ask_for_balance()
    down = False
    await news._ask_for_balance()
    assert shown == ["The provider can't be reached", ""]


async def test_the_title_says_how_many_songs_are_made(app: FakeContext) -> None:
    news = news_of(app)
    for live in (2, 2, 0):
        news.update_window_title(live)
    assert len(app.sent) == 2, "only what changes is sent"
    assert "2 being made" in app.sent[0]
    assert "being made" not in app.sent[1]
