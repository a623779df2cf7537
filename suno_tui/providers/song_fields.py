"""The fields of a song besides its texts: their values, and how they are put into words.

Not every provider has them. The API of `docs/suno-api.txt` has none: there they are added to the
style or prompt as words, as far as they can be put into words and there is room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from suno_tui.providers.capabilities import WEIGHTS, Use, measure

CUSTOM = ("title", "style", "lyrics", "negative_tags", "vocal_gender", "persona_id", *WEIGHTS)
"""The fields that belong to custom mode."""
PARAMETERS = ("bpm", "key", "time_signature", "language", "duration", "seed", "takes")
"""The fields that both modes have; None if not set. `duration` is in seconds."""
OPTIONS = ("negative_tags", "vocal_gender", "persona_id", *WEIGHTS)
"""The fields of custom mode that need not be set."""
WHOLE = ("seed", "bpm", "takes")
"""The fields that are whole numbers."""

RANGES: dict[str, tuple[int, int]] = {
    "seed": (0, 2**53 - 1),  # what every JSON parser keeps exactly
    "duration": (5, 600),
    "bpm": (30, 300),
    "takes": (1, 8),
}
"""The smallest and largest value that any provider takes."""
BUILT_IN_RANGES = {"duration": (5, 240), "bpm": (40, 220)}
"""The ranges of the built-in provider that are narrower."""
TIME_SIGNATURES = ("2/4", "3/4", "4/4", "6/8")
LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan",
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "ht": "Haitian Creole", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "la": "Latin", "lt": "Lithuanian", "ms": "Malay", "ne": "Nepali", "nl": "Dutch",
    "no": "Norwegian", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sa": "Sanskrit", "sk": "Slovak", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yue": "Cantonese",
    "zh": "Chinese",
}  # fmt: skip
"""Vocal languages by their codes (ISO 639)."""

_MODES = {"": "major", "m": "minor", "maj": "major", "min": "minor"} | {
    name: name
    for name in
    ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "harmonic minor")
}  # fmt: skip
_KEY = re.compile(r"([A-Ga-g])\s*([#b♯♭]?)\s*((?:[a-z]+(?: minor)?)?)")


IN_WORDS: Mapping[str, Use] = {
    name: "none" if name in ("seed", "takes") else "wish" for name in PARAMETERS
}
"""What a provider without these fields makes of them."""
BUILT_IN: Mapping[str, Use] = {
    name: "wish" if name == "language" else "exact" for name in PARAMETERS
}
"""What the built-in provider makes of them; its voice pronounces a language as it is written."""


_SEEDS = 2**32


def seed_of_take(seed: int, number: int) -> int:
    """Return the seed with which the built-in engine makes take `number` of a task again, as the
    first take of a new one."""
    first, base = divmod(seed, _SEEDS)
    return (first + number - 1) % 2**21 * _SEEDS + base


def take_of_seed(seed: int) -> tuple[int, int]:
    """Return the seed that the takes of a task share, and the take's number: the inverse of
    `seed_of_take`."""
    first, base = divmod(seed, _SEEDS)
    return base, first + 1


def read_key(text: str) -> str | None:
    """Return a key in its full form (`D minor`, `F# major`); None if the text is not a key."""
    found = _KEY.fullmatch(text.strip())
    mode = _MODES.get(found[3].strip()) if found else None
    if found is None or mode is None:
        return None
    accidental = found[2].translate({ord("♯"): "#", ord("♭"): "b"})
    return f"{found[1].upper()}{accidental} {mode}"


def trouble(name: str, value: object, within: tuple[float, float] | None = None) -> str | None:
    """Return why a field can't have a value; None if it can.

    `within` is the provider's range; None for the range of all providers (`RANGES`).
    """
    if value is None:
        return None
    if name == "key":
        good = isinstance(value, str) and read_key(value)
        return None if good else "must be a key, such as D minor or F# major"
    if name == "time_signature":
        return None if value in TIME_SIGNATURES else f"must be one of {', '.join(TIME_SIGNATURES)}"
    if name == "language":
        return None if value in LANGUAGES else "must be the code of a language, such as en or de"
    low, high = within or RANGES[name]
    if isinstance(value, int | float) and low <= value <= high:
        return None
    kind = "a whole number" if name in WHOLE else "a number of seconds"
    return f"must be {kind} from {low:,} to {high:,}"


def read_value(name: str, text: str) -> Any:
    """Return the value of a typed text; None for an empty one.

    An invalid text is returned as it is: `trouble` says what is wrong with it.
    """
    text = text.strip()
    if not text:
        return None
    if name in WHOLE:
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(text) < 19 else text
    if name == "duration":
        minutes, _, seconds = text.rpartition(":")
        try:
            return float(seconds) + 60 * (int(minutes) if minutes else 0)
        except (ValueError, OverflowError):
            return text
    if name == "language":
        codes = {name.casefold(): code for code, name in LANGUAGES.items()}
        return codes.get(text.casefold(), text.casefold())
    return text


def in_words(name: str, value: Any) -> str | None:
    """Return a field's value in words for a style or prompt; None if there are no words for it."""
    patterns = {
        "bpm": "{}", "key": "{}", "time_signature": "{} time", "language": "sung in {}",
        "duration": "about {} long",
    }  # fmt: skip
    return patterns[name].format(show(name, value)) if name in patterns else None


def show(name: str, value: Any) -> str:
    """Return a field's value as it is shown in a list of facts."""
    if name == "key":
        return read_key(value) or str(value)
    if name == "language":
        return LANGUAGES.get(value, str(value))
    if name == "duration":
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes}:{seconds:02}"
    return f"{value} BPM" if name == "bpm" else str(value)


def with_words(text: str, words: Sequence[str], limit: int) -> str:
    """Return a style or prompt with words added to it, within `limit` characters.

    Words that the text contains already are not repeated; words that don't fit are left out.
    """
    for each in words:
        longer = f"{text.rstrip()}, {each}" if text.strip() else each
        if each.casefold() not in text.casefold() and measure(longer) <= limit:
            text = longer
    return text
