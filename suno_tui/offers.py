"""Prices and states of providers, as views show them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from suno_tui.providers.capabilities import price
from suno_tui.providers.remote import Amount

NO_NONCE = "0" * 32
"""The nonce in a request that is only shown, never sent."""


class Quote(NamedTuple):
    """The price of generating, in credits.

    `reason` says why it is not possible, `warning` what the user should know first.
    """

    provider: str
    credits: int
    tasks: int
    reason: str | None = None
    warning: str | None = None
    named: bool = False
    """Whether the provider was chosen only for this song."""
    free: bool = False
    credit: Decimal | None = None
    """The price of a credit in dollars; None if it is unknown."""
    takes: int = 2
    """How many takes all tasks usually make together."""


class ProviderState(NamedTuple):
    """A provider's answer about its state; `str` gives a text for the user."""

    free: bool
    balance: Amount | None
    credit: Decimal | None
    models: tuple[str, ...]
    running: int | None = None
    queued: int | None = None
    """How many songs wait; None, as for `running`, if the provider does not tell."""

    def __str__(self) -> str:
        money = "free" if self.free else "it does not show a balance"
        if self.balance is not None:
            money = price(self.balance, self.credit, "{} ({})")
        models = f"{len(self.models)} models" if len(self.models) != 1 else self.models[0]
        parts = ["it works", money, models]
        if self.queued is not None:
            parts.append(f"{self.running or 0} being made, {self.queued} waiting")
        return ", ".join(parts)
