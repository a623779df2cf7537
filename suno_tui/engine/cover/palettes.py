"""Colours for covers: five for each palette, a few palettes for each mood."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Five colours: `deep` and `pale` are backgrounds, the others are drawn on them."""

    deep: Colour
    pale: Colour
    one: Colour
    two: Colour
    three: Colour

    @property
    def ink(self) -> Colour:
        return self.pale if brightness(self.deep) < 110 else (24, 22, 30)


def brightness(colour: Colour) -> float:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def blend(a: Colour, b: Colour, share: float) -> Colour:
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


_HEX: dict[str, tuple[str, ...]] = {
    # deep pale one two three
    "bright": (
        "1d3557 f1faee e63946 ffb703 2a9d8f",
        "264653 fefae0 f4a261 e76f51 2a9d8f",
        "3a0ca3 fff3e0 f72585 ff9e00 4cc9f0",
        "0b3954 fdf6ec ff6663 fed766 087e8b",
    ),
    "dusk": (
        "2b1e3e ffe8d6 e07a5f f2a65a 7d5ba6",
        "1f2041 ffd9da ea638c b33c86 4b3f72",
        "22223b f2e9e4 c9ada7 9a8c98 e29578",
        "2d3142 f6dfd0 ef8354 bfc0c0 4f5d75",
    ),
    "ember": (
        "1a0f0f f7e1c6 d62828 f77f00 6a040f",
        "14110f f3e9d2 c84630 e3b23c 5d2e2e",
        "10002b ffe5d9 ff4800 ff9100 7b2cbf",
        "161a1d f5f3f4 ba181b e5383b 660708",
    ),
    "neon": (
        "10002b e0aaff ff2e97 00e5ff 7b2ff7",
        "0d0221 f6f7eb f6019d 2de2e6 650d89",
        "03071e fdf0d5 ff006e 3a86ff 8338ec",
        "0b0c2a e8f9fd ff1e6d 59ce8f 4d4dff",
    ),
    "warm": (
        "3b2f2f faedcd d4a373 bc6c25 606c38",
        "432818 ffe6a7 bb9457 99582a 6f1d1b",
        "344e41 f4f1de dda15e bc6c25 a3b18a",
        "3d405b f4f1de e07a5f f2cc8f 81b29a",
    ),
    "night": (
        "0b132b e0e1dd 5bc0be 3a506b 9fa8da",
        "0d1b2a e0e1dd 778da9 415a77 c9ada7",
        "111111 eeeeee 9b5de5 3d348b 00bbf9",
        "101820 f2f4f3 f2aa4c 22333b 5e7ce2",
    ),
    "mist": (
        "34515e f0f4f3 a8c5c9 7a9e9f eef5db",
        "4a4e69 f8f7ff c9ada7 9a8c98 b8c0ff",
        "2f3e46 f1f5f2 84a98c 52796f cad2c5",
        "40514e e4f9f5 99ddcc 30e3ca 11999e",
    ),
}


def _colour(text: str) -> Colour:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def palette(light: str, rng: Random) -> Palette:
    """Return one of a mood's palettes, with its colours in a random order."""
    rows = _HEX.get(light) or _HEX["dusk"]
    deep, pale, *rest = (_colour(text) for text in rng.choice(rows).split())
    rng.shuffle(rest)
    return Palette(deep, pale, *rest)
