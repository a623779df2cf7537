"""Drum kits: the sound of each drum, its place in the stereo field, and the room."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from suno_tui.engine.rng import noise
from suno_tui.engine.synth import drums, dsp, effects, shells
from suno_tui.engine.synth.dsp import Audio

Rng = np.random.Generator

Kit = dict[str, Callable[[Rng], Audio]]


def _kit(**changes: Callable[[Rng], Audio]) -> Kit:
    kit: Kit = {
        "kick": drums.kick,
        "snare": drums.snare,
        "clap": drums.clap,
        "rim": drums.rim,
        "hat": drums.hat,
        "open": lambda r: drums.hat(r, length=0.2),
        "crash": drums.crash,
        "ride": lambda r: drums.hat(r, length=0.42, low=4800, metal=0.4),
        "tom1": lambda r: drums.tom(r, tone=165),
        "tom2": lambda r: drums.tom(r, tone=120),
        "tom3": lambda r: drums.tom(r, tone=85, length=0.26),
        "shaker": drums.shaker,
        "tambourine": drums.tambourine,
        "conga": lambda r: drums.skin(r, tone=215),
        "clave": lambda r: drums.block(r, tones=(2480.0,), length=0.02),
        "cowbell": lambda r: drums.block(r, tones=(545.0, 812.0), length=0.07),
        "timbale": lambda r: drums.skin(r, tone=410, length=0.16, slap=0.5),
        "taiko": drums.taiko,
        "brush": drums.brush,
    }
    kit.update(changes)
    return kit


def _player(**changes: Callable[[Rng], Audio]) -> Kit:
    """Return a kit of synthesised shells and cymbals, instead of a drum machine's."""
    kit: Kit = {
        "kick": shells.kick,
        "snare": shells.snare,
        "rim": shells.rim,
        "hat": shells.hat,
        "open": lambda r: shells.hat(r, decay=0.19),
        "crash": shells.crash,
        "ride": shells.ride,
        "tambourine": shells.tambourine,
        "tom1": lambda r: shells.tom(r, tone=150, decay=0.13),
        "tom2": lambda r: shells.tom(r, tone=112, decay=0.16),
        "tom3": lambda r: shells.tom(r, tone=82, decay=0.2),
    }
    return _kit(**kit | changes)


def _box_snare(rng: Rng) -> Audio:
    return drums.snare(rng, tone=230, length=0.09, wires=0.6)


_METAL = ("hat", "open", "crash", "ride", "shaker", "tambourine", "cowbell")

KITS: dict[str, Kit] = {
    "acoustic": _player(),
    "pop": _player(
        kick=lambda r: shells.kick(r, tone=52, click=2),
        snare=lambda r: shells.snare(r, tone=205, wires=2, rattle=0.065),
    ),
    "rock": _player(
        kick=lambda r: shells.kick(r, tone=56, click=2),
        snare=lambda r: shells.snare(r, tone=188, wires=1, rattle=0.08),
    ),
    "metal": _player(
        kick=lambda r: shells.kick(r, tone=55, decay=0.055, click=4),
        snare=lambda r: shells.snare(r, tone=212, wires=2, rattle=0.075),
    ),
    "tight": _player(
        kick=lambda r: shells.kick(r, tone=60, decay=0.055),
        snare=lambda r: shells.snare(r, tone=228, decay=0.035, rattle=0.05),
    ),
    "dusty": _kit(
        kick=lambda r: drums.kick(r, tone=58, punch=130, click=0.1, length=0.12),
        snare=lambda r: drums.snare(r, tone=175, bright=4600, length=0.1),
        hat=lambda r: drums.hat(r, length=0.028, low=5600, metal=0.2),
    ),
    "club": _kit(
        kick=lambda r: drums.kick(r, tone=47, punch=270, length=0.2, click=0.5, drive=2.4),
        snare=lambda r: drums.snare(r, tone=210, length=0.13, wires=0.8, bright=10000),
        clap=lambda r: drums.clap(r, length=0.16),
    ),
    "house": _kit(
        kick=lambda r: drums.kick(r, tone=50, punch=220, length=0.15, click=0.6, drive=2.0),
        clap=lambda r: drums.clap(r, length=0.09),
        open=lambda r: drums.hat(r, length=0.1),
    ),
    "techno": _kit(
        kick=lambda r: drums.kick(r, tone=46, punch=230, length=0.24, click=0.6, drive=3.0),
        clap=lambda r: drums.clap(r, length=0.08),
        open=lambda r: drums.hat(r, length=0.08),
        rim=lambda r: drums.rim(r, tone=1250),
    ),
    "trap": _kit(
        kick=lambda r: drums.kick(r, tone=50, punch=240, length=0.13, click=0.4, drive=2.0),
        snare=_box_snare,
        clap=lambda r: drums.clap(r, length=0.14),
        hat=lambda r: drums.hat(r, length=0.022, low=7600),
    ),
    "reggaeton": _kit(
        kick=lambda r: drums.kick(r, tone=52, punch=220, length=0.13, drive=2.0),
        snare=lambda r: drums.snare(r, tone=260, length=0.07, wires=0.6),
    ),
    "latin": _player(kick=lambda r: shells.kick(r, tone=62, decay=0.06, click=-4)),
    "brush": _player(
        kick=lambda r: shells.kick(r, tone=62, decay=0.09, click=-8),
        snare=lambda r: shells.snare(r, tone=180, wires=-3, rattle=0.06),
    ),
    "breaks": _kit(
        kick=lambda r: drums.kick(r, tone=60, punch=190, length=0.1, click=0.5, drive=1.8),
        snare=lambda r: drums.snare(r, tone=225, length=0.11, wires=0.75, bright=9000),
    ),
    "gated": _kit(
        snare=drums.gated,
        kick=lambda r: drums.kick(r, tone=52, punch=190, length=0.14, drive=1.8),
        tom1=lambda r: drums.tom(r, tone=180, length=0.24),
    ),
    "chip": _kit(
        kick=lambda r: drums.chip(r, period=40, length=0.06, drop=60),
        snare=lambda r: drums.chip(r, period=9, length=0.06),
        hat=lambda r: drums.chip(r, period=2, length=0.02) * np.float32(0.5),
        open=lambda r: drums.chip(r, period=2, length=0.08) * np.float32(0.5),
        crash=lambda r: drums.chip(r, period=3, length=0.25) * np.float32(0.6),
    ),
    "orchestra": _kit(
        kick=drums.taiko,
        snare=lambda r: drums.snare(r, tone=160, length=0.13, wires=0.5, bright=6000),
    ),
}


