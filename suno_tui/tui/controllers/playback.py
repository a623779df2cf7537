"""The actions of the player, which work wherever the focus is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clock
from suno_tui.media.files import warm
from suno_tui.player.sound import NO_DECODER
from suno_tui.tui.playback.section_loop import loop_back
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.worker import Worker

    from suno_tui.library.track import Track
    from suno_tui.tui.context import Context
    from suno_tui.tui.playback.session import PlaybackSession

SHORT, LONG = 5.0, 30.0
"""Seconds by which the arrow keys seek."""

_LOOP_TIMER_FROM = 1.1
"""Seconds before a loop's end from which a timer waits for it: a little more than a tick."""
_VOLUME_STEP = 5
_MOST_SKIPS = 20
"""How many unplayable tracks in a row are skipped before it stops."""
_REMEMBER_SECONDS = 10
"""Seconds between two writes of the position: the most that a crash loses."""


class Playback:
    """The player's actions. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app
        self._timer: Timer | None = None
        self._loop_timer: Timer | None = None
        self._unrestored: list[str] | None = None
        """Ids of the tracks up next at the last exit that are being read; None before that."""
        self._restored = False
        self._seconds = 0
        self._silence_notified = self._failure_notified = False
        self._cut_off_notified: Track | None = None
        self.on_shown: Callable[[], None] = lambda: None

    @cached_property
    def session(self) -> PlaybackSession:
        """The session. Created at the first use: a start in the composer does not load it."""
        from suno_tui.tui.playback.session import PlaybackSession

        return PlaybackSession(self.app.studio)

    def show(self) -> None:
        """Update all that shows the player, and keep doing so each second while it plays."""
        self.app.navigation.show_sound()
        self.on_shown()
        self._time_loop()
        if self._timer is None:
            self._timer = self.app.set_interval(1, self.tick, pause=True)
        if self.session.playing or (self.session.ended and self.session.following is not None):
            self._timer.resume()
        else:
            self._timer.pause()
        if (
            self.session.output == "none"
            and not self.session.trouble
            and not self._failure_notified
        ):
            self._failure_notified = True
            self.app.notify(
                self.session.why, title="Playback is silent", severity="warning", timeout=10
            )

    def _time_loop(self) -> None:
        """Go back at the end of the loop, if that comes before the next tick."""
        if self._loop_timer is not None:
            self._loop_timer.stop()
            self._loop_timer = None
        loop = self.session.loop
        if loop is None or not self.session.playing:
            return
        left = loop[1] - self.session.position
        if 0 < left < _LOOP_TIMER_FROM:
            self._loop_timer = self.app.set_timer(left, self._loop_back)

    def _loop_back(self) -> None:
        if loop_back(self.session):
            self.show()

    def play_track(
        self, track: Track, tracks: Sequence[Track | None] = (), place: int | None = None
    ) -> None:
        """Play a track, with `tracks` before and after it; `place` is its index in them."""
        self._start(track, tracks or [track], place)

    def play_now(self, track: Track) -> None:
        """Play a track now; the list continues afterwards."""
        from suno_tui.tui.playback.following import OFF_LIST

        self._start(track, self.session.tracks, OFF_LIST)

    def _start(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, direction: int = 0
    ) -> None:
        self.app.run_worker(
            self._play(track, tracks, place, direction), group="play", exclusive=True
        )

    async def _play(
        self, track: Track, tracks: Sequence[Track | None], place: int | None, direction: int
    ) -> None:
        """Play a track. `direction`: 1 or -1 skips unplayable tracks in that direction, 0 none."""
        session = self.session
        self._failure_notified = False
        for _ in range(_MOST_SKIPS):
            loading = session.play(track, tracks, place)
            self.show()
            await loading
            self.show()
            if not session.trouble or not direction or session.trouble == one_line(NO_DECODER, 200):
                break
            self._notify_trouble("Skipped")
            neighbour = session.take_next() if direction > 0 else session.take_previous()
            if neighbour is None:
                return
            track, place = neighbour
        await self._track_started()

    async def _play_on(self) -> None:
        await self.session.resume()
        await self._track_started()

    async def _track_started(self) -> None:
        """Show the new track, remember it and read its details."""
        self.show()
        if self.session.trouble:
            self._notify_trouble("That can't be played")
            return
        self.remember()
        await self.session.read_details()
        self.show()
        await self._send_ahead()

    def _notify_trouble(self, title: str) -> None:
        text = f"{one_line(self.session.name, 60)}: {self.session.trouble}"
        self.app.notify(text, title=title, severity="warning", timeout=8)

    def library_read(self) -> None:
        """Restore what played at the last exit, once; later, read the track again."""
        if self._unrestored is None:
            state = self.app.studio.remembered()
            ids = state.get("up_next")
            self._unrestored = list(map(str, ids)) if isinstance(ids, list) else []
            self.app.run_worker(self._restore(state.get("playing")), group="restore")
            return
        self.app.run_worker(self._send_ahead(), group="ahead", exclusive=True)
        if self.session.track is not None:
            self.app.run_worker(self._refresh_track(), group="track", exclusive=True)

    async def _send_ahead(self) -> None:
        await asyncio.to_thread(self.session.send_ahead)

    async def _refresh_track(self) -> None:
        if await self.session.refresh():
            self.show()

    async def _restore(self, remembered: object) -> None:
        """Restore the track of the last exit, and what was up next."""
        ids, playing = self._unrestored or [], remembered if isinstance(remembered, dict) else {}
        tracks = [track for each in ids if (track := await self._find_track(each)) is not None]
        track = await self._find_track(playing["track"]) if "track" in playing else None
        self.session.up_next.prepend_restored(tracks)
        self._unrestored, self._restored = [], True
        if track is not None and self.session.track is None:
            at = playing.get("at", 0.0)
            self.session.restore(track, float(at) if isinstance(at, int | float) else 0.0)
            self.session.tracks = self.app.tracks.items
            self.show()
            await self.session.read_details()
            self.show()
        if await self.session.find_playing():
            self.session.follow()
            self.show()
        await self._send_ahead()
        # Nothing else is waiting: load the decoder now, so that the first track starts at once.
        await asyncio.to_thread(warm)

    async def _find_track(self, track_id: object) -> Track | None:
        try:
            return await asyncio.to_thread(self.app.studio.library.get, str(track_id))
        except StudioError:
            return None

    def state(self) -> dict[str, object]:
        """Return the state for the next start; what is not restored yet is left out."""
        session, order = self.session, self.session.order
        state: dict[str, object] = {
            "volume": session.volume, "shuffle": order.shuffle, "repeat": order.repeat,
        }  # fmt: skip
        if session.track is not None:
            at = 0.0 if session.ended else round(session.position, 1)
            state["playing"] = {"track": session.track.id, "at": at}
        elif self._restored:
            state["playing"] = {}
        if self._unrestored is not None:
            state["up_next"] = [*self._unrestored, *(track.id for track in session.up_next.tracks)]
        return state

    def listener_changed(self) -> None:
        """Show what a listener plays, after it reported a change."""
        if (path := self.session.elsewhere) is not None:
            self.app.run_worker(self._adopt(path), group="adopt", exclusive=True)
        elif self.session.track is not None:
            self.show()

    async def _adopt(self, path: Path) -> None:
        if await self.session.adopt(path):
            await self._track_started()

    def remember(self) -> None:
        """Write the state now, in case of a power failure."""
        # A function, not a coroutine: a worker replaced before its start leaves none unawaited.
        _: Worker[None] = self.app.run_worker(self._remember, group="remember", exclusive=True)

    async def _remember(self) -> None:
        await asyncio.to_thread(self.app.remember, **self.state())

    def label(self, id: str) -> str | None:
        """Return the label of an action that depends on the player's state."""
        if id == "play" and self.session.track is not None:
            return "Pause" if self.session.will_play else "Resume"
        return None

    def action_play(self) -> None:
        if self.session.restored:
            self.app.run_worker(self._play_on(), group="play", exclusive=True)
        elif self.session.track is not None:
            self.session.toggle()
            self.show()
            self.remember()
        elif (track := self.app.tracks.current) is not None:
            self.play_track(track, self.app.tracks.items, self.app.tracks.cursor)
        else:
            self.app.notify_briefly("No track to play yet.")

    def action_play_latest(self) -> None:
        """Play the newest take."""
        if newest := self.app.studio.library.tracks(limit=1):
            self.play_now(newest[0])
        else:
            self.app.notify_briefly("No track to play yet.")

    def action_next_track(self) -> None:
        self.skip(1)

    def action_previous_track(self) -> None:
        self.skip(-1)

    def action_seek_back(self) -> None:
        self._seek(-SHORT)

    def action_seek_on(self) -> None:
        self._seek(SHORT)

    def action_seek_back_far(self) -> None:
        self._seek(-LONG)

    def action_seek_on_far(self) -> None:
        self._seek(LONG)

    def action_volume_up(self) -> None:
        self._volume(_VOLUME_STEP)

    def action_volume_down(self) -> None:
        self._volume(-_VOLUME_STEP)

    def action_mute(self) -> None:
        self.session.mute()
        self._show_volume()

    def enqueue(self, tracks: Sequence[Track]) -> None:
        """Add tracks to those that are up next."""
        self.session.up_next.add(tracks)
        count = len(self.session.up_next.tracks)
        name = f"{one_line(tracks[0].name, 40)} {tracks[0].take}"
        one = len(tracks) == 1
        self.app.notify_briefly(
            f"{name}: up next, number {count}." if one else f"{len(tracks)} tracks: up next."
        )
        self.up_next_changed()

    def up_next_changed(self) -> None:
        """Prepare and show the new next track."""
        self.session.lead(self.app.tracks.items)
        self.session.prepare_next()
        self.show()
        self.remember()

    def tick(self) -> None:
        """Update the time each second, and go on to the next track."""
        session = self.session
        self._seconds += 1
        session.find_listener()
        session.lead_alone(self.app.tracks.items)
        if session.output == "silent" and not self._silence_notified:
            self._silence_notified = True
            where = self.app.keymap.key("sound_target")
            self.app.notify_briefly(f"{session.silence}: {where} shows how to hear it.")
        if loop_back(session):
            self.show()
        elif session.adopt_next():
            self._show_started_next()
        elif session.elsewhere is not None:
            self.listener_changed()
        elif session.over and (following := session.take_next(by_itself=True)) is not None:
            self._start(following[0], session.tracks, following[1], 1)
        else:
            session.prepare_next()
            self.show()
            self._notify_cut_off()
            if self._seconds % _REMEMBER_SECONDS == 0:
                self.remember()

    def _show_started_next(self) -> None:
        """Show the next track, which the player has begun; skip it if it can't be played."""
        session, track = self.session, self.session.track
        if session.trouble and track is not None:
            self._notify_trouble("Skipped")
            if (following := session.take_next()) is not None:
                self._start(following[0], session.tracks, following[1], 1)
                return
        self.app.run_worker(self._track_started(), group="play", exclusive=True)

    def _notify_cut_off(self) -> None:
        """Warn, once for each track, that its file ends too early."""
        end, track = self.session.cut_off, self.session.track
        if end is None or track is None or track is self._cut_off_notified:
            return
        self._cut_off_notified = track
        self.app.notify(
            f"{one_line(track.name, 60)} {track.take}: {clock(end)} of {clock(track.duration)} "
            "is there; the rest of its file is missing.",
            title="Cut off",
            severity="warning",
            timeout=8,
        )

    def skip(self, by: int) -> None:
        """Play the next track (1), or the one before (-1)."""
        self.session.lead_alone(self.app.tracks.items)
        if self.session.follows:
            self.app.studio.player.skip(by)
            return
        neighbour = self.session.take_next() if by > 0 else self.session.take_previous()
        if neighbour is not None:
            self._start(neighbour[0], self.session.tracks, neighbour[1], by)
        elif self.session.track is None:
            self.app.notify_briefly("Nothing playing.")
        else:
            self.app.notify_briefly(
                "That was the last track." if by > 0 else "That was the first track."
            )

    def _seek(self, seconds: float) -> None:
        self.session.seek(seconds)
        self.session.prepare_next()
        self.show()

    def seek_to(self, at: float) -> None:
        """Seek to a second of the track, after a click on the waveform."""
        session = self.session
        if session.blind is not None and at >= min(take.duration for take in session.blind.order):
            self.app.notify_briefly(
                "Not all of the takes are that long: it would tell which one you hear."
            )
        elif not session.loading and not session.trouble:
            self._seek(at - session.position)

    def _volume(self, by: int) -> None:
        self.set_volume(self.session.volume + by)

    def set_volume(self, volume: int) -> None:
        """Set the volume in per cent, and show it."""
        self.session.set_volume(volume)
        self._show_volume()

    def _show_volume(self) -> None:
        """Show the volume in the player's bar; as a notice if the bar shows something else."""
        self.show()
        if self.session.track is None or self.session.output in ("silent", "none"):
            self.app.notify_briefly(
                f"Volume {self.session.volume}" if self.session.volume else "Muted"
            )
