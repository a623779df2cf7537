"""Parse the numbers, lengths, ages and dates that users write in a query."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta


class BadValue(ValueError):
    """The text can't be parsed; the message says why."""


def yes_or_no(text: str, example: str) -> bool:
    word = text.lower()
    if word in ("yes", "y", "true", "1", "on"):
        return True
    if word in ("no", "n", "false", "0", "off"):
        return False
    raise BadValue(f"yes or no, as in {example}")


def number(text: str) -> float:
    """Parse a plain number. Raises `BadValue`."""
    if not re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII):
        raise BadValue("that is not a number")
    return float(text)


def seconds(text: str) -> float:
    """Parse `3:20`, `1:02:03`, `200`, `200s`, `3m` or `3m20s` as seconds. Raises `BadValue`."""
    if re.fullmatch(r"(\d{1,4}:)?\d{1,4}:[0-5]?\d", text, re.ASCII):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return float(total)
    pattern = r"(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s?)?"
    found = re.fullmatch(pattern, text.lower(), re.ASCII)
    if not found or not any(found.groups()):
        raise BadValue("that is not a length")
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


_DAYS = {"min": 1 / 1440, "h": 1 / 24, "d": 1, "w": 7, "m": 30.44, "mo": 30.44, "y": 365.25}


def days(text: str) -> float:
    """Parse an age such as `7d`, `2w`, `12h`, `3m` (months), `1y` as days. Raises `BadValue`."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([a-z]+)", text.lower(), re.ASCII)
    if not found or found[2] not in _DAYS:
        raise BadValue("an age is a number with h, d, w, m or y")
    return min(float(found[1]) * _DAYS[found[2]], 100_000.0)


def period(text: str, now: datetime) -> tuple[float, float]:
    """Return the start and end of a day, month or year of local time, in Unix seconds.

    The end is exclusive. Raises `BadValue`.
    """
    today = now.astimezone().date()
    word = text.lower()
    if word == "today":
        return _moment(today), _moment(today + timedelta(1))
    if word == "yesterday":
        return _moment(today - timedelta(1)), _moment(today)
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text, re.ASCII)
    if not found:
        raise BadValue("that is neither an age nor a date")
    year, month, day = (int(part or 0) for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            after = first + timedelta(1)
        elif month:
            after = date(year + month // 12, month % 12 + 1, 1)
        else:
            after = date(year + 1, 1, 1)
        return _moment(first), _moment(after)
    except (ValueError, OverflowError):
        raise BadValue("there is no such date") from None


def _moment(day: date) -> float:
    moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local time is meant
    try:
        return moment.timestamp()
    except (OverflowError, OSError):
        return moment.replace(tzinfo=UTC).timestamp()
