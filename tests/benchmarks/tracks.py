"""Write a library of any number of plausible tracks straight to the disk."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lameenc

from suno_tui.library.filenames import file_name

RATE = 44_100
MOST_LINKS = 30_000
"""How many names share one audio file: file systems have a limit (65,000 on ext4)."""

STYLES = (
    "lo-fi, piano, rain", "synth-pop, dreamy, female voice", "folk, fiddle, warm", "techno, dark",
    "jazz, brushed drums", "metal, fast", "ambient, drone", "reggaeton, summer", "trap, 808s",
    "classical, strings", "indie rock, jangly", "synthwave, neon, 110 bpm", "pop, bright",
)  # fmt: skip
FIRST = (
    "Summer", "Neon", "Peaceful", "Silver", "Broken", "Golden", "Midnight", "Paper", "Distant",
    "Electric", "Quiet", "Crimson", "Winter", "Hollow", "Velvet", "Burning", "Lonely", "Secret",
)  # fmt: skip
SECOND = (
    "Nights", "Rain", "Piano", "Drive", "Hearts", "Rivers", "Letters", "Machines", "Mountains",
    "Shadows", "Gardens", "Signals", "Horizons", "Mirrors", "Trains", "Oceans", "Stations",
)  # fmt: skip
COMMON = """
the and of you in my we to a night light love under over every street city rain heart again never
always dream time away home down fire water sky road slow hold all your our walking golden window
"""
SYLLABLES = "ba lo ne ri ta mu so ke vi da fe no pa ru shi te wo ya zu mi la go hi"
LINES = 48


def words(count: int, choice: random.Random) -> list[str]:
    """Make up `count` words, as rare as rare words are in real lyrics."""
    return [
        "".join(choice.choices(SYLLABLES.split(), k=choice.randint(2, 4))) for _ in range(count)
    ]


def fill(library: Path, *, tracks: int, seed: int = 7) -> None:
    """Write two takes of each song, with lyrics of some 1.6 kB; the same for the same seed."""
    choice = random.Random(seed)
    rare = words(4000, choice)
    library.mkdir(parents=True, exist_ok=True)
    sound = _sound()
    last = datetime(2026, 4, 1, tzinfo=UTC)
    master = library
    for number in range(0, tracks, 2):
        if number % MOST_LINKS == 0:
            master = library / f".sound-{number}.mp3"
            master.write_bytes(sound)
        title = f"{choice.choice(FIRST)} {choice.choice(SECOND)}"
        if choice.random() < 0.5:
            title += f" {choice.choice(rare)}"
        created = last - timedelta(minutes=choice.randint(0, 3 * 365 * 1440))
        task = f"{choice.getrandbits(64):016x}"
        name = file_name(title)
        folder = library / f"{created:%Y/%m}" / f"{name}-{task[:8]}"
        folder.mkdir(parents=True, exist_ok=True)
        style = choice.choice(STYLES)
        lyrics = "\n".join(
            "[Chorus]" if line % 8 == 0 else _line(choice, rare) for line in range(LINES)
        )
        for take in (1, 2)[: tracks - number]:
            file = folder / f"{name}-{take}.toml"
            stars = choice.choice((0, 0, 0, 3, 4, 5))
            favorite = "true" if choice.random() < 0.05 else "false"
            file.write_text(
                f'id = "t{number + take - 1:09d}"\ntitle = "{title}"\nstyle = "{style}"\n'
                f'tags = "{style}"\nfavorite = {favorite}\nrating = {stars}\nnotes = ""\n'
                f"created_at = {created:%Y-%m-%dT%H:%M:%SZ}\n"
                f"duration = {choice.randint(120, 240)}.5\nbpm = {choice.randint(70, 170)}.0\n"
                f'key = "A minor"\nprovider = "local"\nmodel = "suno-v5_5"\ntask_id = "{task}"\n'
                f'take = {take}\nsha256 = "{task * 4}"\nlyrics = """\n{lyrics}"""\n\n[song]\n'
                f'custom_mode = true\ntitle = "{title}"\nstyle = "{style}"\nmodel = "suno-v5_5"\n'
                f'lyrics = """\n{lyrics}"""\n'
            )
            file.with_suffix(".mp3").hardlink_to(master)


def _line(choice: random.Random, rare: list[str]) -> str:
    return " ".join([*choice.choices(COMMON.split(), k=5), choice.choice(rare)])


def _sound() -> bytes:
    """Return a quarter of a second of silence as MP3."""
    encoder: Any = lameenc.Encoder()
    encoder.set_bit_rate(32)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.silence()
    return bytes(encoder.encode(b"\0\0" * (RATE // 4)) + encoder.flush())
