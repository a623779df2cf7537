"""Completion of section tags and styles, sliders, and the help under the form."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from textual.widgets import Static

from suno_tui.providers.song import Song
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.dialogs.item_picker import ItemPicker
from suno_tui.tui.screens.composer.field_help import word_count
from suno_tui.tui.screens.composer.row import FieldRow
from suno_tui.tui.widgets.slider import Slider
from tests.tui.composer.host import SUMMER, Host, ready, type_text, until

Open = Callable[..., Host]


def about(app: Host) -> str:
    """Return the help under the form."""
    rows = app.pane.query(FieldRow)
    shown = next((row.suggested for row in rows if row.suggested), "")
    return shown.partition(" ")[2] or str(app.pane.query_one("#about", Static).render())


def keys(app: Host) -> str:
    """Return the footer."""
    return app.screen.query_one(Footer).render().plain


async def test_enter_completes_a_tag_and_goes_to_the_line_of_its_words(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, lyrics="[Verse]\nla\n"))
        pane.form.field("lyrics").focus()
        await type_text(pilot, "[")
        await until(pilot, lambda: "[Chorus]" in about(app))
        assert pane.form.text("lyrics").suggestion == "Chorus]"
        await until(pilot, lambda: "esc Close list" in keys(app))
        await pilot.press("escape")
        await until(pilot, lambda: "esc Stop typing" in keys(app))
        await pilot.press("backspace", "[")
        await until(pilot, lambda: "[Chorus]" in about(app))
        await pilot.press("enter")
        await until(pilot, lambda: pane.song.lyrics == "[Verse]\nla\n[Chorus]\n")
        await type_text(pilot, "la\n[")
        await until(pilot, lambda: "[Verse 2]" in about(app))
        await type_text(pilot, "Br")
        await until(pilot, lambda: "[Bridge]" in about(app))
        await pilot.press("right")
        await until(pilot, lambda: pane.song.lyrics.endswith("[Chorus]\nla\n[Bridge]"))
        head = pane.form.row("lyrics")
        assert head is not None
        assert "V·C·B" in head.render_line(0).text


async def test_an_unreliable_tag_shows_why(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("lyrics").focus()
        await type_text(pilot, "[Intr")
        await until(pilot, lambda: "often sung" in about(app))
        await pilot.press("escape")
        await until(pilot, lambda: not pane.form.text("lyrics").completions)
        assert app.screen.focused is pane.form.field("lyrics")


async def test_a_style_in_two_lines_is_completed_and_moved_in_its_second(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, style="pop rock,\nsynth"))
        pane.form.field("style").focus()
        await type_text(pilot, "w")
        await until(pilot, lambda: "synthwave" in about(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.song.style == "pop rock,\nsynthwave")
        await pilot.press("alt+left")
        await until(pilot, lambda: pane.song.style == "synthwave, pop rock")


async def test_a_typed_style_stays_as_typed_until_a_word_is_chosen(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("style").focus()
        await type_text(pilot, "pop, synth")
        await until(pilot, lambda: "synthwave" in about(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: pane.song.style == "pop, synthwave")
        await type_text(pilot, ", dre")
        await until(pilot, lambda: "dreamy" in about(app))
        await pilot.press("enter")
        await pilot.pause()
        assert pane.song.style == "pop, synthwave, dre"
        assert app.screen.focused is pane.form.field("negative_tags")


class Shelf:
    """A library of two tracks with descriptors that the vocabulary lacks."""

    def tracks(self, limit: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(style="southside garage, Pop"), SimpleNamespace(style="Pop")]

    def close(self) -> None:
        pass


async def test_styles_of_the_users_own_library_are_offered_first(open_host: Open) -> None:
    app = open_host()
    app.studio.__dict__["library"] = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("style").focus()
        await type_text(pilot, "s")
        await until(pilot, lambda: pane.own_descriptors())
        await type_text(pilot, "ou")
        await until(pilot, lambda: about(app).startswith("southside garage"))


async def test_the_style_has_a_meter_and_contradictions(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, style="pop, warm, piano, slow"))
        pane.form.field("style").focus()
        await until(pilot, lambda: "●●●●○○○  4 of 4–7" in about(app))
        await type_text(pilot, ", fast")
        await pilot.press("escape")
        await until(pilot, lambda: "slow and fast pull against each other" in about(app))


async def test_fit_style_drops_what_is_over_and_undo_takes_it_back(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        style = ", ".join(f"descriptor number {count}" for count in range(15))
        pane.load(Song(custom_mode=True, style=style))
        pane.generate_bar.focus()
        await pilot.press("F")
        await until(pilot, lambda: len(pane.song.style) <= 200)
        pane.form.field("style").focus()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.style == style)


WEIGHT_KEYS = [
    (["right"], 0.5),
    (["right", "right"], 0.55),
    (["right", "left", "left"], 0.4),
    (["6", "5"], 0.65),
    (["1", ".", "0"], 1.0),
    (["6", "5", "right"], 0.7),
    (["3", "7", "left"], 0.35),
    (["right", "shift+left"], 0.49),
    (["end", "right"], 1.0),
    (["home", "left"], 0.0),
    ([".", "2", "5"], 0.25),
    (["6", "delete"], None),
]


async def test_weights_by_keys(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        weight = pane.form.query_one("#field-audio_weight", Slider)
        for keys, value in WEIGHT_KEYS:
            pane.load(Song(custom_mode=True))
            pane.generate_bar.focus()
            weight.focus()
            await pilot.press(*keys)
            await pilot.pause()
            assert pane.song.audio_weight == value, keys
            assert weight.number == ("–" if value is None else f"{value:.2f}")


async def test_voices_and_instrumental(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", style="S", lyrics="la", vocal_gender="m"))
        pane.form.field("vocals").focus()
        await pilot.press("end")
        await until(pilot, lambda: pane.song.instrumental)
        assert not pane.form.field("lyrics").display
        assert pane.song.lyrics == "la"
        await pilot.press("left")
        await until(pilot, lambda: pane.song.vocal_gender == "f" and not pane.song.instrumental)
        assert pane.form.field("lyrics").display


async def test_models_are_chosen_from_a_list_with_their_price(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.form.field("model").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ItemPicker))
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.song.model == "suno-v5")


async def test_lines_have_their_syllables_and_the_song_its_length(open_host: Open) -> None:
    app = open_host(width=42)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, lyrics=SUMMER))
        lyrics = pane.form.text("lyrics")
        lyrics.focus()
        await pilot.pause()
        shown = [lyrics.render_line(y).text for y in range(lyrics.size.height)]
        assert shown[1].startswith("Walking down the empty street")
        assert shown[1].endswith("  7 ")
        assert shown[0].strip() == "[Verse]"
        assert "~0:45 sung" in about(app)
        await pilot.press("ctrl+up", "ctrl+up")
        assert lyrics.cursor_location == (0, 0)


@pytest.mark.parametrize(
    ("lyrics", "says"),
    [("[Chorus]\nla la", "2 words"), ("[Chorus: soft] la [x2]", "1 word"), ("[Verse]", "no words")],
)
def test_only_words_that_are_sung_count(lyrics: str, says: str) -> None:
    assert word_count(lyrics) == says
