"""The player: load, play, pause, seek, swap. Threads do what takes time."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from pathlib import Path

from suno_tui.player.mixer import Mixer, gain_of
from suno_tui.player.output import Output, SilentOutput, open_output
from suno_tui.player.sound import RATE, Sound
from suno_tui.player.takes import DecodedTakes

_LOOK = 0.5
"""Seconds between two looks at what plays: an end stops the device that late."""
_DEAD = 2.0
"""Seconds after which a device that asks for nothing is taken for dead."""


class Player:
    """One sound at a time. Methods return at once, unless they say so; any thread may call them.

    Times are in seconds. The output is opened with the first `play`. What happens is asked for
    (`position`, `playing`, `ended`, `error`), never announced.
    """

    def __init__(self, *, volume: int = 80, output: Callable[[], Output] = open_output) -> None:
        self._deck = Mixer()
        self._open = self._usual = output
        self._output: Output | None = None
        self._wake = threading.Condition()
        self._closing = False
        self._running = False
        self._thread: threading.Thread | None = None
        self._takes = DecodedTakes()
        self._swapping = threading.Lock()
        self._wanted: Path | None = None
        """The take that the latest `swap` is to."""
        self._renew = False
        self.volume = volume
        # A device that still runs would keep the interpreter from ending.
        atexit.register(self.close)

    def load(self, path: Path, *, start: float = 0.0) -> None:
        """Lay on a file, stopped, at a moment; what can't be played shows in `error`."""
        sound = next((one for one in self._sounds() if one.path == path and not one.error), None)
        self._put(sound or Sound(path), round(start * RATE))

    def unload(self) -> None:
        """Take off what is loaded."""
        self._put(None)

    def follow(self, path: Path | None) -> None:
        """What plays next, without a gap; None for nothing. Call after `load`."""
        following = self._deck.following
        if path is None or following is None or following.path != path:
            before = self._deck.follow(Sound(path) if path is not None else None)
            # It may have begun to play just now.
            if before is not None and before is not self._deck.sound:
                before.drop()

    def play(self) -> None:
        """Play on; from the beginning, where the end was reached."""
        self._deck.play()
        self._touch()

    def pause(self) -> None:
        self._deck.pause()
        self._touch()

    def toggle(self) -> None:
        """Pause, or play on."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Go to a moment of the loaded file; before its beginning is its beginning."""
        self._deck.seek(round(seconds * RATE))
        self._touch()

    def prepare(self, path: Path) -> None:
        """Decode and measure another take in advance, so that `swap` to it is instant."""
        sound = self._deck.sound
        if sound is not None and sound.path != path:
            threading.Thread(
                target=_measure, args=(self._takes.get(path), sound), name="loudness", daemon=True
            ).start()

    def swap(self, path: Path) -> str:
        """Go on with another take at the same moment, as loud as this one; or why that can't be.

        Blocks while the other take is decoded and both are measured (after `prepare` they are);
        this one plays on meanwhile. A later `swap` or `load` takes its place.
        """
        with self._swapping:
            self._wanted = path
            current = self._deck.sound
            if current is None or current.path == path:
                return ""
            mate = self._takes.get(path)
        _measure(mate, current)
        with self._swapping:
            if self._wanted != path or self._deck.sound is not current:
                return ""
            if mate.error:
                return mate.error
            if mate.ready <= self._deck.position:
                return f"{path}: it ends before this moment."
            self._takes.compare(mate, current)
            self._takes.exchange(mate, current)
            match = self._takes.factor(mate, gain_of(self._volume))
            if not self._deck.swap(mate, match, of=current):
                self._takes.exchange(current, mate)  # what was to follow has begun
        return ""

    @property
    def path(self) -> Path | None:
        """What is loaded; changes by itself when a following sound begins."""
        sound = self._deck.sound
        return sound.path if sound else None

    @property
    def position(self) -> float:
        return self._deck.position / RATE

    @property
    def duration(self) -> float:
        """Of the loaded file; until it is decoded to its end, as far as it is."""
        sound = self._deck.sound
        return sound.ready / RATE if sound else 0.0

    @property
    def playing(self) -> bool:
        return self._deck.playing

    @property
    def ended(self) -> bool:
        """Whether the end was reached; until the next `load`, `play` or `seek`."""
        return self._deck.ended

    @property
    def error(self) -> str:
        """Why what is loaded can't be played, for people; empty where it can."""
        sound = self._deck.sound
        return sound.error if sound else ""

    @property
    def volume(self) -> int:
        """0 to 100."""
        return self._volume

    @volume.setter
    def volume(self, volume: int) -> None:
        self._volume = max(0, min(100, volume))
        self._deck.set_volume(self._volume)
        if self._deck.sound is not None:
            self._deck.set_match(self._takes.factor(self._deck.sound, gain_of(self._volume)))

    def wait(self, timeout: float = 10.0) -> str:
        """Block until what is loaded begins to be decoded; why it can't be played, or nothing."""
        sound = self._deck.sound
        if sound is not None:
            sound.wait(0, timeout)
        return self.error

    @property
    def whole(self) -> bool:
        """Whether the loaded file is decoded to its end: `duration` is all that there is."""
        sound = self._deck.sound
        return sound is not None and sound.done.is_set()

    def send_to(self, output: Callable[[], Output] | None) -> None:
        """Let the sound come out elsewhere from now on, or as usual; what plays goes on there."""
        with self._wake:
            self._open = output or self._usual
            self._renew = self._output is not None
            self._wake.notify_all()

    @property
    def output(self) -> str:
        """`device`, `elsewhere`, `silent` or `none`; empty before the first sound was played."""
        return self._output.kind if self._output else ""

    @property
    def why(self) -> str:
        """For people: what the sound goes through, or why nothing is heard."""
        return self._output.why if self._output else ""

    def close(self) -> None:
        """Stop, and let go of the device. Waits for it, for seconds at most."""
        atexit.unregister(self.close)
        self._deck.pause()
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=3)
        self.unload()

    def _touch(self) -> None:
        """Let the output's thread look at what is wanted now."""
        with self._wake:
            if self._closing:
                return
            if self._thread is None and self._deck.playing:
                self._thread = threading.Thread(target=self._drive, name="player", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def _sounds(self) -> list[Sound]:
        every = (self._deck.sound, self._deck.following, *self._takes)
        return [sound for sound in every if sound is not None]

    def _put(self, sound: Sound | None, position: int = 0) -> None:
        with self._swapping:
            self._wanted = None
            for other in self._sounds():
                if other is not sound:
                    other.drop()
            self._takes.clear()
            self._deck.put(sound, position)
        self._touch()

    def _drive(self) -> None:
        """The output's thread: opening, starting and stopping a device may take a while."""
        pulled, since = 0, 0.0
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._closing or self._renew or self._deck.playing != self._running,
                    timeout=_LOOK if self._running else None,
                )
                if self._closing:
                    break
            if self._renew:
                self._renew = self._running = False
                if self._output is not None:
                    self._output.close()
                    self._output = None
            elif self._deck.playing and not self._running:
                self._running = self._start()
                pulled, since = self._deck.pulled, time.monotonic()
            elif self._running and not self._deck.playing:
                assert self._output is not None
                self._output.stop()
                self._running = False
            elif self._running and self._deck.pulled != pulled:
                pulled, since = self._deck.pulled, time.monotonic()
            elif self._running and time.monotonic() - since > _DEAD:
                # Unplugged, or its server has gone: look for another one.
                assert self._output is not None
                self._output.close()
                self._output, self._running = None, False
        if self._output is not None:
            self._output.stop()
            self._output.close()

    def _start(self) -> bool:
        for _ in range(2):
            if self._output is None:
                self._output = self._open()
            try:
                self._output.start(self._deck.pull)
            except Exception as error:
                self._output.close()
                self._output = None
                why = str(error)
                continue
            if self._output.kind == "none":
                self._deck.pause()
            return self._output.kind != "none"
        self._output = SilentOutput(f"No sound comes out: {why}")
        self._deck.pause()
        return False


def _measure(*sounds: Sound) -> None:
    for sound in sounds:
        sound.measure()
