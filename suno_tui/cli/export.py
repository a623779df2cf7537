"""`suno-tui export`: copy tracks, with scores and stems of the sketch engine's."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.cli.library import query_of
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.text import clean
from suno_tui.studio import Studio

if TYPE_CHECKING:
    from suno_tui.library.export import Exported, Extra
    from suno_tui.library.track import Track


def run(options: Options) -> int:
    """Export the tracks that the query finds.

    Raises `ExportError`, `NotASketch`, `QueryError` and others.
    """
    from suno_tui.library.export import export, exported, place

    to = place(options.to)
    with closing(Studio.open()) as studio:
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
    """Return how scores and stems are written; check all tracks before the first file."""
    if not (options.midi or options.stems):
        return []
    from suno_tui.library.export import Extra
    from suno_tui.server.rerender import Sketch, check_format

    if options.stems:
        check_format(options.stems)
    sketches = {track.id: Sketch.read(track.audio, track.song) for track in tracks}
    for track in tracks:
        sketches[track.id].compose_again(track.audio)

    def midi(track: Track, file: Path) -> None:
        sketches[track.id].write_midi(track.audio, file)

    def stems(track: Track, folder: Path) -> None:
        def say(stage: str, share: float) -> None:
            role = stage.removeprefix("stem:")
            if role != stage and role not in printed:
                printed.add(role)
                print(f"{clean(track.name)} {track.take}: {role}", file=sys.stderr, flush=True)

        printed: set[str] = set()
        sketches[track.id].write_stems(track.audio, folder, options.stems, say)

    os.nice(10)
    extras = [Extra(".mid", midi)] if options.midi else []
    return extras + ([Extra(" stems", stems)] if options.stems else [])
