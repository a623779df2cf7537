"""`suno-tui credits`: the balance at the provider in use."""

from __future__ import annotations

import asyncio
from contextlib import closing

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.config.settings import LOCAL
from suno_tui.providers.catalog import dollars


def run(options: Options) -> int:
    """Print the balance; without a number if the provider does not tell it."""
    with closing(open_studio()) as studio:
        found = asyncio.run(studio.credits())
    if options.json:
        print_json(
            {
                "provider": studio.provider,
                "balance": found.balance,
                "total_purchased": found.total_purchased,
                "total_consumed": found.total_consumed,
            }
        )
    elif studio.provider == LOCAL:
        print_line("local: free, nothing to pay")
    elif found.balance is None:
        print_line(f"{studio.provider}: the provider does not say")
    else:
        print_line(f"{studio.provider}: {found.balance} credits ({dollars(found.balance)})")
    return 0
