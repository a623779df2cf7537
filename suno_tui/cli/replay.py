"""`suno-tui replay` and `more`: make a track again, or new takes of its song."""

from __future__ import annotations

import sys
from contextlib import closing

from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.cli.wait import wait
from suno_tui.common.errors import UsageError
from suno_tui.common.text import clean
from suno_tui.library.track import Origin, Relation, more_like


def run(options: Options) -> int:
    """Queue the song and wait for its takes. Raises `UsageError` if the song is not known, or if
    `replay` would cost something without being sure to make the same take."""
    with closing(open_studio()) as studio:
        studio.library.refresh()
        track = studio.library.find(options.id)
        if options.more:
            if track.song is None:
                raise UsageError("The song of this track is not known, so it can't be sent again.")
            song, provider = more_like(track.song, track.origin), None
            origin = Origin(track.id, Relation.MORE)
        else:
            song, doubt = found = studio.replay(track)
            provider, origin = track.provider, Origin(track.id, found.relation)
            if doubt and not studio.quote(song, provider=provider).free:
                raise UsageError(f"{doubt} `suno-tui more {options.id}` pays for new takes.")
            if doubt:
                print(f"suno-tui: {clean(doubt)}", file=sys.stderr)
        tasks = studio.generate(song, options.count, provider=provider, origin=origin)
        return wait(studio, tasks, options)
