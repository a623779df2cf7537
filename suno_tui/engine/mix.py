"""The mix: every stem to its level by loudness, side-chained, dry and into reverb and echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from suno_tui.engine import ducking, stems
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import noise
from suno_tui.engine.score import TAIL, Score
from suno_tui.engine.synth import dsp, effects
from suno_tui.engine.synth.amps import equalise
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.voice.singer import sing

Progress = Callable[[str, float], None]
Hook = Callable[[str, Audio], None]


class _Place(NamedTuple):
    """A role's place in the mix: loudness in LUFS, and how much goes into reverb and echo.

    duck: how much of the side-chain it follows. pan: -1 is left, 1 right. way: dB by which it is
    lowered for the voice.
    """

    level: float
    send: float
    echo: float = 0.0
    duck: float = 0.0
    pan: float = 0.0
    way: float = 9.0


_PLACES = {
    "drums": _Place(-17.5, 0.1, way=5.0),
    "vocals": _Place(-12.5, 0.1, echo=0.06, way=0.0),
    "lead": _Place(-20.0, 0.28, echo=0.2, duck=0.35),
    "chords": _Place(-21.5, 0.22, duck=0.8),
    "bass": _Place(-21.0, 0.02, duck=1.0, way=5.0),
    "second": _Place(-25.5, 0.3, duck=0.7, pan=0.35),
    "arp": _Place(-25.5, 0.3, echo=0.12, duck=0.7, pan=-0.3),
    "pad": _Place(-26.5, 0.4, duck=1.0),
    "effects": _Place(-28.0, 0.35),
}
_HOP = ducking.HOP
_WET_WAY = 9.0  # dB by which reverb and echo are lowered for the voice
_DEEPEST = 9.0  # dB that a section may lie below the loudest
_LIFT = 8.0  # dB by which it is lifted at most


def length(score: Score) -> int:
    """Return samples of the song with the tail of its last notes."""
    usual = score.seconds(score.beats) + TAIL
    return dsp.samples(usual if score.length is None else score.length)


def mix(
    plan: Plan,
    score: Score,
    progress: Progress,
    hook: Hook | None = None,
    *,
    voice: str = "formant",
) -> Audio:
    """Return the whole song before mastering, stereo [2, n]. hook(role, stem) gets each stem.

    voice: one of `voice.speech.VOICES`.
    """
    n = length(score)
    dry = np.zeros((2, n), dtype=np.float32)
    sends = {name: np.zeros(n, dtype=np.float32) for name in ("room", "echo")}
    offsets = dict(plan.style.offsets)
    offsets["vocals"] = offsets.get("vocals", 0.0) + plan.vocal_gain
    duck = _duck(plan, score, n)
    ride = _ride(plan, score, n)
    space = plan.style.wet * (0.15 if plan.dry else 1.0)
    sung: ducking.Room | None = None
    way = np.zeros_like(dry) if score.lines else dry[:, :0]

    def add(role: str, stem: Audio) -> None:
        nonlocal sung
        level, place = effects.loudness(stem, 3), _PLACES[role]
        if level <= -69:
            return
        target = place.level + offsets.get(role, 0.0)
        if score.lines and role in ("lead", "second", "arp"):
            target -= 1.5
        if not score.lines and role == "lead":
            target += 2.5 + plan.vocal_gain  # in an instrumental it takes the voice's place
        stem *= np.float32(10 ** ((target - level) / 20))
        if role == "vocals":
            effects.scale(stem, ride**0.6, _HOP)  # the voice follows the band's dynamics, but less
        elif role != "effects":
            effects.scale(stem, ride, _HOP)
        if duck is not None and place.duck:
            effects.scale(stem, 1 - (1 - duck) * place.duck, _HOP)
        if place.pan:
            stem = np.repeat(stem, 2, axis=0) if len(stem) == 1 else stem
            stem[0] *= np.float32(1 - max(0.0, place.pan))
            stem[1] *= np.float32(1 + min(0.0, place.pan))
        if role == "vocals":
            sung = ducking.presence(stem)
        np.add(dry, stem, out=dry)
        mono = stem.mean(axis=0)
        share = np.float32(ducking.amount(place.way))
        if hook:
            heard = stem.copy() if len(stem) == 2 else np.repeat(stem, 2, axis=0)
            if sung is not None and share:
                ducking.make_room(heard, heard * share, sung)
            hook(role, heard)
        if sung is not None and share:
            stem *= share
            np.add(way, stem, out=way)
        del stem
        if echoes := place.echo * space:
            sends["echo"] += mono * np.float32(echoes)
        mono *= np.float32(place.send * space * 1.3)
        sends["room"] += mono

    if score.lines:  # first: the rest is ducked by it
        add("vocals", sing(plan, score, n, lambda share: progress("stem:vocals", share), voice))
    for part in score.parts:

        def tick(share: float, role: str = part.role) -> None:
            progress(f"stem:{role}", share)

        add(part.role, stems.play(score, part, n, plan.seed, tick))
    if score.hits:
        add("drums", _drums(plan, score, n, progress))
    if score.effects:
        progress("stem:effects", 0.0)
        add("effects", stems.effects(score, n, plan.seed))
    progress("mix", 0.1)
    beat = 60.0 / plan.bpm
    repeats = effects.echo(sends.pop("echo"), beat * (0.75 if beat < 0.75 else 0.5), 0.45)
    for i, (begin, repeat) in enumerate(repeats):
        progress("mix", 0.2 + 0.1 * i)
        for side in (0, 1):
            heard = repeat * np.float32(1.15 if side == i % 2 else 0.45)
            dry[side, begin:] += heard
            if sung is not None:
                heard *= np.float32(ducking.amount(_WET_WAY))
                way[side, begin:] += heard
        sends["room"][begin:] += repeat * np.float32(0.4)
    progress("mix", 0.6)
    send = equalise(sends.pop("room")[None], (), 180, 9000, 3.0)[0]
    for side, sound in enumerate(effects.reverb(send, plan.style.room, 0.4)):
        progress("mix", 0.7 + 0.1 * side)
        if duck is not None:
            effects.scale(sound[None], duck, _HOP)  # a reverb tail would fill the gaps
        dry[side] += sound
        if sung is not None:
            sound *= np.float32(ducking.amount(_WET_WAY))
            way[side] += sound
    del send
    if sung is not None:
        ducking.make_room(dry, way, sung)
    effects.scale(dry, _floor(score, dry), _HOP)
    if plan.style.dust:
        progress("mix", 0.9)
        _dust(dry, plan.style.dust, plan.seed)
    return dry


def _drums(plan: Plan, score: Score, n: int, progress: Progress) -> Audio:
    stem = stems.drums(score, plan.kit, n, lambda share: progress("stem:drums", share))
    peak = float(np.max(np.abs(stem))) or 1.0
    stem *= np.float32(1 / peak)
    effects.compress(stem, -12.0, 2.5, 0.012, 0.09)
    return stem


def _duck(
    plan: Plan, score: Score, n: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    """Return the side-chain's gain every _HOP samples, straight from the kick's times."""
    if plan.style.duck <= 0 or not score.hits:
        return None
    count = -(-n // _HOP)
    depth = 1 - 10 ** (-plan.style.duck / 20)
    step = _HOP / dsp.RATE
    release = min(0.32, 60 / plan.bpm * 0.55)
    span = int(release / step)
    t = np.arange(span) / span
    shape = (depth * (1 - t) ** 1.6).astype(np.float32)
    out = np.zeros(count + span, dtype=np.float32)
    for hit in score.hits:
        if hit.drum == "kick":
            at = int(score.seconds(hit.start) / step)
            if at < count:
                out[at : at + span] = np.maximum(
                    out[at : at + span], shape * np.float32(min(1.0, hit.velocity + 0.15))
                )
    return np.asarray(1 - out[:count], np.float32)


def _ride(plan: Plan, score: Score, n: int) -> Audio:
    """Return the loudness of sections by their energy, as far as the style follows it."""
    gains = []
    for section in score.sections:
        alone = bool(score.lines) and not section.lines and section.energy > 0.75
        gains.append(plan.style.ride * (section.energy - 0.75) + (1.5 if alone else 0.0))
    return _eased(score, gains, n)


def _floor(score: Score, song: Audio) -> Audio:
    """Return the gain that lifts sections that are much softer than the loudest one."""
    bar = score.seconds(score.beats_per_bar) * dsp.RATE
    levels = [
        effects.loudness(song[:, int(s.start_bar * bar) : int((s.start_bar + s.bars) * bar)], 2)
        for s in score.sections
    ]
    lowest = max(levels) - _DEEPEST
    gains = [max(0.0, min(lowest - level, _LIFT)) if level > -69 else 0.0 for level in levels]
    return _eased(score, gains, song.shape[1])


def _eased(score: Score, gains: list[float], n: int) -> Audio:
    """Turn dB by section into a gain every _HOP samples, with smooth transitions."""
    curve = np.zeros(-(-n // _HOP), dtype=np.float32)
    bar = score.seconds(score.beats_per_bar) * dsp.RATE / _HOP
    for section, gain in zip(score.sections, gains, strict=True):
        curve[int(section.start_bar * bar) :] = np.float32(gain)
    width = max(1, int(0.12 * dsp.RATE / _HOP))
    padded = np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge")
    smooth = np.convolve(padded, np.ones(width) / width, "valid")
    return np.asarray(10 ** (smooth / 20), np.float32)


def _dust(song: Audio, amount: float, seed: int) -> None:
    """Vinyl: crackle, hiss and a little flutter, in place."""
    rng = noise(seed, "dust")
    n = song.shape[1]
    level = np.float32(10 ** ((effects.loudness(song) - 31) / 20) * amount)
    clicks = np.zeros(n, dtype=np.float32)
    count = int(n / dsp.RATE * 9)
    clicks[rng.integers(0, n, count)] = (rng.random(count) ** 4 * 2 - 0.3).astype(np.float32)
    crackle = dsp.convolve(clicks, dsp.minimum_kernel(dsp.band(900, 6500), 128))
    hiss = dsp.convolve(
        rng.standard_normal((n,)).astype(np.float32),
        dsp.minimum_kernel(dsp.band(500, 5000, 2), 128),
    )
    song += level * (crackle * np.float32(9) + hiss * np.float32(0.22))
