"""Outputs: the machine's sound device, else a silent clock, else nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any, Protocol

from suno_tui.player.sound import CHANNELS, RATE
from suno_tui.player.sound import Pull as Pull
from suno_tui.player.system_output import BUFFER, hush_alsa, open_system_output


class Output(Protocol):
    """Asks for samples while it runs. Its methods may block; one thread calls them."""

    kind: str
    """`device`, `elsewhere`, `silent` (time passes without sound) or `none`."""
    why: str
    """A message to the user: which device is used, or why there is no sound."""

    def start(self, pull: Pull) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


class SilentOutput:
    """The output of a machine without any sound."""

    kind = "none"

    def __init__(self, why: str) -> None:
        self.why = why

    def start(self, pull: Pull) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


class DeviceOutput:
    """A device of miniaudio; its null device is the silent clock."""

    def __init__(self, device: Any, kind: str, why: str) -> None:
        self._device = device
        self.kind = kind
        self.why = why

    def start(self, pull: Pull) -> None:
        feed = _feed(pull)
        next(feed)
        self._device.start(feed)

    def stop(self) -> None:
        with contextlib.suppress(Exception):
            self._device.stop()

    def close(self) -> None:
        # A running device would keep the interpreter from exiting.
        with contextlib.suppress(Exception):
            self._device.close()


def open_output() -> Output:
    """Open the best output of this machine. Never raises, never writes to the terminal."""
    try:
        import miniaudio
    except ImportError:
        return open_system_output()
    hush_alsa()
    # JACK's library writes to the terminal and may start a server; its users also have PipeWire
    # or Pulse.
    unused = (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM, miniaudio.Backend.JACK)
    backends = [one for one in miniaudio.get_enabled_backends() if one not in unused]
    with contextlib.suppress(miniaudio.MiniaudioError):
        # An empty list would mean any backend.
        device = _open(miniaudio, backends) if backends else None
        if device is not None:
            return DeviceOutput(device, "device", f"Playing through {device.backend}.")
    try:
        device = _open(miniaudio, [miniaudio.Backend.NULL])
        return DeviceOutput(
            device,
            "silent",
            "This machine has no sound device, perhaps because you are connected over SSH. "
            "Playback is silent here; the key o in the studio shows how to listen from elsewhere.",
        )
    except miniaudio.MiniaudioError as error:
        return SilentOutput(f"There is no sound on this machine ({error}).")


def _open(miniaudio: Any, backends: list[Any]) -> Any:
    return miniaudio.PlaybackDevice(
        output_format=miniaudio.SampleFormat.SIGNED16,
        nchannels=CHANNELS,
        sample_rate=RATE,
        buffersize_msec=BUFFER,
        backends=backends,
        app_name="suno-tui",
    )


def _feed(pull: Pull) -> Generator[bytes, int, None]:
    """Yield samples to miniaudio's callback. Never raises: miniaudio would print the error."""
    frames = yield b""
    while True:
        try:
            data = pull(frames).tobytes()
        except Exception:
            data = bytes(frames * CHANNELS * 2)
        frames = yield data
