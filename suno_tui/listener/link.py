"""A studio's connection to one listener: says hello, receives messages, sends files."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from suno_tui.common.safe_files import open_file
from suno_tui.common.text import clean
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.protocol import (
    MOST_DATA,
    TO_STUDIO,
    VERSIONS,
    Channel,
    File,
    Message,
    ProtocolError,
    disagreement,
    other_age,
    program_of,
)
from suno_tui.listener.pushing import LEAST, Pacer
from suno_tui.media.errors import CantPlay

_MOST_ANSWERS = 10_000
"""Most answers that are kept for the thread that sends files."""
_AGAIN_SECONDS = 1.0
"""Seconds after which a file is tried again."""
ANSWER_SECONDS = 5.0
"""A listener that takes longer to answer hello counts as absent."""


class NoListener(Exception):
    """The other side can't be used as a listener; the message says why."""


class WrongVersion(NoListener):
    """The other side speaks another version of the protocol; the message says what to update."""

    def __init__(self, welcome: Message, name: str) -> None:
        here, there = "suno-tui on this machine", f"suno-tui on {name}"
        trouble = disagreement(welcome, here=here, there=there)
        super().__init__(trouble[0].upper() + trouble[1:])
        self.name = name
        self.program = program_of(welcome)
        old = other_age(welcome) < 0
        self.state = (
            f"too old ({self.program}): update suno-tui there"
            if old
            else f"newer ({self.program}): update suno-tui here, and open this studio again"
        )
        """The same in few words, to be shown next to the name."""


