"""`suno-tui play`: play tracks in the open studio, or else in the home's player."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from suno_tui.cli.library import query_of
from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.cli.player import NothingPlays, PlayerGone, show
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.paths import expand_home
from suno_tui.common.text import clean
from suno_tui.library.by_audio import audio_hash
from suno_tui.listener import sockets
from suno_tui.listener.commander import (
    ANSWER_SECONDS,
    Commander,
    OtherVersion,
    commanders,
    player,
    studios,
    what_plays,
)
from suno_tui.listener.protocol import File, Message, ProtocolError
from suno_tui.listener.session import MOST_QUEUE

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.studio import Studio

PATIENCE = 3.0
"""Seconds that a studio may take to answer before the home's player is started instead."""


class NoPlayer(StudioError):
    """The player could not be started."""

    title = "The player does not start"
    code = "no_player"
    exit_code = 4


def run(options: Options) -> int:
    """Play the tracks that the words name, or play on if there are none; print what plays then.

    Raises `UsageError`, `NothingPlays`, `NoPlayer` and `PlayerGone`.
    """
    with closing(open_studio()) as studio:
        try:
            now = _play(studio, options.words) if options.words else _play_on(studio)
        except (OSError, ProtocolError) as error:
            raise PlayerGone("The player does not answer. Try again.") from error
        show(now, json=options.json)
    return 0


def _play_on(studio: Studio) -> Message:
    with what_plays(studio.env, studio.sound_id) as found:
        if found is None:
            raise NothingPlays("Nothing is loaded: say what to play, such as a title or an id.")
        commander, now = found
        if now["playing"]:
            return now
        commander.order("play")
        return commander.now()


def _play(studio: Studio, words: list[str]) -> Message:
    studio.library.refresh()
    tracks = _chosen(studio, words)[: MOST_QUEUE + 1]
    files = [_file(track) for track in tracks if track.audio.exists()]
    if not files:
        raise UsageError(f"The audio of {clean(tracks[0].name)} is gone.")
    with closing(_target(studio)) as commander:
        commander.play(files)
        return commander.now()


def _chosen(studio: Studio, words: list[str]) -> Sequence[Track]:
    """Return the tracks that a file, an id or a query names. Raises `UsageError` if none."""
    library, word = studio.library, words[0]
    path = expand_home(word)
    if len(words) == 1 and path.is_file():
        track = library.of_audio(path.resolve()) or library.of_audio(path.absolute())
        if track is None:
            with path.open("rb") as file:
                track = library.of_hash(hashlib.file_digest(file, "sha256").hexdigest())
        if track is None:
            raise UsageError(f"{word} is not in the library: `suno-tui import {word}` takes it in.")
        return [track]
    found = library.tracks(query_of(words))
    if found or len(words) > 1:
        if not found:
            raise UsageError("No track matches.")
        return found
    try:
        return [library.find(word)]
    except StudioError as error:
        raise UsageError("No track matches.") from error


def _file(track: Track) -> File:
    audio = track.audio
    return File(audio_hash(track), audio.stat().st_size, audio.suffix.lower())


def _target(studio: Studio) -> Commander:
    """Connect to the studio that plays, else to the newest studio, else to the home's player, which
    is started if it does not run. Raises `NoPlayer` and `OtherVersion`."""
    from suno_tui.listener.starting import HomePlayer

    folder, home = sockets.players_folder(studio.env), studio.sound_id
    views: list[Commander] = []
    try:
        try:
            places = [place._replace(seconds=PATIENCE) for place in studios(folder, home)]
            for view in commanders(places, home):
                views.append(view)
                if view.now()["playing"]:
                    views.remove(view)
                    return view
        except OtherVersion:
            if not views:
                raise
        if views:
            return views.pop(0)
    finally:
        for view in views:
            view.close()
    found = next(commanders([player(folder, home)], home), None)
    if found is None and HomePlayer(sockets.player_of(folder, home), home).start():
        started = player(folder, home)._replace(seconds=ANSWER_SECONDS)
        found = next(commanders([started], home), None)
    if found is None:
        raise NoPlayer("The player did not start: `suno-tui listen --player` says why.")
    return found
