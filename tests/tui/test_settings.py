"""The settings on the screen: each is listed, changed, checked, written and applied."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from suno_tui.config.settings import Settings
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.settings.dialog import SettingsDialog
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import sees, shown

CONFIG = """# mine
provider = "local"

[providers.band]
key = "sk-secret" # from the shop

[queue]
downloads = 6
"""


async def go_to(pilot: Pilot[None], name: str) -> SettingsDialog:
    """Open the settings and put the cursor on one."""
    app = pilot.app
    assert isinstance(app, StudioApp)
    if not isinstance(app.screen, SettingsDialog):
        await pilot.press("escape", ",")
    dialog = app.screen
    assert isinstance(dialog, SettingsDialog)
    assert dialog.rows.select(tuple(name.split("."))), name
    await pilot.pause()
    return dialog


def file_of(app: StudioApp) -> str:
    return app.studio.home.config_file.read_text()


async def test_settings_are_listed_by_table_with_value_default_and_words(run_app: RunApp) -> None:
    async with run_app((160, 50), config=CONFIG) as (app, pilot):
        await go_to(pilot, "queue.downloads")
        await sees(app, "[queue] How the worker treats providers", "downloads 6 default 4")
        await sees(app, "queue.downloads Files fetched at the same time.")
        await sees(app, "1 to 32 · default: 4 · takes effect when the worker restarts")
        await sees(app, "ask_before_generate yes", "notify terminal", "[providers.band]")
        assert "sk-secret" not in shown(app)
        dialog = await go_to(pilot, "providers.band.key")
        await sees(app, "key set")
        await pilot.press("enter")
        assert not dialog.editing
        assert "sk-secret" not in shown(app)
        assert file_of(app) == CONFIG


async def test_the_palette_knows_the_settings(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", ":", *"settings", "enter")
        assert isinstance(app.screen, SettingsDialog)
        await pilot.press("escape")
        assert not isinstance(app.screen, SettingsDialog)


async def test_a_switch_turns_and_counts_at_once_and_d_is_the_default(run_app: RunApp) -> None:
    async with run_app(config=CONFIG) as (app, pilot):
        await go_to(pilot, "screen.ask_before_generate")
        await pilot.press("enter")
        await sees(app, "ask_before_generate no", "Saved, in effect now.")
        assert not app.studio.settings.screen.ask_before_generate
        assert file_of(app) == CONFIG + "\n[screen]\nask_before_generate = false\n"
        assert app.studio.home.config_file.stat().st_mode & 0o777 == 0o600
        await pilot.press("d")
        await sees(app, "ask_before_generate yes")
        assert app.studio.settings.screen.ask_before_generate
        assert file_of(app) == CONFIG + "\n[screen]\n"


async def test_a_number_is_typed_and_a_wrong_one_is_reported(run_app: RunApp) -> None:
    async with run_app((80, 24), config=CONFIG) as (app, pilot):
        dialog = await go_to(pilot, "queue.downloads")
        await pilot.press("enter", *"99", "enter")
        await sees(app, "99 is out of bounds. Write a whole number, 1 to 32.")
        assert dialog.editing
        assert dialog.field.text == "99", "what was typed stays"
        assert file_of(app) == CONFIG
        await pilot.press("tab", "backspace", "backspace", *"12", "enter")
        await sees(app, "downloads 12", "when the worker restarts")
        assert not dialog.editing
        assert file_of(app) == CONFIG.replace("= 6", "= 12")
        await pilot.press("enter", "backspace", "enter")
        await sees(app, "downloads 4")
        assert "downloads" not in file_of(app)


async def test_escape_leaves_the_field_then_the_dialog(run_app: RunApp) -> None:
    async with run_app(config=CONFIG) as (app, pilot):
        dialog = await go_to(pilot, "queue.downloads")
        await pilot.press("enter", "7", "escape")
        assert not dialog.editing
        assert app.screen is dialog
        await pilot.press("enter", "enter", "j")
        assert dialog.current is not None
        assert dialog.current.name == "poll_seconds"
        await pilot.pause()
        assert "Written" not in shown(app), "that was about another one"
        await pilot.press("escape")
        assert not isinstance(app.screen, SettingsDialog)
        assert file_of(app) == CONFIG


async def test_a_theme_is_previewed_and_kept(run_app: RunApp) -> None:
    async with run_app(config=CONFIG) as (app, pilot):
        await go_to(pilot, "screen.theme")
        before = app.theme
        await pilot.press("enter", *"dusk")
        await until(lambda: app.theme == "studio-dusk")
        await pilot.press("escape")
        assert app.theme == before
        assert file_of(app) == CONFIG
        await pilot.press("enter", *"studio-light", "enter")
        await sees(app, "theme studio-light")
        assert app.theme == "studio-light"
        assert file_of(app).endswith('[screen]\ntheme = "studio-light"\n')
        # The list of themes writes it too now, since the settings win at the next start.
        await pilot.press("escape", ":", *"change theme", "enter", *"nord", "enter")
        assert app.theme == "nord"
        assert file_of(app).endswith('[screen]\ntheme = "nord"\n')


async def test_volume_keys_and_choices_are_followed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await go_to(pilot, "player.volume")
        await pilot.press("enter", *"35", "enter")
        assert app.playback.session.volume == 35
        await go_to(pilot, "screen.notify")
        await pilot.press("enter", "up", "enter")
        await sees(app, "notify bell")
        assert app.studio.settings.screen.notify == "bell"
        await go_to(pilot, "keymap.go_queue")
        await pilot.press("enter", *"f9,alt+x", "enter", "escape", "f9")
        assert app.main.page == "tasks"
        assert Settings.load(app.studio.home) == app.studio.settings


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("ctrl+m", "Not written: 'ctrl+m' is another name, write 'enter'."),
        ("q", "Not written: 'q' is also the key of quit_view (Quit); give quit_view another one."),
        ("f9", "Not written: 'f9' is also the key of theme"),
    ],
)
async def test_a_key_that_cant_work_is_refused(keys: str, said: str, run_app: RunApp) -> None:
    config = '[keymap]\ntheme = "f9"\n'
    async with run_app(config=config) as (app, pilot):
        dialog = await go_to(pilot, "keymap.zoom")
        await pilot.press("enter", "ctrl+u", *keys, "enter")
        await sees(app, said)
        assert dialog.editing
        assert file_of(app) == config


async def test_a_default_that_another_action_took_is_no_way_back(run_app: RunApp) -> None:
    config = '[keymap]\nzoom = "f9"\ntheme = "z"\n'
    async with run_app(config=config) as (app, pilot):
        await go_to(pilot, "keymap.zoom")
        await pilot.press("d")
        await sees(app, "Not written: 'z' is also the key of theme")
        assert file_of(app) == config


async def test_search_narrows_the_list(run_app: RunApp) -> None:
    async with run_app(config=CONFIG) as (app, pilot):
        dialog = await go_to(pilot, "queue.downloads")
        await pilot.press("/", *"poll_")
        await pilot.pause()
        names = [line.text for line in dialog.rows.items]
        assert names == ["[queue]", "poll_seconds", "poll_most_seconds"]
        await pilot.press("down", "enter", "enter")
        assert dialog.editing
        assert dialog.current is not None
        assert dialog.current.name == "poll_most_seconds"
        await pilot.press("escape", "escape")
        assert len(dialog.rows.items) > 50
        await pilot.press("/", *"zzz")
        await sees(app, "No setting matches.")
        await pilot.press("enter", "enter", "d", "escape")
        assert app.screen is dialog


async def test_the_cursor_never_rests_on_a_heading(run_app: RunApp) -> None:
    async with run_app((80, 24), config=CONFIG) as (app, pilot):
        dialog = await go_to(pilot, "provider")
        for key in [*"jjjj", "pagedown", "pagedown", "pageup", *"kkkkkkkk", "G", "g", "g"]:
            await pilot.press(key)
            assert dialog.current is not None, key
        await sees(app, "config.toml ~/home/config.toml")


@pytest.mark.parametrize("damage", ["[queue\n", "[queue]\ndownloads = 0\n"])
async def test_a_damaged_file_is_reported_and_left_alone(run_app: RunApp, damage: str) -> None:
    async with run_app(config=CONFIG) as (app, pilot):
        app.studio.home.config_file.write_text(damage)
        await go_to(pilot, "screen.ask_before_generate")
        await sees(app, "config.toml")
        await pilot.press("enter")
        await pilot.pause()
        assert file_of(app) == damage
        await pilot.press("j")
        await sees(app, "The file is wrong, so these are the settings in use. config.toml: ")
        assert app.studio.settings.screen.ask_before_generate


async def test_text_from_the_file_is_never_markup_and_no_control(run_app: RunApp) -> None:
    config = '[models."x[/b]"]\nlabel = "[/bold] \\u001b[31m red"\n'
    async with run_app((160, 50), config=config) as (app, pilot):
        await go_to(pilot, "models.x[/b].label")
        await sees(app, "[models.x[/b]]", "[/bold]")
        await pilot.press("enter")
        await pilot.pause()
        assert "\x1b" not in shown(app)


async def test_the_file_itself_is_edited_in_place_and_followed(
    run_app: RunApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, go = tmp_path / "editor", tmp_path / "go"
    script.write_text(
        f'#!/bin/sh\nwhile [ ! -e "{go}" ]; do sleep 0.02; done\n'
        'echo "[screen]\ntheme = \\"studio-light\\"" >> "$1"\n'
    )
    script.chmod(0o755)

    @contextlib.contextmanager
    def lent(self: StudioApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(StudioApp, "suspend", lent)
    async with run_app() as (app, pilot):
        app.studio.env = {"EDITOR": str(script)}
        dialog = await go_to(pilot, "screen.theme")
        # Keys typed for the editor in advance neither open a second one nor close the dialog.
        for key in ("e", "e", "escape", "q"):
            await pilot.press(key)
        go.touch()
        await idle(app)
        await sees(app, "theme studio-light")
        assert app.screen is dialog
        assert file_of(app).count("[screen]") == 1
        assert app.theme == "studio-light"
        assert app.studio.home.config_file.stat().st_mode & 0o777 == 0o600
