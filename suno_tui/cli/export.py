"""`suno-tui export`: copy tracks, with timed lyrics, scores and stems if wanted."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from suno_tui.cli.library import query_of
from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.text import clean

if TYPE_CHECKING:
    from suno_tui.library.export import Exported, Extra
    from suno_tui.library.track import Track


def run(options: Options) -> int:
    """Export the tracks that the query finds.

    Raises `ExportError`, `NotASketch`, `QueryError` and others.
    """
    from suno_tui.library.export import export, exported, place

    to = place(options.to)
    with closing(open_studio()) as studio:
        studio.library.refresh()
        tracks = studio.library.tracks(query_of(options.query))
        done = export(
            tracks,
            to,
            inside=studio.library.folder,
            template=options.template,
            archive=options.zip,
            tags=options.tags,
            extras=_extras(tracks, options),
            on_exported=partial(_tell, options),
        )
    if not options.json:
        print_line(exported(len(done), to, archive=options.zip))
    return 0


def _tell(options: Options, done: Exported) -> None:
    if options.json:
        print_json({"id": done.track.id, "files": [str(file) for file in done.files]})


def _extras(tracks: list[Track], options: Options) -> list[Extra]:
    """Return the writers of timed lyrics, scores and stems; the last two at a low CPU priority."""
    from suno_tui.library.export import lyrics_in_time

    lyrics: list[Extra] = []
    if options.lrc or options.lrc_words:
        lyrics.append(lyrics_in_time(words=options.lrc_words))
    if not (options.midi or options.stems):
        return lyrics
    from suno_tui.server.export_extras import export_extras

    def say(track: Track, stem: str) -> None:
        print(f"{clean(track.name)} {track.take}: {stem}", file=sys.stderr, flush=True)

    os.nice(10)
    return [
        *lyrics,
        *export_extras(tracks, midi=options.midi, stems=options.stems, say=say),
    ]
