"""A statistical voice (.htsvoice): five states a phone, each a Gaussian of mel-cepstra.

Decision trees select the Gaussian by the phone's neighbours and its place in the line. The format
is that of hts_engine 1.0; Debian's festvox-us-slt-hts has one of 1.6 MB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from suno_tui.engine import optional_files
from suno_tui.engine.voice.voicefile import CONSEQUENCE, check

Values = NDArray[np.float32]
Window = dict[int, float]
"""Weights of the frames before, at and after one: a delta."""

STEP = 0.005
"""Seconds between frames; voices with another step are refused."""
_MOST_STATES, _MOST_ORDER, _MOST_WINDOWS = 10, 128, 3
_WEIGHTS = (0.01, 100.0)
"""The limits of a window's weights: with others the equations have no finite solution."""
_RATES = (8000, 96_000)


class Tree:
    """A decision tree over labels. Raises ValueError for invalid text."""

    def __init__(self, text: str, questions: dict[str, re.Pattern[str]]) -> None:
        rows = re.findall(r"^\s*(-?\d+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$", text, re.M)
        places = {name: i for i, (name, *_) in enumerate(rows)}
        self.leaves: list[int] = []

        def where(word: str) -> int:
            """Return a node's index, or the complement of a leaf's number."""
            if word in places:
                return places[word]
            if (leaf := re.fullmatch(r'"?[^"\s]*_(\d{1,9})"?', word)) is None:
                raise ValueError(f"a tree leads to {word[:20]}, which is nowhere")
            self.leaves.append(int(leaf[1]) - 1)
            return -int(leaf[1])

        if not rows:
            where(text.strip())
        try:
            self._nodes = [(questions[q], where(no), where(yes)) for _, q, no, yes in rows]
        except KeyError as error:
            raise ValueError(f"a tree asks the unknown question {str(error)[:40]}") from error

    def leaf(self, label: str) -> int:
        """Return the number of the Gaussian for a label, from 0."""
        at = 0 if self._nodes else -1 - self.leaves[0]
        for _ in range(len(self._nodes)):
            if at < 0:
                break
            question, no, yes = self._nodes[at]
            at = yes if question.match(label) else no
        if at >= 0:
            raise ValueError("a tree has no end")
        return -at - 1


@dataclass(frozen=True, eq=False)
class Phone:
    """The model of a phone, with one row for each state.

    frames: duration. mean, variance: [state, window, order] of the mel-cepstra.
    """

    frames: Values
    mean: Values
    variance: Values


class HtsVoice:
    """A voice, read whole. Raises OSError, and ValueError for a file that can't be understood.

    rate: Hz. alpha: of the mel scale. order: cepstra a frame. spread: their usual deviation within
    a line. hertz: the speaker's usual pitch.
    """

    def __init__(self, path: Path) -> None:
        check(path)
        raw = path.read_bytes()
        cut = raw.index(b"\n[DATA]") + len(b"\n[DATA]\n")
        head = raw[:cut].decode("latin-1")
        values = dict(re.findall(r"^([A-Z_]+(?:\[\w+\])?):(.*?)\r?$", head, re.M))

        def number(name: str, low: int, high: int) -> int:
            text = values.get(name, "")
            if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
                raise ValueError(f"its {name} is {text[:20] or 'missing'}")
            return int(text)

        def part(name: str, most: int = 1) -> list[bytes]:
            spans = re.findall(r"(\d{1,9})-(\d{1,9})", values.get(name, ""))
            if not 0 < len(spans) <= most:
                raise ValueError(f"its {name} is {'damaged' if spans else 'missing'}")
            return [raw[cut + int(a) : cut + int(b) + 1] for a, b in spans]

        self.rate = number("SAMPLING_FREQUENCY", *_RATES)
        self.states = number("NUM_STATES", 1, _MOST_STATES)
        stream = values.get("STREAM_TYPE", "").split(",")[0]
        self.order = number(f"VECTOR_LENGTH[{stream}]", 2, _MOST_ORDER)
        if number("FRAME_PERIOD", 1, 9999) != round(self.rate * STEP):
            raise ValueError("its frames don't last 5 ms")
        options = dict(re.findall(r"(\w+)=([\d.]+)", values.get(f"OPTION[{stream}]", "")))
        try:
            self.alpha, gamma = float(options["ALPHA"]), float(options.get("GAMMA", 0))
        except (KeyError, ValueError):
            raise ValueError(f"its OPTION[{stream}] is damaged") from None
        if not 0 <= self.alpha < 1 or gamma:
            raise ValueError("its spectra are of another kind")
        self.windows = [_window(text) for text in part(f"STREAM_WIN[{stream}]", _MOST_WINDOWS)]
        width = self.order * len(self.windows)
        self._lengths = _gaussians(part("DURATION_PDF")[0], 1, self.states * 2)
        self._shapes = _gaussians(part(f"STREAM_PDF[{stream}]")[0], self.states, width * 2)
        self._length_trees = _trees(part("DURATION_TREE")[0], self._lengths)
        self._shape_trees = _trees(part(f"STREAM_TREE[{stream}]")[0], self._shapes)
        spread = _gaussians(part(f"GV_PDF[{stream}]")[0], 1, self.order * 2)[0][0]
        self.spread = np.sqrt(np.abs(spread[: self.order]))
        pitches = _gaussians(part("STREAM_PDF[LF0]")[0], self.states, 7, weight=True)[0]
        voiced = pitches[pitches[:, 6] > 0.5, 0]
        self.hertz = float(np.exp(np.median(voiced))) if len(voiced) else 0.0
        if not 60 < self.hertz < 400:
            raise ValueError("its pitch is no speaker's")
        if self.windows[0].keys() != {0}:
            raise ValueError("its first window is not that of the values themselves")

    @lru_cache(maxsize=1024)  # noqa: B019 - a process has one or two voices, and keeps them
    def phone(self, label: str) -> Phone:
        """Return the model of the phone that a full-context label names."""
        lengths = self._lengths[0][self._length_trees[0].leaf(label)]
        rows = np.array(
            [
                table[tree.leaf(label)]
                for table, tree in zip(self._shapes, self._shape_trees, strict=True)
            ]
        ).reshape(self.states, 2, len(self.windows), self.order)
        return Phone(lengths[: self.states], rows[:, 0], rows[:, 1])


