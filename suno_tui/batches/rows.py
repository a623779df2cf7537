"""Read the rows of a batch file: CSV, JSON Lines, TOML, or Markdown with TOML front matter."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import NotToml, parse_toml

KINDS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".toml": "toml", ".md": "md"}
"""The kind of a file by its suffix."""
MOST = 64 << 20
"""Bytes of the largest batch file."""
TABLE = "song"
"""The name of the tables in a TOML file: `[[song]]`."""
FENCE = "+++"
"""The line before and after a song's front matter in Markdown."""
BODY = ("lyrics", "prompt")
"""The fields that may be below the front matter."""
TABLE_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*song[ \t]*\]\]", re.MULTILINE)


class Row(NamedTuple):
    """One row of the file: the line where it begins, and its values by column.

    `why` says what is wrong with a row that can't be read.
    """

    line: int
    values: dict[str, Any]
    why: str = ""


def kind_of(name: str) -> str:
    """Return the kind of a file from its name. Raises `UsageError`."""
    kind = KINDS.get(PurePath(name).suffix.lower())
    if kind is None:
        known = ", ".join(KINDS)
        raise UsageError(
            f"{name}: a batch file's name ends with one of {known}. "
            "`suno-tui batch --template csv` prints one to begin with."
        )
    return kind


def read_rows(text: str, kind: str) -> list[Row]:
    """Return the rows of a file, by line; `kind` is a value of `KINDS`.

    Raises `UsageError` for a file that can't be read as that kind at all.
    """
    return list({"csv": _csv, "jsonl": _jsonl, "toml": _toml, "md": _markdown}[kind](text))


def _csv(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] = []
    begin = 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [name.strip() for name in cells]
                double = {name for name in names if names.count(name) > 1}
                if double or "" in names:
                    which = f"{min(double)!r} twice" if double else "a column without a name"
                    raise UsageError(f"line {line}: the first row has {which}.")
                continue
            if len(cells) > len(names):
                yield Row(line, {}, f"has {len(cells)} cells, but there are {len(names)} columns")
            else:
                cells += [""] * (len(names) - len(cells))
                yield Row(line, {n: cell for n, cell in zip(names, cells, strict=True) if cell})
    except csv.Error as error:
        yield Row(begin, {}, f"is not CSV ({error})")


def _jsonl(text: str) -> Iterator[Row]:
    for line, words in enumerate(text.split("\n"), 1):
        if not words.strip():
            continue
        try:
            values = json.loads(words)
        except (ValueError, RecursionError) as error:
            yield Row(line, {}, f"is not JSON ({error})")
            continue
        if isinstance(values, dict):
            yield Row(line, {name: value for name, value in values.items() if value is not None})
        else:
            yield Row(line, {}, "must be an object: {…}")


def _toml(text: str) -> Iterator[Row]:
    tables = _table(text).get(TABLE)
    if not isinstance(tables, list):
        raise UsageError(f"there is no [[{TABLE}]] in it. See `suno-tui batch --template toml`.")
    lines = [text.count("\n", 0, found.start()) + 1 for found in TABLE_HEAD.finditer(text)]
    # A line of lyrics may look like the head of a table.
    lines = lines if len(lines) == len(tables) else [1] * len(tables)
    for line, values in zip(lines, tables, strict=True):
        yield Row(line, values)


def _markdown(text: str) -> Iterator[Row]:
    """Yield songs: TOML between two lines `+++`, then the lyrics up to the next `+++`."""
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if not fences or any(line.strip() for line in lines[: fences[0]]):
        raise UsageError(f"a song begins with a line {FENCE}, values in TOML and {FENCE} again.")
    if len(fences) % 2:
        yield Row(fences[-1] + 1, {}, f"has no second line {FENCE}")
        fences.pop()
    ends = [*fences[2::2], len(lines)]
    for first, last, end in zip(fences[::2], fences[1::2], ends, strict=False):
        try:
            values = _table("".join(f"{line}\n" for line in lines[first + 1 : last]))
        except UsageError as error:
            yield Row(first + 1, {}, str(error))
            continue
        below = (line.removesuffix("\r") for line in lines[last + 1 : end])
        body = "\n".join(below).strip("\n")
        if body.strip():
            values.setdefault(body_field(values), body)
        yield Row(first + 1, values)


def body_field(head: Mapping[str, Any]) -> str:
    """Return the field for the text below a song's front matter."""
    return "lyrics" if head.keys() & {"title", "style"} else "prompt"


def _table(text: str) -> dict[str, Any]:
    try:
        return parse_toml(text.encode())
    except NotToml as error:
        raise UsageError(f"is not TOML ({error})") from error
