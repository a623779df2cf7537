"""Parsers of the files beside foreign audio: JSON of archivers, LRC, tags."""

from __future__ import annotations

import json
from pathlib import Path

from suno_tui.cli.output import print_json, print_line
from suno_tui.library.importing.plan import State
from suno_tui.library.importing.sidecars import facts_of_song, read_json
from suno_tui.library.importing.sources import How
from suno_tui.library.lrc import read_lrc
from suno_tui.library.store import Library
from tests.fuzz.files import sounds
from tests.fuzz.target import Target
from tests.library.harness import mp3

SUNO_ID = "116d34f4-b3d5-48b8-9334-011b1dd1df00"


def _taken_in(library: Library, source: Path) -> None:
    """Import a folder, read the tracks back, and take the import back."""
    plan = library.imports.plan([source], How.COPY)
    for one in plan.candidates:
        print_json(one.to_json())
    result = library.imports.run(plan)
    assert not result.failed, result.failed
    assert library.damaged() == []
    for track in library.tracks():
        print_json(track.to_json())
        print_line(track.name, track.style, track.tags, track.model)
    if result.id:
        undone = library.imports.undo(result.id)
        assert (undone.count, undone.left) == (len(plan.of(State.NEW)), [])
    assert library.count() == 0


def _import(source: Path, folder: Path) -> None:
    library = Library(folder / "library", trash=folder / "trash", cache=folder / "cache")
    try:
        _taken_in(library, source)
    finally:
        library.close()


def sidecar(data: bytes, folder: Path) -> None:
    for song in read_json(data):
        for name, value in facts_of_song(song).items():
            print_line(name, str(value))
    source = folder / "source"
    if not source.exists():
        source.mkdir()
        (source / f"a {SUNO_ID}.mp3").write_bytes(mp3(0.3))
    (source / f"a {SUNO_ID}.json").write_bytes(data)
    _import(source, folder)


def lrc(data: bytes, folder: Path) -> None:
    found = read_lrc(data.decode("utf-8", "replace"))
    print_line(found.text, *(f"{moment}{text}{parts}" for moment, text, parts in found.lines))


def foreign(data: bytes, folder: Path) -> None:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "a.mp3").write_bytes(data)
    _import(source, folder)


CLIP = {
    "id": SUNO_ID,
    "title": "Harbour Lights",
    "created_at": "2024-04-09T08:35:53.414Z",
    "major_model_version": "v4",
    "model_name": "chirp-v4",
    "is_liked": True,
    "metadata": {
        "tags": "folk ballad",
        "prompt": "[Verse]\nsea\nsalt",
        "gpt_description_prompt": None,
        "duration": 29.6,
    },
}
FLAT = {"songId": SUNO_ID, "songName": "Rain", "lyrics": "drip\ndrop", "style_of_music": ["a", "b"]}
SHAPES = [CLIP, [CLIP, FLAT], {"clips": [CLIP]}, {SUNO_ID: {"title": "By id", "tags": "pop"}}, FLAT]
LRC = b"[ti:Rain]\n[offset:+250]\n[00:12.30]drip\n[00:14.00][01:14.00]<00:14.10>drop <00:14.50>drop"

TARGETS = (
    Target("sidecar", sidecar, lambda: [json.dumps(shape).encode() for shape in SHAPES]),
    Target("lrc", lrc, lambda: [LRC], (b"[00:01.00]", b"<00:01.00>", b"[offset:")),
    Target("foreign", foreign, sounds),
)
