"""Carry on from a track: the dialog, and the draft that keeps its source."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from suno_tui.config.settings import Settings
from suno_tui.library.track import Relation, Track
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog
from suno_tui.tui.screens.library.carry_on import CarryOnDialog
from suno_tui.tui.widgets.choice import Choice
from suno_tui.tui.widgets.span_strip import SpanStrip
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees

pytestmark = pytest.mark.usefixtures("good_terminal")

KIE = '[providers.kie]\ndialect = "kie"\nbase_url = "http://127.0.0.1:9"\nkey = "sk-x"\n'
GPU = '[providers.gpu]\ndialect = "acestep"\nbase_url = "http://127.0.0.1:9"\n'


def add_providers(app: StudioApp, text: str) -> None:
    file = app.studio.home.config_file
    before = file.read_text() if file.exists() else ""
    file.write_text(f"{before}\n{text}")
    file.chmod(0o600)
    app.studio.settings = Settings.load(app.studio.home)
    app.studio.reload_settings()


async def dialog_of(app: StudioApp, pilot: Pilot[None]) -> tuple[CarryOnDialog, Track]:
    await until(lambda: app.main.library.track is not None)
    track = app.main.library.track
    assert track is not None
    await pilot.press("escape", "3", "E")
    await until(lambda: isinstance(app.screen, CarryOnDialog) and app.screen.is_active)
    assert isinstance(app.screen, CarryOnDialog)
    return app.screen, track


async def test_without_an_able_provider_the_dialog_names_some(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        dialog, _ = await dialog_of(app, pilot)
        await sees(app, "By", "no provider", "can't extend a track", "sunoapi.org and kie.ai")
        await pilot.press("enter")
        assert app.screen is dialog
        assert app.main.composer.song.way is None


async def test_a_moment_is_chosen_and_a_draft_is_written(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        add_providers(app, KIE)
        dialog, track = await dialog_of(app, pilot)
        await sees(app, "Extend", "kie", "12 cr", "After")
        dialog.query_one(SpanStrip).focus()
        await pilot.press("home", "shift+right", "shift+right", "right", "left", "right")
        assert dialog.start == 21.0
        await sees(app, "0:21")
        await pilot.press("enter")
        await until(lambda: app.main.page == "compose")
        song = app.main.composer.song
        assert (song.way, song.source_track, song.span_start) == ("extend", track.id, 21.0)
        assert (song.model, app.studio.current_provider) == ("V6", "kie")
        await sees(app, "Source", f"extends {track.name} {track.take} from 0:21", "E removes")
        name = app.main.composer.draft
        assert name is not None
        kept = app.studio.drafts.load(name)
        assert kept is not None and (kept.song, kept.provider) == (song, "kie")

        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GenerateDialog))
        await sees(app, f"extends {track.name} {track.take} from 0:21")
        await pilot.press("escape", "escape", "E")
        await until(lambda: app.main.composer.song.way is None)
        assert app.main.composer.song.source_track is None
        assert not app.main.composer.form.offers("source")


async def test_a_span_is_set_by_brackets_or_typed(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        add_providers(app, GPU)
        dialog, track = await dialog_of(app, pilot)
        # What it can't do at all is not the first that is offered.
        assert dialog.way == "cover" and dialog.provider == "gpu"
        await pilot.press("right")
        assert dialog.way == "repaint"
        dialog.query_one(SpanStrip).focus()
        await pilot.press("home", "shift+right", "left_square_bracket", "right_square_bracket")
        await sees(app, "To: must be after the beginning of the span")
        await pilot.press("enter")
        assert app.screen is dialog
        await pilot.press("shift+right", "right_square_bracket")
        assert (dialog.start, dialog.end) == (10.0, 20.0)
        await pilot.press("tab", "tab", "end", "backspace", "backspace", "3", "0", "enter")
        await until(lambda: app.main.page == "compose")
        song = app.main.composer.song
        assert (song.way, song.span_start, song.span_end) == ("repaint", 10.0, 30.0)
        await sees(app, f"repaints 0:10–0:30 of {track.name}")


async def test_a_provider_that_can_is_offered_besides_the_default_one(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        add_providers(app, KIE + GPU)
        dialog, _ = await dialog_of(app, pilot)
        providers = dialog.query_one("#field-provider", Choice)
        assert providers.options == (("kie", "kie"),)
        await sees(app, f"{app.studio.current_provider} can't extend a track: by kie")
        await pilot.press("right")
        assert [name for name, _ in providers.options] == ["kie", "gpu"]
        providers.focus()
        await pilot.press("right")
        await sees(app, "by gpu, free")


async def test_the_draft_is_sent_as_a_child_of_the_track(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        add_providers(app, GPU)
        _, track = await dialog_of(app, pilot)
        known = len(app.studio.tasks.all())
        await pilot.press("enter")
        await until(lambda: app.main.page == "compose" and app.main.composer.song.way)
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GenerateDialog) and app.screen.is_active)
        await sees(app, "cover version of", "free")
        await pilot.press("enter")
        await until(lambda: len(app.studio.tasks.all()) > known)
        task = app.studio.tasks.all()[0]
        assert task.provider == "gpu" and task.origin == (track.id, Relation.COVER)
        assert task.source_mark
