"""Fill in a row's texts: `{name}` is replaced by a column, `[a|b|c]` by one of several texts."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_PLACE = re.compile(r"\{([^{}\n]{1,40})\}|\[([^][\n]*\|[^][\n]*)\]")


class Choice(NamedTuple):
    """A placeholder in a field's text, and the texts that can replace it."""

    field: str
    begin: int
    end: int
    texts: tuple[str, ...]


def find(texts: Mapping[str, str], columns: Mapping[str, str]) -> tuple[list[Choice], list[str]]:
    """Return the placeholders of all texts in order, and the names of columns that don't exist.

    A bracket alone on a line of the lyrics is a section tag, such as `[Verse | soft]`.
    """
    places, unknown = [], []
    for field, text in texts.items():
        for match in _PLACE.finditer(text):
            name, choices = match[1], match[2]
            if name is not None:
                if name in columns:
                    places.append(Choice(field, *match.span(), (columns[name],)))
                else:
                    unknown.append(name)
            elif not (field == "lyrics" and _is_alone(text, match)):
                options = tuple(each.strip() for each in choices.split("|"))
                places.append(Choice(field, *match.span(), options))
    return places, unknown


def _is_alone(text: str, match: re.Match[str]) -> bool:
    begin = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    around = text[begin : match.start()] + text[match.end() : end if end >= 0 else None]
    return not around.strip()


def names(text: str) -> list[str]:
    """Return the names of the columns that a text uses."""
    return [match[1] for match in _PLACE.finditer(text) if match[1] is not None]


def combinations(places: Sequence[Choice]) -> int:
    """Return the number of songs that the placeholders make."""
    return math.prod(len(place.texts) for place in places)


def sample(count: int, most: int | None, seed: str) -> list[int]:
    """Return the numbers of the combinations to make: all, or `most` of them drawn by a seed."""
    if most is None or most >= count:
        return list(range(count))
    drawn: set[int] = set()
    numbers = random.Random(seed)
    while len(drawn) < most:
        drawn.add(numbers.randrange(count))  # `random.sample` allows no more than 2**63
    return sorted(drawn)


def fill(texts: Mapping[str, str], places: Sequence[Choice], number: int) -> dict[str, str]:
    """Return the texts of a combination; placeholders in what is filled in are left alone."""
    parts: dict[str, list[str]] = {field: [] for field in texts}
    ends = dict.fromkeys(texts, 0)
    picks = []
    for place in reversed(places):
        number, pick = divmod(number, len(place.texts))
        picks.append(pick)
    for place, pick in zip(places, reversed(picks), strict=True):
        text = texts[place.field]
        parts[place.field] += [text[ends[place.field] : place.begin], place.texts[pick]]
        ends[place.field] = place.end
    return {field: "".join(parts[field]) + text[ends[field] :] for field, text in texts.items()}
