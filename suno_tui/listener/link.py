"""A studio's connection to one listener: hello, the messages that come, and the files that go."""

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
"""Answers that are kept for the thread that sends files."""
_AGAIN_SECONDS = 1.0
"""Seconds after which a file is tried again."""
ANSWER_SECONDS = 5.0
"""A listener that does not answer hello within this time is not there."""


class NoListener(Exception):
    """The other side is no listener that can be used; the message says why."""


class WrongVersion(NoListener):
    """It speaks another version of the protocol; the message says which side to update."""

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
            else f"newer ({self.program}): update suno-tui here, and open this studio anew"
        )
        """The same in few words, beside the name."""


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
            """Tells one listener from another."""
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
        """Why files were refused, by their hashes."""
        self.named: set[str] = set()
        """The hashes of the files whose names the listener was told."""
        self._there: set[str] = set()
        """The hashes of the files that the listener has whole."""

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
        end. `wanted` names the file to be sent next, None if there is none; it is called often,
        must not block, and is asked again after `recheck`.
        """
        self._on_message, self._wanted, self._files = on_message, wanted, files
        self._pacer = Pacer(kilobits=kilobits)
        for run, name in ((self._read, "listener"), (self._push, "push")):
            threading.Thread(target=run, name=name, daemon=True).start()

    def send(self, verb: str, **fields: Any) -> None:
        """Send a message; a connection that takes none has ended."""
        try:
            self._channel.send(verb, **fields)
        except OSError:
            self._end()

    def has(self, file: File) -> bool:
        """Whether the listener is known to have a file whole."""
        return file.hash in self._there

    def ask_again(self, file: File) -> None:
        """Ask anew whether the listener has a file: it may have removed it since, or have room."""
        self._there.discard(file.hash)
        self.refused.pop(file.hash, None)

    @property
    def bytes(self) -> tuple[int, int]:
        """Bytes that were sent and received."""
        return self._channel.sent, self._channel.received

    def recheck(self) -> None:
        """Ask `wanted` again which file is sent next."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        self._end()
        self._channel.close()

    def _end(self) -> None:
        """Send nothing more; what the other side sends at its end is still read."""
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
            return  # nobody asked for so much
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
                continue  # `wanted` does not name it again
            except OSError:
                self._wait(_AGAIN_SECONDS)  # it has changed meanwhile

    def _send_file(self, path: Path, file: File) -> None:
        """Send a file from where the listener has it, until it is whole there, refused, or another
        one is wanted first."""
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
        """Wait for an answer; return whether the file goes on."""
        with self._changed:
            if not self._answers:
                # Without bytes under way it is the user's own limit that wants us to wait.
                self._changed.wait(None if self._pacer.under_way else 0.05)
            answers, self._answers = self._answers, []
        for each in answers:
            if each["verb"] == "got":
                self._pacer.got(each["bytes"])
            elif each["hash"] == file.hash:
                if each["verb"] == "has" and each["bytes"] < file.size:
                    # Another connection sends it just now.
                    self._wait(_AGAIN_SECONDS, lambda: self._wanted() != path)
                return False
        return self.open

    def _wait(self, seconds: float, ready: Callable[[], bool] = lambda: False) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.open or ready(), seconds)

    def _next_answer(self, fits: Callable[[Message], bool], *, now: bool = False) -> Message | None:
        """Wait for an answer that fits; drop all others. None if there will be none."""
        with self._changed:
            while self.open:
                while self._answers:
                    if fits(answer := self._answers.pop(0)):
                        return answer
                if now:
                    return None
                self._changed.wait()
        return None
