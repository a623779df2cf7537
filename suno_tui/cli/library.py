"""`suno-tui library`: search the tracks."""

from __future__ import annotations

import sys
from contextlib import closing

from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.cli.table import note_empty
from suno_tui.cli.track_list import print_tracks
from suno_tui.common.text import clean


def run(options: Options) -> int:
    """Print the tracks that the query finds, and damaged files on stderr."""
    with closing(open_studio()) as studio:
        library = studio.library
        library.refresh()
        found = library.tracks(query_of(options.query))
        print_tracks(found, json=options.json)
        if not found and not options.json:
            note_empty("No track matches." if options.query else "The library is empty.")
        for damaged in library.damaged():
            print(f"suno-tui: {clean(str(damaged))}", file=sys.stderr)
        if advice := lone_audio_advice(len(library.lone_audio())):
            print(f"suno-tui: {advice}", file=sys.stderr)
    return 0


def lone_audio_advice(count: int) -> str:
    """Return what to do about audio in the library's folder that is no track; empty for none."""
    if not count:
        return ""
    files = "1 audio file is" if count == 1 else f"{count:,} audio files are"
    them = "it" if count == 1 else "them"
    return (
        f"{files} in the library's folder, but not in the library yet: "
        f"`suno-tui import --in-place` takes {them} in."
    )


def query_of(words: list[str]) -> str:
    """Return the query of a command's arguments.

    One argument is the whole query; several are words that the shell separated.
    """
    return words[0] if len(words) == 1 else " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Put quotes back around a word with spaces: `lyrics:city lights` is one filter."""
    if " " not in word or '"' in word:
        return word
    name, colon, value = word.partition(":")
    return f'{name}:"{value}"' if colon and " " not in name else f'"{word}"'
