"""How much is under way, on connections that a clock of the test's own makes."""

from __future__ import annotations

from collections import deque

from suno_tui.listener.pushing import DELAY, FIRST, LEAST, Pacer


class Connection:
    """A connection with a rate (bytes a second), an answer time, and a queue without an end."""

    def __init__(self, rate: float, answer: float) -> None:
        self.now = 0.0
        self.rate, self.answer = rate, answer
        self.delays: list[float] = []
        self._free = 0.0
        self._sent = 0
        self._answers: deque[tuple[float, int]] = deque()

    def clock(self) -> float:
        return self.now

    def carry(self, pacer: Pacer, seconds: float) -> int:
        """Send as much as the pacer wants for so many seconds; return the bytes."""
        before, end = self._sent, self.now + seconds
        while self.now < end:
            while (room := pacer.room()) >= LEAST:
                piece = min(room, max(LEAST, int(pacer.window) // 4))
                self._sent += piece
                self._free = max(self._free, self.now) + piece / self.rate
                self.delays.append(self._free - self.now)
                self._answers.append((self._free + self.answer, self._sent))
                pacer.sent(self._sent, piece)
            self.now += 0.001
            while self._answers and self._answers[0][0] <= self.now:
                pacer.got(self._answers.popleft()[1])
        return self._sent - before


def test_on_a_slow_connection_keys_wait_only_a_moment() -> None:
    connection = Connection(125_000, 0.08)
    pacer = Pacer(clock=connection.clock)
    sent = connection.carry(pacer, 20)
    assert sent > 0.8 * 20 * 125_000
    assert max(connection.delays) < 0.3
    late = sorted(connection.delays[len(connection.delays) // 2 :])
    assert late[len(late) // 2] < 2 * DELAY


def test_on_a_very_slow_connection_files_are_sent_more_slowly() -> None:
    connection = Connection(8_000, 0.08)
    pacer = Pacer(clock=connection.clock)
    connection.carry(pacer, 30)
    assert connection.delays[0] <= FIRST / 8_000
    late = sorted(connection.delays[len(connection.delays) // 2 :])
    assert late[len(late) // 2] < 0.3


def test_a_fast_connection_is_used_fully() -> None:
    connection = Connection(12_500_000, 0.02)
    pacer = Pacer(clock=connection.clock)
    assert connection.carry(pacer, 5) > 2_000_000


def test_the_users_own_limit_holds() -> None:
    connection = Connection(12_500_000, 0.02)
    pacer = Pacer(kilobits=80, clock=connection.clock)
    assert connection.carry(pacer, 10) <= 10 * 10_000 + 2 * FIRST


def test_the_delay_of_a_connection_that_became_slower_is_measured_again() -> None:
    connection = Connection(125_000, 0.02)
    pacer = Pacer(clock=connection.clock)
    connection.carry(pacer, 5)
    connection.answer = 0.3
    connection.carry(pacer, 70)
    assert connection.carry(pacer, 10) > 0.4 * 10 * 125_000
