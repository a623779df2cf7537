"""Rhymes, near rhymes and synonyms for the word at the cursor of the lyrics, without a network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from suno_tui.lyrics import word_help
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.screens.composer.lyrics_editor import LyricsEditor
from suno_tui.tui.screens.composer.notices import Notices

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_ABOVE = 30
"""Most rhymes with the line above that are listed before those with the word itself."""
_ENGLISH = "Rhymes and synonyms are for English only, and {} is not English."


async def choose_word(app: Context, lyrics: LyricsEditor, notices: Notices) -> None:
    """Let the user choose a word; it replaces the word at the cursor, or is inserted.

    At the end of a line, rhymes with the line above come first.
    """
    row, column = lyrics.cursor_location
    lines = lyrics.text.split("\n")
    place = word_help.word_at(lines[row], column)
    above = word_help.line_above(lines, row) if word_help.is_last(lines[row], place) else None
    line_end = word_help.last_word(lines[above]) if above is not None else ""
    wanted = [word for word in (line_end, place.word) if word]
    if not wanted:
        notices.say("Put the cursor on a word of the lyrics.")
        return
    english = [word for word in wanted if word_help.can_help(word)]
    if not english or not lyrics.english:
        what = wanted[-1] if lyrics.english else "this text"
        notices.say(_ENGLISH.format(what))
        return
    entries = await asyncio.to_thread(_entries, line_end, place.word)
    if not entries:
        notices.say(f"The dictionary has no word that rhymes with {' or '.join(wanted)}.")
        return
    picker = Picker(_title(place.word), entries)
    chosen = await app.push_screen_wait(picker)
    if isinstance(chosen, tuple):
        word = word_help.like(str(chosen[1]), place.word)
        lyrics.put((row, place.start), (row, place.end), word)


def _title(word: str) -> str:
    if not word:
        return "Rhymes with the line above"
    count = word_help.count(word)
    return f"{word}: {_syllables(count)}"


def _entries(line_end: str, word: str) -> list[Entry]:
    """Return rhymes with `line_end`, the last word of the line above, then words for `word`."""
    offers = []
    if line_end and line_end.casefold() != word.casefold() and word_help.can_help(line_end):
        found = word_help.offers(line_end, meaning=False)
        # Keep the word's own rhymes near the top.
        found = (
            [offer for offer in found if offer.kind == found[0].kind][:_ABOVE] if word else found
        )
        offers += [offer._replace(kind=f"{offer.kind}, above") for offer in found]
    if word and word_help.can_help(word):
        offers += word_help.offers(word)
    return [
        Entry(
            (offer.kind, offer.word), offer.word, more=_syllables(offer.syllables), group=offer.kind
        )
        for offer in offers
        if offer.word != word.casefold()
    ]


def _syllables(count: int) -> str:
    return "1 syllable" if count == 1 else f"{count} syllables"
