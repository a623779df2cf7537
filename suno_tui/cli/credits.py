"""`suno-tui credits`: the balance at the provider in use."""

from __future__ import annotations

import asyncio
from contextlib import closing
from decimal import Decimal

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.providers.capabilities import dollars
from suno_tui.providers.remote import Amount


def run(options: Options) -> int:
    """Print the balance, or that the provider does not report it."""
    with closing(open_studio()) as studio:
        found = asyncio.run(studio.credits())
    if options.json:
        print_json(
            {
                "provider": studio.provider,
                "balance": _json(found.balance),
                "total_purchased": found.total_purchased,
                "total_consumed": found.total_consumed,
            }
        )
    elif studio.capabilities(studio.provider).free:
        print_line(f"{studio.provider}: free, nothing to pay")
    elif found.balance is None:
        print_line(f"{studio.provider}: the provider does not report a balance")
    else:
        money = dollars(found.balance, studio.capabilities(studio.provider).credit)
        money = f" ({money})" if money else ""
        print_line(f"{studio.provider}: {found.balance} credits{money}")
    return 0


def _json(balance: Amount | None) -> int | float | None:
    return float(balance) if isinstance(balance, Decimal) else balance
