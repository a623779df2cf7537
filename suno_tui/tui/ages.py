"""Short texts for times. All moments are timezone-aware; spans are in seconds."""

from __future__ import annotations

from datetime import datetime


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago it was, in at most six columns: `5 m`, `3 h`, `2 d`, `4 w`, `2025`."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "now"
    for size, unit, most in ((60, "m", 3600), (3600, "h", 86400), (86400, "d", 14 * 86400)):
        if seconds < most:
            return f"{int(seconds // size)} {unit}"
    if seconds < 365 * 86400:
        return f"{int(seconds // (7 * 86400))} w"
    return str(moment.astimezone().year)


def stamp(moment: datetime) -> str:
    """Return a moment in full, in the local time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
