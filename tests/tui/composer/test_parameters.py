"""Tempo, key, length and the like in the composer, with what the provider makes of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.content import Content

from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.form import FormInput
from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog
from suno_tui.tui.screens.composer.parameters import ParameterField
from suno_tui.tui.screens.composer.parameters_dialog import ParametersDialog
from tests.tui.composer.host import SUMMER, Host, ready, until

Open = Callable[..., Host]

SONG = Song(custom_mode=True, title="Summer Nights", style="Pop, Indie", lyrics=SUMMER)
PLANNED = replace(SONG, bpm=120, key="Dm", seed=7, takes=1)
PAID = 'provider = "hosted"\n'


def line(app: Host) -> str:
    field = app.pane.form.field("parameters")
    assert isinstance(field, ParameterField)
    shown = field.render()
    assert isinstance(shown, Content)
    return str(shown)


async def test_the_line_says_what_the_provider_makes_of_each(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        assert line(app) == "tempo, key, length, seed … ▾"
        pane.load(PLANNED)
        assert line(app) == "120 BPM · D minor · seed 7 · 1 take ▾"
        assert pane.generate_bar.shown.startswith("Generate 1 take")
        app.studio.song_provider = "hosted"
        pane.load(PLANNED)
        assert line(app) == "wish: 120 BPM · D minor   not here: seed 7 · 1 take ▾"
        assert pane.generate_bar.shown.startswith("Generate 2 takes")


async def test_they_are_set_in_a_dialog_and_kept_in_the_draft(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(PLANNED, language="de"))
        await pilot.press("escape", "P")
        await until(pilot, lambda: isinstance(app.screen, ParametersDialog))
        ends = [str(each.render()) for each in app.screen.query(".form-end")]
        assert ends == ["a wish"] * 5 + ["not possible here"] * 2
        values = {each.id: each.value for each in app.screen.query(FormInput)}
        assert (values["bpm"], values["key"], values["language"]) == ("120", "D minor", "German")
        app.screen.query_one("#bpm", FormInput).value = "fast"
        await until(pilot, lambda: "Tempo: must be a whole number" in foot(app))
        app.screen.query_one("#bpm", FormInput).value = ""
        app.screen.query_one("#duration", FormInput).value = "2:30"
        app.screen.query_one("#language", FormInput).value = "japanese"
        await pilot.press("enter")
        wanted = replace(PLANNED, bpm=None, key="D minor", duration=150.0, language="ja")
        await until(pilot, lambda: pane.song == wanted)
        pane.save()
        assert pane.draft is not None
        kept = app.studio.drafts.load(pane.draft)
        assert kept is not None
        assert kept.song == wanted


def foot(app: Host) -> str:
    return str(app.screen.query_one("#form-foot").render())


async def test_words_without_room_are_named(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(PLANNED, style="x" * 195))
        await pilot.press("escape", "P")
        await until(pilot, lambda: "No room in the style for: 120 BPM, D minor" in foot(app))


async def test_a_value_that_the_provider_can_not_make_is_noted(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(SONG, duration=300.0))
        assert "Length: must be a number of seconds from 5 to 240" in pane.form.note("duration")
        await pilot.press("escape", "ctrl+g")
        assert app.focused is pane.form.field("duration")
        app.studio.song_provider = "hosted"
        pane.load(replace(SONG, duration=300.0))
        assert pane.form.note("duration") == ""


async def test_the_question_shows_them(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(PLANNED)
        await pilot.press("escape", "ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        text = str(app.screen.query_one("#sent-text").render())
        assert "wish: 120 BPM · D minor   not here: seed 7 · 1 take" in text


ACE = """provider = "ace"
[providers.ace]
dialect = "acestep"
base_url = "http://127.0.0.1:9"
"""


async def test_a_field_that_the_provider_does_not_have_is_named_and_kept(open_host: Open) -> None:
    app = open_host(ACE)
    song = replace(SONG, model="acestep-v15-turbo", bpm=120, style_weight=0.7, persona_id="p1")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(song)
        assert line(app) == "120 BPM   not here: persona p1 · style weight 0.70 ▾"
        await pilot.press("escape", "ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        text = str(app.screen.query_one("#sent-text").render())
        assert "not here: persona p1 · style weight 0.70" in text
        assert text.count("persona") == 1
        await pilot.press("escape")
        assert pane.song == song


async def test_missing_vocals_are_named_before_a_prompt_is_sent(open_host: Open) -> None:
    """ACE-Step writes lyrics only where it runs a language model."""
    app = open_host(ACE)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        song = Song(model="acestep-v15-turbo", prompt="a calm song")
        pane.load(song)
        assert line(app) == "not here: vocals (write lyrics) ▾"
        pane.load(replace(song, instrumental=True))
        assert line(app) == "tempo, key, length, seed … ▾"


@pytest.mark.parametrize(("width", "shown"), [(44, "…1.5 Turbo ▾"), (80, "ACE-Step 1.5 Turbo ▾")])
async def test_a_long_model_leaves_the_mode_in_sight(
    open_host: Open, width: int, shown: str
) -> None:
    app = open_host(ACE)
    async with app.run_test(size=(width, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(model="acestep-v15-turbo"))
        mode, model = pane.form.field("mode"), pane.form.field("model")
        await until(pilot, lambda: str(model.render()) == shown)
        assert mode.region.right <= model.region.x
