"""Show what the engine's music looks like: one song per style, on one page.

    python -m tests.benchmarks.music FOLDER [STYLE…]
    python -m tests.benchmarks.music --check

Writes FOLDER/index.html with pictures (spectrogram, loudness, onset strength and chroma over time),
the loudness and onsets of every section, the spectral balance beside that of 12,345 records, and
CPU seconds beside a fixed numpy workload of the same run; and the MP3s. Every style has a seed of
its own. Singer and SoundFont are those that SUNO_TUI_VOICE and SUNO_TUI_SOUNDFONT name, or those
of the machine. --check makes one sung song with each voice of the machine, and fails if it costs
too much.
"""

from __future__ import annotations

import html
import itertools
import os
import resource
import sys
import time
import zlib
from pathlib import Path

import miniaudio
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from suno_tui.engine.master import usual
from suno_tui.engine.styles import STYLES
from suno_tui.engine.synth import effects
from suno_tui.engine.take import Take, make_take
from suno_tui.engine.voice.speech import VOICES, usable
from suno_tui.providers.song import Song
from tests.engine.conftest import SUMMER_NIGHTS

Sound = NDArray[np.float32]

EDGES = (20, 60, 120, 250, 500, 1000, 2000, 4000, 8000, 16_000)
PUBLISHED_SLOPE = "-4.5 by Elowsson and Friberg 2017, -5 by Pestana et al. 2013"
WIDTH = 1200
UNITS = 3.0
"""Units (`workload`) that 10 s of sung audio may cost; about a CPU second."""
MEMORY = 700
"""MiB that the process may use for it."""
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def workload() -> float:
    """Return the CPU seconds of a fixed piece of work: the unit in which songs are measured."""
    rng = np.random.default_rng(1)
    block = rng.standard_normal((64, 1 << 16)).astype(np.float32)
    begin = time.process_time()
    for _ in range(8):
        np.fft.irfft(np.fft.rfft(block) * 0.5)
        np.tanh(block)
    return time.process_time() - begin


def picture(sound: Sound, take: Take, path: Path) -> None:
    """Draw spectrogram, loudness, onset strength and chroma, from top to bottom, with the form."""
    size = 2048
    mono = np.pad(sound.mean(axis=1), (0, size))
    hop = (len(mono) - size) // WIDTH
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop][:WIDTH]
    power = np.abs(np.fft.rfft(frames * np.hanning(size)))
    edges = np.geomspace(35, 16_000, 201) / 44_100 * size
    rows = [power[:, int(a) : max(int(a) + 1, int(b) + 1)].max(axis=1)
            for a, b in itertools.pairwise(edges)]  # fmt: skip
    level = 20 * np.log10(np.array(rows)[::-1] + 1e-4)
    shade = np.clip((level - level.max() + 70) / 70, 0, 1)
    colours = np.stack([shade**1.5, shade, shade**0.5 * 0.6], axis=2) * 255
    f = np.fft.rfftfreq(size, 1 / 44_100)
    keep = (f > 100) & (f < 2000)
    classes = np.round(69 + 12 * np.log2(f[keep] / 440)).astype(int) % 12
    tones = np.array([power[:, keep][:, classes == c].sum(axis=1) for c in range(12)])
    tones = np.repeat((tones / (tones.max(axis=0) + 1e-9) * 255)[::-1], 7, axis=0)
    whole = Image.new("RGB", (WIDTH, 200 + 90 + 60 + 84))
    whole.paste(Image.fromarray(colours.astype(np.uint8)), (0, 0))
    whole.paste(Image.fromarray(tones.astype(np.uint8)), (0, 350))
    draw = ImageDraw.Draw(whole)
    loud = [effects.loudness(sound[i : i + 44_100].T)
            for i in range(0, len(sound) - 44_100, 22_050)]  # fmt: skip
    _curve(draw, loud, 200, 90, -30, -8, (255, 200, 80))
    rise = onsets(sound)
    most = [float(part.max()) for part in np.array_split(rise, WIDTH)]
    _curve(draw, most, 290, 60, 0.0, float(rise.max()), (120, 220, 255))
    for section in take.sections:
        x = section.start / take.duration * WIDTH
        draw.line([(x, 0), (x, whole.height)], fill=(255, 80, 80))
        draw.text((x + 3, 2), section.name, fill=(255, 255, 255))
    whole.save(path)


