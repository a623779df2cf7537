"""Parsers of what is typed, pasted and answered: searches, lyrics, terminals, kept pictures."""

from __future__ import annotations

import atexit
import contextlib
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from suno_tui.cli.output import print_json, print_line
from suno_tui.library.query import parse
from suno_tui.library.store import Library
from suno_tui.providers.song import Song
from tests.fuzz.target import Target

SONG_TEXT = """# Summer Nights
**Style:** synth-pop, dreamy, 110 bpm
Exclude: metal
Vocals: female

```
[Verse 1: whispered]
Walking down the empty street (ooh)
[Chorus x2]
City lights beneath my feet
```
"""
LRC = "[ti:A song]\n[00:12.34]Walking <00:13.00>down\n[01:02.5][02:00.00]the street\n"
QUERIES = (
    'style:lo-fi fav:yes -words "a phrase"',
    "rating:>=4 length:1:00..3:18 added:2026-04 sort:-rating,title",
    "bpm:100..120 provider:local model:suno* lyrics:rain age:<7d damaged:yes",
)
TYPED = (
    b"\x1bP>|kitty(0.32)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;4;22c",
    b"\x1b[200~pasted\ntext\x1b[201~abc\x1b[A\x1b[<0;10;5M\x1b[<0;10;5m",
    b"\x1bOP\x1b[1;5D\x1b[27;5;9~\x1bx\x1b[I\x1b[O\x1b[?2026;2$y",
    b"\x1b]11;rgb:0000/0000/0000\x07\x1b[97;5u\x1b[1;1R",
)


@cache
def library() -> Any:
    """Return a library of a few tracks, for searches."""
    from tests.benchmarks.tracks import fill

    kept = TemporaryDirectory(prefix="suno-tui-fuzz-")
    folder = Path(kept.name)
    fill(folder / "library", tracks=20)
    made = Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
    atexit.register(kept.cleanup)
    atexit.register(made.close)
    return made


def query(data: bytes, folder: Path) -> None:
    text = data.decode(errors="replace")
    asked = parse(text)
    print_line(*(str(mistake) for mistake in asked.mistakes))
    assert len(library().search(text)) >= 0
    for track in library().tracks(text, limit=3):
        print_line(track.title)


def words(data: bytes, folder: Path) -> None:
    """Analyse lyrics and styles as the composer does while the user types."""
    from suno_tui.lyrics import hints, length, sections, style, syllables

    text = data.decode(errors="replace")
    song = Song(custom_mode=True, title=text[:80], style=text[:200], lyrics=text, prompt=text)
    for hint in hints.hints(song):
        print_line(str(hint))
    print_line(sections.outline(text), str(length.duration(text, text)))
    for line in text.split("\n"):
        assert syllables.line_syllables(line) >= 0
    style.fit(text, 200)
    style.complete(text, len(text) // 2)


def pasted(data: bytes, folder: Path) -> None:
    from suno_tui.lyrics.pasted import apply, read_song

    text = data.decode(errors="replace")
    if (fields := read_song(text)) is not None:
        print_json(apply(Song(), fields).to_table())


def made(data: bytes, folder: Path) -> None:
    """Read a song's texts as the built-in provider does."""
    from suno_tui.engine.compose import compose
    from suno_tui.engine.plan import plan

    text = data.decode(errors="replace")
    song = Song(custom_mode=True, title=text[:80] or "x", style=text[:200] or "x", lyrics=text)
    compose(plan(song, number=1, seed=1, target_seconds=10))


def terminal(data: bytes, folder: Path) -> None:
    """Read input as the driver's thread does, in pieces; the first byte gives their length."""
    from textual._xterm_parser import XTermParser

    from suno_tui.tui.terminal.bracketed_paste import PasteParser
    from suno_tui.tui.terminal.images.capabilities import AnswerParser

    step = data[0] % 40 + 1 if data else 1
    text = data[1:].decode(errors="replace")
    answers, pastes, parser = AnswerParser(), PasteParser(), XTermParser()
    answers.asked = True
    now = 0.0
    for start in range(0, len(text) + 3 * step, step):
        now += 0.2
        piece = text[start : start + step]
        typed = answers.feed(piece, now) if piece else answers.settle(now)
        for part in pastes.feed(typed, now) if typed else pastes.settle(now):
            # The driver drops what Textual's parser can't take.
            with contextlib.suppress(Exception):
                if isinstance(part, str):
                    list(parser.feed(part))
    if answers.complete is not None:
        print_line(*map(str, answers.complete))


def picture(data: bytes, folder: Path) -> None:
    """The picture of the last screen: shown, or as if it were not there."""
    from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame

    file = folder / "last-picture.json"
    file.write_bytes(data)
    first_frame = FirstFrame.draw(file, {})  # there is no terminal here: it takes none over
    first_frame.cells(80, 24)
    first_frame.drop()


def pictures() -> list[bytes]:
    from suno_tui.tui.terminal.cell_diff.first_frame import _terminal

    kept = {"for": _terminal({}), "size": [80, 24], "ansi": "\x1b[1;1Hhello", "cells": [[["a", 1]]]}
    return [json.dumps(kept).encode()]


def keymap(data: bytes, folder: Path) -> None:
    from suno_tui.tui.actions.keymap import Keymap

    name, _, keys = data.decode(errors="replace").partition("=")
    made = Keymap({name: keys, "generate": keys})
    for problem in made.problems:
        print_line(problem)
    for name, action in made.actions.items():
        if action.keys:
            print_line(made.key(name))


TARGETS = (
    Target("query", query, lambda: [each.encode() for each in QUERIES], (b"sort:", b"..", b":>")),
    Target("words", words, lambda: [SONG_TEXT.encode(), LRC.encode()], (b"[", b"]", b"(", b"x2")),
    Target("pasted", pasted, lambda: [SONG_TEXT.encode(), LRC.encode()], (b"Title:", b"```")),
    Target("made", made, lambda: [SONG_TEXT.encode(), b"[Verse]\nWords\n[Chorus]\nMore words"]),
    Target("terminal", terminal, lambda: [b"\x07" + each for each in TYPED], (b"\x1b", b"\x1b[")),
    Target("last-picture", picture, pictures, (b'"cells"', b'"size"', b'"ansi"', b'"for"')),
    Target("keymap", keymap, lambda: [b"generate=ctrl+g, g g", b"favorite=f,F5,shift+tab"]),
)
