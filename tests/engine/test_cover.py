"""Covers: every composition in every light, lettered in what scripts there are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from suno_tui.engine.cover import SIZE, draw
from suno_tui.engine.cover.palettes import palette
from suno_tui.engine.cover.scenes import SCENES
from suno_tui.engine.rng import stream


def pixels(jpeg: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize("scene", SCENES)
def test_a_composition_fills_the_square_with_more_than_one_colour(scene: str) -> None:
    picture = pixels(draw(3, scene, "neon", "Neon Rain", "pop"))
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.mean(axis=2).std() > 12
    assert draw(3, scene, "neon", "Neon Rain", "pop") == draw(3, scene, "neon", "Neon Rain", "pop")
    assert draw(4, scene, "neon", "Neon Rain", "pop") != draw(3, scene, "neon", "Neon Rain", "pop")


def test_there_are_at_least_five_compositions() -> None:
    assert len(SCENES) >= 5


@pytest.mark.parametrize("title", ["Summer Nights", "Ночь", "ÀÉÎ", "a" * 80, "word " * 16])
def test_a_title_is_written_on_the_lower_third(title: str) -> None:
    bare = pixels(draw(5, "dunes", "mist", "", ""))
    lettered = pixels(draw(5, "dunes", "mist", title, ""))
    change = np.abs(bare - lettered).mean(axis=(1, 2))
    assert change[: SIZE // 2].max() < 3
    assert change[SIZE // 2 :].max() > 5


@pytest.mark.parametrize(
    "title", ["", "\x1b[31m\x00", "😀😀", "\u202e", "\U0001f9ff" * 40, "夏の夜", "ﷺ"]
)
def test_a_title_that_no_font_has_is_left_out(title: str) -> None:
    assert pixels(draw(5, "rings", "warm", title, "pop")).shape == (SIZE, SIZE, 3)


def test_a_title_is_set_without_the_pictures_in_it() -> None:
    plain = draw(5, "dunes", "mist", "Vibes", "")
    assert draw(5, "dunes", "mist", "🌊🔥 Vibes 🎶", "") == plain


def test_a_long_title_is_cut_between_words() -> None:
    text = "The Extraordinarily Long Title of a Song That Will Not End Before Eighty"
    cut = "The Extraordinarily Long Title of a Song That Will Not End…"
    assert draw(5, "dunes", "mist", text, "") == draw(5, "dunes", "mist", cut, "")


@pytest.mark.parametrize("light", ["bright", "dusk", "ember", "neon", "warm", "night", "mist", "?"])
def test_a_light_has_five_colours(light: str) -> None:
    colours = palette(light, stream(1))
    five = {colours.deep, colours.pale, colours.one, colours.two, colours.three}
    assert len(five) == 5
