"""Messages about mistakes in `config.toml`; pydantic's own are never shown to the user."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")

_TRIED = ("is-instance[", "function-after[")

_WANTED = (
    ("bool", "true or false"),
    ("int", "a whole number"),
    ("float", "a number"),
    ("string", 'text in quotes ("…")'),
    ("path", 'text in quotes ("…")'),
    ("is_instance_of", 'text in quotes ("…")'),
    ("list", 'a list of texts (["…", "…"])'),
    ("dict", "a table"),
    ("dataclass", "a table"),
    ("address", "an address that begins with https:// or http://, such as https://host"),
)
"""Prefixes of pydantic's error types, and what the value has to be."""


def is_unknown(error: Mapping[str, Any]) -> bool:
    """Return whether an error of pydantic is about a setting that does not exist."""
    return error["type"] in _UNKNOWN


def mistake(error: Mapping[str, Any], names_in: Callable[[tuple[Any, ...]], Iterable[str]]) -> str:
    """Return an error of pydantic as a sentence; `names_in` gives the settings of a table."""
    # For a union of types, pydantic adds the type that it tried: `key.is-instance[Secret]`.
    path = tuple(part for part in error["loc"] if not str(part).startswith(_TRIED))
    where = ".".join(part for part in path if isinstance(part, str))
    if is_unknown(error):
        known = names_in(path[:-1])
        return f"{where} is not a setting, so it is ignored.{nearest(str(path[-1]), known)}"
    if isinstance(path[-1], int):
        where = f"{where}, item {path[-1] + 1},"
    return f"{where} must be {_wanted(error)}"


def _wanted(error: Mapping[str, Any]) -> str:
    kind, bounds = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f"one of {bounds['expected'].replace(' or ', ', ')}"
    for name, text in (("ge", "{} or more"), ("gt", "more than {}"), ("le", "at most {}")):
        if name in bounds:
            return text.format(f"{bounds[name]:g}")
    return next((text for name, text in _WANTED if kind.startswith(name)), "another kind of value")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question with the closest known name, else a list of all names; empty if none."""
    known = list(known)
    if close := difflib.get_close_matches(name, known, n=1):
        return f" Did you mean {close[0]!r}?"
    return f" There are: {', '.join(known)}." if known else ""


def without(table: Mapping[str, Any], paths: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Return a copy of a table of tables that lacks the values at these paths."""
    left = copy.deepcopy(dict(table))
    for *above, last in paths:
        place = left
        for name in above:
            place = place[name]
        del place[last]
    return left
