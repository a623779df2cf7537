"""An open studio as commands see it: orders become actions of the player's controller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from suno_tui.common.errors import StudioError
from suno_tui.listener.protocol import File, Message, as_frame, as_text
from suno_tui.listener.session import Commanded
from suno_tui.player.sound import RATE

if TYPE_CHECKING:
    from suno_tui.library.track import Track
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Playback

_OBEY_SECONDS = 5.0
Result = TypeVar("Result")


class CommandedStudio(Commanded):
    """The player of an open studio. It plays tracks of the library and nothing else."""

    verbs = frozenset(
        {"load", "next", "play", "pause", "unload", "seek", "volume", "skip", "now", "hello"}
    )

    def __init__(
        self, controls: Playback, studio: Studio, on_loop: Callable[[Callable[[], object]], None]
    ) -> None:
        """`on_loop` calls a function on the studio's event loop, soon."""
        super().__init__()
        self._controls = controls
        self._studio = studio
        self._on_loop = on_loop
        self._chosen: list[Track] = []
        """The tracks that the next `play` begins."""

    def carry_out(self, message: Message) -> None:
        with self.orders:
            match message["verb"]:
                case "load":
                    self._chosen = self._tracks([File.of(message)])
                case "next":
                    self._chosen += self._tracks([File(*each) for each in message["files"]])
                case "play":
                    chosen, self._chosen = self._chosen, []
                    self._do(lambda: self._play(chosen))
                case "pause" | "unload":
                    self._do(self._pause)
                case "seek":
                    self._do(lambda: self._controls.seek_to(message["frame"] / RATE))
                case "volume":
                    self._do(lambda: self._controls.set_volume(message["percent"]))
                case "skip":
                    self._do(lambda: self._controls.skip(message["by"]))

    def stop(self) -> None:
        self._do(self._pause)

    def now(self) -> Message:
        session = self._call_on_loop(lambda: self._controls.session)
        track = session.track
        known = track if session.blind is None else None  # a blind test must not be revealed
        return {
            "loaded": track is not None and not session.ended,
            "title": as_text(track.name) if track is not None else "",
            "style": as_text(track.style) if track is not None else "",
            "seconds": session.duration,
            "track": known.id if known is not None else "",
            "take": known.take if known is not None else 0,
            "frame": as_frame(session.position * RATE),
            "playing": session.will_play,
            "volume": session.volume,
        }

    def cover(self) -> Path | None:
        session = self._controls.session
        return session.track.cover if session.track is not None and session.blind is None else None

    def state(self, order: int) -> Message:
        now, session = self.now(), self._controls.session
        return {
            **{name: now[name] for name in ("frame", "playing", "volume")},
            "n": order,
            "hash": None,
            "ready": 0,
            "ended": session.ended,
            "whole": True,
            "waiting": False,
            "error": as_text(session.trouble),
            "output": session.output,
            "why": as_text(session.why),
        }

    def _play(self, chosen: list[Track]) -> None:
        if chosen:
            self._controls.play_track(chosen[0], chosen, 0)
        elif not self._controls.session.will_play:
            self._controls.action_play()

    def _pause(self) -> None:
        if self._controls.session.will_play:
            self._controls.action_play()

    def _do(self, do: Callable[[], object]) -> None:
        """Call a function on the event loop, and wait until it has been called."""
        with contextlib.suppress(TimeoutError):
            self._call_on_loop(do)

    def _call_on_loop(self, do: Callable[[], Result]) -> Result:
        """Call a function on the event loop, and return its result. Raises `TimeoutError`."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(do())
            except BaseException:
                future.set_exception(TimeoutError())
                raise

        self._on_loop(run)
        return future.result(_OBEY_SECONDS)

    def _tracks(self, files: list[File]) -> list[Track]:
        found: list[Track] = []
        for file in files:
            try:
                track = self._studio.library.of_hash(file.hash)
            except StudioError:
                continue
            if track is not None:
                found.append(track)
        return found
