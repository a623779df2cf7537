"""Jumps to sections and hints, descriptors that move, named personas, variations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.widgets import Static

from suno_tui.common.paths import Home
from suno_tui.providers.song import Song
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.dialogs.item_picker import ItemPicker, NameDialog
from suno_tui.tui.screens.composer.generate_bar import GenerateBar
from suno_tui.tui.screens.composer.personas import Persona, PersonaStore
from suno_tui.tui.screens.composer.variations import VariationsDialog, matrix
from tests.tui.composer.host import SUMMER, Host, ready, type_text, until

Open = Callable[..., Host]

SONG = Song(custom_mode=True, title="Summer Nights", style="Pop, Indie", lyrics=SUMMER)


async def test_sections_are_jumped_to(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.form.text("lyrics").move_cursor((0, 0))
        pane.generate_bar.focus()
        await pilot.press("J")
        await until(pilot, lambda: isinstance(app.screen, ItemPicker))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.focused is pane.form.field("lyrics"))
        assert pane.form.text("lyrics").cursor_location == (6, 0)


async def test_a_hint_is_chosen_from_a_list_and_gone_to(open_host: Open) -> None:
    lyrics = "[Verse]\nWe left at 9\n\n[Chorus]\nHello <name>\n"
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.generate_bar.focus()
        assert pane.why_not("hints") == "No hints: nothing looks wrong."
        pane.load(replace(SONG, style="[Pop], Indie", lyrics=lyrics))
        pane.form.text("lyrics").move_cursor((2, 0))
        pane.form.field("lyrics").focus()
        await pilot.press("alt+exclamation_mark")
        await until(pilot, lambda: isinstance(app.screen, ItemPicker))
        picker = app.screen
        assert isinstance(picker, ItemPicker)
        assert [item.name for item in picker.items] == ["Style", "Lyrics 2", "Lyrics 5"]
        assert picker.rows.current is not None
        assert picker.rows.current.name == "Lyrics 5", "the next one from the cursor on"
        await pilot.press("k", "enter")
        await until(pilot, lambda: app.focused is pane.form.field("lyrics"))
        assert pane.form.text("lyrics").cursor_location == (1, 0)
        pane.generate_bar.focus()
        await pilot.press("!")
        await until(pilot, lambda: isinstance(app.screen, ItemPicker))
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is pane.form.field("style"))


@pytest.mark.parametrize(("columns", "told"), [(44, True), (80, False)])
async def test_a_hint_that_its_row_cuts_off_is_shown_below(
    columns: int, told: bool, open_host: Open
) -> None:
    words = 'write "12" as a word so it is sung right'
    app = open_host()
    async with app.run_test(size=(columns, 16)) as pilot:
        pane = await ready(pilot)
        pane.load(replace(SONG, style="[Pop], Indie", lyrics="At 12 we left\n" * 20))
        pane.form.field("lyrics").focus()
        await pilot.press("alt+exclamation_mark")
        await until(pilot, lambda: isinstance(app.screen, ItemPicker))
        await pilot.press("G")
        below = app.screen.query_one("#whole", Static)
        await until(pilot, lambda: str(below.content) == (words if told else ""))
        assert below.display is told
        keys = app.screen.query_one(Footer)
        await until(pilot, lambda: keys.region.bottom < 16)


@pytest.mark.parametrize("drop", ["alt+backspace", "ctrl+w"])
async def test_keys_move_and_remove_descriptors(open_host: Open, drop: str) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, style="Pop, Indie, warm"))
        pane.form.field("style").focus()
        await pilot.press("alt+left")
        await until(pilot, lambda: pane.song.style == "Pop, warm, Indie")
        await pilot.press("alt+left")
        await until(pilot, lambda: pane.song.style == "warm, Pop, Indie")
        await pilot.press(drop)
        await until(pilot, lambda: pane.song.style == "Pop, Indie")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.style == "warm, Pop, Indie")


async def test_a_persona_gets_a_name_and_is_offered_by_it(open_host: Open, home: Home) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, persona_id="persona-4711"))
        pane.generate_bar.focus()
        await pilot.press("Y")
        await until(pilot, lambda: isinstance(app.screen, NameDialog))
        await type_text(pilot, "Nina [soul], husky")
        await pilot.press("enter")
        book = PersonaStore(home.data / "personas.toml")
        await until(pilot, book.all)
        assert book.all() == (Persona("persona-4711", "Nina [soul]", "husky"),)
        pane.load(Song(custom_mode=True))
        pane.form.field("persona_id").focus()
        await type_text(pilot, "nin")
        await until(pilot, lambda: pane.form.text("persona_id").completions)
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.song.persona_id == "persona-4711")
        about = pane.query_one("#about", Static)
        await until(pilot, lambda: "Nina [soul]  husky" in str(about.render()))


def test_a_matrix_is_every_style_with_every_model() -> None:
    songs = matrix(SONG, ["pop", "jazz"], ["a", "b"])
    assert [(song.style, song.model) for song in songs] == [
        ("pop", "a"),
        ("pop", "b"),
        ("jazz", "a"),
        ("jazz", "b"),
    ]
    assert matrix(Song(), ["x"], ["a"])[0].prompt == "x"


async def test_variations_show_the_whole_cost_and_queue_each(open_host: Open) -> None:
    app = open_host('provider = "hosted"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.set_balance(1000)
        pane.generate_bar.focus()
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, VariationsDialog))
        await type_text(pilot, "\nJazz, slow\n\n")
        foot = app.screen.query_one(GenerateBar)
        await until(pilot, lambda: "4 takes · 48 cr" in foot.shown)
        await pilot.press("tab", "right")
        await until(pilot, lambda: "8 takes · 96 cr · $0.48 · balance 1,000 → 904" in foot.shown)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.queued)
        songs = {(task.song.style, task.song.model) for task in app.studio.tasks.all()}
        assert songs == {
            (style, model)
            for style in ("Pop, Indie", "Jazz, slow")
            for model in ("suno-v5_5", "suno-v5")
        }


async def test_variations_that_are_too_many_or_wrong_are_refused(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.action_variations()
        await until(pilot, lambda: isinstance(app.screen, VariationsDialog))
        dialog = app.screen
        assert isinstance(dialog, VariationsDialog)
        await until(pilot, lambda: dialog.foot.shown)
        dialog.field.set_value("\n".join(f"style {count}" for count in range(41)))
        await until(pilot, lambda: "too many at once" in dialog.foot.shown)
        dialog.field.set_value("x" * 201)
        await until(pilot, lambda: "1 character too many" in dialog.foot.shown)
        dialog.foot.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is dialog
        assert app.studio.tasks.all() == []
