"""The lead vocal and its doubles: the score's lines, phone by phone, through the vocal tract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import noise
from suno_tui.engine.score import Score, SungLine
from suno_tui.engine.synth import dsp, effects
from suno_tui.engine.synth.amps import equalise
from suno_tui.engine.synth.dsp import Audio
from suno_tui.engine.voice import vocoder
from suno_tui.engine.voice.phones import CONSONANTS, VOWELS, Consonant, Formants, cluster
from suno_tui.engine.voice.speech import Speech, phones, say
from suno_tui.engine.voice.tract import HOP, Track, Tracks, speak

_RATE = dsp.RATE / HOP
_PRESENCE = 3.0  # dB an octave by which singing is brighter than speech
_DOUBLE, _THIRD = 0.2, 0.18  # gains of a chorus's doubles, and of its second voice
_GLIDE = 0.2  # seconds at most from a diphthong's first vowel to its second
_LEAD_IN = 40  # frames before the first note, for its consonants


@dataclass(frozen=True)
class Singer:
    """A voice: formant scale (1 is a man's), vibrato, breath, brightness, and how it moves."""

    scale: float
    rate: float  # vibrato, Hz
    depth: float  # vibrato, cents
    breath: float
    bright: float  # dB an octave
    glide: float  # seconds from note to note
    scoop: float  # semitones below a phrase's first note
    size: float  # the formant scale of an ordinary voice of this gender


def singer(plan: Plan) -> Singer:
    """Return the voice of a plan: by gender, manner of singing and persona."""
    rng = noise("persona", plan.persona or plan.seed)
    low, high = (0.99, 1.03) if plan.persona == 0 else (0.95, 1.07)
    size = 1.17 if plan.gender == "f" else 1.0
    scale = size * float(rng.uniform(low, high))
    manner = {
        "pop": (32.0, 0.022, 0.0, 0.075, 0.8),
        "soft": (24.0, 0.045, -1.2, 0.09, 0.6),
        "belt": (38.0, 0.016, 1.0, 0.07, 1.2),
        "rap": (8.0, 0.02, 0.4, 0.05, 0.5),
        "shout": (22.0, 0.05, 1.8, 0.05, 1.5),
    }
    depth, breath, bright, glide, scoop = manner[plan.style.voice]
    return Singer(
        scale,
        float(rng.uniform(5.1, 5.9)),
        depth * float(rng.uniform(0.85, 1.2)),
        breath,
        bright,
        glide,
        scoop,
        size,
    )


def sing(
    plan: Plan, score: Score, n: int, tick: Callable[[float], None], backend: str = "formant"
) -> Audio:
    """Sing a score over n samples, stereo [2, n]: lead, doubles and harmony.

    backend: `formant`, or a speech program; lines that it can't speak are sung by `formant`.
    """
    out = np.zeros((2, n), dtype=np.float32)
    voice = singer(plan)

    def add(sound: Audio, line: SungLine, delay: float, left: float, right: float) -> None:
        begin = dsp.samples(score.seconds(line.start) + delay) - _LEAD_IN * HOP
        head = max(0, -begin)
        end = min(n, begin + len(sound))
        if end > begin + head:
            piece = sound[head : end - begin]
            out[0, begin + head : end] += piece * np.float32(left)
            out[1, begin + head : end] += piece * np.float32(right)

    for i, line in enumerate(score.lines):
        tick(i / len(score.lines))
        rng = noise(plan.seed, "voice", i)
        speech = None if backend == "formant" else say(phones(line), plan.gender, backend)
        add(render(score, line, voice, rng, speech=speech), line, 0.0, 1.0, 1.0)
        if line.doubled and plan.rich:
            for side, (delay, cents) in enumerate(((0.013, 9.0), (0.019, -9.0))):
                tick((i + 0.3 + 0.3 * side) / len(score.lines))
                other = replace(voice, scale=voice.scale * (1.0 + 0.015 * (side * 2 - 1)))
                sound = render(score, line, other, rng, cents, speech)
                add(sound, line, delay, _DOUBLE * (1 - side), _DOUBLE * side)
        if line.harmony:
            notes = tuple(
                replace(note, pitch=pitch, turns=())
                for note, pitch in zip(line.notes, line.harmony, strict=True)
            )
            sound = render(score, replace(line, notes=notes), voice, rng, 4.0, speech)
            add(sound, line, 0.009, _THIRD * 1.15, _THIRD * 0.85)
    tick(0.97)
    out = equalise(out, ((240, -1.5, 1.0), (3000, 2.0, 1.0)), 95, 0)
    tick(0.99)
    peak = max(float(out.max(initial=0.0)), -float(out.min(initial=0.0))) or 1.0
    out *= np.float32(1 / peak)
    effects.compress(out, -14.0, 2.6, 0.006, 0.11)
    return out


class _Sheet:
    """The control tracks of a line while they are written, a value a frame."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.pitch, self.voiced, self.breath, self.nasal, self.hiss = (
            np.zeros(frames, np.float32) for _ in range(5)
        )
        self.centre = np.full(frames, 5000.0, np.float32)
        self.width = np.ones(frames, np.float32)
        self.formants = np.zeros((frames, 3), np.float32)
        self.set = np.zeros(frames, bool)

    def shape(
        self, begin: float, end: float, first: Formants, last: Formants | None = None
    ) -> None:
        a, b = self._span(begin, end)
        self.formants[a:b] = first
        if last is not None and last != first:
            turn = max(a + int((b - a) * 0.35), b - int(_GLIDE * _RATE))
            fade = np.linspace(0, 1, max(b - turn, 1), dtype=np.float32)[:, None]
            self.formants[turn:b] = (1 - fade)[: b - turn] * np.array(first, np.float32) + fade[
                : b - turn
            ] * np.array(last, np.float32)
        self.set[a:b] = True

    def level(self, track: Track, begin: float, end: float, value: float) -> None:
        a, b = self._span(begin, end)
        track[a:b] = value

    def swell(self, track: Track, begin: float, end: float, value: float) -> None:
        """As `level`, with a swell: loudest after a third of the time."""
        a, b = self._span(begin, end)
        shape = np.interp(np.linspace(0, 1, b - a), (0.0, 0.12, 0.35, 1.0), (0.8, 0.93, 1.0, 0.74))
        track[a:b] = value * shape

    def _span(self, begin: float, end: float) -> tuple[int, int]:
        a = max(0, min(self.frames - 1, round(begin * _RATE) + _LEAD_IN))
        return a, max(a + 1, min(self.frames, round(end * _RATE) + _LEAD_IN))


def render(
    score: Score,
    line: SungLine,
    voice: Singer,
    rng: np.random.Generator,
    cents: float = 0.0,
    speech: Speech | None = None,
) -> Audio:
    """One line as sound, mono, beginning _LEAD_IN frames before its first note."""
    origin = line.start
    total = score.seconds(line.end - origin)
    times = [
        (score.seconds(n.start - origin), score.seconds(n.start + n.length - origin))
        for n in line.notes
    ]
    sheet = _Sheet(int(total * _RATE) + _LEAD_IN + 60)
    if speech:
        tune = _tune(line, times, sheet.frames, voice, rng, cents)
        said = vocoder.course(line.notes, times, speech, sheet.frames, _LEAD_IN)
        bright = np.full(sheet.frames, voice.bright + _PRESENCE, np.float32)
        return vocoder.sound(speech, said, tune.hertz, bright, voice.scale / voice.size, rng)
    free = -0.2
    for i, (note, (begin, end)) in enumerate(zip(line.notes, times, strict=True)):
        after = times[i + 1][0] if i + 1 < len(times) else total + 0.2
        syllable = note.syllable
        loud = 0.35 + 0.65 * note.velocity
        room = max(begin - free, 0.02)  # all of it: a gap would sound like a stop
        first, last = VOWELS.get(syllable.vowel, VOWELS["AH"])
        onset = cluster(syllable.onset, first, before=True)
        ending = cluster(syllable.coda, last, before=False)
        _consonants(sheet, onset, begin, room, loud, before=True)
        coda = min(sum(c.seconds for c in ending), (end - begin) * 0.45)
        joined = after - end < 0.08 and i + 1 < len(times)
        lead = 0.0
        if joined:
            following = line.notes[i + 1].syllable.onset
            lead = min(
                sum(CONSONANTS[c].seconds for c in following if c in CONSONANTS),
                (after - begin) * 0.35,
            )
        stop = max(begin + 0.05, (after - lead if joined else end) - coda)
        sheet.shape(begin, stop, first, last)
        sheet.swell(sheet.voiced, begin, stop, loud)
        sheet.level(sheet.breath, begin, stop, voice.breath * (0.8 + 0.5 * (1 - note.velocity)))
        _consonants(sheet, ending, stop, coda, loud, before=False)
        free = stop + coda
    return _speak(sheet, line, times, voice, rng, cents)


def _consonants(
    sheet: _Sheet, known: list[Consonant], at: float, room: float, loud: float, *, before: bool
) -> None:
    """Write a cluster that ends (before) or starts at a time, squeezed into its room."""
    if not known:
        return
    wanted = sum(c.seconds for c in known)
    squeeze = min(1.0, room / wanted) if wanted else 1.0
    begin = at - wanted * squeeze if before else at
    for consonant in known:
        end = begin + consonant.seconds * squeeze
        _consonant(sheet, consonant, begin, end, squeeze, loud)
        begin = end


def _consonant(
    sheet: _Sheet, c: Consonant, begin: float, end: float, squeeze: float, loud: float
) -> None:
    sheet.shape(begin, end, c.formants)
    sheet.level(sheet.voiced, begin, end, c.voiced * loud)
    sheet.level(sheet.nasal, begin, end, c.nasal)
    sheet.level(sheet.breath, begin, end, 0.0)
    burst = begin + c.closed * squeeze
    if c.hiss:
        sheet.level(sheet.centre, begin, end, c.centre)
        sheet.level(sheet.width, begin, end, c.width)
        strong = c.hiss * (0.6 + 0.4 * loud)
        sheet.level(sheet.hiss, burst, end, strong)
        if c.closed and end - burst > 0.02:
            sheet.level(sheet.hiss, burst + 0.014, end, strong * (0.25 if c.seconds < 0.1 else 0.7))
    if c.breath:
        sheet.level(sheet.breath, burst, end, c.breath * loud)


def _smooth(values: Track, seconds: float) -> Track:
    width = max(3, int(seconds * _RATE) | 1)
    kernel = np.hanning(width + 2)[1:-1]
    kernel = (kernel / kernel.sum()).astype(np.float32)
    padded = np.pad(values, (width // 2, width // 2), mode="edge")
    return np.convolve(padded, kernel, "valid").astype(np.float32)


def _held(values: Track, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Track:
    """Fill unknown frames from the last known one (the first known one at the start)."""
    index = np.where(known, np.arange(len(known)), -1)
    index = np.maximum.accumulate(index)
    first = int(np.argmax(known))
    return np.asarray(values[np.where(index < 0, first, index)], np.float32)


def _speak(
    sheet: _Sheet,
    line: SungLine,
    times: list[tuple[float, float]],
    voice: Singer,
    rng: np.random.Generator,
    cents: float,
) -> Audio:
    tune = _tune(line, times, sheet.frames, voice, rng, cents)
    loud = _smooth(sheet.voiced, 0.03)
    loud *= 1 + 0.12 * tune.swell
    loud *= 1 + 0.07 * _smooth(rng.standard_normal(sheet.frames).astype(np.float32), 0.03)
    formants = np.stack(
        [_smooth(_held(sheet.formants[:, k], sheet.set), (0.055, 0.05, 0.05)[k]) for k in range(3)],
        axis=1,
    )
    tracks = Tracks(
        tune.hertz,
        loud.astype(np.float32),
        _smooth(sheet.breath, 0.025),
        formants,
        _smooth(sheet.nasal, 0.03),
        _smooth(sheet.hiss, 0.012),
        sheet.centre,
        sheet.width,
        ((np.minimum(loud, 1) - 0.8) * 5 + voice.bright).astype(np.float32),
    )
    return speak(tracks, voice.scale, rng)


@dataclass(frozen=True)
class _Tune:
    """The pitch of a line, a value a frame: Hz, and the depth of the vibrato."""

    hertz: Track
    swell: Track


def _tune(
    line: SungLine,
    times: list[tuple[float, float]],
    frames: int,
    voice: Singer,
    rng: np.random.Generator,
    cents: float,
) -> _Tune:
    t = np.arange(frames, dtype=np.float32) / np.float32(_RATE)
    pitch = np.zeros(frames, np.float32)
    depth = np.zeros(frames, np.float32)
    held = [
        (begin + (at - note.start) * pace, begin + (at + length - note.start) * pace, sung)
        for note, (begin, end) in zip(line.notes, times, strict=True)
        for pace in [(end - begin) / note.length]
        for at, length, sung in note.pieces
    ]
    for i, (begin, end, sung) in enumerate(held):
        a, b = round(begin * _RATE) + _LEAD_IN, round(end * _RATE) + _LEAD_IN
        a -= 6  # starts early, to reach the pitch with the vowel
        pitch[max(0, a) :] = sung
        if i == 0:
            pitch[:] = sung
            fall = np.exp(-np.maximum(t - begin - (_LEAD_IN - 12) / _RATE, 0) / 0.045)
            pitch -= (voice.scoop * fall).astype(np.float32)
        if end - begin > 0.38:
            ramp = np.clip((t[a:b] - t[a] - 0.22) * 3.2, 0, 1)
            depth[a:b] = ramp * min(1.0, (end - begin) / 0.9 + 0.3) * rng.uniform(0.75, 1.2)
    pitch = _smooth(pitch, voice.glide)
    wander = _smooth(rng.standard_normal(frames).astype(np.float32), 0.25) * 22
    wander += _smooth(rng.standard_normal(frames).astype(np.float32), 0.02) * 5
    pace = 1 + 0.5 * _smooth(rng.standard_normal(frames).astype(np.float32), 0.3)
    turn = 2 * np.pi * (np.cumsum(voice.rate / _RATE * pace) + float(rng.random()))
    swing = voice.depth * _smooth(depth, 0.1) * np.sin(turn)
    hertz = 440 * 2 ** ((pitch - 69 + (swing + wander + cents) / 100) / 12)
    swell = _smooth(depth, 0.1) * np.sin(turn - 0.6)
    return _Tune(hertz.astype(np.float32), swell.astype(np.float32))
