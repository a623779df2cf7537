"""A provider for the soak test: tasks take minutes, and a few answers are faults."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from typing import Any

from tests.fake_provider import Entry, FakeProvider, Fault, refusal

SLOW_DOWN = refusal(429, "rate_limit_exceeded", "Slow down.", Retry_After="1")
DOWN = (Fault(500), Fault(502, b"<html><title>Bad gateway</title></html>"), Fault(503))
CUT_OFF = Fault(drop=True)
BROKEN = Fault(200, b'{"id": "', {"Content-Type": "application/json"})
PAGE = Fault(200, b"<!doctype html><title>Please wait</title>", {"Content-Type": "text/html"})
LATE = Fault(delay=3)
TRICKLE = Fault(slow=5)
CUT_FILE = Fault(cut=1500)

FAULTS: dict[str, tuple[tuple[float, tuple[Fault, ...]], ...]] = {
    "create": (
        (0.02, (SLOW_DOWN, LATE)),
        # The outcome is uncertain: each of these stops sending for a while.
        (0.01, (*DOWN, CUT_OFF, Fault(accept=True, drop=True), Fault(200, b"{", accept=True))),
    ),
    "task": ((0.04, (SLOW_DOWN, *DOWN, CUT_OFF, BROKEN, LATE)),),
    "credits": ((0.02, (SLOW_DOWN, *DOWN, CUT_OFF, BROKEN, LATE)),),
    "audio": ((0.12, (*DOWN, CUT_OFF, CUT_FILE, CUT_FILE, PAGE, LATE, TRICKLE)),),
    "cover": ((0.12, (*DOWN, CUT_OFF, CUT_FILE, PAGE, LATE, TRICKLE)),),
}
"""By kind of request: the share of requests that meet a fault, and the faults to choose from."""

FAILING = 0.03
"""The share of tasks that fail and are refunded."""


class Flaky(FakeProvider):
    """A task ends `life` seconds (a half to one and a half times that) after it was accepted."""

    def __init__(self, *, life: float, seed: int) -> None:
        super().__init__(balance=10**9, polls=3)
        self.life = life
        self.chance = random.Random(seed)
        self.requests = deque(maxlen=1000)
        self.asked: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        """How often each fault happened, by kind of request."""
        self.faulty = True
        self._begun: dict[str, tuple[float, float]] = {}

    def next_fault(self, kind: str) -> Fault | None:
        self.asked[kind] += 1
        drawn = self.chance.random()
        for share, faults in FAULTS.get(kind, ()) if self.faulty else ():
            if drawn < share:
                self.done[kind] += 1
                return self.chance.choice(faults)
            drawn -= share
        return None

    def accept(self, body: dict[str, Any], nonce: str) -> Entry:
        with self.lock:
            entry = super().accept(body, nonce)
            entry.failed = self.chance.random() < FAILING
            self._begun[entry.id] = time.time(), self.life * self.chance.uniform(0.5, 1.5)
        return entry

    def age(self, entry: Entry, share: float) -> None:
        """Make a task as old as `share` of its life."""
        begun, life = self._begun[entry.id]
        self._begun[entry.id] = begun - share * life, life

    def finish(self) -> None:
        """End all faults, and complete every task at once, later ones too."""
        with self.lock:
            self.faulty = False
            self.life = 0.0
            self._begun = {each: (begun, 0.0) for each, (begun, _) in self._begun.items()}

    def describe(self, entry: Entry) -> dict[str, Any]:
        begun, life = self._begun[entry.id]
        past = time.time() - begun
        # The fake completes a task at the third query.
        entry.polls = 2 if past >= life else 1 if past >= 0.05 * life else 0
        table = super().describe(entry)
        table["created_at"] = int(begun)
        if table["status"] == "processing":
            table["progress"] = round(past / life, 3)
        return table