def _curve(
    draw: ImageDraw.ImageDraw,
    values: list[float],
    top: int,
    height: int,
    low: float,
    high: float,
    colour: tuple[int, int, int],
) -> None:
    places = np.linspace(0, WIDTH, len(values))
    share = np.clip((np.array(values) - low) / (high - low), 0, 1)
    points = [(float(x), float(top + (1 - y) * height)) for x, y in zip(places, share, strict=True)]
    draw.line(points, fill=colour)


def onsets(sound: Sound) -> Sound:
    """Return the new energy of each 10 ms, over all frequencies."""
    mono = sound.mean(axis=1)
    frames = mono[: len(mono) // 441 * 441].reshape(-1, 441)
    spectrum = np.log1p(100 * np.abs(np.fft.rfft(frames)))
    return np.asarray(np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1), np.float32)


def bands(power: NDArray[np.floating], f: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the level of each band in dB, relative to the whole."""
    parts = np.array([power[(f >= a) & (f < b)].sum() for a, b in itertools.pairwise(EDGES)])
    return np.asarray(10 * np.log10(parts / parts.sum() + 1e-9))


def slope(power: NDArray[np.floating], f: NDArray[np.floating]) -> float:
    """Return dB per octave from 100 Hz to 4 kHz, by the density in thirds of octaves."""
    centres = np.geomspace(100, 4000, 17)
    level = [10 * np.log10(power[(f >= c / 2 ** (1 / 6)) & (f < c * 2 ** (1 / 6))].mean())
             for c in centres]  # fmt: skip
    return float(np.polyfit(np.log2(centres), level, 1)[0])


def chroma(sound: Sound) -> list[float]:
    power = np.abs(np.fft.rfft(sound.mean(axis=1)))
    f = np.fft.rfftfreq(len(sound), 1 / 44_100)
    keep = (f > 100) & (f < 2000)
    classes = np.round(69 + 12 * np.log2(f[keep] / 440)).astype(int) % 12
    energy = np.bincount(classes, power[keep], minlength=12)
    return [float(e) for e in energy / energy.max()]


def beat(sound: Sound, bpm: float) -> float:
    """Return how many times more strongly onsets repeat at the beat than at other lags."""
    rise = onsets(sound)
    rise -= rise.mean()
    power = np.fft.irfft(np.abs(np.fft.rfft(rise, 2 * len(rise))) ** 2)[: len(rise)]
    lag = round(6000 / bpm)
    return float(power[lag - 1 : lag + 2].max() / np.abs(power[25:150]).mean())


def facts(sound: Sound) -> str:
    """Return loudness range, peaks, width, and the spectrum beside the published mean."""
    f = np.fft.rfftfreq(len(sound), 1 / 44_100)
    power = (np.abs(np.fft.rfft(sound, axis=0)) ** 2).sum(axis=1)
    steady = np.maximum(f, 1.0)
    published = bands(np.where(f < 30, 0, 10 ** (usual(steady) / 10)), f)
    short = [effects.loudness(sound[i : i + 132_300].T)
             for i in range(0, max(1, len(sound) - 132_300), 44_100)]  # fmt: skip
    low, high = np.percentile(short, (10, 95))
    crest = 20 * np.log10(np.abs(sound).max()) - 10 * np.log10((sound**2).mean())
    middle, side = (
        (np.abs(np.fft.rfft(part)[f >= 200]) ** 2).sum()
        for part in (sound.sum(axis=1), sound[:, 0] - sound[:, 1])
    )
    width = 10 * np.log10(side / middle)
    rows = "".join(
        f"<tr><td>{a} to {b} Hz<td>{mine:.1f}<td>{theirs:.1f}</tr>"
        for a, b, mine, theirs in zip(EDGES, EDGES[1:], bands(power, f), published, strict=False)
    )
    return (
        f"<p>Range {high - low:.1f} LU, crest {crest:.1f} dB, sides above 200 Hz {width:.1f} dB, "
        f"slope {slope(power, f):.1f} dB an octave (published: {PUBLISHED_SLOPE})</p>"
        f"<table><tr><th>band<th>dB<th>published mean</tr>{rows}</table>"
    )


def report(style: str, instrumental: bool, folder: Path, unit: float) -> str:
    song = Song(custom_mode=True, title=f"{style} sketch", style=style, lyrics=SUMMER_NIGHTS,
                vocal_gender="f", instrumental=instrumental)  # fmt: skip
    begin = spent()
    take = make_take(song, number=1, seed=zlib.crc32(style.encode()), progress=lambda *_: None)
    cost = spent() - begin
    name = "".join(c if c.isalnum() else "-" for c in style)
    (folder / f"{name}.mp3").write_bytes(take.mp3)
    decoded = miniaudio.decode(take.mp3, miniaudio.SampleFormat.FLOAT32, nchannels=2)
    sound = np.frombuffer(decoded.samples.tobytes(), dtype=np.float32).reshape(-1, 2)
    picture(sound, take, folder / f"{name}.png")
    rise = onsets(sound)
    sections = ", ".join(
        f"{s.name} {effects.loudness(sound[int(s.start * 44_100) : int(s.end * 44_100)].T):.1f} "
        f"({np.percentile(rise[int(s.start * 100) : int(s.end * 100)], 95):.0f})"
        for s in take.sections
    )
    tones = ", ".join(f"{n} {v:.2f}" for n, v in zip(NAMES, chroma(sound), strict=True))
    return (
        f"<h2>{html.escape(style)}</h2><p>{take.bpm:g} bpm, {take.key}, {take.duration:.0f} s; "
        f"{cost:.1f} CPU s, {cost / take.duration * 10:.2f} for 10 s, "
        f"{cost / unit:.1f} units; beat ×{beat(sound, take.bpm):.1f}</p>"
        f"<img src='{name}.png'><br><audio controls src='{name}.mp3'></audio>"
        f"<p>LUFS (and onsets): {html.escape(sections)}</p><p>Chroma: {tones}</p>{facts(sound)}"
    )


def spent() -> float:
    """Return the CPU seconds of this process and of the speech programs that it ran."""
    own, theirs = (resource.getrusage(who)
                   for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def check() -> bool:
    """Return whether a sung song keeps its budget with every voice of this machine."""
    kept = True
    song = Song(custom_mode=True, title="Summer Nights", style="Pop, Indie",
                lyrics=SUMMER_NIGHTS, vocal_gender="f")  # fmt: skip
    for voice in filter(usable, VOICES):
        os.environ["SUNO_TUI_VOICE"] = voice
        unit, begin = workload(), spent()
        take = make_take(song, number=1, seed=7, progress=lambda *_: None)
        cost = (spent() - begin) / take.duration * 10
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{voice}: {take.duration:.0f} s, {cost:.2f} CPU s for 10 s, {cost / unit:.2f} of "
              f"{UNITS} units, {memory:.0f} of {MEMORY} MiB")  # fmt: skip
        kept = kept and cost / unit <= UNITS and memory <= MEMORY
    return kept


def main(arguments: list[str]) -> None:
    if not arguments:
        sys.exit("usage: python -m tests.benchmarks.music FOLDER [STYLE…] | --check")
    if arguments == ["--check"]:
        sys.exit(not check())
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    unit = workload()
    parts = ["<!doctype html><meta charset=utf-8><title>The local engine's music</title>"]
    for i, style in enumerate(arguments[1:] or STYLES):
        parts.append(report(style, i % 2 == 1, folder, unit))
        (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")
        print(style, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
