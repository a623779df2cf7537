"""Textual's driver for terminals, with what it lacks: lost terminals, odd bytes, pastes, Alt."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from suno_tui.tui.terminal.ascii_fallback import fitted, plain_encoding
from suno_tui.tui.terminal.bracketed_paste import PasteParser
from suno_tui.tui.terminal.cell_diff.first_frame import UP, FirstFrame
from suno_tui.tui.terminal.images.asking import AnswerParser

if TYPE_CHECKING:
    from textual.app import App

_ALT_KEY = re.compile("\x1b([0-9A-NQ-Za-z]|P(?![0-9>$+]))")
"""Alt with a letter or digit as a terminal without extras sends it: Esc and the character at once.

`Esc O` begins function keys, `Esc P` and a figure or sign what a terminal answers.
"""

_PAUSE = 0.1
"""Seconds after which an Esc that nothing follows is the key itself, and the end is looked for."""


_GIVE_BACK = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l"
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[m"
)
"""Ends all that Textual begins in a terminal: its modes, the mouse, the keyboard, the screen."""


class LostTerminal:
    """A terminal's file that may go away: what can't be written any more is dropped.

    One that knows no Unicode gets what looks alike.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.encoding = plain_encoding(file.encoding)

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._file.write(text if self.encoding is None else fitted(text, self.encoding))

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return True


class TerminalDriver(LinuxDriver):
    """Ends the app where the terminal is gone, and reads what old terminals send."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        # A thread that died of a broken terminal would leave the loop waiting for it.
        self._terminal = LostTerminal(self._file)  # type: ignore[arg-type]
        self._file = self._terminal  # type: ignore[assignment]
        self._answers = AnswerParser()
        self._told = False
        self._curtain: FirstFrame = getattr(app, "curtain", FirstFrame())
        self._gathered: list[str] | None = None
        self._taken = False

    def start_application_mode(self) -> None:
        self._taken = True
        try:
            with self._in_one_piece():
                super().start_application_mode()  # type: ignore[no-untyped-call]
                if self._curtain.up:
                    self.attrs_before = self._curtain.lift()
                self.ask()
        except BaseException:
            self.give_back()  # Textual would leave what was done until then
            raise

    def write(self, data: str) -> None:
        if self._curtain.up and data == UP:
            return
        if self._gathered is not None:
            self._gathered.append(data)
        else:
            super().write(data)

    @contextlib.contextmanager
    def _in_one_piece(self) -> Iterator[None]:
        """Write what is written meanwhile at once.

        The thread that writes has to get hold of the interpreter for each piece, in a start that
        leaves it none: twenty of them kept the first picture waiting until the start was over.
        """
        self._gathered = []
        try:
            yield
        finally:
            data, self._gathered = "".join(self._gathered), None
            if data:
                self.write(data)

    def ask(self) -> None:
        """Ask the terminal what the app wants to know of it, once."""
        questions = getattr(self._app, "questions", "")
        if questions and not self._answers.asked:
            self._answers.asked = True
            self.write(questions)
            self.flush()

    def run_input_thread(self) -> None:
        """Read keys until the app ends, or the terminal does."""
        try:
            self._read_keys()
        except Exception as error:
            # Textual would print its own report.
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def _read_keys(self) -> None:
        parser, pastes = XTermParser(), PasteParser()
        letters = self._terminal.encoding
        # Where nothing but ASCII is known of, UTF-8 is what is sent all the same.
        encoding = letters if letters not in (None, "ascii") else "utf-8"
        decode = getincrementaldecoder(encoding)("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_PAUSE):
                    try:
                        data = os.read(self.fileno, 4096)
                    except BlockingIOError:
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        self._loop.call_soon_threadsafe(self._app.exit, None, 129)
                        return
                    typed = self._answers.feed(decode(data), time.monotonic())
                else:
                    typed = self._answers.settle(time.monotonic())
                self._tell_answers()
                try:
                    now = time.monotonic()
                    for part in pastes.feed(typed, now) if typed else pastes.settle(now):
                        for event in self._messages(parser, part):
                            self.process_message(event)
                except Exception:
                    # Bytes that the parser can't take, such as X10 mouse reports of a terminal
                    # that was re-attached, are no reason to end.
                    parser = XTermParser()
                for event in parser.tick():
                    self.process_message(event)

    def _tell_answers(self) -> None:
        """Tell the app, once, what the terminal has said of itself."""
        hear = getattr(self._app, "hear", None)
        if self._answers.heard is not None and hear is not None and not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(hear, self._answers.heard)

    def stop_application_mode(self) -> None:
        # Textual turns it on where a terminal offers it, and leaves it on.
        self.write("\x1b[?1016l")
        super().stop_application_mode()
        self._taken = False

    def give_back(self) -> None:
        """Restore the terminal if it is still taken; whatever fails on the way, the rest is done.

        Writes past Textual's thread, which may have ended.
        """
        if not self._taken:
            return
        self._taken = False
        self.exit_event.set()
        before = self._curtain.lift() or self.attrs_before
        if before is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self.fileno, termios.TCSANOW, before)
        with contextlib.suppress(Exception):
            self.close()
        self._terminal.write(_GIVE_BACK)
        self._terminal.flush()

    def _messages(self, parser: XTermParser, text: str | events.Paste) -> Iterator[Message]:
        if isinstance(text, events.Paste):
            yield text
            return
        # The parser would wait for more after the letter, and make `^`, the letter and all that was
        # typed with it of what came in one piece, as it does while the studio starts.
        start = 0
        for key in _ALT_KEY.finditer(text):
            if before := text[start : key.start()]:
                yield from parser.feed(before)
            yield alt_key(key[1])
            start = key.end()
        if rest := text[start:]:
            yield from parser.feed(rest)


def alt_key(character: str) -> events.Key:
    """The key event of Alt with a letter or a digit."""
    name = f"shift+{character.lower()}" if character.isupper() else character
    return events.Key(f"alt+{name}", character)
