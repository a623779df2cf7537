"""Replays: the song that makes a track again, and whether the result will be the same."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from suno_tui.common.errors import UsageError
from suno_tui.config.settings import LOCAL
from suno_tui.library.track import Relation, Track, more_like
from suno_tui.media.files import timed_lines
from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.song import Song
from suno_tui.server.rerender import NotASketch, Sketch


class Replay(NamedTuple):
    """The song to send to the track's own provider to get the same take again.

    `doubt` is a sentence on why the result may or will be different. If it is empty, the built-in
    engine makes the same sound byte for byte; for other providers, nothing speaks against it.
    """

    song: Song
    doubt: str

    @property
    def relation(self) -> Relation:
        return Relation.MORE if self.song.seed is None else Relation.REPLAY


def replay_of(
    track: Track, can: Capabilities | None, *, target_seconds: float | None = None
) -> Replay:
    """Return the replay of a track.

    `can` is what its provider can do now; None if that provider is not in the settings any more.
    `target_seconds` is the setting of the built-in engine. For its tracks, the file and the voice
    are examined, which takes a moment. Raises `UsageError` if the song or the provider is unknown.
    """
    if track.song is None:
        raise UsageError("The song of this track is not known, so it can't be sent again.")
    song = more_like(track.song, track.origin)
    if can is None:
        raise UsageError(f"Its provider {track.provider!r} is not in the settings any more.")
    if track.provider == LOCAL:
        return _by_engine(track, song, target_seconds)
    model = can.model(track.model) or can.model(song.model) or can.default_model
    if song.uses(model)["seed"] != "exact":
        return Replay(song, f"{track.provider} takes no seed: {_NEW}")
    song = replace(song, model=model.id)
    if track.seed is None:
        return Replay(song, f"The seed of this take is not known: {_NEW}")
    song = replace(song, seed=track.seed, takes=1)
    if model.id != track.model:
        why = f"It was made with {track.model}, which {track.provider} does not have any more"
        return Replay(song, f"{why}: with {model.label} it sounds different.")
    if not song.custom_mode and not song.instrumental and track.lyrics.strip():
        return Replay(song, f"{track.provider} wrote its lyrics, and will write new ones: {_OTHER}")
    return Replay(song, "")


_OTHER = "it may become another song."
_NEW = "it makes new takes of the song, with different music."


def _by_engine(track: Track, song: Song, target_seconds: float | None) -> Replay:
    from suno_tui.engine.version import engine_version
    from suno_tui.engine.voice.speech import choose

    if track.seed is None:
        why = "It was made before the studio kept the seed of a take, or its tag is gone: "
        return Replay(song, why + _NEW)
    song = replace(song, seed=track.seed, takes=1)
    try:
        sketch = Sketch.read(track.audio, song)
    except NotASketch:
        return Replay(song, "Its file no longer says how it was made: the sound may differ.")
    if song.duration is None and sketch.target_seconds != target_seconds:
        made, now = (_target(each) for each in (sketch.target_seconds, target_seconds))
        return Replay(song, f"Its length was set by {made}, and here by {now}: it may differ.")
    here = engine_version()
    if track.engine != here:
        why = f"It was made by another version of the engine ({track.engine}; this one is {here})"
        return Replay(song, f"{why}: the sound may differ.")
    if timed_lines(track.audio) and sketch.voice != (voice := choose()):
        return Replay(song, f"It was sung by {sketch.voice}; the voice here is {voice}.")
    return Replay(song, "")


def _target(seconds: float | None) -> str:
    return "its words" if seconds is None else f"local.target_seconds = {seconds:g}"
