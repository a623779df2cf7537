"""The compositions: each paints a canvas with five colours and random shapes."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from suno_tui.engine.cover.palettes import Colour, Palette, blend

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Field = NDArray[np.float32]


class Canvas:
    """A square that is painted large and scaled down at the end, for smooth edges."""

    def __init__(
        self, size: int, colours: Palette, rng: Random, noise: np.random.Generator
    ) -> None:
        self.size, self.colours, self.rng, self.noise = size, colours, rng, noise
        self.picture: Picture = Image.new("RGB", (size, size), colours.deep)
        self.draw = ImageDraw.Draw(self.picture)

    def gradient(self, top: Colour, bottom: Colour, bend: float = 1.0) -> None:
        """Fill with a vertical gradient."""
        share = np.linspace(0, 1, self.size, dtype=np.float32) ** np.float32(bend)
        rows = (1 - share)[:, None] * np.array(top) + share[:, None] * np.array(bottom)
        row = np.repeat(np.clip(rows, 0, 255).astype(np.uint8)[:, None, :], self.size, axis=1)
        self._replace(Image.fromarray(row))

    def _replace(self, picture: Picture) -> None:
        self.picture = picture
        self.draw = ImageDraw.Draw(picture)

    def circle(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """Draw a circle; place and radius are shares of the canvas."""
        s = self.size
        box = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.draw.ellipse(box, fill=fill)

    def polygon(self, points: list[tuple[float, float]], fill: Colour) -> None:
        self.draw.polygon([(x * self.size, y * self.size) for x, y in points], fill=fill)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light that falls off softly from a point."""
        small = 160
        at = (np.arange(small, dtype=np.float32) + 0.5) / small
        distance = ((at[None, :] - x) ** 2 + (at[:, None] - y) ** 2) / radius**2
        mask = np.clip(np.exp(-distance * 2.5) * strength * 255, 0, 255).astype(np.uint8)
        sheet = Image.fromarray(mask).resize((self.size, self.size), Image.Resampling.BICUBIC)
        self.picture.paste(Image.new("RGB", self.picture.size, colour), (0, 0), sheet)
        self.draw = ImageDraw.Draw(self.picture)

    def wave(self, count: int) -> Field:
        """A smooth, random line over the canvas' width, about -1 to 1."""
        x = np.linspace(0, 1, self.size // 4, dtype=np.float32)
        out = np.zeros_like(x)
        for i in range(1, count + 1):
            out += np.float32(1 / i) * np.sin(
                2 * np.pi * (i * self.rng.uniform(0.5, 1.1) * x + self.rng.random())
            ).astype(np.float32)
        return out / np.float32(1.6)

    def finished(self, size: int) -> Picture:
        """Return the picture at its final size, with grain and darker corners."""
        small = self.picture.resize((size, size), Image.Resampling.LANCZOS)
        pixels = np.asarray(small, dtype=np.float32)
        grain = self.noise.standard_normal((size, size, 1)).astype(np.float32)
        at = np.linspace(-1, 1, size, dtype=np.float32)
        far = at[None, :] ** 2 + at[:, None] ** 2
        pixels = pixels * (1 - 0.11 * far[:, :, None]) + grain * np.float32(4.5)
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def sun(c: Canvas) -> None:
    """A large sun behind ranges of hills."""
    p = c.colours
    c.gradient(p.deep, blend(p.one, p.pale, 0.35), 1.3)
    x, y, radius = c.rng.uniform(0.3, 0.7), c.rng.uniform(0.36, 0.46), c.rng.uniform(0.2, 0.28)
    c.glow(x, y, radius * 2.2, blend(p.two, p.pale, 0.5), 0.55)
    c.circle(x, y, radius, blend(p.two, p.pale, 0.25))
    layers = c.rng.randint(3, 5)
    for i in range(layers):
        share = i / (layers - 1)
        base = 0.55 + 0.33 * share
        line = c.wave(4 if i else 6) * (0.07 - 0.03 * share)
        xs = np.linspace(0, 1, len(line))
        points = [(float(a), float(base + b)) for a, b in zip(xs, line, strict=True)]
        c.polygon([*points, (1.0, 1.0), (0.0, 1.0)], blend(p.three, p.deep, 0.15 + 0.8 * share))


def grid(c: Canvas) -> None:
    """A striped sun over a grid that runs to the horizon."""
    p = c.colours
    horizon = 0.6
    c.gradient(blend(p.deep, (0, 0, 0), 0.3), p.three, 2.0)
    for _ in range(90):
        c.circle(
            c.rng.random(),
            c.rng.random() * horizon,
            c.rng.uniform(0.0006, 0.0018),
            blend(p.pale, p.deep, c.rng.random() * 0.6),
        )
    radius = c.rng.uniform(0.24, 0.3)
    c.glow(0.5, horizon - 0.12, radius * 2, p.one, 0.6)
    top, bottom = p.two, p.one
    s = c.size
    disc = Image.new("L", (s, s), 0)
    pen = ImageDraw.Draw(disc)
    y = horizon - 0.14
    pen.ellipse([(0.5 - radius) * s, (y - radius) * s, (0.5 + radius) * s, (y + radius) * s], 255)
    for i in range(7):
        level = y + radius * (-0.05 + i * 0.16)
        pen.rectangle([0, level * s, s, (level + radius * (0.02 + 0.016 * i)) * s], 0)
    share = np.clip((np.linspace(0, 1, s) - (y - radius)) / (2 * radius), 0, 1)[:, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    fill = Image.fromarray(np.repeat(rows.astype(np.uint8)[:, None, :], s, axis=1))
    c.picture.paste(fill, (0, 0), disc)
    c.draw = ImageDraw.Draw(c.picture)
    c.draw.rectangle([0, horizon * s, s, s], fill=blend(p.deep, (0, 0, 0), 0.45))
    line = blend(p.two, p.one, 0.4)
    for i in range(-14, 15):
        c.draw.line([(0.5 * s + i * 0.018 * s, horizon * s), (0.5 * s + i * 0.16 * s, s)], line, 3)
    for i in range(1, 14):
        level = horizon + (1 - horizon) * (i / 13) ** 2.2
        c.draw.line([(0, level * s), (s, level * s)], line, 3)
    c.glow(0.5, horizon, 0.3, p.one, 0.4)


def aura(c: Canvas) -> None:
    """Clouds of colour that run into each other."""
    p = c.colours
    small = 200
    at = (np.arange(small, dtype=np.float32) + 0.5) / small
    mesh = np.zeros((small, small, 3), np.float32)
    weight = np.zeros((small, small, 1), np.float32)
    spots = [p.deep, p.one, p.two, p.three, p.one, p.pale, p.deep]
    warp = np.sin(at * c.rng.uniform(4, 9) + c.rng.random() * 6).astype(np.float32) * 0.07
    for colour in spots:
        x, y = c.rng.uniform(0, 1), c.rng.uniform(0, 1)
        spread = c.rng.uniform(0.18, 0.4)
        if colour == p.pale:
            spread *= 0.6
        dx = at[None, :] + warp[:, None] - x
        dy = at[:, None] + warp[None, :] - y
        share = np.exp(-(dx**2 + dy**2) / spread**2)[:, :, None] + 1e-4
        mesh += share * np.array(colour, np.float32)
        weight += share
    cloud = Image.fromarray(np.clip(mesh / weight, 0, 255).astype(np.uint8))
    c._replace(cloud.resize((c.size, c.size), Image.Resampling.BICUBIC))
    if c.rng.random() < 0.7:
        radius = c.rng.uniform(0.2, 0.3)
        y = c.rng.uniform(0.38, 0.46)
        s = c.size
        inside = c.picture.transpose(Image.Transpose.ROTATE_180).filter(
            ImageFilter.GaussianBlur(s // 60)
        )
        mask = Image.new("L", (s, s), 0)
        ImageDraw.Draw(mask).ellipse(
            [(0.5 - radius) * s, (y - radius) * s, (0.5 + radius) * s, (y + radius) * s], 255
        )
        c.picture.paste(inside, (0, 0), mask)
        c.draw = ImageDraw.Draw(c.picture)


def shards(c: Canvas) -> None:
    """Splinters that burst from one point."""
    p = c.colours
    c.gradient(p.deep, blend(p.deep, p.one, 0.25))
    x, y = c.rng.uniform(0.35, 0.65), c.rng.uniform(0.35, 0.55)
    angles = sorted(c.rng.uniform(0, 2 * pi) for _ in range(c.rng.randint(16, 26)))
    colours = (p.one, p.two, p.three, p.pale, p.deep)
    for i, angle in enumerate(angles):
        following = angles[(i + 1) % len(angles)] + (2 * pi if i + 1 == len(angles) else 0)
        if following - angle > 2.5:
            continue
        colour = blend(c.rng.choice(colours[:3]), c.rng.choice(colours), c.rng.uniform(0, 0.6))
        near, far = c.rng.uniform(0.02, 0.1), c.rng.uniform(0.35, 1.2)
        tip = (angle + following) / 2
        c.polygon(
            [
                (x + near * cos(tip), y + near * sin(tip)),
                (x + far * cos(angle), y + far * sin(angle)),
                (x + far * 0.93 * cos(following), y + far * 0.93 * sin(following)),
            ],
            colour,
        )
        c.polygon(
            [
                (x + near * cos(tip), y + near * sin(tip)),
                (x + far * cos(angle), y + far * sin(angle)),
                (x + far * 0.6 * cos(tip), y + far * 0.6 * sin(tip)),
            ],
            blend(colour, p.deep, 0.35),
        )
    c.glow(x, y, 0.3, p.pale, 0.8)


def dunes(c: Canvas) -> None:
    """Waves of sand or water, one behind the other, under a small sun."""
    p = c.colours
    c.gradient(blend(p.pale, p.one, 0.15), blend(p.one, p.pale, 0.4))
    c.circle(
        c.rng.uniform(0.2, 0.8),
        c.rng.uniform(0.15, 0.27),
        c.rng.uniform(0.05, 0.1),
        blend(p.two, p.pale, 0.15),
    )
    count = c.rng.randint(6, 9)
    s = c.size
    for i in range(count):
        share = i / (count - 1)
        base = 0.34 + 0.56 * share**1.1
        line = c.wave(2) * (0.05 + 0.05 * share)
        xs = np.linspace(0, 1, len(line))
        top = blend(p.two, p.three, share)
        colour = blend(top, p.deep, 0.2 + 0.7 * share)
        points = [(float(a), float(base + b)) for a, b in zip(xs, line, strict=True)]
        c.polygon([*points, (1.0, 1.0), (0.0, 1.0)], colour)
        c.draw.line([(a * s, b * s) for a, b in points], blend(colour, p.pale, 0.35), 4)


def ridges(c: Canvas) -> None:
    """Thin lines over a dark background, peaking in the middle like a pulsar's signal."""
    p = c.colours
    c.gradient(blend(p.deep, (0, 0, 0), 0.45), p.deep)
    s = c.size
    rows = c.rng.randint(34, 46)
    xs = np.linspace(0, 1, 260)
    centre = c.rng.uniform(0.42, 0.58)
    for i in range(rows):
        base = 0.15 + 0.5 * i / (rows - 1)
        heap = np.exp(-(((xs - centre) / 0.17) ** 2))
        bumps = np.zeros_like(xs)
        for _ in range(9):
            at = c.rng.gauss(centre, 0.13)
            bumps += c.rng.uniform(0.15, 1) * np.exp(
                -(((xs - at) / c.rng.uniform(0.012, 0.05)) ** 2)
            )
        jitter = c.noise.standard_normal(len(xs)) * 0.015
        line = base - 0.05 * bumps * heap - 0.006 * jitter
        points = [(float(0.14 + 0.72 * a) * s, float(b) * s) for a, b in zip(xs, line, strict=True)]
        c.draw.polygon(
            [*points, (0.86 * s, (base + 0.03) * s), (0.14 * s, (base + 0.03) * s)],
            fill=blend(blend(p.deep, (0, 0, 0), 0.45), p.deep, base),
        )
        c.draw.line(points, blend(p.pale, p.one, i / rows * 0.7), 5)


def rings(c: Canvas) -> None:
    """Circles within circles, cut and turned against each other."""
    p = c.colours
    c.gradient(p.pale, blend(p.pale, p.one, 0.2))
    x, y = c.rng.uniform(0.4, 0.6), c.rng.uniform(0.38, 0.46)
    colours = [p.deep, p.one, p.two, p.three, p.pale]
    s = c.size
    radius = 0.36
    turn = c.rng.uniform(0, 360)
    step = c.rng.uniform(0.022, 0.032)
    i = 0
    while radius > 0.03:
        box = [(x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s]
        first = colours[i % len(colours)]
        second = colours[(i + 2) % len(colours)]
        c.draw.pieslice(box, turn, turn + 180, fill=first)
        c.draw.pieslice(box, turn + 180, turn + 360, fill=second)
        turn += c.rng.choice((0, 30, 45, 90))
        radius -= step * c.rng.uniform(0.7, 1.8)
        i += 1
    c.circle(x, y, 0.02, p.pale)


def tiles(c: Canvas) -> None:
    """A Bauhaus pattern of quarter circles."""
    p = c.colours
    c._replace(Image.new("RGB", (c.size, c.size), p.pale))
    count = c.rng.choice((4, 5, 6))
    s = c.size / count
    colours = (p.deep, p.one, p.two, p.three)
    rows = int(count * 0.76)
    for row in range(rows):
        for column in range(count):
            x, y = column * s, row * s
            ground, front = c.rng.sample(colours, 2)
            if c.rng.random() < 0.25:
                ground = p.pale
            c.draw.rectangle([x, y, x + s, y + s], fill=ground)
            kind = c.rng.randrange(5)
            if kind < 2:
                a, b = c.rng.choice(((0, 0), (1, 0), (0, 1), (1, 1)))
                box = [x + (a - 1) * s, y + (b - 1) * s, x + (a + 1) * s, y + (b + 1) * s]
                quarter = {(0, 0): 0, (1, 0): 90, (1, 1): 180, (0, 1): 270}[(a, b)]
                c.draw.pieslice(box, quarter, quarter + 90, fill=front)
                if kind == 1:
                    inner = [box[0] + s / 2, box[1] + s / 2, box[2] - s / 2, box[3] - s / 2]
                    c.draw.pieslice(inner, quarter, quarter + 90, fill=p.pale)
            elif kind == 2:
                c.draw.ellipse([x + s * 0.12, y + s * 0.12, x + s * 0.88, y + s * 0.88], fill=front)
            elif kind == 3:
                c.draw.polygon([(x, y), (x + s, y), (x, y + s)], fill=front)
            else:
                for i in range(4):
                    c.draw.rectangle(
                        [x, y + s * (i / 4), x + s, y + s * (i / 4 + 0.125)], fill=front
                    )
    if rows < count:
        c.draw.rectangle([0, rows * s, c.size, c.size], fill=p.deep)


def bands(c: Canvas) -> None:
    """Broad stripes that bend through the square."""
    p = c.colours
    c._replace(Image.new("RGB", (c.size, c.size), blend(p.pale, p.deep, 0.04)))
    s = c.size
    stripes = [p.deep, p.one, p.two, p.three, blend(p.one, p.pale, 0.45)]
    corner = c.rng.choice(((0.0, 0.75), (1.0, 0.75), (0.5, 0.95)))
    radius = 1.02 if corner[0] != 0.5 else 0.78
    width = 0.085
    for i in range(9):
        colour = stripes[i % len(stripes)] if i % 6 != 5 else p.pale
        c.circle(corner[0], corner[1], radius - i * width, colour)
    c.circle(corner[0], corner[1], radius - 9 * width, blend(p.pale, p.deep, 0.04))
    c.draw.rectangle([0, 0.76 * s, s, s], fill=p.deep)


def moon(c: Canvas) -> None:
    """A framed view: a moon over water, and its light on it."""
    p = c.colours
    c._replace(Image.new("RGB", (c.size, c.size), blend(p.pale, (255, 255, 255), 0.25)))
    s = c.size
    left, top, right, bottom = 0.12, 0.1, 0.88, 0.72
    view = Canvas(s, p, c.rng, c.noise)
    view.gradient(blend(p.deep, p.three, 0.15), blend(p.one, p.pale, 0.2), 1.4)
    x, y, radius = c.rng.uniform(0.35, 0.65), c.rng.uniform(0.28, 0.36), c.rng.uniform(0.07, 0.12)
    view.glow(x, y, radius * 3.2, p.pale, 0.55)
    view.circle(x, y, radius, blend(p.pale, p.two, 0.12))
    level = 0.52
    view.draw.rectangle([0, level * s, s, s], fill=blend(p.deep, p.one, 0.25))
    for i in range(44):
        depth = (i / 44) ** 1.3
        at = level + 0.005 + depth * 0.25
        half = radius * (0.55 + 0.8 * depth) * c.rng.uniform(0.35, 1.0)
        shift = c.rng.gauss(0, 0.012)
        view.draw.line(
            [((x + shift - half) * s, at * s), ((x + shift + half) * s, at * s)],
            blend(p.pale, p.two, 0.2 + 0.5 * depth),
            max(2, int(5 * (1 - depth) + 2)),
        )
    line = view.wave(5) * 0.025
    xs = np.linspace(0, 1, len(line))
    hills = [(float(a), float(level - 0.02 - abs(b))) for a, b in zip(xs, line, strict=True)]
    view.polygon([*hills, (1.0, level), (0.0, level)], blend(p.deep, p.three, 0.2))
    box = (int(left * s), int(top * s), int(right * s), int(bottom * s))
    c.picture.paste(view.picture.crop(box), box[:2])
    c.draw = ImageDraw.Draw(c.picture)


_ALL = (sun, grid, aura, shards, dunes, ridges, rings, tiles, bands, moon)
SCENES: dict[str, Callable[[Canvas], None]] = {scene.__name__: scene for scene in _ALL}
