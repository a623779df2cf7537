"""Styles with labels and lyrics from elsewhere: seen at the paste, tidied by a key, undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import events

from suno_tui.lyrics.elsewhere import cleaned
from suno_tui.providers.song import Song
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]

DATA = Path(__file__).parents[2] / "lyrics" / "data"


async def test_foreign_lyrics_are_seen_at_the_paste_and_a_key_cleans_them(open_host: Open) -> None:
    app = open_host()
    text = (DATA / "words.lrc").read_text()
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="Kettle", style="Folk"))
        lyrics = pane.form.field("lyrics")
        lyrics.focus()
        app.post_message(events.Paste(text))
        await until(
            pilot, lambda: "esc C removes 8 lines with time stamps" in str(pane.about.content)
        )
        before = pane.song.lyrics
        pane.generate_bar.focus()
        await pilot.press("C")
        await until(pilot, lambda: pane.song.lyrics == cleaned(before))
        assert "00:" not in pane.song.lyrics
        assert pane.why_not("clean_lyrics") is not None
        lyrics.focus()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.lyrics == before)


async def test_a_labelled_style_gives_its_exclusions_to_exclude(open_host: Open) -> None:
    app = open_host()
    text = (DATA / "style-labelled.txt").read_text()
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="Rope", lyrics="rope", negative_tags="Pop, rap"))
        style = pane.form.field("style")
        style.focus()
        app.post_message(events.Paste(text))
        await until(pilot, lambda: "moves to Exclude: Trap, Techno" in str(pane.about.content))
        before = pane.song.style
        pane.generate_bar.focus()
        await pilot.press("F")
        await until(pilot, lambda: pane.song.negative_tags == "Pop, rap, Trap, Techno, Metal")
        assert len(pane.song.style) <= 200
        assert pane.song.style.startswith("Sea Shanty, Dark Folk, weathered bass vocals")
        assert "84 BPM" in pane.song.style
        style.focus()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.style == before)
        pane.form.field("negative_tags").focus()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.negative_tags == "Pop, rap")
