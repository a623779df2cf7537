"""Typing and pasting into the form, in both modes and at every size."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.strip import Strip

from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer import field_help
from tests.tui.composer.host import SUMMER, Host, enter, ready, type_text, until

Open = Callable[..., Host]

NASTY = [
    "[Chorus]",
    "[/chorus]",
    "[bold]x[/bold]",
    "[@click=app.quit]go[/]",
    "\x1b[31mred\x1b]0;title\x07",
    "🎵👩‍👩‍👧 e\u0301 ﷽",
    "שלום עולם \u202egnp",
    "\t tab \x00 nul",
]


async def test_down_from_the_mode_goes_to_the_field_below_and_not_to_the_model_beside(
    open_host: Open,
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("mode").focus()
        pane.form.set_typing(False)
        await pilot.press("down")
        await until(pilot, lambda: app.focused is pane.form.field("title"))
        await pilot.press("up")
        await until(pilot, lambda: app.focused is pane.form.field("model"))


def test_the_number_of_other_hints_is_shown_only_if_it_has_room() -> None:
    """`(+1: esc !)` lost its end in a narrow pane: words wrap, so rows are never full."""
    lyrics = "[Verse 1]Rain is tapping on the tin\n3 a.m. and I let it in\n"
    song = Song(custom_mode=True, title="Rain", style="pop", lyrics=lyrics)
    wide = str(field_help.about_lyrics(song, "", 200, 1, lambda _: "esc !"))
    assert wide.endswith("(+1: esc !)")
    for width in range(20, 200):
        shown = str(field_help.about_lyrics(song, "", width, 2, lambda _: "esc !"))
        lines = textwrap.wrap(shown, width)
        assert len(lines) <= 2 or "(+1" not in shown, width


@pytest.mark.parametrize(("size", "width"), [((80, 24), None), ((120, 40), 42), ((200, 60), 70)])
async def test_every_field_takes_what_is_typed(
    open_host: Open, size: tuple[int, int], width: int | None
) -> None:
    app = open_host(width=width)
    async with app.run_test(size=size) as pilot:
        pane = await ready(pilot)
        pane.form.field("mode").focus()
        await pilot.press("right")
        await enter(
            pilot,
            pane,
            title="Summer Nights",
            style="Pop, Indie",
            negative_tags="drums",
            persona_id="p-1",
            lyrics="[Verse]\nla la\n",
        )
        pane.form.field("vocals").focus()
        await pilot.press("right", "right")
        pane.form.field("weirdness_constraint").focus()
        await pilot.press("4")
        await until(pilot, lambda: pane.song.weirdness_constraint is not None)
        assert pane.song == Song(
            custom_mode=True,
            title="Summer Nights",
            style="Pop, Indie",
            negative_tags="drums",
            persona_id="p-1",
            lyrics="[Verse]\nla la\n",
            vocal_gender="f",
            weirdness_constraint=0.4,
        )
        assert pane.problems == ()
        assert pane.generate_bar.shown == "Generate 2 takes · free"


async def test_switching_the_mode_loses_nothing(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        await enter(pilot, pane, prompt="a calm piano")
        pane.form.field("mode").focus()
        await pilot.press("right")
        await enter(pilot, pane, title="Title", lyrics="one\ntwo")
        full = pane.song
        for key in ("left", "right", "left"):
            pane.form.field("mode").focus()
            await pilot.press(key)
        await pilot.pause()
        assert pane.song.prompt == full.prompt
        assert pane.song.lyrics == "one\ntwo"
        assert pane.song.title == "Title"
        assert not pane.song.custom_mode
        assert pane.form.text("prompt").text == "a calm piano"


async def test_tab_goes_round_all_fields_and_each_is_visible(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(60, 16)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", style="S", lyrics=SUMMER))
        pane.form.field("mode").focus()
        await pilot.pause()
        names = []
        for _ in range(13):
            focused = app.screen.focused
            assert focused is not None
            names.append(focused.name or focused.id)
            await until(pilot, lambda: _is_seen(app))
            await pilot.press("tab")
            await pilot.pause()
        assert names == [
            "mode", "model", "title", "style", "negative_tags", "vocals", "persona_id",
            "parameters", "style_weight", "weirdness_constraint", "audio_weight", "lyrics",
            "generate",
        ]  # fmt: skip
        assert pane.song.lyrics == SUMMER


def _is_seen(app: Host) -> bool:
    focused = app.screen.focused
    assert focused is not None
    inside = (app.pane if focused is app.pane.generate_bar else app.pane.form).region
    return inside.overlaps(focused.region) and focused.region.height > 0


async def test_nasty_texts_are_text(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        for text in NASTY:
            pane.load(
                Song(
                    custom_mode=True,
                    title=text * 3,
                    style=text,
                    negative_tags=text,
                    lyrics=text + "\n",
                    persona_id=text,
                    model=text,
                    prompt=text,
                )
            )
            for name in ("title", "style", "lyrics"):
                pane.form.field(name).focus()
                app.post_message(events.Paste(text))
                await pilot.pause()
            pane.action_generate()
            await pilot.pause()
            shown = app.export_screenshot()
            assert not {"\x1b", "\x00", "\x07", "\u202e"} & set(shown), text
            if "Chorus" in text:
                assert "[Chorus]" in shown


async def test_long_texts_do_not_break_the_form(open_host: Open) -> None:
    app = open_host(width=42)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await ready(pilot)
        song = Song(custom_mode=True, title="x" * 10_000, style="y " * 5000, lyrics="z\n" * 5000)
        pane.load(song)
        await pilot.pause()
        assert len(pane.problems) == 3
        assert pane.form.field("lyrics").region.height >= 5
        assert pane.song.title == song.title


@pytest.mark.parametrize("name", ["title", "style", "negative_tags", "lyrics", "prompt"])
@pytest.mark.parametrize("height", [8, 10, 11])
async def test_the_line_of_the_cursor_is_visible_in_a_low_window(
    open_host: Open, name: str, height: int
) -> None:
    async with open_host().run_test(size=(60, height)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=name != "prompt"))
        field, form = pane.form.text(name), pane.form
        field.focus()
        await type_text(pilot, "夜の雨 " * 60)
        await until(pilot, lambda: len(field.text) == 240)
        for key in ("end", "up", "up", "up", "up", "down", "ctrl+end"):
            await pilot.press(key)
            await until(
                pilot,
                lambda: form.region.contains_point(field.cursor_screen_offset),
            )
        for away, back in (("shift+tab", "tab"), ("tab", "shift+tab")):
            await pilot.press(away, back)
            await pilot.wait_for_scheduled_animations()
            assert field.has_focus
            assert form.region.contains_point(field.cursor_screen_offset)


async def test_the_scrollbar_follows_the_lines(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        field = pane.form.text("lyrics")
        field.focus()
        await pilot.pause()
        assert not field.show_vertical_scrollbar
        field.insert("\n".join("a line" for _ in range(60)))
        await until(pilot, lambda: field.vertical_scrollbar.window_virtual_size == 60)
        await pilot.press("enter")
        await until(pilot, lambda: field.vertical_scrollbar.window_virtual_size == 61)
        assert field.vertical_scrollbar.display
        await until(pilot, lambda: field.scroll_y == 61 - field.size.height)
        field.clear()
        await until(pilot, lambda: not field.show_vertical_scrollbar)
        assert field.scroll_y == 0


async def test_enter_in_a_field_of_one_line_never_generates(
    open_host: Open,
) -> None:
    app = open_host("[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", style="Pop", lyrics="la"))
        for name in ("title", "style", "negative_tags", "persona_id", "lyrics"):
            pane.form.field(name).focus()
            await pilot.press("enter", "ctrl+j")
        await pilot.pause()
        assert app.queued == []
        assert app.studio.tasks.all() == []
        assert "\n" not in pane.song.title + pane.song.style


@pytest.mark.parametrize("before", ["", "First words\n"])
async def test_undo_takes_back_a_paste_that_is_longer_than_the_field(
    open_host: Open, before: str
) -> None:
    many = "\n".join(f"line {number}" for number in range(60))
    async with open_host().run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, lyrics=before))
        lyrics = pane.form.text("lyrics")
        lyrics.focus()
        await pilot.pause()
        lyrics.post_message(events.Paste(many))
        await until(pilot, lambda: lyrics.text == before + many)
        for key, text in (("ctrl+z", before), ("ctrl+y", before + many), ("ctrl+z", before)):
            await pilot.press(key)
            await until(pilot, lambda text=text: lyrics.text == text)  # type: ignore[misc]
            await pilot.pause()
            row, top = lyrics.cursor_location[0], lyrics.scroll_offset.y
            assert top <= row < top + lyrics.size.height


async def test_undo_takes_back_typing(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        await enter(pilot, pane, prompt="one two")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.prompt != "one two")
        await pilot.press("ctrl+y")
        await until(pilot, lambda: pane.song.prompt == "one two")


async def test_a_typed_key_repaints_its_line_and_lays_nothing_out(
    open_host: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", style="S", lyrics=SUMMER))
        lyrics = pane.form.text("lyrics")
        lyrics.focus()
        await type_text(pilot, "ab")
        await pilot.pause()
        drawn: list[int] = []
        plain = lyrics.render_line

        def noted(y: int) -> Strip:
            drawn.append(y)
            return plain(y)

        layouts: list[int] = []
        monkeypatch.setattr(lyrics, "render_line", noted)
        app.screen.screen_layout_refresh_signal.subscribe(
            pane, lambda _: layouts.append(1), immediate=True
        )
        await pilot.press("c")
        await until(pilot, lambda: pane.song.lyrics.endswith("abc"))
        await pilot.pause()
        assert set(drawn) == {len(SUMMER.split("\n")) - 1}
        assert layouts == []


@pytest.mark.parametrize("field", ["lyrics", "title", "style"])
async def test_a_pasted_song_fills_the_fields_and_the_former_draft_stays(
    open_host: Open, field: str
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="Old", style="Folk", lyrics="old words"))
        pane.form.field(field).focus()
        await pilot.pause()
        text = f"Title: Summer Nights\r\nStyle: Pop, Indie\r\nLyrics:\r\n{SUMMER}"
        app.post_message(events.Paste(text))
        await until(pilot, lambda: pane.song.title == "Summer Nights")
        assert pane.song.style == "Pop, Indie"
        assert pane.song.lyrics == SUMMER
        kept = app.studio.drafts.load("old")
        assert kept is not None
        assert kept.song.lyrics == "old words"


async def test_undo_right_after_a_pasted_song_is_the_former_draft(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        await enter(pilot, pane, title="Old", style="Folk", lyrics="old words")
        former = pane.song
        pasted = "Title: Rain\nStyle: Pop\nLyrics: la la"
        for edited in (False, True):
            app.post_message(events.Paste(pasted))
            await until(pilot, lambda: pane.song.title == "Rain")
            assert any("ctrl+z" in note.message for note in app._notifications)
            if edited:
                await pilot.press("x", "ctrl+z")
                await until(pilot, lambda: pane.song.lyrics == "la la")
            await pilot.press("ctrl+z")
            await until(pilot, lambda: pane.song == former)
            assert pane.draft == "old"
        assert {"rain", "old"} <= set(app.studio.drafts.names())
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert pane.song == former


async def test_a_pasted_song_says_where_text_of_no_field_is(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("lyrics").focus()
        await pilot.pause()
        app.post_message(events.Paste("Here it is!\n\nTitle: Rain\nStyle: folk\nLyrics: la"))
        await until(pilot, lambda: pane.song.title == "Rain")
        assert pane.song.prompt == "Here it is!"
        assert any("is in the prompt" in note.message for note in app._notifications)


async def test_a_paste_of_lines_into_one_line_stays_one_line(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("style").focus()
        await pilot.pause()
        app.post_message(events.Paste("Pop,\r\nIndie\n\x1b[0m"))
        await until(pilot, lambda: pane.song.style)
        assert pane.song.style == "Pop, Indie [0m"


async def test_keys_that_come_in_one_packet_go_where_they_were_meant(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True))
        pane.form.field("title").focus()
        await pilot.pause()
        burst = [
            *"Summer Nights", "enter", *"Pop, ind", "down", "down", "enter", "tab", *"drums",
            "tab", "right", "tab", "tab", "tab", "4", "tab", "tab", "tab", "[", "enter", *"la la",
        ]  # fmt: skip
        for key in burst:
            char = key if len(key) == 1 else None
            app.post_message(events.Key(_character_to_key(key) if char else key, char))
        app.post_message(events.Paste(" pasted"))
        await until(pilot, lambda: pane.song.lyrics.endswith("pasted"))
        assert pane.song == Song(
            custom_mode=True,
            title="Summer Nights",
            style="Pop, indie pop",
            negative_tags="drums",
            vocal_gender="m",
            style_weight=0.4,
            lyrics="[Verse 1]\nla la pasted",
        )


async def test_a_song_pasted_in_simple_mode_or_outside_any_field_fills_the_fields(
    open_host: Open, home: Home
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="a former idea"))
        pane.generate_bar.focus()
        await pilot.pause()
        app.post_message(events.Paste("Title: Summer\nStyle: Pop\nLyrics:\n[Verse]\nla la"))
        await until(pilot, lambda: pane.song.lyrics == "[Verse]\nla la")
        assert pane.song.custom_mode
        assert (pane.song.title, pane.song.style) == ("Summer", "Pop")
        kept = SongFolder(home.drafts).load("a-former-idea")
        assert kept is not None
        assert kept.song.prompt == "a former idea"
        pane.generate_bar.focus()
        await pilot.pause()
        app.post_message(events.Paste(" more"))
        await until(pilot, lambda: pane.song.lyrics == "[Verse]\nla la more")


async def test_a_key_changes_the_mode_and_a_new_form_keeps_it(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="an idea"))
        pane.form.field("prompt").focus()
        await pilot.press("ctrl+t")
        await until(pilot, lambda: pane.song.custom_mode)
        await until(pilot, lambda: app.focused is pane.form.field("title"))
        await pilot.press("escape", "M")
        await until(pilot, lambda: not pane.song.custom_mode)
        assert pane.song.prompt == "an idea"
        await pilot.press("M", "ctrl+n")
        await until(pilot, lambda: pane.song.custom_mode and not pane.song.prompt)
    second = open_host()
    async with second.run_test(size=(80, 24)) as pilot:
        assert (await ready(pilot)).song.custom_mode


async def test_a_title_of_spaces_counts_as_empty(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="   ", style="Pop", lyrics=SUMMER))
        row = pane.form.row("title")
        assert row is not None
        assert str(row.counter) == "0/80"
        pane.action_generate()
        await until(pilot, lambda: pane.form.note("title"))
