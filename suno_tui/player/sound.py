"""A file that is decoded in the background and can be played meanwhile."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.media import files
from suno_tui.media.errors import NO_DECODER, CantPlay

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

Pull = Callable[[int], "Samples"]
"""Returns the next samples for an output, `[frames, 2]`, always as many as asked for."""

__all__ = ["CHANNELS", "FULL", "NO_DECODER", "RATE", "CantPlay", "Pull", "Sound", "decode"]

RATE = 44_100
CHANNELS = 2
FULL = 32767
"""The largest sample."""
_FIRST = RATE // 4
_CHUNK = 1 << 16


def decode(path: Path, first: int = _CHUNK) -> Generator[Samples, None, None]:
    """Yield the samples of a file in pieces: int16, `[frames, 2]`, at 44,100 Hz.

    A child process decodes the file, up to one hour of it. The first piece has `first` frames.
    Raises `CantPlay`, also in the middle.
    """
    import numpy as np

    # If the caller stops early, close at once so that the child stops too.
    with contextlib.closing(files.samples(path, first)) as pieces:
        for piece in pieces:
            yield np.frombuffer(piece, np.int16).reshape(-1, CHANNELS)


class Sound:
    """The samples of one file, which its own thread decodes from beginning to end.

    `ready` is the number of frames decoded so far, `done` is set at the end, `error` says what went
    wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready = 0
        self.done = threading.Event()
        self.error = ""
        self.loudness: float | None = None
        """Loudness of the whole file in LUFS; None until it is measured."""
        self.peak = 0
        """The largest sample, measured with the loudness."""
        self._measuring = threading.Lock()
        self._store: Store | None = None
        self._changed = threading.Condition()
        self._stop = False
        # A daemon: an unfinished decoder must not keep the program from exiting.
        threading.Thread(target=self._decode, name="decode", daemon=True).start()

    def read(self, start: int, frames: int) -> Samples | None:
        """Return at most `frames` decoded frames from `start` on; None if there are none yet."""
        ready, store = self.ready, self._store
        return store.read(start, min(start + frames, ready)) if store is not None else None

    def wait(self, frame: int, timeout: float | None = None) -> bool:
        """Wait until a frame is decoded. Returns False if the file ends before it or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.ready > frame or self.done.is_set(), timeout)
        return self.ready > frame

    def measure(self) -> float:
        """Return the file's loudness in LUFS. Blocks until all of it is decoded and measured."""
        if self.loudness is not None:
            return self.loudness
        self.done.wait()
        with self._measuring:
            if self.loudness is None:
                from suno_tui.common.loudness import loudness

                pieces = (self.read(at, _CHUNK) for at in range(0, self.ready, _CHUNK))
                self.loudness, self.peak = loudness(
                    (piece for piece in pieces if piece is not None), RATE
                )
        return self.loudness

    def drop(self) -> None:
        """Stop decoding, because the sound isn't needed any more."""
        self._stop = True

    def _pieces(self) -> Generator[Samples, None, None]:
        """Yield the samples from the beginning to the end."""
        return decode(self.path, _FIRST)

    def _decode(self) -> None:
        try:
            with contextlib.closing(self._pieces()) as pieces:
                for piece in pieces:
                    if self._stop:
                        break
                    if self._store is None:
                        self._store = Store()
                    self._store.write(self.ready, piece)
                    with self._changed:
                        self.ready += len(piece)
                        self._changed.notify_all()
            if not self.ready and not self._stop:
                self.error = f"{self.path}: it contains no sound."
        except CantPlay as error:
            self._fail(str(error))
        except Exception as error:  # an uncaught error would be printed over the screen
            self._fail(f"{self.path}: {error}")
        finally:
            with self._changed:
                self.done.set()
                self._changed.notify_all()

    def _fail(self, why: str) -> None:
        # What was decoded before can be played.
        if not self.ready:
            self.error = why


class Store:
    """Stores samples: the first minutes in memory, the rest in an unnamed temporary file.

    One thread writes, from beginning to end; any thread may read what is written.
    """

    def __init__(self) -> None:
        import numpy as np

        # Pages that are never written take no memory.
        self._room = np.empty((IN_MEMORY * RATE, CHANNELS), np.int16)
        self._file = -1

    def write(self, start: int, piece: Samples) -> None:
        """Write samples at a frame. Raises `OSError` if the disk is full."""
        here = max(0, min(len(piece), len(self._room) - start))
        self._room[start : start + here] = piece[:here]
        if here == len(piece):
            return
        if self._file < 0:
            self._file = self._open()
        at = (start + here - len(self._room)) * _FRAME
        rest = memoryview(piece[here:].tobytes())
        while rest:
            count = os.pwrite(self._file, rest, at)
            rest, at = rest[count:], at + count

    def _open(self) -> int:
        import tempfile

        with tempfile.TemporaryFile(prefix="suno-tui-") as file:
            handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, handle)
        return handle

    def read(self, start: int, end: int) -> Samples:
        """Return the frames from `start` to `end`, which must have been written."""
        import numpy as np

        near = self._room[start:end]
        if end <= len(self._room) or self._file < 0:
            return near
        first = max(start, len(self._room))
        size, at = max(0, end - first) * _FRAME, (first - len(self._room)) * _FRAME
        far = np.frombuffer(os.pread(self._file, size, at), np.int16)
        return np.concatenate([near, far.reshape(-1, CHANNELS)])


IN_MEMORY = 300
"""Seconds of a sound that are kept in memory, some 53 MB."""
_FRAME = CHANNELS * 2
