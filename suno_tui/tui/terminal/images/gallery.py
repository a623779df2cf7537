"""The pictures that the terminal knows, and how this one is told of them."""

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

from suno_tui.tui.terminal.images.asking import TerminalAnswers
from suno_tui.tui.terminal.images.cells import NUMBERS, Piece, Spot, pieces
from suno_tui.tui.terminal.images.half_blocks import read_picture
from suno_tui.tui.terminal.images.sixel import COLOURS, encode
from suno_tui.tui.terminal.notify import wrap

if TYPE_CHECKING:
    from PIL.Image import Image

Way = Literal["kitty", "sixel", "blocks", "off"]
Wish = Literal["auto", "kitty", "sixel", "blocks", "off"]

_PLACEHOLDERS_SINCE = 0, 28
"""The version of kitty that came with placeholders; older ones answer the same question, and show
signs of no font (seen in 0.26, which Debian 12 has)."""
MOST_PIXELS = 400
"""Of a side: enough for a cover, and little enough for a line."""
_CHUNK = 4096


def choose(wish: Wish, heard: TerminalAnswers | None, env: Mapping[str, str]) -> Way:
    """How pictures are shown by the user's wish and what the terminal said (None: nothing yet)."""
    if wish in ("off", "blocks"):
        return wish
    if heard is None:
        return "blocks"
    if "TMUX" in env:
        # Its outer terminal can't be asked; who names kitty knows it, and tmux must let it pass.
        if wish == "kitty":
            return "kitty" if tmux_passes() else "blocks"
    elif heard.kitty:
        placeholders = _has_placeholders(heard.name)
        if placeholders or (placeholders is None and wish == "kitty"):
            return "kitty"
    can = heard.sixel or wish == "sixel"
    return "sixel" if wish != "kitty" and can and heard.cell is not None else "blocks"


def _has_placeholders(name: str) -> bool | None:
    """Whether a terminal of this name and version has kitty's placeholders; None: not known."""
    if found := re.match(r"kitty\((\d+)\.(\d+)", name):
        return (int(found[1]), int(found[2])) >= _PLACEHOLDERS_SINCE
    return True if name.lower().startswith("ghostty") else None


def tmux_passes() -> bool:
    """Whether tmux hands sequences on that it doesn't understand."""
    command = ["tmux", "show-options", "-Apv", "allow-passthrough"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() in ("on", "all")


class Gallery:
    """Pictures by their numbers. `load` may be called from any thread."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.way: Way = "blocks"
        self.cell = (10, 20)
        """The size of a cell in pixels."""
        self._env = env
        self._loading = Lock()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._sent: set[int] = set()
        self._pictures: dict[int, tuple[Image, int, int, str]] = {}
        """With their columns and rows, and what shows all of it."""

    def use(self, way: Way, heard: TerminalAnswers | None) -> None:
        """Show pictures that way from now on."""
        self.way = way
        if heard is not None and heard.cell is not None:
            self.cell = heard.cell

    def load(self, path: Path, columns: int, rows: int) -> int | None:
        """Get a picture ready for so many cells; its number, None where there is no picture."""
        with self._loading:
            return self._load(path, columns, rows)

    def _load(self, path: Path, columns: int, rows: int) -> int | None:
        try:
            facts = path.stat()
        except OSError:
            return None
        key = (path, facts.st_mtime_ns, facts.st_size, columns, rows, self.way, self.cell)
        if key in self._numbers:
            return self._numbers[key]
        width, height = columns * self.cell[0], rows * self.cell[1]
        if self.way == "sixel":
            # Bands are six pixels high: nothing may reach into the row below.
            size = width, max(6, height // 6 * 6)
        else:
            share = min(1.0, MOST_PIXELS / max(width, height))
            size = max(1, round(width * share)), max(1, round(height * share))
        picture = read_picture(path, size)
        if picture is None:
            return None
        picture = picture.quantize(COLOURS if self.way == "sixel" else 128)
        number = self._free()
        shown = (
            encode(picture) if self.way == "sixel" else _transmit(picture, number, columns, rows)
        )
        self._pictures[number] = picture, columns, rows, shown
        self._numbers[key] = number
        return number

    def introduce(self, number: int) -> str:
        """What tells the terminal of a picture before its cells are shown; once each."""
        if self.way != "kitty" or number in self._sent:
            return ""
        self._sent.add(number)
        return "".join(wrap(part, self._env) for part in self._pictures[number][3].split("\0"))

    def paint(self, spots: Iterable[Spot]) -> list[tuple[int, int, str]]:
        """What paints these cells: columns and rows of the screen, and what to send there."""
        return [(piece.x, piece.y, self._piece(piece)) for piece in pieces(spots)]

    def forget(self) -> None:
        """The terminal may be another one: tell it anew."""
        self._sent.clear()

    def leave(self) -> str:
        """What makes the terminal forget the pictures, at the end."""
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
        """A number that no picture has; the oldest picture gives its own where none is left."""
        for number in NUMBERS:
            if number not in self._pictures:
                return number
        key, number = next(iter(self._numbers.items()))
        del self._numbers[key]
        self._sent.discard(number)
        return number


def _transmit(picture: Image, number: int, columns: int, rows: int) -> str:
    """What gives kitty a picture for placeholders of that size; parts are set apart by NUL."""
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
    """The size of a cell in pixels as the system knows it; None where it doesn't."""
    try:
        asked = fcntl.ioctl(sys.__stdin__.fileno(), termios.TIOCGWINSZ, b"\0" * 8)  # type: ignore[union-attr]
    except (OSError, AttributeError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", asked)
    return (width // columns, height // rows) if rows and columns and width and height else None
