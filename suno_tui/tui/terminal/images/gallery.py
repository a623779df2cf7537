"""The pictures that were sent to the terminal, and how they are sent."""

from __future__ import annotations

import base64
import fcntl
import io
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

from suno_tui.tui.terminal.images.capabilities import TerminalAnswers
from suno_tui.tui.terminal.images.cells import NUMBERS, Piece, Spot, pieces
from suno_tui.tui.terminal.images.half_blocks import PixelReader, read_picture
from suno_tui.tui.terminal.images.sixel import COLOURS, encode
from suno_tui.tui.terminal.notify import wrap

if TYPE_CHECKING:
    from PIL.Image import Image

Mode = Literal["kitty", "sixel", "blocks", "off"]
Setting = Literal["auto", "kitty", "sixel", "blocks", "off"]

_PLACEHOLDERS_SINCE = 0, 28
"""The first version of kitty with placeholders. Older ones (Debian 12 has 0.26) answer the same
question, but show missing characters."""
MOST_PIXELS = 400
"""Longest side: enough for a cover, and few enough bytes for a slow connection."""
_CHUNK = 4096


def choose(setting: Setting, answers: TerminalAnswers | None, env: Mapping[str, str]) -> Mode:
    """Return how to show pictures, by the setting and the terminal's answers (None: none yet)."""
    if setting in ("off", "blocks"):
        return setting
    if answers is None:
        return "blocks"
    if "TMUX" in env:
        # The outer terminal can't be asked: only the user's own choice of kitty counts.
        if setting == "kitty":
            return "kitty" if tmux_passes() else "blocks"
    elif answers.kitty:
        placeholders = _has_placeholders(answers.name)
        if placeholders or (placeholders is None and setting == "kitty"):
            return "kitty"
    can = answers.sixel or setting == "sixel"
    return "sixel" if setting != "kitty" and can and answers.cell is not None else "blocks"


def _has_placeholders(name: str) -> bool | None:
    """Return whether this terminal has kitty's placeholders; None if that is not known."""
    if found := re.match(r"kitty\((\d+)\.(\d+)", name):
        return (int(found[1]), int(found[2])) >= _PLACEHOLDERS_SINCE
    return True if name.lower().startswith("ghostty") else None


def tmux_passes() -> bool:
    """Return whether tmux passes unknown sequences on. Runs tmux: up to 2 s."""
    command = ["tmux", "show-options", "-Apv", "allow-passthrough"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() in ("on", "all")


class Gallery:
    """Pictures by their numbers. `load` may be called from any thread."""

    def __init__(self, env: Mapping[str, str], read: PixelReader) -> None:
        self.read = read
        self.mode: Mode = "blocks"
        self.cell = (10, 20)
        """The size of a cell in pixels."""
        self._env = env
        self._loading = Lock()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._sent: set[int] = set()
        self._pictures: dict[int, tuple[Image, int, int, str]] = {}
        """(picture, columns, rows, sequence that shows all of it) by number."""

    def use(self, mode: Mode, answers: TerminalAnswers | None) -> None:
        """Show pictures in this mode from now on."""
        self.mode = mode
        if answers is not None and answers.cell is not None:
            self.cell = answers.cell

    def load(self, path: Path, columns: int, rows: int) -> int | None:
        """Prepare a picture for that many cells; return its number, None if it can't be read."""
        with self._loading:
            return self._load(path, columns, rows)

    def _load(self, path: Path, columns: int, rows: int) -> int | None:
        try:
            facts = path.stat()
        except OSError:
            return None
        key = (path, facts.st_mtime_ns, facts.st_size, columns, rows, self.mode, self.cell)
        if key in self._numbers:
            return self._numbers[key]
        width, height = columns * self.cell[0], rows * self.cell[1]
        if self.mode == "sixel":
            # Sixel bands are six pixels high; the last one must not reach into the row below.
            size = width, max(6, height // 6 * 6)
        else:
            share = min(1.0, MOST_PIXELS / max(width, height))
            size = max(1, round(width * share)), max(1, round(height * share))
        picture = read_picture(self.read, path, size)
        if picture is None:
            return None
        picture = picture.quantize(COLOURS if self.mode == "sixel" else 128)
        number = self._free()
        shown = (
            encode(picture) if self.mode == "sixel" else _transmit(picture, number, columns, rows)
        )
        self._pictures[number] = picture, columns, rows, shown
        self._numbers[key] = number
        return number

    def introduce(self, number: int) -> str:
        """Return the sequence that sends a picture before its cells are shown; empty if sent."""
        if self.mode != "kitty" or number in self._sent:
            return ""
        self._sent.add(number)
        return "".join(wrap(part, self._env) for part in self._pictures[number][3].split("\0"))

    def paint(self, spots: Iterable[Spot]) -> list[tuple[int, int, str]]:
        """Return the sequences that paint these cells, as (column, row, sequence)."""
        return [(piece.x, piece.y, self._piece(piece)) for piece in pieces(spots)]

    def forget(self) -> None:
        """Send all pictures again when they are next shown: the terminal may be another one."""
        self._sent.clear()

    def leave(self) -> str:
        """Return the sequences that delete all pictures in the terminal."""
        sent, self._sent = self._sent, set()
        return "".join(wrap(f"\x1b_Ga=d,d=I,i={n},q=2\x1b\\", self._env) for n in sorted(sent))

    def _piece(self, piece: Piece) -> str:
        if piece.number not in self._pictures:
            return ""
        picture, columns, rows, whole = self._pictures[piece.number]
        if (piece.column, piece.row, piece.width, piece.height) == (0, 0, columns, rows):
            return whole
        wide, high = self.cell
        left, top = piece.column * wide, piece.row * high
        right = min(picture.width, left + piece.width * wide)
        bottom = min(picture.height, top + piece.height * high)
        return encode(picture.crop((left, top, right, bottom))) if bottom > top else ""

    def _free(self) -> int:
        """Return a free number; if there is none, that of the oldest picture."""
        for number in NUMBERS:
            if number not in self._pictures:
                return number
        key, number = next(iter(self._numbers.items()))
        del self._numbers[key]
        self._sent.discard(number)
        return number


def _transmit(picture: Image, number: int, columns: int, rows: int) -> str:
    """Return kitty's sequences for a picture of that many cells, separated by NUL."""
    data = io.BytesIO()
    picture.save(data, "PNG")
    text = base64.standard_b64encode(data.getvalue()).decode()
    chunks = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    head = f"a=T,U=1,q=2,f=100,i={number},c={columns},r={rows},"
    return "\0".join(
        f"\x1b_G{head if place == 0 else ''}m={int(place < len(chunks) - 1)};{chunk}\x1b\\"
        for place, chunk in enumerate(chunks)
    )


def cell_size() -> tuple[int, int] | None:
    """Return the size of a cell in pixels, as the kernel knows it; None if it doesn't."""
    try:
        asked = fcntl.ioctl(sys.__stdin__.fileno(), termios.TIOCGWINSZ, b"\0" * 8)  # type: ignore[union-attr]
    except (OSError, AttributeError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", asked)
    return (width // columns, height // rows) if rows and columns and width and height else None
