"""Render the parts of a score as stems: one stereo array for each player."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from suno_tui.engine.rng import noise
from suno_tui.engine.score import Part, Score
from suno_tui.engine.synth import dsp, recordings
from suno_tui.engine.synth.drums import effect
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.synth.instruments import INSTRUMENTS
from suno_tui.engine.synth.kits import place, placed

Tick = Callable[[float], None]
_DOUBLE = 0.007  # seconds by which the strokes of two takes differ
_LENGTHS = 12  # different lengths of a note a second


def play(score: Score, part: Part, n: int, seed: int, tick: Tick) -> Audio:
    """Render a part over n samples, [2, n] or (mono) [1, n]. Equal notes are rendered once."""
    instrument = INSTRUMENTS[part.instrument]

    def synthesised(pitch: int, held: float, strength: float, layer: int, take: int = 0) -> Audio:
        rng = noise(seed, part.role, pitch, max(1, round(held * _LENGTHS)), layer, take)
        return instrument.play(pitch, held, strength, rng)

    if (recorded := recordings.notes(instrument)) is not None:
        out = _notes(score, part, n, recorded, tick)
        if out is not None:
            amplified = instrument.finish is not None and instrument.amplified is not None
            return instrument.finish(out) if instrument.finish and amplified else out
    if instrument.doubled:
        takes = []
        for take in (0, 1):
            late = noise(seed, part.role, "double", take)
            one = _notes(score, part, n, partial(synthesised, take=take), tick, late)
            assert one is not None
            takes.append(one)
        out = np.concatenate(takes)
    else:
        out = _notes(score, part, n, synthesised, tick)
    assert out is not None
    return instrument.finish(out) if instrument.finish else out


def _notes(
    score: Score,
    part: Part,
    n: int,
    make: Callable[[int, float, float, int], Audio | None],
    tick: Tick,
    late: np.random.Generator | None = None,
) -> Audio | None:
    """Place the notes of a part over n samples. make(pitch, seconds held, velocity, layer).

    late: makes every stroke randomly a little early or late. None if a note can't be made.
    """
    out = np.zeros((1, n), dtype=np.float32)
    cache: dict[tuple[int, int, int], Audio] = {}
    stroke, shift = -1.0, 0.0
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
        if late is not None and note.start > stroke + 0.04:
            stroke, shift = note.start, float(late.normal(0.0, _DOUBLE))
        begin = max(0, round((score.seconds(note.start) + shift) * dsp.RATE))
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
        recorded = recordings.drum(kit, hit.drum, *which)
        sound = placed(kit, hit.drum, *which) if recorded is None else place(recorded, hit.drum)
        begin = dsp.samples(score.seconds(hit.start)) if hit.start > 0 else 0
        end = min(n, begin + sound.shape[1])
        if end > begin:
            out[:, begin:end] += sound[:, : end - begin] * np.float32(hit.velocity**1.3)
    return out


def _touch(velocity: float) -> int:
    """Return how hard a stroke is, 0 to 2."""
    return 0 if velocity < 0.32 else 1 if velocity < 0.58 else 2


def effects(score: Score, n: int, seed: int) -> Audio:
    """Return risers, impacts and other transitions over n samples, stereo."""
    out = np.zeros((2, n), dtype=np.float32)
    for i, (start, length, name) in enumerate(score.effects):
        begin = max(0, int(score.seconds(start) * dsp.RATE))
        end = min(n, begin + dsp.samples(score.seconds(length)))
        if end - begin > 2000:
            out[:, begin:end] += effect(name, end - begin, noise(seed, "effect", i))
    return out