PLACES = {
    # how loud, and where from left (-1) to right (1)
    "kick": (1.0, 0.0),
    "snare": (0.72, 0.0),
    "hat": (0.3, 0.22),
    "open": (0.26, 0.22),
    "crash": (0.42, -0.25),
    "ride": (0.16, -0.35),
    "shaker": (0.28, -0.45),
    "rim": (0.42, 0.12),
    "clap": (0.62, 0.0),
    "tambourine": (0.24, 0.4),
    "conga": (0.5, -0.3),
    "clave": (0.35, 0.3),
    "cowbell": (0.3, 0.2),
    "timbale": (0.4, 0.35),
    "taiko": (1.0, 0.0),
    "brush": (0.5, 0.1),
    "tom1": (0.6, 0.35),
    "tom2": (0.6, 0.0),
    "tom3": (0.6, -0.35),
}
ROOMS = {"acoustic": (0.5, 0.6), "pop": (0.4, 0.6), "rock": (0.6, 0.6), "metal": (0.5, 0.6),
         "tight": (0.3, 0.5), "latin": (0.5, 0.5), "brush": (0.6, 0.4)}  # fmt: skip
"""The kits that are played in a room: its reverb in seconds, and its brightness."""
_LEVELS = {("brush", "ride"): 2.2, ("brush", "snare"): 0.7, ("brush", "kick"): 0.7}
_FAR = {"kick": 0.1, "hat": 0.2, "open": 0.2, "crash": 0.2, "ride": 0.2, "shaker": 0.2}
_ROOM = 0.35
"""The level of the room, relative to the drum."""


def place(sound: Audio, name: str, room: tuple[float, float] | None = None) -> Audio:
    """Return a stroke [n] at its place in the stereo field, [2, n], in its room."""
    level, side = PLACES[name]
    shares = np.sqrt(np.array(((1 - side) / 2, (1 + side) / 2), np.float32))[:, None]
    if room is None:
        return np.asarray(sound * shares * np.float32(level), np.float32)
    response = effects.room(*room)
    long = np.pad(sound, (0, response.shape[1]))
    far = np.stack([dsp.convolve(long, side) for side in response])
    far *= np.float32(_FAR.get(name, _ROOM) * 0.7)
    far[:, : len(sound)] += sound * shares
    loud = np.flatnonzero(np.abs(far).max(axis=0) > 0.0005)
    far = far[:, : loud[-1] + 1] if len(loud) else far[:, :1]
    fade = min(2000, far.shape[1])
    far[:, far.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.asarray(far * np.float32(level), np.float32)


@lru_cache(maxsize=512)
def placed(kit: str, name: str, variant: int, touch: int) -> Audio:
    """Return a stroke as `drum` does, [2, n], in its place and room, at the drum's level."""
    sound = drum(kit, name, variant, touch) * np.float32(_LEVELS.get((kit, name), 1.0))
    return place(sound, name, ROOMS.get(kit))


def drum(kit: str, name: str, variant: int, touch: int = 2) -> Audio:
    """One stroke of a drum of a kit at full level; variants differ a little.

    touch: how hard it is struck, 0 to 2; soft strokes are duller.
    """
    sound = KITS[kit][name](noise("drum", kit, name, variant))
    if kit in ROOMS:
        sound = sound / np.float32(np.abs(sound).max() + 1e-9)
    if touch < 2 and kit != "chip":
        corner = (1.0, 2.2)[touch] * (5000.0 if name in _METAL else 2400.0)
        sound = dsp.shape_spectrum(sound, lambda f: 1 / np.sqrt(1 + (f / corner) ** 2))
    fade = min(200, len(sound))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound
