"""Lyrics in time: read from tags and LRC files, down to the word, and exported as LRC."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from suno_tui.library.export import export, lyrics_in_time
from suno_tui.library.lrc import read_lrc, write_lrc
from suno_tui.library.timed_line import TimedLine, TimedWord
from suno_tui.library.timed_lyrics import timed_lyrics
from suno_tui.library.track import Track
from tests.library.harness import House

SYLLABLES = [("\nMor", 1000), ("ning ", 1400), ("light", 2000), ("", 2600), ("\nAgain", 63_000)]
LINES = [("Morning light", 1000), ("Again", 63_000)]
SUNG = (
    TimedLine(1.0, "Morning light", (TimedWord(1.0, "Morning"), TimedWord(2.0, "light")), 2.6),
    TimedLine(63.0, "Again", (TimedWord(63.0, "Again"),)),
)


def sung(track: Track, *frames: tuple[str, list[tuple[str, int]]]) -> Track:
    """Write frames of lyrics in time into the audio, each with its description."""
    id3: Any = import_module("mutagen.id3")
    tags = id3.ID3(track.audio)
    for name, text in frames:
        tags.add(id3.SYLT(encoding=3, lang="und", format=2, type=1, desc=name, text=text))
    tags.save(track.audio)
    return track


@pytest.mark.parametrize("frames", [[("words", SYLLABLES), ("", LINES)], [("", SYLLABLES)]])
def test_syllables_are_read_as_the_words_of_lines(
    house: House, frames: list[tuple[str, list[tuple[str, int]]]]
) -> None:
    assert timed_lyrics(sung(house.add(), *frames)) == SUNG


@pytest.mark.parametrize("feed", ["", "\n"])
def test_entries_that_are_lines_have_no_words(house: House, feed: str) -> None:
    entries = [(feed + text, at) for text, at in LINES]
    found = timed_lyrics(sung(house.add(), ("", entries)))
    assert found == tuple(TimedLine(line.at, line.text) for line in SUNG)


def test_lrc_keeps_words_and_is_read_back(house: House) -> None:
    plain = write_lrc(SUNG, words=False, title="Rain")
    assert plain == "[ti:Rain]\n[00:01.00]Morning light\n[01:03.00]Again\n"
    enhanced = write_lrc(SUNG, words=True)
    assert enhanced.splitlines() == [
        "[00:01.00]<00:01.00> Morning <00:02.00> light <00:02.60>",
        "[01:03.00]<01:03.00> Again",
    ]
    track = house.add()
    track.file.with_suffix(".lrc").write_text(enhanced)
    assert timed_lyrics(track) == SUNG
    assert read_lrc(enhanced).text == "Morning light\nAgain"
    late = read_lrc("[offset:+500]\n[00:01.00]Morning <00:02.00>light\n")
    assert late.lines == ((0.5, "Morning light", ((0.5, "Morning "), (1.5, "light "))),)


def test_lyrics_in_time_are_exported_where_they_are_known(house: House) -> None:
    first = sung(house.add("Morning"), ("words", SYLLABLES), ("", LINES))
    second = house.add("Silent")
    to = house.root / "out"
    done = export([first, second], to, extras=[lyrics_in_time(words=True)])
    assert [[file.name for file in each.files] for each in done] == [
        ["Morning 1.mp3", "Morning 1.lrc"], ["Silent 1.mp3"],
    ]  # fmt: skip
    assert "<00:02.00> light" in (to / "Morning 1.lrc").read_text()
    archive = house.root / "out.zip"
    export([first, second], archive, archive=True, extras=[lyrics_in_time(words=False)])
    import zipfile

    with zipfile.ZipFile(archive) as found:
        assert sorted(found.namelist()) == ["Morning 1.lrc", "Morning 1.mp3", "Silent 1.mp3"]
        assert found.read("Morning 1.lrc").decode().splitlines()[1] == "[00:01.00]Morning light"
