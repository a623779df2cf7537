"""A device that keeps what it is given, as slowly or quickly as the test asks for it."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suno_tui.player.output import Pull
from suno_tui.player.player import Player
from suno_tui.player.sound import decode

Samples = NDArray[np.int16]


class Recorder:
    """An output whose samples the test pulls itself."""

    kind = "device"
    why = "Recording."

    def __init__(self) -> None:
        self.started = threading.Event()
        self.stopped = threading.Event()
        self.closed = threading.Event()
        self.starts = 0
        self._pull: Pull | None = None

    def start(self, pull: Pull) -> None:
        self._pull = pull
        self.starts += 1
        self.stopped.clear()
        self.started.set()

    def stop(self) -> None:
        self.started.clear()
        self.stopped.set()

    def close(self) -> None:
        self.closed.set()

    def record(self, frames: int, block: int = 441) -> Samples:
        """The next frames, asked for in blocks as a device does."""
        assert self.started.wait(10)
        assert self._pull is not None
        blocks = [self._pull(min(block, frames - at)) for at in range(0, frames, block)]
        return np.concatenate(blocks)


def decoded(player: Player) -> None:
    """Wait until what is loaded is decoded, so that no test depends on the speed of a thread."""
    sound = player._mixer.sound
    assert sound is not None
    assert sound.done.wait(20)


def reference(data: bytes) -> Samples:
    """All samples of a file, decoded in one go."""
    try:
        import miniaudio
    except ImportError:  # a machine for which it has no build
        with tempfile.NamedTemporaryFile(suffix=".mp3") as file:
            file.write(data)
            file.flush()
            return np.concatenate([*decode(Path(file.name))])
    whole: Any = miniaudio.decode(data, nchannels=2, sample_rate=44_100)
    return np.frombuffer(whole.samples, np.int16).reshape(-1, 2)


def until(true: object, timeout: float = 20.0) -> bool:
    """Wait for a state that another thread brings about."""
    import threading
    import time

    assert callable(true)
    pause = threading.Event()
    end = time.monotonic() + timeout
    while not true():
        if time.monotonic() > end:
            return False
        pause.wait(0.005)
    return True
