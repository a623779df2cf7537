"""Covers: a square JPEG with a picture and lettering from a plan."""

from __future__ import annotations

import io

from suno_tui.engine.cover.lettering import letter
from suno_tui.engine.cover.palettes import palette
from suno_tui.engine.cover.scenes import SCENES, Canvas
from suno_tui.engine.plan import Plan
from suno_tui.engine.rng import noise, stream

__all__ = ["SIZE", "cover", "draw"]

SIZE = 640
_FITTING = {
    "bright": ("tiles", "sun", "bands", "aura", "moon"),
    "neon": ("grid", "sun", "aura", "bands", "shards"),
    "night": ("ridges", "moon", "shards", "aura", "grid"),
    "dusk": ("aura", "dunes", "sun", "moon", "bands"),
    "ember": ("shards", "dunes", "ridges", "rings", "sun"),
    "warm": ("dunes", "tiles", "rings", "sun", "bands"),
    "mist": ("moon", "dunes", "rings", "aura", "ridges"),
}


def cover(plan: Plan) -> bytes:
    """Return a JPEG of SIZE pixels a side. The same plan gives the same picture."""
    rng = stream(plan.seed, "cover")
    scene = rng.choice(_FITTING.get(plan.scene, tuple(SCENES)))
    caption = plan.tags.split(",")[0].strip() or plan.style.name
    return draw(plan.seed, scene, plan.scene, plan.title, caption)


def draw(seed: int, scene: str, light: str, title: str, caption: str) -> bytes:
    """Return a cover by the names of its composition and of its mood (for the palette)."""
    rng = stream(seed, "cover", scene)
    colours = palette(light, rng)
    canvas = Canvas(SIZE * 2, colours, rng, noise(seed, "cover", scene))
    SCENES[scene](canvas)
    picture = canvas.finished(SIZE)
    letter(picture, colours, rng, title, caption)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88, optimize=True)
    return buffer.getvalue()
