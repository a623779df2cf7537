"""SoundFonts (SF2, SF3) of the system: recorded instruments, if the machine has them.

A file that can't be read counts as missing.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine import optional_files
from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import RATE, Audio
from suno_tui.engine.synth.fontfile import CONSEQUENCE, check

_VORBIS = 0x10  # the bit of a sample's type that makes an SF3
_KEPT = 24  # decoded samples: a song needs few, and each only once
MOST_FRAMES = 60 * 48_000  # of a packed recording; no note is longer
_MOST_CHANNELS = 2  # of a packed recording; only the first is used
_MIDDLE_C = 60
_SILENT = 1e-6  # of full scale: nothing below it is a recording
_MOST_CHUNKS = 1000  # a SoundFont has about 20
_RANGES = (43, 44)  # keys and velocities: two bytes, low and high
_SIGNED_DEFAULTS = {33: -12000, 34: -12000, 35: -12000, 36: -12000, 38: -12000, 56: 100, 58: -1}

DRUMS = 128
"""The bank of drum kits."""

Zone = dict[int, int | tuple[int, int]]


@dataclass(frozen=True)
class Sample:
    """The place of a recording in the font's samples, its pitch and its rate.

    If it is packed (Ogg Vorbis), the place is in bytes and the loop is relative to its start.
    """

    start: int
    end: int
    loop: tuple[int, int]
    rate: int
    pitch: int
    cents: int
    packed: bool


class SoundFont:
    """An SF2 or SF3 file, its samples mapped and not loaded.

    Raises OSError, and ValueError for a file that can't be understood.
    """

    def __init__(self, path: Path) -> None:
        check(path)
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            self._read(raw)
        except KeyError as error:
            raise ValueError(f"it has no {error.args[0]} chunk: it may be cut short") from error
        except (IndexError, struct.error) as error:
            raise ValueError("its tables are damaged") from error

    def _read(self, raw: NDArray[np.uint8]) -> None:
        chunks = dict(_chunks(raw, 12, len(raw)))
        begin, size = chunks["smpl"]
        self._bytes = raw[begin : begin + size]
        self._samples: NDArray[np.int16] = self._bytes[: size // 2 * 2].view("<i2")
        self._decode = lru_cache(maxsize=_KEPT)(self._unpacked)
        tables = {
            name: bytes(raw[at : at + length])
            for name, (at, length) in chunks.items()
            if name in ("phdr", "pbag", "pgen", "inst", "ibag", "igen", "shdr")
        }
        self._headers = [
            Sample(s, e, (ls, le), rate, pitch, cents, bool(kind & _VORBIS))
            for _, s, e, ls, le, rate, pitch, cents, _, kind in struct.iter_unpack(
                "<20sIIIIIBbHH", tables["shdr"]
            )
        ]
        self._instruments = _zones(tables["inst"], "<20sH", tables["ibag"], tables["igen"])
        rows = list(struct.iter_unpack("<20sHHHIII", tables["phdr"]))
        bags = [row[3] for row in rows]
        zones = _split(bags, tables["pbag"], tables["pgen"])
        self._presets = {(row[2], row[1]): zones[i] for i, row in enumerate(rows[:-1])}
        if not self._presets:
            raise ValueError("it has no instruments")

    def has(self, program: int, bank: int = 0) -> bool:
        """Return whether the font has a program in a bank."""
        return (bank, program) in self._presets

    def try_out(self) -> None:
        """Raise ValueError if no instrument has a middle C that can be played."""
        for bank, program in self._presets:
            if self.play(program, _MIDDLE_C, 0.1, 0.8, bank) is not None:
                return
        raise ValueError("its recordings can't be played")

    def play(
        self, program: int, pitch: int, seconds: float, velocity: float, bank: int = 0
    ) -> Audio | None:
        """One note of a General MIDI program (0..127), stereo [2, n] with its tail.

        In the bank DRUMS, the pitch selects a drum. None if the font has no usable recording.
        """
        level = max(1, min(127, round(velocity * 127)))
        n = dsp.samples(seconds + 0.6)
        out = np.zeros((2, n), dtype=np.float32)
        try:
            for preset in _matching(self._presets[bank, program], pitch, level):
                instrument = preset[41]
                assert isinstance(instrument, int)
                for zone in _matching(self._instruments[instrument], pitch, level):
                    self._zone(out, preset, zone, pitch, seconds)
        except (IndexError, KeyError, ValueError, OverflowError):
            return None
        top = float(np.abs(out).max(initial=0.0))
        return out * np.float32(velocity / top) if _SILENT < top < np.inf else None

    def _zone(self, out: Audio, preset: Zone, zone: Zone, pitch: int, seconds: float) -> None:
        def value(generator: int) -> int:
            own = zone.get(generator, _SIGNED_DEFAULTS.get(generator, 0))
            more = preset.get(generator, 0)
            assert isinstance(own, int)
            assert isinstance(more, int)
            return own + more

        def time(generator: int) -> float:
            return float(2.0 ** (max(-12000, min(8000, value(generator))) / 1200))

        sample = self._headers[value(53)]
        root = value(58)
        root = sample.pitch if root < 0 else root
        samples, first, last = self._samples, sample.start, sample.end
        if sample.packed:
            samples = self._decode(sample.start, sample.end)
            first, last = 0, len(samples)
        start = first + value(0) + 32768 * value(4)
        end = last + value(1) + 32768 * value(12)
        loop = (
            sample.loop[0] + value(2) + 32768 * value(45) - start,
            sample.loop[1] + value(3) + 32768 * value(50) - start,
        )
        cents = (pitch - root) * value(56) + 100 * value(51) + value(52) + sample.cents
        step = sample.rate / RATE * 2 ** (cents / 1200)
        place = np.arange(out.shape[1]) * step
        if value(54) & 1 and loop[1] - loop[0] > 8:
            late = place >= loop[1]
            place[late] = loop[0] + (place[late] - loop[0]) % (loop[1] - loop[0])
        sounding = place < end - start - 2
        whole = place[sounding].astype(np.int64)
        part = (place[sounding] - whole).astype(np.float32)
        reach = int(whole.max(initial=0)) + 2  # a damaged sample may be as long as the file
        data = samples[start:end][:reach].astype(np.float32) * np.float32(1 / 32768)
        sound = np.zeros(out.shape[1], dtype=np.float32)
        sound[sounding] = data[whole] * (1 - part) + data[whole + 1] * part
        sustain = 10 ** (-max(0, value(37)) / 200)
        shape = dsp.adsr(
            len(sound),
            time(34),
            time(36) * 0.25,
            sustain,
            min(0.55, max(0.08, time(38))),
            dsp.samples(seconds),
        )
        sound *= shape * np.float32(10 ** (-0.4 * max(0, value(48)) / 200))
        side = max(-500, min(500, value(17))) / 1000
        out[0] += sound * np.float32(np.sqrt(0.5 - side))
        out[1] += sound * np.float32(np.sqrt(0.5 + side))

    def _unpacked(self, start: int, end: int) -> NDArray[np.int16]:
        """Return a packed recording as samples. Raises ValueError if it can't be decoded."""
        # Not miniaudio: its Vorbis decoder writes out of bounds if a file is damaged.
        try:
            import soundfile
        except (ImportError, OSError) as error:
            raise ValueError("an SF3 needs soundfile") from error
        packed = io.BytesIO(self._bytes[start:end].tobytes())
        try:
            with soundfile.SoundFile(packed) as file:
                if file.channels > _MOST_CHANNELS:
                    raise ValueError("a sample has too many channels")
                found = file.read(MOST_FRAMES, dtype="int16", always_2d=True)
        except (RuntimeError, TypeError, MemoryError) as error:
            raise ValueError(f"a sample can't be decoded: {error}") from error
        return np.asarray(found[:, 0], np.int16)