class Link:
    """An open connection. Two threads serve it: one reads messages, one sends files."""

    def __init__(self, connection: socket.socket, studio: str) -> None:
        """Say hello and wait for the answer. Raises `NoListener`."""
        self._channel = Channel(connection, TO_STUDIO)
        try:
            connection.settimeout(ANSWER_SECONDS)
            self._channel.send("hello", name=socket.gethostname()[:100], studio=studio, **VERSIONS)
            welcome = self._channel.receive()
            if not isinstance(welcome, dict) or welcome["verb"] != "welcome":
                raise NoListener("It does not answer.")
            self.name = clean(welcome["name"])[:40] or "your machine"
            self.listener: str = welcome["listener"]
            """The listener's id."""
            if other_age(welcome):
                raise WrongVersion(welcome, self.name)
            connection.settimeout(None)
        except (OSError, ProtocolError) as error:
            self._channel.close()
            raise NoListener("It does not answer.") from error
        except NoListener:
            self._channel.close()
            raise
        self.why = ""
        """Why the connection ended, if the listener gave a reason."""
        self.open = True
        self._changed = threading.Condition()
        self._answers: list[Message] = []
        self.refused: dict[str, str] = {}
        """The reasons why files were refused, by hash."""
        self.named: set[str] = set()
        """The hashes of the files whose names were sent."""
        self._there: set[str] = set()
        """The hashes of the files that are complete at the listener."""

    def start(
        self,
        on_message: Callable[[Message], None],
        wanted: Callable[[], Path | None],
        files: KnownFiles,
        *,
        kilobits: int = 0,
    ) -> None:
        """Begin to read messages and to send files.

        `on_message` gets every `state`, `at`, `has` and `refused`, and `{"verb": "lost"}` at the
        end. `wanted` returns the file to send next, None if there is none; it is called often, also
        after `recheck`, and must not block.
        """
        self._on_message, self._wanted, self._files = on_message, wanted, files
        self._pacer = Pacer(kilobits=kilobits)
        for run, name in ((self._read, "listener"), (self._push, "push")):
            threading.Thread(target=run, name=name, daemon=True).start()

    def send(self, verb: str, **fields: Any) -> None:
        """Send a message; if that fails, the connection has ended."""
        try:
            self._channel.send(verb, **fields)
        except OSError:
            self._end()

    def has(self, file: File) -> bool:
        """Return whether the listener is known to have all of a file."""
        return file.hash in self._there

    def ask_again(self, file: File) -> None:
        """Ask again whether the listener has a file: it may have removed it, or have room now."""
        self._there.discard(file.hash)
        self.refused.pop(file.hash, None)

    @property
    def bytes(self) -> tuple[int, int]:
        """The numbers of bytes that were sent and received."""
        return self._channel.sent, self._channel.received

    def recheck(self) -> None:
        """Call `wanted` again to learn which file is sent next."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        self._end()
        self._channel.close()

    def _end(self) -> None:
        """Send nothing more; the other side's last messages are still read."""
        with self._changed:
            self.open = False
            self._changed.notify_all()

    def _read(self) -> None:
        try:
            with contextlib.suppress(OSError, ProtocolError):
                while (message := self._channel.receive()) is not None:
                    if isinstance(message, bytes):
                        break
                    match message["verb"]:
                        case "bye":
                            self.why = clean(message["why"])[:200]
                            break
                        case "state" | "at":
                            self._on_message(message)
                        case "has" | "got" | "refused":
                            self._answer(message)
        finally:
            self.close()
            self._on_message({"verb": "lost"})

    def _answer(self, message: Message) -> None:
        known = "hash" not in message or self._files.path(message["hash"]) is not None
        if not known or len(self._answers) >= _MOST_ANSWERS:
            return  # more than was asked for
        with self._changed:
            if message["verb"] == "has" and message["bytes"] == message["size"]:
                self._there.add(message["hash"])
            if message["verb"] == "refused":
                self.refused[message["hash"]] = clean(message["why"])[:200]
            self._answers.append(message)
            self._changed.notify_all()
        if message["verb"] != "got":
            self._on_message(message)

    def _push(self) -> None:
        while self.open:
            path = self._wanted()
            if path is None:
                with self._changed:
                    self._changed.wait_for(lambda: not self.open or self._wanted() is not None)
                continue
            try:
                self._send_file(path, self._files.file(path))
            except CantPlay:
                continue  # `wanted` does not return it again
            except OSError:
                self._wait(_AGAIN_SECONDS)  # the file has changed meanwhile

    def _send_file(self, path: Path, file: File) -> None:
        """Send the bytes that the listener lacks, until it has all of them or refuses the file, or
        until another file is wanted first."""
        self._next_answer(lambda _: False, now=True)
        self.send("have", **file.fields())
        has = self._next_answer(lambda each: each.get("hash") == file.hash)
        if has is None or has["verb"] == "refused" or has["bytes"] == file.size:
            return
        at = has["bytes"]
        self.send("put", **file.fields(), start=at)
        self._pacer.restart()
        with open_file(path) as opened:
            opened.seek(at)
            while self.open and at < file.size and self._wanted() == path:
                if (room := self._pacer.room()) >= LEAST:
                    piece = opened.read(
                        min(room, MOST_DATA, max(LEAST, int(self._pacer.window) // 4))
                    )
                    if not piece:
                        raise OSError
                    at += len(piece)
                    self._pacer.sent(at, len(piece))
                    try:
                        self._channel.send_data(piece)
                    except OSError:
                        self._end()
                        return
                elif not self._acknowledge(path, file):
                    return
            while self.open and self._pacer.under_way and self._wanted() == path:
                if not self._acknowledge(path, file):
                    return

    def _acknowledge(self, path: Path, file: File) -> bool:
        """Wait for an answer; return whether to go on with the file."""
        with self._changed:
            if not self._answers:
                # Without bytes under way, only the user's own limit makes us wait.
                self._changed.wait(None if self._pacer.under_way else 0.05)
            answers, self._answers = self._answers, []
        for each in answers:
            if each["verb"] == "got":
                self._pacer.got(each["bytes"])
            elif each["hash"] == file.hash:
                if each["verb"] == "has" and each["bytes"] < file.size:
                    # Another connection is sending it.
                    self._wait(_AGAIN_SECONDS, lambda: self._wanted() != path)
                return False
        return self.open

    def _wait(self, seconds: float, ready: Callable[[], bool] = lambda: False) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.open or ready(), seconds)

    def _next_answer(self, fits: Callable[[Message], bool], *, now: bool = False) -> Message | None:
        """Wait for an answer that fits, and drop all others. None if the connection has ended."""
        with self._changed:
            while self.open:
                while self._answers:
                    if fits(answer := self._answers.pop(0)):
                        return answer
                if now:
                    return None
                self._changed.wait()
        return None
