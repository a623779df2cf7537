"""A batch file on the screen: opened by its path, edited, sent once, and watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from suno_tui.tui.screens.batch.dialog import BatchDialog
from suno_tui.tui.screens.batch.open_dialog import OpenBatch
from suno_tui.tui.screens.batch.row_form import RowForm
from suno_tui.tui.screens.batch.send_dialog import SendBatch
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import notified, sees

PAID = 'provider = "mine"\n[providers.mine]\nbase_url = "http://127.0.0.1:9"\nkey = "sk-1"\n'
TEXT = "id,town,prompt\n1,Rome,a [loud|soft] jingle for {town}\n2,Oslo,a jingle for {town\n"


async def test_edit_send_and_watch(
    run_app: RunApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "jingles.csv"
    file.write_text(TEXT.replace("{town\n", "{twn}\n"))
    async with run_app((80, 24), config=PAID, tasks=False) as (app, pilot):
        monkeypatch.setattr(app.paste_guard, "record", lambda at: None)  # typed by hand
        app.studio.remember(batch=str(file))
        await pilot.press("escape", "2", "N")
        await until(lambda: isinstance(app.screen, OpenBatch))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, BatchDialog))
        await sees(app, "there is no column for {twn}", "2 songs · 2 new: 48 credits", "1 problem")
        await pilot.press("question_mark")
        await sees(app, "Keys that work here", "Next problem")
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, BatchDialog))
        await pilot.press("exclamation_mark", "enter")
        await until(lambda: isinstance(app.screen, RowForm) and app.focused is not None)
        await until(lambda: app.focused is not None and app.focused.id != "value-0")
        await sees(app, "Row in line 3", "there is no column for {twn}")
        await pilot.press("end", "left", "left", "left", "o")
        await sees(app, "1 song: 24 credits, $0.12 at mine")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, BatchDialog))
        assert file.read_text() == TEXT.replace("{town\n", "{town}\n")

        await sees(app, "a jingle for Oslo", "3 songs · 3 new: 72 credits, $0.36 at mine")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, SendBatch))
        await pilot.press(*"71cr", "enter")
        await sees(app, "Over the budget of batch jingles, 71 credits")
        assert app.studio.tasks.all() == []
        # What was not shown is not sent: neither asked for nor, once agreed to, queued.
        table = app.screen
        assert isinstance(table, BatchDialog)
        file.write_text(file.read_text().replace("loud", "LOUD"))
        table.action_generate()
        assert app.screen is table
        await notified(app, "has changed; look at it again")
        await sees(app, "a LOUD jingle")
        app.dismiss_notices()
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, SendBatch))
        file.write_text(file.read_text().replace("LOUD", "loud"))
        await pilot.press("enter")
        await notified(app, "has changed; look at it again")
        await sees(app, "a loud jingle")
        assert app.studio.tasks.all() == []
        app.dismiss_notices()
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, SendBatch))
        await pilot.press("enter")
        await sees(app, "3 songs · 3 under way", "queued")
        assert len(app.studio.tasks.all()) == 3

        with file.open("a") as more:
            more.write("3,Bonn,a jingle for {town}\n")
        await sees(app, "4 songs · 1 new", "a jingle for Bonn")
        app.studio.tasks.pause()
        await sees(app, "paused")
