"""The speech of a statistical voice: the most likely spectra for a line's phones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.voice.htsvoice import HtsVoice, Window
from suno_tui.engine.voice.phones import CONSONANTS, DIPHTHONGS, VOWELS

Matrix = NDArray[np.float64]

_SILENCE = "pau"
_SLOWER = (1.25, 1.1)  # vowels and consonants, relative to speech
_LEAST = {True: 26, False: 14}  # minimum frames of a diphthong and of another vowel
_PAUSE = 6  # frames at most of the silence before and after
_LIVELY = 0.8  # share of the deviation lost by smoothing that is restored
_BETWEEN = 145.0  # Hz: speakers above it are women
_MAN = 0.86  # a man's formants relative to a woman's
_PITCH = 0.6  # a man's pitch relative to a woman's
_LIMITS = (-25.0, 8.0)  # of the logarithm of a magnitude


def speak(
    voice: HtsVoice, sounds: tuple[str, ...], gender: str, bins: int
) -> tuple[tuple[int, ...], NDArray[np.float32], float]:
    """Speak phones (ARPAbet): frames of their borders, log spectra [frame, bin], pitch in Hz.

    The spectra have `bins` from 0 Hz to half of the voice's rate, relative to a full scale of 1.
    A voice of the other gender is made by squeezing or stretching frequencies.
    """
    phones = [_SILENCE, *(s.lower() for s in sounds), _SILENCE]
    means, variances, ends = [], [], [0]
    for phone, label in zip(phones, labels(phones), strict=True):
        known = voice.phone(label)
        slower = _SLOWER[phone.upper() not in VOWELS]
        if (name := phone.upper()) in VOWELS:
            least = _LEAST[name in DIPHTHONGS]
            slower = max(slower, least / float(known.frames.sum()))
        frames = np.clip(np.round(known.frames * slower), 1, 200).astype(int)
        if phone == _SILENCE:
            frames = np.minimum(frames, _PAUSE)
        means.append(np.repeat(known.mean, frames, axis=0))
        variances.append(np.repeat(known.variance, frames, axis=0))
        ends.append(ends[-1] + int(frames.sum()))
    course = smoothest(np.concatenate(means), np.concatenate(variances), voice.windows)
    middle, wide = course.mean(axis=0), course.std(axis=0) + 1e-9
    lively = 1 + _LIVELY * (np.maximum(voice.spread / wide, 1) - 1)
    lively[0] = 1
    course = middle + (course - middle) * np.minimum(lively, 4.0)
    squeeze, hertz = 1.0, voice.hertz
    if (gender == "f") != (voice.hertz > _BETWEEN):
        squeeze, hertz = (_MAN, hertz * _PITCH) if gender == "m" else (1 / _MAN, hertz / _PITCH)
    w = np.minimum(np.linspace(0, np.pi, bins) / squeeze, np.pi)
    warped = w + 2 * np.arctan(voice.alpha * np.sin(w) / (1 - voice.alpha * np.cos(w)))
    envelope = course @ np.cos(np.arange(voice.order)[:, None] * warped)
    envelope = np.clip(envelope - np.log(32768), *_LIMITS)  # a file may hold any values
    return tuple(ends), envelope.astype(np.float32), hertz


def smoothest(
    mean: NDArray[np.float32], variance: NDArray[np.float32], windows: list[Window]
) -> Matrix:
    """Return the most likely values [T, D] for Gaussians [T, windows, D] of values and deltas.

    Tokuda et al. 2000, case 1: the normal equations, which have five diagonals, by LDL.
    """
    count, _, width = mean.shape
    bands, right = np.zeros((3, count, width)), np.zeros((count, width))
    for k, window in enumerate(windows):
        weight = 1 / variance[:, k].astype(np.float64)
        if k:
            weight[[0, -1]] = 0  # a delta would reach beyond the ends
        for a, c in window.items():
            at = np.arange(max(0, -a), min(count, count - a))
            right[at + a] += (c * weight * mean[:, k])[at]
            for b, d in window.items():
                if b >= a:
                    both = at[(at + b >= 0) & (at + b < count)]
                    bands[b - a, both + a] += (c * d * weight)[both]
    one, two = np.zeros((count + 2, width)), np.zeros((count + 2, width))
    pivot, y = np.ones((count + 2, width)), np.zeros((count + 2, width))
    for t in range(count):  # the two rows before t are at t and t + 1
        p = bands[0, t] - one[t + 1] ** 2 * pivot[t + 1] - two[t] ** 2 * pivot[t]
        one[t + 2] = (bands[1, t] - one[t + 1] * two[t + 1] * pivot[t + 1]) / p
        two[t + 2] = bands[2, t] / p
        y[t + 2] = right[t] - one[t + 1] * y[t + 1] - two[t] * y[t]
        pivot[t + 2] = p
    x = np.zeros((count + 2, width))
    for t in range(count - 1, -1, -1):
        x[t] = y[t + 2] / pivot[t + 2] - one[t + 2] * x[t + 1] - two[t + 2] * x[t + 2]
    return x[:count]


def labels(phones: list[str]) -> list[str]:
    """Return full-context labels of HTS with what a score has: phones and syllables."""
    centres = [i for i, p in enumerate(phones) if p.upper() in VOWELS]
    owner = {
        # a consonant between two vowels begins a syllable
        i: min(range(len(centres)), key=lambda k: (abs(centres[k] - i), -k * (p != "ng")))
        for i, p in enumerate(phones)
        if p != _SILENCE
    } if centres else {}  # fmt: skip
    sizes = [list(owner.values()).count(k) for k in range(len(centres))]
    names, n = ["x", "x", *phones, "x", "x"], len(centres)
    out: list[str] = []
    seen: dict[int, int] = {}
    for i in range(len(phones)):
        five = "{}^{}-{}+{}={}".format(*names[i : i + 5])
        tail = f"/G:0_0/H:{n}={n}@1=1|L-L%/I:0_0/J:{n}+{n}-1"
        k = owner.get(i)
        if k is None:
            middle = "@x_x/A:0_0_0/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x/C:0+0+0/D:content_1"
            out.append(f"{five}{middle}/E:x+x@x+x&x+x#x+x/F:content_1{tail}")
            continue
        place = seen[k] = seen.get(k, 0) + 1
        before, after = (sizes[j] if 0 <= j < n else 0 for j in (k - 1, k + 1))
        out.append(
            f"{five}@{place}_{sizes[k] - place + 1}/A:{int(k > 0)}_{int(k > 0)}_{before}"
            f"/B:1-1-{sizes[k]}@1-1&{k + 1}-{n - k}#{k}-{n - k - 1}$0-0!1-1;0-0"
            f"|{phones[centres[k]]}"
            f"/C:{int(k + 1 < n)}+{int(k + 1 < n)}+{after}/D:content_1"
            f"/E:content+1@{k + 1}+{n - k}&{k}+{n - k - 1}#1+1/F:content_1{tail}"
        )
    return out


def voiced(phone: str) -> bool:
    """Return whether a phone (ARPAbet) has a pitch."""
    consonant = CONSONANTS.get(phone)
    return consonant is None or consonant.voiced > 0
