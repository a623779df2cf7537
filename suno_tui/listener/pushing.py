"""Limit how fast files are sent to a listener, so that no queue builds up on the connection.

Keys and screen share the connection with the files, and a queue of bytes would delay them. So the
bytes under way are limited to what keeps answers nearly as fast as on an idle connection. This is
the rule of LEDBAT (RFC 6817), with a smaller delay.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

DELAY = 0.05
"""Seconds by which answers may be slower than on an idle connection."""
FIRST = 4 << 10
"""Bytes that are sent before the first answer; at 64 kbit/s they take half a second."""
LEAST, MOST = 512, 1 << 20
"""Bounds for the number of bytes under way."""
_FORGET_SECONDS = 30.0
"""The fastest answer is measured again this often, since the connection may have become slower."""


class Pacer:
    """Computes how many bytes may be sent now, from the times of the answers so far."""

    def __init__(self, *, kilobits: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """`kilobits` is the limit per second; 0 means none."""
        self.window = float(FIRST)
        self._rate = kilobits * 125
        self._clock = clock
        self._under_way: deque[tuple[int, int, float]] = deque()
        """End offset, length and time of each piece that is not acknowledged yet."""
        self._quickest = self._before = float("inf")
        self._measured_at = self._cut_at = clock()
        self._saved, self._saved_at = float(FIRST), clock()

    def room(self) -> int:
        """Return the number of bytes that may be sent now; below `LEAST`, wait."""
        room = self.window - sum(length for _, length, _ in self._under_way)
        if self._rate:
            now = self._clock()
            earned = (now - self._saved_at) * self._rate
            self._saved, self._saved_at = min(self._saved + earned, float(self._rate)), now
            room = min(room, self._saved)
        return max(0, int(room))

    def sent(self, end: int, length: int) -> None:
        """Note a piece that was sent; `end` is the offset of its end in the file."""
        self._under_way.append((end, length, self._clock()))
        self._saved -= length

    def got(self, end: int) -> None:
        """Note that the other side has everything up to an offset."""
        acknowledged, sent_at = 0, None
        while self._under_way and self._under_way[0][0] <= end:
            _, length, sent_at = self._under_way.popleft()
            acknowledged += length
        if sent_at is not None:
            self._adapt(acknowledged, self._clock() - sent_at)

    def restart(self) -> None:
        """Forget what is under way, because another file begins."""
        self._under_way.clear()

    @property
    def under_way(self) -> bool:
        return bool(self._under_way)

    def _adapt(self, acknowledged: int, seconds: float) -> None:
        now = self._clock()
        if now - self._measured_at > _FORGET_SECONDS:
            self._before, self._quickest, self._measured_at = self._quickest, seconds, now
        self._quickest = min(self._quickest, seconds)
        delay = seconds - min(self._quickest, self._before)
        if delay < DELAY / 2:
            self.window += acknowledged
        elif delay < DELAY:
            self.window += acknowledged * LEAST / self.window
        elif now - self._cut_at > seconds:  # at most once per round trip
            self.window /= min(2.0, 1 + (delay - DELAY) / (4 * DELAY))
            self._cut_at = now
        self.window = max(float(LEAST), min(float(MOST), self.window))
