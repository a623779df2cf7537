"""Speech: the phones of a line, and its spectral envelope over time.

A statistical voice and the programs `flite` and `espeak-ng` get the phones of the score, not the
text, so that every syllable matches its note. The singer uses only the envelopes, with the pitch
and timing of the melody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine.score import SungLine
from suno_tui.engine.voice import espeak, htsvoice, statistical, voicefile

VOICES = voicefile.SINGERS
_GUESTS = ("hts", "flite", "espeak-ng")  # in order of preference
STEP = htsvoice.STEP  # seconds between envelopes
WINDOW = 0.025
BINS = 257
_SIZE = (BINS - 1) * 2
_SPEAKERS = {"f": ("slt", 180.0), "m": ("rms", 105.0)}
_ESPEAK_HERTZ = {"f": 190.0, "m": 105.0}
_SHORTEST = 0.004


@dataclass(frozen=True, eq=False)
class Speech:
    """A spoken line: bounds[i] and bounds[i + 1] are the seconds of its phone i.

    envelope: log magnitude [frame, bin], a frame each STEP, BINS from 0 Hz to half of rate.
    """

    bounds: tuple[float, ...]
    envelope: NDArray[np.float32]
    rate: int
    hertz: float  # the speaker's usual pitch

    def loudness(self, phone: int, hertz: float) -> float:
        """Return the loudness of a phone at a pitch: RMS of the partials, linear."""
        first, last = (int(t / STEP) for t in self.bounds[phone : phone + 2])
        partials = np.arange(hertz, 6000.0, hertz) / (self.rate / 2) * (BINS - 1)
        part = self.envelope[first : max(first + 1, last), np.round(partials).astype(int)]
        return float(np.sqrt(np.exp(2 * part).sum(axis=1).mean())) + 1e-3


def choose() -> str:
    """Return the best voice that the machine has; `formant` if there is no other.

    SUNO_TUI_VOICE selects one; if it can't sing, `formant` does. If it names the file of a
    statistical voice that can't be read, the next best one sings.
    """
    wanted = os.environ.get("SUNO_TUI_VOICE", "")
    asked = (wanted,) if wanted in VOICES else _GUESTS
    return next((voice for voice in asked if usable(voice)), "formant")


def usable(voice: str) -> bool:
    """Return whether a voice can sing on this machine."""
    if voice == "formant":
        return True
    if voice == "hts":
        return _statistical() is not None
    if voice == "espeak-ng":
        return _by_espeak(("AH", "N"), "f") is not None
    path = shutil.which("flite") if voice == "flite" else None
    return path is not None and {name for name, _ in _SPEAKERS.values()} <= _voices(path)


@lru_cache(maxsize=4)
def _voices(program: str) -> frozenset[str]:
    return frozenset((_run([program, "-lv"]) or "").split())


def phones(line: SungLine) -> tuple[str, ...]:
    """Return all phones of a line in the order in which they are sung."""
    return tuple(
        phone
        for note in line.notes
        for phone in (*note.syllable.onset, note.syllable.vowel, *note.syllable.coda)
    )


@lru_cache(maxsize=32)
def say(sounds: tuple[str, ...], gender: str, voice: str = "flite") -> Speech | None:
    """Speak phones (ARPAbet) without words around them. None if that voice can't."""
    if voice == "hts":
        return _by_statistics(sounds, gender)
    return _by_flite(sounds, gender) if voice == "flite" else _by_espeak(sounds, gender)


def _statistical() -> htsvoice.HtsVoice | None:
    path = voicefile.find()
    return htsvoice.opened(path) if path else None


def _by_statistics(sounds: tuple[str, ...], gender: str) -> Speech | None:
    voice = _statistical()
    if voice is None:
        return None
    ends, envelope, hertz = statistical.speak(voice, sounds, gender, BINS)
    width = WINDOW * voice.rate  # the level at which `_envelope` finds peaks of this height
    tone = np.float32(np.log(width / 2 / np.sqrt(voice.rate / hertz)))
    hiss = np.float32(np.log(3.4 * np.sqrt(0.375 * width)))
    for sound, begin, end in zip(("", *sounds, ""), ends, ends[1:], strict=False):
        envelope[begin:end] += tone if sound and statistical.voiced(sound) else hiss
    return Speech(tuple(e * STEP for e in ends[1:-1]), envelope, voice.rate, hertz)


@lru_cache(maxsize=32)
def _by_espeak(sounds: tuple[str, ...], gender: str) -> Speech | None:
    try:
        bounds, said, rate = espeak.speak(sounds, gender)
    except ValueError:
        return None
    samples = np.frombuffer(said[: len(said) // 2 * 2], "<i2").astype(np.float32)
    if (np.diff(bounds) < _SHORTEST).any() or len(samples) < bounds[-1] * rate:
        return None
    envelope = _envelope(samples / np.float32(32768), rate)
    return Speech(tuple(bounds), envelope, rate, _ESPEAK_HERTZ[gender])


def _by_flite(sounds: tuple[str, ...], gender: str) -> Speech | None:
    program = shutil.which("flite")
    if program is None:
        return None
    speaker, hertz = _SPEAKERS[gender]
    wanted = ["pau", *(s.lower() for s in sounds), "pau"]
    with tempfile.TemporaryDirectory(prefix="suno-tui-") as folder:
        file = Path(folder) / "said.wav"
        said = _run([program, "-voice", speaker, "-psdur", "-p", " ".join(wanted),
                     "-o", str(file)])  # fmt: skip
        try:
            pairs = [part.rsplit(":", 1) for part in (said or "").split()]
            ends = [float(end) for _, end in pairs]
            with wave.open(str(file)) as sound:
                if sound.getnchannels() != 1 or sound.getsampwidth() != 2:
                    return None
                rate = sound.getframerate()
                samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        except (OSError, EOFError, ValueError, wave.Error):
            return None
    if [name for name, _ in pairs] != wanted or (np.diff(ends) < _SHORTEST).any():
        return None
    if len(samples) < ends[-2] * rate:
        return None
    envelope = _envelope(samples.astype(np.float32) / np.float32(32768), rate)
    return Speech(tuple(ends[:-1]), envelope, rate, hertz)


def _run(command: list[str]) -> str | None:
    """Return the output of a program; None if it fails. Its output never reaches the terminal."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("ascii", "replace")


def _envelope(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Return the true envelope of each frame: a smooth curve over the spectrum's peaks."""
    width, hop = round(WINDOW * rate), STEP * rate
    count = int(len(samples) / hop) + 1
    padded = np.pad(samples, (width // 2, width))
    starts = np.round(np.arange(count) * hop).astype(int)
    frames = padded[starts[:, None] + np.arange(width)] * np.hanning(width).astype(np.float32)
    spectrum = np.log(np.abs(np.fft.rfft(frames, _SIZE)) + 1e-4).astype(np.float32)
    order = round(rate / 400)  # twice a speaker's highest pitch
    smooth = np.full_like(spectrum, -20.0)
    for _ in range(12):
        quefrencies = np.fft.irfft(np.maximum(spectrum, smooth))
        quefrencies[:, order + 1 : -order] = 0
        smooth = np.fft.rfft(quefrencies).real.astype(np.float32)
    return smooth