def _chunks(
    raw: NDArray[np.uint8], at: int, end: int, *, listed: bool = False
) -> list[tuple[str, tuple[int, int]]]:
    """Return the names, offsets and sizes of the chunks, including those in lists.

    listed: whether these are the chunks of a list, which has no lists. Raises ValueError if there
    are too many, and `struct.error` if one begins beyond the file.
    """
    out: list[tuple[str, tuple[int, int]]] = []
    while at + 8 <= end:
        if len(out) > _MOST_CHUNKS:
            raise ValueError("its chunks are damaged")
        name = bytes(raw[at : at + 4]).decode("latin-1")
        (size,) = struct.unpack("<I", bytes(raw[at + 4 : at + 8]))
        if name == "LIST" and not listed:
            out += _chunks(raw, at + 12, at + 8 + size, listed=True)
        else:
            out.append((name, (at + 8, size)))
        at += 8 + size
        if size % 2 and at < end and raw[at] == 0:
            at += 1  # some writers omit the padding of an odd chunk
    return out


def _zones(headers: bytes, form: str, bags: bytes, generators: bytes) -> list[list[Zone]]:
    rows = list(struct.iter_unpack(form, headers))
    return _split([row[1] for row in rows], bags, generators)


def _split(starts: list[int], bags: bytes, generators: bytes) -> list[list[Zone]]:
    """Return the zones of each preset or instrument, with the values of a global first zone.

    Raises ValueError if they overlap, which could take hours to read.
    """
    firsts = [row[0] for row in struct.iter_unpack("<HH", bags)]
    if any(later < former for rows in (starts, firsts) for former, later in pairwise(rows)):
        raise ValueError("its tables are damaged")
    values = [(g, v) for g, v in struct.iter_unpack("<Hh", generators)]
    out = []
    for begin, end in pairwise(starts):
        common: Zone = {}
        zones: list[Zone] = []
        for bag in range(begin, end):
            zone: Zone = dict(common)
            for generator, value in values[firsts[bag] : firsts[bag + 1]]:
                if generator in _RANGES:
                    zone[generator] = (value & 0xFF, value >> 8 & 0xFF)
                else:
                    zone[generator] = value
            if 41 in zone or 53 in zone:
                zones.append(zone)
            elif bag == begin:
                common = zone
        out.append(zones)
    return out


def _matching(zones: list[Zone], pitch: int, velocity: int) -> list[Zone]:
    out = []
    for zone in zones:
        keys, strengths = zone.get(43, (0, 127)), zone.get(44, (0, 127))
        assert isinstance(keys, tuple)
        assert isinstance(strengths, tuple)
        if keys[0] <= pitch <= keys[1] and strengths[0] <= velocity <= strengths[1]:
            out.append(zone)
    return out


@lru_cache(maxsize=2)
def opened(path: Path) -> SoundFont | None:
    """Return a font; None if its file can't be read."""
    try:
        return SoundFont(path)
    except (OSError, ValueError):
        return None


def trouble(path: Path) -> str | None:
    """Return why a file can't play, and the consequence; None if it can."""
    return optional_files.trouble(path, lambda: SoundFont(path).try_out(), CONSEQUENCE)
