"""`suno-tui spent`: list every charge, and the sums."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.cli.table import note_empty
from suno_tui.providers.capabilities import dollars

if TYPE_CHECKING:
    from suno_tui.tasks.models import Charge


def run(options: Options) -> int:
    """Print what was charged, newest first, and then the sums.

    With `--json`, print only the charges, and also those of songs that were refused: a song that
    waits for credits leaves one with each try.

    With `--by who`, print what each requester has spent in total.
    """
    with closing(open_studio()) as studio:
        charges = studio.tasks.charges()
        if options.by:
            return _by_requester(charges, options)
        if not options.json:
            charges = [each for each in charges if each.credits and each.state != "void"]
        if not options.json and not charges:
            note_empty("Nothing was paid for yet.")
        for charge in charges:
            if options.json:
                print_json(
                    {
                        "id": charge.task,
                        "task_id": charge.task_id,
                        "provider": charge.provider,
                        "title": charge.title,
                        "credits": charge.credits,
                        "at": charge.at.isoformat(),
                        "state": charge.state,
                        "requester": charge.requester or "you",
                    }
                )
            else:
                when = charge.at.astimezone().strftime("%Y-%m-%d %H:%M")
                cost = f"{charge.credits:5} cr"
                print_line(when, charge.task, cost, f"{charge.state:8}", charge.title)
        if not options.json:
            now = datetime.now(UTC)
            for name, since in (
                ("last 24 hours", now - timedelta(days=1)),
                ("last 30 days", now - timedelta(days=30)),
                ("in all", None),
            ):
                spent = studio.tasks.spent(since)
                money = _dollars(charges, since)
                print_line(f"{name:13}", f"{spent} credits{money and ', '}{money}")
    return 0


def _by_requester(charges: Sequence[Charge], options: Options) -> int:
    for requester in sorted({charge.requester for charge in charges}):
        own = [charge for charge in charges if charge.requester == requester]
        counted = [charge for charge in own if charge.state in ("open", "charged")]
        total = sum(charge.credits for charge in counted)
        who = requester or "you"
        if options.json:
            print_json({"requester": who, "songs": len(counted), "credits": total})
        else:
            money = _dollars(own, None)
            songs = "1 song" if len(counted) == 1 else f"{len(counted)} songs"
            print_line(f"{who:24}", f"{songs:9}", f"{total} credits{money and ', '}{money}")
    return 0


def _dollars(charges: Sequence[Charge], since: datetime | None) -> str:
    """Return what was spent in dollars; empty if the price of some credits is unknown."""
    total = Decimal(0)
    for charge in charges:
        counts = charge.state in ("open", "charged") and (since is None or charge.at >= since)
        if charge.credits and counts:
            if charge.credit is None:
                return ""
            total += charge.credits * charge.credit
    return dollars(total, Decimal(1))
