"""Textual's terminal driver, extended for lost terminals, invalid bytes, pastes and Alt keys."""

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
from textual.keys import _character_to_key
from textual.message import Message

from suno_tui.common.notifications import WakingEvent
from suno_tui.tui.terminal.ascii_fallback import fitted, plain_encoding
from suno_tui.tui.terminal.bracketed_paste import PasteParser
from suno_tui.tui.terminal.cell_diff.first_frame import ALTERNATE_SCREEN, FirstFrame
from suno_tui.tui.terminal.images.capabilities import AnswerParser

if TYPE_CHECKING:
    from textual.app import App

_ALT_KEY = re.compile("\x1b([ -NQ-Z`-~\xa0-\U0010ffff]|P(?![0-9>$+]))")
"""Alt with a character, as plain terminals send it: Esc and the character at once.

`Esc [` and `Esc O` start keys; `Esc P` with a digit or `>$+` starts an answer of a terminal, and so
do those of `_ALT_ALONE`, unless nothing follows.
"""

_ALT_ALONE = {f"\x1b{character}" for character in "]^_\\"}

_PAUSE = 0.1
"""Seconds after which a lone Esc is the key itself."""
_SETTLED = 3.0
"""Seconds after the last input until no part of it is held back any more: all parsers have given up
waiting for the rest of an answer, a paste or a key."""


_GIVE_BACK = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l"
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[m"
)
"""Ends all modes that Textual starts: mouse, keyboard, paste, alternate screen."""


class ForgivingFile:
    """A terminal's file that drops what can't be written once the terminal is gone.

    A terminal without Unicode gets similar ASCII characters.
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
    """Ends the app if the terminal is gone, and reads what old terminals send."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.exit_event = self._leaving = WakingEvent()
        # If a broken terminal killed the writer thread, the loop would wait for it forever.
        self._terminal = ForgivingFile(self._file)  # type: ignore[arg-type]
        self._file = self._terminal  # type: ignore[assignment]
        self._answers = AnswerParser()
        self._passed_on = False
        self._first_frame: FirstFrame = getattr(app, "first_frame", FirstFrame())
        self._held_writes: list[str] | None = None
        self._is_active = False

    def start_application_mode(self) -> None:
        self._is_active = True
        try:
            with self._one_write():
                super().start_application_mode()  # type: ignore[no-untyped-call]
                if self._first_frame.is_shown:
                    self.attrs_before = self._first_frame.hand_over()
                self.ask()
        except BaseException:
            self.give_back()  # Textual would not undo what was done so far
            raise

    def write(self, data: str) -> None:
        if self._first_frame.is_shown and data == ALTERNATE_SCREEN:
            return
        if self._held_writes is not None:
            self._held_writes.append(data)
        else:
            super().write(data)

    @contextlib.contextmanager
    def _one_write(self) -> Iterator[None]:
        """Collect all writes and send them as one.

        The writer thread needs the interpreter lock for each write, and hardly gets it during the
        start: twenty writes delayed the first picture until the start was over.
        """
        self._held_writes = []
        try:
            yield
        finally:
            data, self._held_writes = "".join(self._held_writes), None
            if data:
                self.write(data)

    def ask(self) -> None:
        """Send the app's questions to the terminal, once."""
        questions = getattr(self._app, "questions", "")
        if questions and not self._answers.asked:
            self._answers.asked = True
            self.write(questions)
            self.flush()

    def run_input_thread(self) -> None:
        """Read keys until the app or the terminal ends."""
        try:
            self._read_keys()
        except Exception as error:
            # Textual would print its own report, with local variables.
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def _read_keys(self) -> None:
        parser, pastes, escape = XTermParser(), PasteParser(), ""
        letters = self._terminal.encoding
        # Terminals in an ASCII locale send UTF-8 all the same.
        encoding = letters if letters not in (None, "ascii") else "utf-8"
        decode = getincrementaldecoder(encoding)("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._leaving, selectors.EVENT_READ)
            settled_at = time.monotonic() + _SETTLED
            while True:
                # Until then, input that may be incomplete is checked again after each pause.
                ready = selector.select(_PAUSE if time.monotonic() < settled_at else None)
                if self._leaving.is_set():
                    return
                if ready:
                    settled_at = time.monotonic() + _SETTLED
                    try:
                        data = os.read(self.fileno, 4096)
                    except BlockingIOError:
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        self._loop.call_soon_threadsafe(self._app.exit, None, 129)
                        return
                    text, escape = escape + decode(data), ""
                    if text == "\x1b":
                        escape = text  # it may be the first half of an Alt key
                        continue
                    typed = self._answers.feed(text, time.monotonic())
                elif escape:
                    typed, escape = self._answers.feed(escape, time.monotonic()), ""
                else:
                    typed = self._answers.settle(time.monotonic())
                self._pass_on_answers()
                try:
                    now = time.monotonic()
                    for part in pastes.feed(typed, now) if typed else pastes.settle(now):
                        for event in self._messages(parser, part):
                            self.process_message(event)
                except Exception:
                    # The parser fails on some bytes, such as X10 mouse reports of a re-attached
                    # terminal. That must not end the app.
                    parser = XTermParser()
                for event in parser.tick():
                    self.process_message(event)

    def _pass_on_answers(self) -> None:
        """Pass the terminal's answers to the app, once."""
        receive = getattr(self._app, "receive_answers", None)
        if self._answers.complete is not None and receive is not None and not self._passed_on:
            self._passed_on = True
            self._loop.call_soon_threadsafe(receive, self._answers.complete)

    def stop_application_mode(self) -> None:
        # Textual may have turned this mode on, and never turns it off.
        self.write("\x1b[?1016l")
        super().stop_application_mode()
        self._is_active = False

    def give_back(self) -> None:
        """Restore the terminal if it was not restored yet, even if one of the steps fails.

        Bypasses Textual's writer thread, which may have ended.
        """
        if not self._is_active:
            return
        self._is_active = False
        self.exit_event.set()
        before = self._first_frame.hand_over() or self.attrs_before
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
        if text == "\x1b":
            yield events.Key("escape", text)
            return
        if text in _ALT_ALONE:
            yield alt_key(text[1])
            return
        # Textual's parser would wait for more after the letter, and split what came in one piece
        # (as it does during the start) into `^`, the letter and the rest.
        start = 0
        for key in _ALT_KEY.finditer(text):
            if before := text[start : key.start()]:
                yield from parser.feed(before)
            yield alt_key(key[1])
            start = key.end()
        if rest := text[start:]:
            yield from parser.feed(rest)


def alt_key(character: str) -> events.Key:
    """Return the key event of Alt with a character."""
    name = f"shift+{character.lower()}" if character.isupper() else _character_to_key(character)
    return events.Key(f"alt+{name}", character)
