"""Write digits as English words."""

from __future__ import annotations

import re

_SMALL_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
_TENS_WORDS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = _SMALL_WORDS.split()
_TENS = _TENS_WORDS.split()


def spoken(digits: str) -> str:
    """Return a number in words: `7` gives seven, `1999` gives nineteen ninety-nine.

    A number of more than nine digits is read digit by digit. Empty if it isn't a number.
    """
    plain = digits.replace(",", "")
    if "." in plain:
        whole, _, part = plain.partition(".")
        tail = " ".join(_SMALL[int(digit)] for digit in part if digit.isdecimal())
        return f"{spoken(whole)} point {tail}".strip()
    if not re.fullmatch(r"[0-9]+", plain):
        return ""
    if len(plain) > 9 or (plain[0] == "0" and len(plain) > 1):
        return " ".join(_SMALL[int(digit)] for digit in plain)
    number = int(plain)
    if 1100 <= number <= 2099 and number % 1000 >= 10 and "," not in digits:
        century, year = divmod(number, 100)
        if not year:
            return f"{_below_thousand(century)} hundred"
        return f"{_below_thousand(century)} {'oh ' if year < 10 else ''}{_below_thousand(year)}"
    words = []
    for size, name in ((1_000_000, "million"), (1000, "thousand")):
        count, number = divmod(number, size)
        if count:
            words += [_below_thousand(count), name]
    if number or not words:
        words.append(_below_thousand(number))
    return " ".join(words)


def _below_thousand(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_SMALL[hundreds]} hundred" + (f" {_below_thousand(rest)}" if rest else "")
