"""Turn a spoken line into a sung one, with the rhythm and pitch of the melody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.score import SungNote
from suno_tui.engine.synth import dsp
from suno_tui.engine.synth.dsp import RATE, Audio
from suno_tui.engine.voice.phones import CONSONANTS
from suno_tui.engine.voice.speech import BINS, STEP, WINDOW, Speech
from suno_tui.engine.voice.tract import HOP, Track, windows

_SIZE = 2048
_WINDOW = 1024
_BINS = 560  # up to 12 kHz
_TOP = 11_500.0  # Hz; above it nothing is voiced
_CONSONANTS = 1.5  # gain relative to speech, because the band masks consonants first
_HELD = {"AW": 0.36, "AY": 0.28, "EY": 0.4, "OW": 0.55, "OY": 0.26}
"""The place at which a diphthong is held, as a share of its spoken length."""
_VOICED, _MIXED, _NOISE = 6500.0, 1800.0, -2500.0  # Hz up to which a phone is voiced


@dataclass(frozen=True)
class Course:
    """A line by frames: the time in the speech, its gain, and the Hz up to which it is voiced."""

    moment: Track
    gain: Track
    voiced: Track


def course(
    notes: tuple[SungNote, ...],
    times: list[tuple[float, float]],
    speech: Speech,
    frames: int,
    lead_in: int,
) -> Course:
    """Align speech with notes: a vowel begins on its note, and is stretched or shortened.

    Consonants before and after it keep their length if there is room.
    """
    moment = np.zeros(frames, np.float32)
    gain = np.zeros(frames, np.float32)
    voiced = np.full(frames, _NOISE, np.float32)
    bounds = speech.bounds
    centres = _centres(notes)
    usual = float(np.median([speech.loudness(c, speech.hertz) for c in centres]))

    def lay(first: int, last: int, begin: float, end: float, loud: float) -> None:
        """Align phones first..last-1 of the speech with begin..end of the song."""
        if last <= first or end <= begin:
            return
        squeeze = (end - begin) / (bounds[last] - bounds[first])
        for i in range(first, last):
            a, b = (begin + (bounds[k] - bounds[first]) * squeeze for k in (i, i + 1))
            write(a, b, np.array([0.0, 1.0]), bounds[i : i + 2], loud, _edge(names[i]))

    def write(
        begin: float,
        end: float,
        knots: NDArray[np.float64],
        moments: tuple[float, ...] | NDArray[np.float64],
        loud: float,
        edge: float,
    ) -> None:
        a = max(0, min(frames - 1, round(begin * RATE / HOP) + lead_in))
        b = max(a + 1, min(frames, round(end * RATE / HOP) + lead_in))
        moment[a:b] = np.interp((np.arange(b - a) + 0.5) / (b - a), knots, moments)
        gain[a:b] = loud
        voiced[a:b] = edge

    names = [
        phone for n in notes for phone in (*n.syllable.onset, n.syllable.vowel, *n.syllable.coda)
    ]
    free = -0.2
    for i, (note, (begin, end), centre) in enumerate(zip(notes, times, centres, strict=True)):
        loud = (0.35 + 0.65 * note.velocity) / usual
        sung = usual / speech.loudness(centre, dsp.hertz(note.pitch))
        first, last = centre - len(note.syllable.onset), centre + 1 + len(note.syllable.coda)
        room = max(begin - free, 0.02)  # all of it: a gap would sound like a stop
        onset = min(bounds[centre] - bounds[first], room)
        coda = min(bounds[last] - bounds[centre + 1], (end - begin) * 0.45)
        stop = end
        if i + 1 < len(notes) and times[i + 1][0] - end < 0.08:
            following = centres[i + 1]
            before = bounds[following] - bounds[last]
            stop = times[i + 1][0] - min(before, (times[i + 1][0] - begin) * 0.35)
        stop = max(begin + 0.05, stop - coda)
        lay(first, centre, begin - onset, begin, loud * _CONSONANTS)
        knots, moments = _stretched(
            bounds[centre], bounds[centre + 1], stop - begin, _HELD.get(note.syllable.vowel)
        )
        write(begin, stop, knots, moments, loud * min(4.0, sung), _VOICED)
        lay(centre + 1, last, stop, stop + coda, loud * _CONSONANTS)
        free = stop + coda
    return Course(moment, gain, voiced)


def _centres(notes: tuple[SungNote, ...]) -> list[int]:
    """Return the index of each note's vowel among the phones of the line."""
    out, at = [], 0
    for note in notes:
        out.append(at + len(note.syllable.onset))
        at = out[-1] + 1 + len(note.syllable.coda)
    return out


def _edge(phone: str) -> float:
    consonant = CONSONANTS.get(phone)
    if consonant is None:
        return _VOICED
    if not consonant.voiced:
        return _NOISE
    return _MIXED if (consonant.hiss > 0.03 and consonant.closed == 0) or phone == "JH" else _VOICED


