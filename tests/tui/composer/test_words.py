"""Rhymes and synonyms from the composer, chosen into the lyrics and undone."""

from __future__ import annotations

from collections.abc import Callable

from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.picker import EntryRows, Picker
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]
LYRICS = "[Verse]\nI walk alone into the night\nand nothing is so big"


async def test_a_rhyme_takes_the_place_of_the_word_and_undo_brings_it_back(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="Night", style="Folk", lyrics=LYRICS))
        lyrics = pane.form.text("lyrics")
        lyrics.focus()
        pane.form.set_typing(True)
        await pilot.press("alt+w")
        await until(pilot, lambda: isinstance(app.screen, Picker) and app.screen.query(EntryRows))
        dialog = app.screen
        assert isinstance(dialog, Picker)
        assert dialog.dialog_title == "big: 1 syllable"
        groups = list(dict.fromkeys(entry.group for entry in dialog.entries))
        assert groups[0] == "Rhymes with night, above"
        assert groups[-1] == "May mean big"
        await pilot.press(*"light", "enter")
        await until(pilot, lambda: pane.song.lyrics == f"{LYRICS[:-3]}light")
        lyrics.focus()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.lyrics == LYRICS)


async def test_lyrics_in_another_language_get_a_notice(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        text = "que de la noche no me digas"
        pane.load(Song(custom_mode=True, title="Noche", style="Folk", lyrics=text))
        await pilot.press("w")
        await until(pilot, lambda: len(app._notifications))
        assert "for English only" in str(next(iter(app._notifications)).message)
        assert pane.song.lyrics == text
