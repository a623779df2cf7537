"""The player: load, play, pause, seek, switch takes. Slow work is done in threads."""

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

_CHECK_SECONDS = 0.5
"""Seconds between two checks of what plays, and so the delay until the device stops at an end."""
_LOOK_SECONDS = 0.2
"""Seconds between two checks whether a switch is still wanted."""
_DEAD_SECONDS = 2.0
"""Seconds after which a device that asks for no samples counts as dead."""


class Player:
    """Plays one sound at a time. Methods return at once unless they say otherwise; any thread may
    call them.

    Times are in seconds. The output is opened by the first `play`. The caller polls the state
    (`position`, `playing`, `ended`, `error`); there are no callbacks.
    """

    def __init__(
        self,
        *,
        volume: int = 80,
        output: Callable[[], Output] = open_output,
        sound: Callable[[Path], Sound] = Sound,
    ) -> None:
        """`sound` opens a file and begins to decode it."""
        self._mixer = Mixer()
        self._open = self._usual = output
        self._output: Output | None = None
        self._wake = threading.Condition()
        self._closing = False
        self._running = False
        self._thread: threading.Thread | None = None
        self._sound = sound
        self._takes = DecodedTakes(sound)
        self._swapping = threading.Lock()
        self._wanted: Path | None = None
        """The target of the latest `switch`."""
        self._renew = False
        self.volume = volume
        # A running device would keep the interpreter from exiting.
        atexit.register(self.close)

    def load(self, path: Path, *, start: float = 0.0) -> None:
        """Load a file, paused, at `start` seconds; if it can't be played, `error` says why."""
        sound = next((one for one in self._sounds() if one.path == path and not one.error), None)
        self._put(sound or self._sound(path), round(start * RATE))

    def unload(self) -> None:
        """Unload the file."""
        self._put(None)

    def follow(self, *paths: Path) -> None:
        """Set what plays next, without a gap: the first of the files, or nothing. Call after
        `load`."""
        path = paths[0] if paths else None
        following = self._mixer.following
        if path is None or following is None or following.path != path:
            before = self._mixer.follow(self._sound(path) if path is not None else None)
            # It may have just begun to play.
            if before is not None and before is not self._mixer.sound:
                before.drop()

    def play(self) -> None:
        """Play on, or from the beginning if the end was reached."""
        self._mixer.play()
        self._wake_output()

    def pause(self) -> None:
        self._mixer.pause()
        self._wake_output()

    def toggle(self) -> None:
        """Pause, or play on."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Go to a time in the loaded file; negative times mean its beginning."""
        self._mixer.seek(round(seconds * RATE))
        self._wake_output()

    def prepare(self, path: Path) -> None:
        """Decode and measure another take in advance, so that `switch` to it is instant."""
        sound = self._mixer.sound
        if sound is not None and sound.path != path:
            threading.Thread(
                target=_measure, args=(self._takes.get(path), sound), name="loudness", daemon=True
            ).start()

    def keep(self, path: Path) -> None:
        """Decode another take in advance without measuring it; `know` sets its loudness."""
        sound = self._mixer.sound
        if sound is not None and sound.path != path:
            self._takes.get(path)

    def know(
        self, path: Path, other: tuple[float | None, int], now: tuple[float | None, int]
    ) -> None:
        """Set loudness (LUFS) and peak of another take and of the loaded file, measured elsewhere.

        `switch` then needn't measure them, which would need both files to their ends.
        """
        sound = self._mixer.sound
        if sound is None or sound.path == path:
            return
        for each, (loudness, peak) in ((self._takes.get(path), other), (sound, now)):
            if each.loudness is None and loudness is not None:
                each.peak, each.loudness = peak, loudness

    def switch(self, path: Path, *, wanted: Callable[[], bool] = lambda: True) -> str:
        """Go on with another take at the same time and loudness; return why that failed, else "".

        Blocks while the other take is decoded and both are measured (`prepare` does that in
        advance); the current take plays on meanwhile. A later `switch` or `load` replaces this one,
        which also gives up as soon as `wanted()` is false.
        """
        with self._swapping:
            self._wanted = path
            current = self._mixer.sound
            if current is None or current.path == path:
                return ""
            mate = self._takes.get(path)
        if not self._wait_for_both(mate, current, lambda: self._wanted == path and wanted()):
            return ""
        with self._swapping:
            if self._wanted != path or self._mixer.sound is not current:
                return ""
            if mate.error:
                return mate.error
            if mate.ready <= self._mixer.position:
                return f"{path}: it ends before this moment."
            self._takes.compare(mate, current)
            self._takes.exchange(mate, current)
            match = self._takes.factor(mate, gain_of(self._volume))
            if not self._mixer.switch(mate, match, of=current):
                self._takes.exchange(current, mate)  # the following sound has begun
        return ""

    def _wait_for_both(self, mate: Sound, current: Sound, wanted: Callable[[], bool]) -> bool:
        """Wait until both are measured and `mate` is decoded up to the current position.

        Returns False as soon as `wanted()` is false. Parts of `mate` may still have to arrive.
        """
        for sound in (mate, current):
            while sound.loudness is None and not sound.done.wait(_LOOK_SECONDS):
                if not wanted():
                    return False
            sound.measure()
        while not mate.wait(self._mixer.position, _LOOK_SECONDS) and not mate.done.is_set():
            if not wanted():
                return False
        return True

    @property
    def loaded(self) -> list[Path]:
        """All files in use: the loaded one, the following one, other takes."""
        return [sound.path for sound in self._sounds()]

    @property
    def path(self) -> Path | None:
        """The loaded file; changes when the following sound begins."""
        sound = self._mixer.sound
        return sound.path if sound else None

    @property
    def position(self) -> float:
        return self._mixer.position / RATE

    @property
    def duration(self) -> float:
        """Seconds of the loaded file that are decoded so far."""
        sound = self._mixer.sound
        return sound.ready / RATE if sound else 0.0

    @property
    def playing(self) -> bool:
        return self._mixer.playing

    @property
    def ended(self) -> bool:
        """Whether the end was reached, until the next `load`, `play` or `seek`."""
        return self._mixer.ended

    @property
    def error(self) -> str:
        """A message to the user if the loaded file can't be played; else empty."""
        sound = self._mixer.sound
        return sound.error if sound else ""

    @property
    def volume(self) -> int:
        """0 to 100."""
        return self._volume

    @volume.setter
    def volume(self, volume: int) -> None:
        self._volume = max(0, min(100, volume))
        self._mixer.set_volume(self._volume)
        if self._mixer.sound is not None:
            self._mixer.set_match(self._takes.factor(self._mixer.sound, gain_of(self._volume)))

    def wait(self, timeout: float = 10.0) -> str:
        """Block until the first samples of the loaded file are decoded; return `error`."""
        sound = self._mixer.sound
        if sound is not None:
            sound.wait(0, timeout)
        return self.error

    @property
    def whole(self) -> bool:
        """Whether the loaded file is decoded to its end, so that `duration` is its length."""
        sound = self._mixer.sound
        return sound is not None and sound.done.is_set()

    @property
    def waiting(self) -> bool:
        """Whether it should play, but the next samples are not decoded yet."""
        sound = self._mixer.sound
        if sound is None or not self._mixer.playing or sound.done.is_set():
            return False
        return sound.ready <= self._mixer.position

    def send_to(self, output: Callable[[], Output] | None) -> None:
        """Switch to another output, or with None to the default one; what plays goes on there."""
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
        """A message to the user: which output is used, or why there is no sound."""
        return self._output.why if self._output else ""

    def close(self) -> None:
        """Stop and close the device. Blocks for three seconds at most."""
        atexit.unregister(self.close)
        self._mixer.pause()
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=3)
        self.unload()

    def _wake_output(self) -> None:
        """Wake the output's thread after a change, starting it if needed."""
        with self._wake:
            if self._closing:
                return
            if self._thread is None and self._mixer.playing:
                self._thread = threading.Thread(target=self._run_output, name="player", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def _sounds(self) -> list[Sound]:
        every = (self._mixer.sound, self._mixer.following, *self._takes)
        return [sound for sound in every if sound is not None]

    def _put(self, sound: Sound | None, position: int = 0) -> None:
        with self._swapping:
            self._wanted = None
            for other in self._sounds():
                if other is not sound:
                    other.drop()
            self._takes.clear()
            self._mixer.put(sound, position)
        self._wake_output()

    def _run_output(self) -> None:
        """Run the output's thread: opening, starting and stopping a device may take a while."""
        pulled, since = 0, 0.0
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._closing or self._renew or self._mixer.playing != self._running,
                    timeout=_CHECK_SECONDS if self._running else None,
                )
                if self._closing:
                    break
            if self._renew:
                self._renew = self._running = False
                if self._output is not None:
                    self._output.close()
                    self._output = None
            elif self._mixer.playing and not self._running:
                self._running = self._start()
                pulled, since = self._mixer.pulled, time.monotonic()
            elif self._running and not self._mixer.playing:
                assert self._output is not None
                self._output.stop()
                self._running = False
            elif self._running and self._mixer.pulled != pulled:
                pulled, since = self._mixer.pulled, time.monotonic()
            elif self._running and time.monotonic() - since > _DEAD_SECONDS:
                # The device was unplugged, or its server is gone: open another one.
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
                self._output.start(self._mixer.pull)
            except Exception as error:
                self._output.close()
                self._output = None
                why = str(error)
                continue
            if self._output.kind == "none":
                self._mixer.pause()
            return self._output.kind != "none"
        self._output = SilentOutput(f"The sound can't be played: {why}")
        self._mixer.pause()
        return False


def _measure(*sounds: Sound) -> None:
    for sound in sounds:
        sound.measure()