def _stretched(
    begin: float, end: float, seconds: float, held: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a vowel's moments over its new length; only its middle is stretched.

    held: the share of a diphthong at which its first vowel is stretched, as singers do.
    """
    said = end - begin
    head, tail = said * (0.3 if held is None else held - 0.04), said * 0.3
    if held is not None:
        tail = said * (1 - held - 0.04)
    if seconds <= said:
        return np.array([0.0, 1.0]), np.array([begin, end])
    knots = np.array([0.0, head, seconds - tail, seconds]) / seconds
    return knots, np.array([begin, begin + head, end - tail, end])


def sound(
    speech: Speech,
    course: Course,
    hertz: Track,
    bright: Track,
    scale: float,
    rng: np.random.Generator,
) -> Audio:
    """Return the line as sound, HOP samples a frame: pulses and noise through its envelopes.

    hertz: the melody. bright: dB an octave from 500 Hz to 3 kHz, relative to the speaker's.
    scale: formants, 1 as spoken.
    """
    frames = len(hertz)
    n = frames * HOP
    at, knots = np.arange(n, dtype=np.float32) / HOP, np.arange(frames, dtype=np.float32)
    count = max(1, int(_TOP / float(np.max(hertz))))
    pulses = dsp.lookup(dsp.table((1.0,) * count),
                        dsp.gliding(np.interp(at, knots, hertz), float(rng.random())))  # fmt: skip
    width = WINDOW * speech.rate
    pulses *= np.float32(4 / width)  # a partial of 1 has a quarter of the window's height
    ratio = np.sqrt(RATE / speech.rate) / 3.4 / np.sqrt(0.375 * width)
    hiss = rng.standard_normal(n).astype(np.float32) * np.float32(ratio)
    f = (np.arange(_SIZE // 2 + 1) * RATE / _SIZE).astype(np.float32)
    reach = 0.43 * speech.rate  # beyond a recording's band, its last value continues and falls
    place = np.minimum(f / np.float32(scale), reach) / (speech.rate / 2) * (BINS - 1)
    low = place.astype(int)
    share = place - low
    fall = np.maximum(np.log2(np.maximum(f, 1.0) / reach), 0.0) * np.float32(-2.1)
    octave = np.log2(np.maximum(f, 100.0) / 500.0)
    octave = np.minimum(octave, 5.4 - octave) * np.float32(np.log(10) / 20)
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    voiced, noise = windows(pulses), windows(hiss)
    gain, edge = _eased(course.gain, 3), _eased(course.voiced, 3)
    out = np.zeros(n + _SIZE, dtype=np.float32)
    fold = np.zeros(_SIZE, dtype=np.float32)
    fold[0] = fold[_SIZE // 2] = 1
    fold[1 : _SIZE // 2] = 2
    for start in range(0, frames, 128):
        part = slice(start, min(start + 128, frames))
        if float(np.max(gain[part])) < 1e-6:
            continue
        frame = np.clip(course.moment[part] / STEP, 0, len(speech.envelope) - 1.001)
        early = frame.astype(int)
        late = (frame - early)[:, None]
        shape = speech.envelope[early] * (1 - late) + speech.envelope[early + 1] * late
        shape = shape[:, low] * (1 - share) + shape[:, low + 1] * share
        shape += fall + bright[part, None] * octave
        cepstrum = np.fft.irfft(shape.astype(np.float32)) * fold
        response = np.exp(np.fft.rfft(cepstrum)[:, :_BINS])
        tone = 1 / (1 + np.exp(np.clip((f[:_BINS] - edge[part, None]) / 450, -30, 30)))
        spectrum = np.fft.rfft(voiced[part] * window, _SIZE)[:, :_BINS] * tone
        breath = np.where(edge[part, None] > 0, np.float32(0.4), np.float32(1)) * np.sqrt(
            1 - tone**2
        )
        spectrum += np.fft.rfft(noise[part] * window, _SIZE)[:, :_BINS] * breath
        spectrum *= response * gain[part, None]
        pieces = np.fft.irfft(spectrum, _SIZE).astype(np.float32)
        pieces[:, _WINDOW:] *= np.linspace(1, 0, _SIZE - _WINDOW, dtype=np.float32)
        for i, piece in enumerate(pieces):
            begin = (part.start + i) * HOP
            out[begin : begin + _SIZE] += piece
    return out[_WINDOW // 2 : _WINDOW // 2 + n] * np.float32(0.5)


def _eased(values: Track, frames: int) -> Track:
    padded = np.pad(values, (frames // 2, frames // 2), mode="edge")
    return np.convolve(padded, np.ones(frames, np.float32) / frames, "valid").astype(np.float32)
