"""Short texts for times. All moments are timezone-aware; spans are in seconds."""

from __future__ import annotations

from datetime import datetime

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago it was, or when, in at most six columns.

    `now`, `5 min`, `3 h`, `2 d`; after two weeks the day, such as `12 Apr`, in the local time zone;
    after a year, the year.
    """
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "now"
    for size, unit, most in ((60, "min", 3600), (3600, "h", 86400), (86400, "d", 14 * 86400)):
        if seconds < most:
            return f"{int(seconds // size)} {unit}"
    local = moment.astimezone()
    if seconds < 360 * 86400:
        return f"{local.day} {_MONTHS[local.month - 1]}"
    return str(local.year)


def stamp(moment: datetime) -> str:
    """Return a moment in full, in the local time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