def _window(text: bytes) -> Window:
    """Return the weights of a window of one or three frames, from its count and weights."""
    try:
        count, *weights = map(float, text.split())
    except ValueError:
        raise ValueError("its windows are damaged") from None
    window = {i - len(weights) // 2: w for i, w in enumerate(weights) if w}
    usual = all(_WEIGHTS[0] <= abs(w) <= _WEIGHTS[1] for w in window.values())
    if count not in (1, 3) or len(weights) != count or not window or not usual:
        raise ValueError("its windows are of another kind")
    return window


def _gaussians(raw: bytes, trees: int, width: int, *, weight: bool = False) -> list[Values]:
    """Return a table for each tree; each row is a Gaussian, its means and then its variances.

    weight: each has a last value, which is how often a frame is voiced.
    """
    counts = np.frombuffer(raw[: len(raw) // 4 * 4][: 4 * trees], "<u4")
    sizes = counts.astype(np.int64) * width
    if len(counts) < trees or not (counts > 0).all() or len(raw) != 4 * (trees + sizes.sum()):
        raise ValueError("its Gaussians are cut short")
    values = np.frombuffer(raw[4 * trees :], "<f4")
    out = [
        values[end - size : end].reshape(-1, width)
        for size, end in zip(sizes, np.cumsum(sizes), strict=True)
    ]
    half = width // 2
    for table in out:
        variances = table[:, half : 2 * half]
        if not (np.abs(table) < 1e6).all() or (not weight and not (variances > 1e-12).all()):
            raise ValueError("its Gaussians are no numbers")
    return out


def _trees(raw: bytes, tables: list[Values]) -> list[Tree]:
    """Return the trees, each of which chooses among the rows of its table."""
    text = raw.decode("latin-1")
    questions = {
        name: re.compile("|".join(map(_pattern, re.findall(r'"([^"\n]*)"', patterns))))
        for name, patterns in re.findall(r"^QS[ \t]+(\S+)[ \t]+\{([^}\n]*)\}", text, re.M)
    }
    blocks = re.findall(r"^\{[^}\n]*\}\[\d+\]\S*\s*(?:\{([^}]*)\}|(\S+))", text, re.M)
    trees = [Tree(block or leaf, questions) for block, leaf in blocks]
    if len(trees) != len(tables):
        raise ValueError("it has too few trees")
    for tree, table in zip(trees, tables, strict=True):
        if not all(0 <= leaf < len(table) for leaf in tree.leaves):
            raise ValueError("a tree leads to a Gaussian that is not there")
    return trees


def _pattern(text: str) -> str:
    """Return the regular expression of a pattern with the wildcards * and ?."""
    return f"(?:{translate(text.replace('[', '[[]'))})"


@lru_cache(maxsize=2)
def opened(path: Path) -> HtsVoice | None:
    """Return a voice; None if its file can't be read."""
    try:
        return HtsVoice(path)
    except (OSError, ValueError):
        return None


def trouble(path: Path) -> str | None:
    """Return why a file can't sing, and the consequence; None if it can."""
    return optional_files.trouble(path, lambda: HtsVoice(path), CONSEQUENCE)
