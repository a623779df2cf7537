"""The fields of a song besides its texts: what they may be, and how they are put into words.

Not every provider takes them. The API of `docs/suno-api.txt` has none of them: there they are added
to the style or prompt as words, as far as they can be said and there is room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from suno_tui.providers.capabilities import WEIGHTS, Use, measure

CUSTOM = ("title", "style", "lyrics", "negative_tags", "vocal_gender", "persona_id", *WEIGHTS)
"""The fields that belong to custom mode."""
PARAMETERS = ("bpm", "key", "time_signature", "language", "duration", "seed", "takes")
"""Their names, in both modes; None if not set. `duration` is in seconds."""
OPTIONS = ("negative_tags", "vocal_gender", "persona_id", *WEIGHTS)
"""The fields of custom mode that need not be set."""
WHOLE = ("seed", "bpm", "takes")
"""Those that are whole numbers."""

RANGES: dict[str, tuple[int, int]] = {
    "seed": (0, 2**53 - 1),  # what every JSON parser keeps exactly
    "duration": (5, 600),
    "bpm": (30, 300),
    "takes": (1, 8),
}
"""The smallest and largest value that any provider takes."""
BUILT_IN_RANGES = {"duration": (5, 240), "bpm": (40, 220)}
"""Those of the built-in provider, where it takes less."""
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
"""The uses of a provider without these fields."""
BUILT_IN: Mapping[str, Use] = {
    name: "wish" if name == "language" else "exact" for name in PARAMETERS
}
"""The uses of the built-in provider, whose voice speaks languages as they are written."""


_SEEDS = 2**32


def seed_of_take(seed: int, number: int) -> int:
    """Return the seed with which the built-in engine makes a task's take of that number as its
    first: alone, it is the same take again."""
    first, base = divmod(seed, _SEEDS)
    return (first + number - 1) % 2**21 * _SEEDS + base


def take_of_seed(seed: int) -> tuple[int, int]:
    """Return the seed that the takes of a task share, and the number of the take in it."""
    first, base = divmod(seed, _SEEDS)
    return base, first + 1


def read_key(text: str) -> str | None:
    """Return a key in its full form (`D minor`, `F# major`); None if the text is none."""
    found = _KEY.fullmatch(text.strip())
    mode = _MODES.get(found[3].strip()) if found else None
    if found is None or mode is None:
        return None
    accidental = found[2].translate({ord("♯"): "#", ord("♭"): "b"})
    return f"{found[1].upper()}{accidental} {mode}"


def trouble(name: str, value: object, within: tuple[float, float] | None = None) -> str | None:
    """Return why a field can't have a value; None if it can.

    `within` is the range of the provider; None: of all of them (`RANGES`).
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
    """Return the value that a typed text means; None for an empty one.

    A text that means none is returned as it is: `trouble` says what is wrong with it.
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
        codes = {words.casefold(): code for code, words in LANGUAGES.items()}
        return codes.get(text.casefold(), text.casefold())
    return text


def in_words(name: str, value: Any) -> str | None:
    """Return how a field's value is said in a style or prompt; None if it can't be said."""
    said = {
        "bpm": "{}", "key": "{}", "time_signature": "{} time", "language": "sung in {}",
        "duration": "about {} long",
    }  # fmt: skip
    return said[name].format(show(name, value)) if name in said else None


def show(name: str, value: Any) -> str:
    """Return a field's value for a list of facts."""
    if name == "key":
        return read_key(value) or str(value)
    if name == "language":
        return LANGUAGES.get(value, str(value))
    if name == "duration":
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes}:{seconds:02}"
    return f"{value} BPM" if name == "bpm" else str(value)


def with_words(text: str, words: Sequence[str], limit: int) -> str:
    """Return a style or prompt with words behind it, within `limit` characters.

    Words that it says already are not repeated; those that don't fit are left out.
    """
    for each in words:
        longer = f"{text.rstrip()}, {each}" if text.strip() else each
        if each.casefold() not in text.casefold() and measure(longer) <= limit:
            text = longer
    return text
