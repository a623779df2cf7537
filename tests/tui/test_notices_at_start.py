"""What the studio says at its start and when ctrl+c is pressed."""

from __future__ import annotations

from suno_tui.common.locks import Lock
from suno_tui.config.settings import Settings
from suno_tui.studio import Studio
from suno_tui.tui.app import StudioApp
from tests.tui.conftest import OpenApp, RunApp, settled
from tests.tui.screen_assertions import notified


async def test_a_second_studio_on_one_home_says_so(run_app: RunApp) -> None:
    async with run_app((160, 40)) as (first, _):
        held = Lock(first.studio.home.studio_lock)
        studio = Studio.open(first.studio.home)
        second = StudioApp(studio)
        async with second.run_test(size=(160, 40)) as pilot:
            await settled(pilot)
            await notified(second, "Another studio has this home open", "a draft of its own")
        studio.close()
        assert held.held_by() is not None
    assert held.held_by() is None, "the next studio is the first again"


async def test_a_first_studio_says_nothing_of_others(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        assert not [note for note in app._notifications if "Another studio" in note.message]


async def test_an_unknown_setting_is_shown_and_the_studio_starts(open_app: OpenApp) -> None:
    app = open_app()
    home = app.studio.home
    home.config_file.write_text("queue.download = 3\n")
    app.studio.settings = Settings.load(home)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await notified(app, "queue.download is not a setting", "Did you mean 'downloads'?")


async def test_ctrl_c_says_how_to_quit_in_our_words(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "ctrl+c")
        await notified(app, "q or ctrl+q quits. The queue keeps working.")
        assert app.is_running
