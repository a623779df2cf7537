"""Parse numbers and times in answers, within the bounds of databases and arithmetic."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**63 - 1
"""The largest integer that SQLite stores."""
_YEARS = range(2000, 2101)
"""The years that are accepted; arithmetic with others may overflow."""


def read_time(value: Any) -> datetime | None:
    """Parse a time in unix seconds, milliseconds or ISO 8601 as aware UTC; None if it is invalid or
    not in this century."""
    when = _read_time(value)
    return when if when is not None and when.year in _YEARS else None


def _read_time(value: Any) -> datetime | None:
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            try:
                when = datetime.fromisoformat(text)
            except ValueError:
                return None
            return when.replace(tzinfo=UTC) if when.tzinfo is None else _to_utc(when)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = value / 1000 if abs(value) >= 1e11 else float(value)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _to_utc(when: datetime) -> datetime | None:
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return None


def integer(value: Any) -> int | None:
    """Return a whole number that SQLite can store; None for any other value."""
    if not isinstance(value, int) or isinstance(value, bool):
        number = _number(value)
        if number is None:
            return None
        value = math.floor(number)
    return value if -_LARGEST <= value <= _LARGEST else None


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float | str) else float("nan")
    except (ValueError, OverflowError):
        return None
    return None if isinstance(value, bool) or not math.isfinite(number) else number


def progress(value: Any) -> float | None:
    """Parse a progress as 0 to 1. A number above 1 is a percentage, so 1 means complete."""
    number = _number(value)
    if number is None or number < 0:
        return None
    return min(number / 100 if number > 1 else number, 1.0)


def duration(value: Any) -> float | None:
    """Parse a duration in seconds, less than a day; None if it is invalid."""
    number = _number(value)
    return number if number is not None and 0 < number < 24 * 3600 else None
