"""Notes and drums from a SoundFont, in place of the synthesised ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from suno_tui.engine.synth import dsp, fontfile, soundfont
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.instruments import Instrument
from suno_tui.engine.synth.kits import ROOMS

KITS = frozenset(ROOMS) - {"brush"}
"""The kits that a SoundFont plays: a font's drum machines and brushes are too different."""

_KEYS = {"kick": 36, "snare": 38, "hat": 42, "open": 46, "crash": 49, "ride": 51, "tom1": 48,
         "tom2": 45, "tom3": 41, "rim": 37, "clap": 39, "tambourine": 54, "cowbell": 56,
         "conga": 63, "clave": 75, "timbale": 65}  # fmt: skip
"""The General MIDI key of each drum."""
_STRENGTHS = (0.45, 0.7, 1.0)  # of a stroke's three touches
_SILENT = 0.001
_LONGEST = 1.2  # seconds that a drum rings, before its tail
_SECOND = (0.012, 1.0018)  # seconds of delay and factor of pitch of the second guitar

Note = Callable[[int, float, float, int], Audio | None]


def notes(instrument: Instrument) -> Note | None:
    """Return a function that plays notes: (pitch, seconds held, velocity, layer) -> sound.

    None if the instrument is synthesised. For an amplifier it plays two guitars, left and right.
    """
    font = _font()
    program = instrument.program if instrument.amplified is None else instrument.amplified
    suits = instrument.acoustic or instrument.amplified is not None
    if font is None or not suits or not font.has(program):
        return None

    def play(pitch: int, held: float, strength: float, layer: int) -> Audio | None:
        sound = font.play(program, pitch, held, strength)
        return sound if sound is None or instrument.amplified is None else _twice(sound)

    return play


def drum(kit: str, name: str, turn: int, touch: int) -> Audio | None:
    """Return a stroke of a drum as `kits.drum` does; None if the drum is synthesised."""
    path = fontfile.find() if kit in KITS and name in _KEYS else None
    return _stroke(path, name, turn, touch) if path else None


@lru_cache(maxsize=256)
def _stroke(path: Path, name: str, turn: int, touch: int) -> Audio | None:
    font = soundfont.opened(path)
    if font is None or not font.has(0, soundfont.DRUMS):
        return None
    sound = font.play(0, _KEYS[name], _LONGEST, _STRENGTHS[touch], soundfont.DRUMS)
    if sound is None:
        return None
    mono = _faster(sound.mean(axis=0), 1 + 0.003 * (turn - 1))  # no two strokes are the same
    mono /= np.float32(np.abs(mono).max() + 1e-9)
    heard = np.flatnonzero(np.abs(mono) > _SILENT)
    if not len(heard):  # the font has only silence for this drum
        return None
    mono = mono[: heard[-1] + 1]
    fade = min(200, len(mono))
    mono[len(mono) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return mono


def _font() -> soundfont.SoundFont | None:
    path = fontfile.find()
    return soundfont.opened(path) if path else None


def _twice(sound: Audio) -> Audio:
    """Return two guitars: the second a little later, and not quite in tune with the first."""
    late, pitch = dsp.samples(_SECOND[0]), _SECOND[1]
    out = np.zeros((2, sound.shape[-1] + late), dtype=np.float32)
    mono = sound.mean(axis=0)
    out[0, : len(mono)] = mono
    second = _faster(mono, pitch)
    out[1, late : late + len(second)] = second
    return out


def _faster(sound: Audio, factor: float) -> Audio:
    n = int(len(sound) / factor)
    places = np.arange(n) * factor
    return np.asarray(np.interp(places, np.arange(len(sound)), sound), np.float32)
