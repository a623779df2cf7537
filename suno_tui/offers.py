"""What providers ask for a song, and how they are at the moment, as views show it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from suno_tui.providers.capabilities import price
from suno_tui.providers.remote import Amount

NO_NONCE = "0" * 32
"""Stands for the nonce of a song that is only shown."""


class Quote(NamedTuple):
    """The price of generating, in credits.

    `reason` says why it is not possible, `warning` what the user should know before.
    """

    provider: str
    credits: int
    tasks: int
    reason: str | None = None
    warning: str | None = None
    named: bool = False
    """Whether the provider was chosen for this song."""
    free: bool = False
    credit: Decimal | None = None
    """The price of a credit in dollars; None if it is not known."""
    takes: int = 2
    """How many takes come of all tasks, as a rule."""


class ProviderState(NamedTuple):
    """What a provider told when it was asked; as text, a sentence on that."""

    free: bool
    balance: Amount | None
    credit: Decimal | None
    models: tuple[str, ...]
    running: int | None = None
    queued: int | None = None
    """How many songs it makes, and how many wait; None if it does not tell."""

    def __str__(self) -> str:
        money = "free" if self.free else "it does not show a balance"
        if self.balance is not None:
            money = price(self.balance, self.credit, "{} ({})")
        models = f"{len(self.models)} models" if len(self.models) != 1 else self.models[0]
        parts = ["it works", money, models]
        if self.queued is not None:
            parts.append(f"{self.running or 0} being made, {self.queued} waiting")
        return ", ".join(parts)
