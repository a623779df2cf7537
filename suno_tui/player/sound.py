"""A file being decoded: samples that can be played while the rest is still on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.errors import StudioError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

RATE = 44_100
CHANNELS = 2
FULL = 32767
"""The largest sample."""
_FIRST = RATE // 4
_CHUNK = 1 << 16


class CantPlay(StudioError):
    """The file can't be turned into sound: gone, no audio, or a kind without a decoder here."""

    title = "That can't be played"
    code = "cant_play"


def decode(path: Path, first: int = _CHUNK) -> Iterator[Samples]:
    """The samples of a file piece by piece: int16, `[frames, 2]`, at 44,100 Hz.

    `first` is how many frames come first. Raises `CantPlay`, also in the middle.
    """
    try:
        import miniaudio
    except ImportError as error:
        raise CantPlay(NO_DECODER) from error
    import numpy as np

    try:
        pieces = miniaudio.stream_file(
            str(path), nchannels=CHANNELS, sample_rate=RATE, frames_to_read=_CHUNK
        )
        wanted = first
        while True:
            piece = pieces.send(wanted)
            wanted = _CHUNK
            yield np.frombuffer(piece, np.int16).reshape(-1, CHANNELS)
    except StopIteration:
        return
    except FileNotFoundError as error:
        raise CantPlay(f"{path}: it is gone.") from error
    except (miniaudio.MiniaudioError, OSError) as error:
        raise CantPlay(f"{path}: it can't be decoded ({error}).") from error


NO_DECODER = (
    "There is no sound on this machine: miniaudio has no build for it. "
    "The files can be played with any other player."
)


class Sound:
    """The samples of one file, decoded by a thread of its own from its beginning to its end.

    `ready` is how many frames can be played by now, `done` is set at the end, `error` says what
    went wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready = 0
        self.done = threading.Event()
        self.error = ""
        self.loudness: float | None = None
        """LUFS of the whole file; None until it was measured."""
        self.peak = 0
        """The largest sample, measured with the loudness."""
        self._measuring = threading.Lock()
        self._samples: Samples | None = None
        self._changed = threading.Condition()
        self._stop = False
        # Not kept from exiting: an unfinished decoder is of no use to anybody.
        threading.Thread(target=self._decode, name="decode", daemon=True).start()

    def read(self, start: int, frames: int) -> Samples | None:
        """Up to that many frames from `start`, as far as they are decoded; None before any."""
        ready = self.ready  # before the samples, which may be moved to more room
        samples = self._samples
        return None if samples is None else samples[start : min(start + frames, ready)]

    def wait(self, frame: int, timeout: float | None = None) -> bool:
        """Wait until a frame is decoded; False where the file ends before it, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.ready > frame or self.done.is_set(), timeout)
        return self.ready > frame

    def measure(self) -> float:
        """The file's loudness in LUFS, measured once all of it is decoded. Takes a while."""
        self.done.wait()
        with self._measuring:
            if self.loudness is None:
                from suno_tui.player.loudness import loudness

                samples = self.read(0, self.ready)
                if samples is not None and len(samples):
                    self.peak = max(int(samples.max()), -int(samples.min()))
                self.loudness = float("-inf") if samples is None else loudness(samples, RATE)
        return self.loudness

    def drop(self) -> None:
        """Nobody needs it any more: stop decoding."""
        self._stop = True

    def _decode(self) -> None:
        try:
            import numpy as np

            # Room that isn't written to costs no memory.
            room = np.empty((RATE * 300, CHANNELS), np.int16)
            for piece in decode(self.path, _FIRST):
                if self._stop:
                    break
                end = self.ready + len(piece)
                if end > len(room):
                    larger = np.empty((2 * end, CHANNELS), np.int16)
                    larger[: self.ready] = room[: self.ready]
                    room = larger
                room[self.ready : end] = piece
                with self._changed:
                    self._samples, self.ready = room, end
                    self._changed.notify_all()
            if not self.ready and not self._stop:
                self.error = f"{self.path}: it holds no sound."
        except CantPlay as error:
            self._fail(str(error))
        except Exception as error:  # a thread must not print over the screen
            self._fail(f"{self.path}: {error}")
        finally:
            with self._changed:
                self.done.set()
                self._changed.notify_all()

    def _fail(self, why: str) -> None:
        # What was decoded before can be played.
        if not self.ready:
            self.error = why
