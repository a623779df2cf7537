"""Name exported files by a template such as `{style}/{title} {take}`."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from suno_tui.common.errors import UsageError
from suno_tui.common.filenames import FALLBACK
from suno_tui.library.filenames import readable_name
from suno_tui.library.tags import genre
from suno_tui.library.track import Track

STANDARD = "{title} {take}"

FIELDS: dict[str, Callable[[Track], str | int]] = {
    "title": lambda track: track.name,
    "take": lambda track: track.take,
    "style": genre,
    "tags": lambda track: track.tags,
    "date": lambda track: f"{track.created_at.astimezone():%Y-%m-%d}",
    "year": lambda track: track.created_at.astimezone().year,
    "month": lambda track: f"{track.created_at.astimezone():%m}",
    "model": lambda track: track.model,
    "provider": lambda track: track.provider,
    "bpm": lambda track: round(track.bpm) if track.bpm else "",
    "key": lambda track: track.key,
    "rating": lambda track: track.rating,
    "id": lambda track: track.id,
}
"""The fields of a template. `{take:02}` pads with zeros; `{key?}` may be empty."""

UNKNOWN = "unknown"
"""Replaces an empty field without a `?`."""


class TemplateError(UsageError):
    """The template names an unknown field, or its braces don't match."""

    title = "That template can't be used"
    code = "template"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    width: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: the parts of a path, each a list of texts and fields."""

    folders: tuple[tuple[str | _Field, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Parse a template. Raises `TemplateError`, which names the known fields."""
        folders: list[list[str | _Field]] = [[]]
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise TemplateError(
                f"{text!r}: {error}. To write a brace itself, write it twice."
            ) from None
        for words, name, spec, conversion in parts:
            first, *rest = words.split("/")
            folders[-1].append(first)
            folders += [[word] for word in rest]
            if name is not None:
                folders[-1].append(_field(name, spec or "", conversion))
        return cls(tuple(tuple(folder) for folder in folders))

    def name(self, track: Track) -> str:
        """Return a track's path by this template, with `/`, without a suffix; never empty."""
        names = (
            readable_name(_tidy("".join(_value(part, track) for part in folder)))
            for folder in self.folders
        )
        return "/".join(name for name in names if name) or FALLBACK


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names, with a number added to those that differ only in case or not at all."""
    taken: set[str] = set()
    found = []
    for name in names:
        number, trial = 1, name
        while trial.casefold() in taken:
            number += 1
            trial = f"{name} ({number})"
        taken.add(trial.casefold())
        found.append(trial)
    return found


def _field(name: str, spec: str, conversion: str | None) -> _Field:
    optional = name.endswith("?")
    name = name.removesuffix("?")
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, 1)
        hint = f" Did you mean {{{near[0]}}}?" if near else f" The fields are {', '.join(FIELDS)}."
        raise TemplateError(f"There is no field {{{name}}}.{hint}")
    if conversion or not re.fullmatch(r"(0?[1-9])?", spec):
        raise TemplateError(f"{{{name}:{spec}}}: write a width from 1 to 9, as in {{{name}:02}}.")
    return _Field(name, spec, optional)


def _value(part: str | _Field, track: Track) -> str:
    if isinstance(part, str):
        return part
    value = FIELDS[part.name](track)
    text = f"{value:{part.width}}" if isinstance(value, int) else value
    return text if text.strip() or part.optional else UNKNOWN


def _tidy(name: str) -> str:
    """Remove what empty fields leave behind: empty brackets, two hyphens in a row."""
    name = re.sub(r"\(\s*\)|\[\s*\]", " ", name)
    name = re.sub(r"(?:\s+-)+(?=\s+-\s|\s*$)", " ", name)
    return re.sub(r"^\s*-\s+", "", name)
