"""A terminal in memory, and a driver that writes to it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pyte
from pyte import graphics
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size

MORE = {2: "+dim", 21: "+double", 53: "+overline", 22: "-dim", 24: "-double", 55: "-overline"}
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x07\x1b]*)(?:\x07|\x1b\\)")
CONTROL = re.compile(r"\x1b\[[<=>][\d;]*u|\x1b\[\?[\d;]*\$p")  # Pyte shows these as text.


class Char(NamedTuple):
    """Pyte's cell with the attributes and the link that pyte leaves out."""

    data: str
    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    italics: bool = False
    underscore: bool = False
    strikethrough: bool = False
    reverse: bool = False
    blink: bool = False
    dim: bool = False
    double: bool = False
    overline: bool = False
    link: str = ""


# Pyte's types fix the type of a cell; here it has more fields.
PyteScreen: Any = pyte.Screen


class Terminal(PyteScreen):  # type: ignore[misc]
    """Counts the bytes that it is sent, and erases in the background colour, as terminals do."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        self._stream = pyte.Stream(self)
        self.received: list[str] = []
        self.reset_mode(7, private=True)  # Textual turns line wrapping off.

    @property
    def default_char(self) -> Char:
        return Char(" ", reverse=pyte.modes.DECSCNM in self.mode)

    def reset(self) -> None:
        super().reset()
        self.cursor.attrs = self.default_char

    def feed(self, data: str) -> None:
        self.received.append(data)
        rest = CONTROL.sub("", data)
        for i, part in enumerate(LINK.split(rest)):
            if i % 2:
                self.cursor.attrs = self.cursor.attrs._replace(link=part)
            else:
                self._stream.feed(part)

    def select_graphic_rendition(self, *codes: int, private: bool = False) -> None:
        link = self.cursor.attrs.link
        plain = {code: MORE[code] for code in _attributes(codes) if code in MORE}
        super().select_graphic_rendition(*codes)
        if not codes or 0 in _attributes(codes):
            self.cursor.attrs = self.cursor.attrs._replace(dim=False, double=False, overline=False)
        for change in plain.values():
            self.cursor.attrs = self.cursor.attrs._replace(**{change[1:]: change[0] == "+"})
        self.cursor.attrs = self.cursor.attrs._replace(link=link)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        with _Erasing(self):
            super().erase_in_line(how, private)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        assert how == 2
        for y in range(self.lines):
            for x in range(self.columns):
                self.buffer[y][x] = Char(" ", bg=self.cursor.attrs.bg)

    def erase_characters(self, count: int | None = None) -> None:
        with _Erasing(self):
            super().erase_characters(count)

    def cells(self) -> list[list[Char]]:
        """What can be seen: halves of wide characters that were cut are blank, and spaces show only
        what a space shows.
        """
        rows = []
        for y in range(self.lines):
            line = self.buffer[y]
            row = [line[x] for x in range(self.columns)]
            for x, char in enumerate(row):
                follows = x > 0 and _wide(line[x - 1].data)
                cut = _wide(char.data) and (x + 1 == len(row) or line[x + 1].data != "")
                if cut or (char.data == "" and not follows):
                    row[x] = char._replace(data=" ")
                elif char.data == "":
                    row[x] = Char("")
            rows.append([_seen(char) for char in row])
        return rows

    def text(self) -> str:
        return "\n".join("".join(char.data for char in row).rstrip() for row in self.cells())


class _Erasing:
    """Return an erased cell, which keeps only the background of the pen."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen
        self._attrs = screen.cursor.attrs

    def __enter__(self) -> None:
        self._screen.cursor.attrs = Char(" ", bg=self._attrs.bg)

    def __exit__(self, *_: object) -> None:
        self._screen.cursor.attrs = self._attrs


def _attributes(codes: tuple[int, ...]) -> list[int]:
    """Return the codes without the parameters of colours."""
    kept, rest = [], list(codes)
    while rest:
        code = rest.pop(0)
        if code in (graphics.FG_256, graphics.BG_256):
            del rest[: 4 if rest[0] == 2 else 2]
        else:
            kept.append(code)
    return kept


def _wide(data: str) -> bool:
    return bool(data) and bool(pyte.screens.wcwidth(data[0]) == 2)


def _seen(char: Char) -> Char:
    if char.data != " " or char.underscore or char.double or char.reverse:
        return char
    if char.strikethrough or char.overline:
        return char
    return Char(" ", bg=char.bg, link=char.link)


class TerminalDriver(HeadlessDriver):
    """Textual's headless driver, which here writes and can be suspended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self._size is not None
        self.terminal = Terminal(*self._size)
        self.on = False

    @property
    def is_headless(self) -> bool:
        return False

    @property
    def can_suspend(self) -> bool:
        return True

    def write(self, data: str) -> None:
        assert self.on, "written while another program has the terminal"
        self.terminal.feed(data)

    def start_application_mode(self) -> None:
        self.on = True
        self.terminal.erase_in_display(2)  # The alternate screen starts empty.
        super().start_application_mode()

    def stop_application_mode(self) -> None:
        self.on = False

    def resize(self, width: int, height: int) -> None:
        """Resize the window."""
        self._size = (width, height)
        self.terminal.resize(height, width)
        self._send_size_event()

    def _send_size_event(self) -> None:
        size = Size(*self._get_terminal_size())
        self.send_message(events.Resize(size, size))
