"""Parts of a score become stems: one stereo array for each player."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from suno_tui.engine.rng import noise
from suno_tui.engine.score import Part, Score
from suno_tui.engine.synth import dsp, recordings
from suno_tui.engine.synth.drums import drum, effect
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.instruments import INSTRUMENTS

Tick = Callable[[float], None]
_LENGTHS = 12  # different lengths of a note a second

_DRUMS = {
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


def play(score: Score, part: Part, n: int, seed: int, tick: Tick) -> Audio:
    """Render a part over n samples, [2, n] or (mono) [1, n]. Equal notes are rendered once."""
    instrument = INSTRUMENTS[part.instrument]

    def synthesised(pitch: int, held: float, strength: float, layer: int) -> Audio:
        rng = noise(seed, part.role, pitch, max(1, round(held * _LENGTHS)), layer)
        return instrument.play(pitch, held, strength, rng)

    if (recorded := recordings.notes(instrument)) is not None:
        out = _notes(score, part, n, recorded, tick)
        if out is not None:
            amplified = instrument.finish is not None and instrument.amplified is not None
            return instrument.finish(out) if instrument.finish and amplified else out
    out = _notes(score, part, n, synthesised, tick)
    assert out is not None
    return instrument.finish(out) if instrument.finish else out


def _notes(
    score: Score,
    part: Part,
    n: int,
    make: Callable[[int, float, float, int], Audio | None],
    tick: Tick,
) -> Audio | None:
    """Put the notes of a part where they belong. make(pitch, seconds held, velocity, layer).

    None if one of them can't be made.
    """
    out = np.zeros((1, n), dtype=np.float32)
    cache: dict[tuple[int, int, int], Audio] = {}
    for i, note in enumerate(part.notes):
        if i % 16 == 0:
            tick(i / len(part.notes))
        seconds = score.seconds(note.length)
        layer = min(3, int(note.velocity * 4))
        key = (note.pitch, max(1, round(seconds * _LENGTHS)), layer)
        sound = cache.get(key)
        if sound is None:
            sound = make(note.pitch, key[1] / _LENGTHS, (layer + 0.6) / 4, layer)
            if sound is None:
                return None
            cache[key] = sound
        begin = dsp.samples(score.seconds(note.start)) if note.start > 0 else 0
        end = min(n, begin + sound.shape[-1])
        if end <= begin:
            continue
        gain = np.float32(note.velocity / ((layer + 0.6) / 4))
        if sound.ndim == 2 and len(out) == 1:
            out = np.repeat(out, 2, axis=0)
        out[:, begin:end] += sound[..., : end - begin] * gain
    return out


def drums(score: Score, kit: str, n: int, tick: Tick) -> Audio:
    """Return all drum hits over n samples, stereo, each drum in its place."""
    out = np.zeros((2, n), dtype=np.float32)
    turn: dict[str, int] = {}
    for i, hit in enumerate(score.hits):
        if i % 64 == 0:
            tick(i / len(score.hits))
        turn[hit.drum] = turn.get(hit.drum, -1) + 1
        which = turn[hit.drum] % 3, _touch(hit.velocity)
        sound = recordings.drum(kit, hit.drum, *which)
        if sound is None:
            sound = drum(kit, hit.drum, *which)
        begin = dsp.samples(score.seconds(hit.start)) if hit.start > 0 else 0
        end = min(n, begin + len(sound))
        if end <= begin:
            continue
        level, side = _DRUMS[hit.drum]
        piece = sound[: end - begin] * np.float32(hit.velocity**1.3 * level)
        out[0, begin:end] += piece * np.float32(np.sqrt((1 - side) / 2))
        out[1, begin:end] += piece * np.float32(np.sqrt((1 + side) / 2))
    return out


def _touch(velocity: float) -> int:
    """Return how hard a stroke is, 0 to 2."""
    return 0 if velocity < 0.32 else 1 if velocity < 0.58 else 2


def effects(score: Score, n: int, seed: int) -> Audio:
    """Risers, impacts and the like over n samples, stereo."""
    out = np.zeros((2, n), dtype=np.float32)
    for i, (start, length, name) in enumerate(score.effects):
        begin = max(0, int(score.seconds(start) * dsp.RATE))
        end = min(n, begin + dsp.samples(score.seconds(length)))
        if end - begin > 2000:
            out[:, begin:end] += effect(name, end - begin, noise(seed, "effect", i))
    return out
