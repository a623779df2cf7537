"""Play through the system's sound libraries where miniaudio has no build: Linux on arm64.

libpulse-simple plays through PulseAudio or PipeWire, libasound through ALSA. Both are part of the
machine's sound system; their calls are declared in `pulse/simple.h` and `alsa/asoundlib.h`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_uint8, c_uint32, c_void_p
from pathlib import Path
from typing import Any, Protocol

from suno_tui.player.external_output import PacedOutput
from suno_tui.player.sound import CHANNELS, RATE, Pull

BUFFER = 100
"""Milliseconds of sound that a device holds in advance."""
_BLOCK = RATE // 50
_BYTES = CHANNELS * 2
_STUCK_SECONDS = 1.0
"""A device that doesn't accept samples for this many seconds is stuck."""


class Device(Protocol):
    """An open device."""

    name: str

    def write(self, pcm: bytes) -> None:
        """Accept samples, and block until there is room for more. Raises `OSError`."""

    def drop(self) -> None:
        """Discard the samples that were not played yet."""

    def close(self) -> None: ...


class WaitingOutput:
    """A device that sets the pace: a thread writes samples whenever the device accepts more."""

    kind = "device"

    def __init__(self, device: Device) -> None:
        self._device = device
        self.why = f"Playing through {device.name}."
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._ending = threading.Lock()
        self._closed = False

    def start(self, pull: Pull) -> None:
        """Begin to write samples. Raises `OSError` if the device is still stuck."""
        if self._thread is not None:
            raise OSError(f"{self._device.name} doesn't accept sound any more")
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(pull, self._stop), name="sound", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        thread = self._thread
        self._stop.set()
        if thread is not None:
            thread.join(timeout=_STUCK_SECONDS)
            if not thread.is_alive():
                self._device.drop()

    def close(self) -> None:
        """Close the device; if the writing thread is stuck in it, that thread closes it later."""
        self.stop()
        with self._ending:
            if self._thread is None and not self._closed:
                self._device.close()
            self._closed = True

    def _run(self, pull: Pull, stop: threading.Event) -> None:
        # After an error, the player notices that samples are no longer asked for.
        with contextlib.suppress(OSError, ValueError):
            while not stop.is_set():
                self._device.write(pull(_BLOCK).astype("<i2", copy=False).tobytes())
        with self._ending:
            self._thread = None
            if self._closed:
                self._device.close()


class SilentClock(PacedOutput):
    """An output for machines without a device: time passes in silence."""

    kind = "silent"
    why = (
        "PulseAudio, PipeWire and ALSA found no sound device on this machine (miniaudio, which "
        "knows more devices, has no build for it). Playback is silent here; the key o in the "
        "studio shows how to listen from elsewhere."
    )

    def give(self, pcm: bytes) -> None:
        pass


def open_system_output() -> WaitingOutput | SilentClock:
    """Return the output of this machine's sound system. Never raises or prints."""
    for opened in (Pulse, Alsa):
        with contextlib.suppress(OSError, AttributeError):
            return WaitingOutput(opened())
    return SilentClock()


class _Spec(ctypes.Structure):
    _fields_ = [("format", c_int), ("rate", c_uint32), ("channels", c_uint8)]


class _Buffer(ctypes.Structure):
    _fields_ = [
        (name, c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")
    ]


class Pulse:
    """A stream to PulseAudio, or to PipeWire, which speaks the same protocol."""

    name = "PulseAudio"

    def __init__(self) -> None:
        """Raise `OSError` if there is no server. Never starts one."""
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
        if not os.environ.get("PULSE_SERVER") and not (runtime / "pulse" / "native").exists():
            raise OSError("there is no sound server")
        library = ctypes.CDLL("libpulse-simple.so.0")
        new = library.pa_simple_new
        new.restype = c_void_p
        new.argtypes = [
            c_char_p, c_char_p, c_int, c_char_p, c_char_p, POINTER(_Spec), c_void_p,
            POINTER(_Buffer), POINTER(c_int),
        ]  # fmt: skip
        self._write = library.pa_simple_write
        self._write.argtypes = [c_void_p, c_char_p, c_size_t, POINTER(c_int)]
        self._flush = library.pa_simple_flush
        self._flush.argtypes = [c_void_p, POINTER(c_int)]
        self._free = library.pa_simple_free
        self._free.argtypes = [c_void_p]
        signed16, playback, unset = 3, 1, 0xFFFFFFFF
        spec = _Spec(signed16, RATE, CHANNELS)
        room = BUFFER * RATE * _BYTES // 1000
        buffer = _Buffer(unset, room, unset, unset, unset)
        self._error = c_int()
        self._stream = new(
            None, b"suno-tui", playback, None, b"music", byref(spec), None, byref(buffer),
            byref(self._error),
        )  # fmt: skip
        if not self._stream:
            raise OSError(f"the sound server refuses (error {self._error.value})")

    def write(self, pcm: bytes) -> None:
        if self._write(self._stream, pcm, len(pcm), byref(self._error)) < 0:
            raise OSError(f"the sound server accepts no more (error {self._error.value})")

    def drop(self) -> None:
        self._flush(self._stream, byref(self._error))

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            self._free(stream)


class Alsa:
    """ALSA's device `default`."""

    name = "ALSA"

    def __init__(self) -> None:
        """Raise `OSError` if the device can't be opened."""
        hush_alsa()
        self._library = library = ctypes.CDLL("libasound.so.2")
        library.snd_pcm_writei.restype = ctypes.c_long
        library.snd_pcm_writei.argtypes = [c_void_p, c_char_p, ctypes.c_ulong]
        library.snd_pcm_set_params.argtypes = [c_void_p, *[c_int] * 2, *[c_uint] * 2, c_int, c_uint]
        library.snd_pcm_recover.argtypes = [c_void_p, c_int, c_int]
        for each in (library.snd_pcm_drop, library.snd_pcm_prepare, library.snd_pcm_close):
            each.argtypes = [c_void_p]
        self._pcm = c_void_p()
        playback, signed16, interleaved, resample = 0, 2, 3, 1
        self._check(library.snd_pcm_open(byref(self._pcm), b"default", playback, 0))
        try:
            self._check(
                library.snd_pcm_set_params(
                    self._pcm, signed16, interleaved, CHANNELS, RATE, resample, BUFFER * 1000
                )
            )
        except OSError:
            self.close()
            raise

    def write(self, pcm: bytes) -> None:
        while pcm:
            count = self._library.snd_pcm_writei(self._pcm, pcm, len(pcm) // _BYTES)
            if count < 0:  # the samples were late, or the machine slept
                self._check(self._library.snd_pcm_recover(self._pcm, count, 1))
                continue
            pcm = pcm[count * _BYTES :]

    def drop(self) -> None:
        self._library.snd_pcm_drop(self._pcm)
        self._library.snd_pcm_prepare(self._pcm)

    def close(self) -> None:
        if self._pcm.value:
            self._library.snd_pcm_close(self._pcm)
            self._pcm = c_void_p()

    def _check(self, result: int) -> None:
        if result < 0:
            raise OSError(-result, os.strerror(-result))


_quiet: list[Any] = []


def hush_alsa() -> None:
    """Keep ALSA's library from printing errors to the terminal."""
    if _quiet or not sys.platform.startswith("linux"):
        return
    handler = ctypes.CFUNCTYPE(None, c_char_p, c_int, c_char_p, c_int, c_char_p)(lambda *_: None)
    # Never freed: ALSA may call it at any time.
    _quiet.append(handler)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
