"""The messages that were shown, to be read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

MOST = 300
"""Messages that are kept; older ones are dropped."""


class Message(NamedTuple):
    """A message to the user; `severity` is Textual's."""

    at: datetime
    title: str
    text: str
    severity: str


class MessageLog:
    """The last messages since the start."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=MOST)

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        """Yield the messages, the last one first."""
        return reversed(self._messages)

    def add(self, message: Message) -> None:
        self._messages.append(message)
