"""Change one value in the text of a TOML file, and nothing else in it.

Settings and track files belong to the user: comments, order, unknown keys, line ends and the
formatting of all other lines stay byte for byte. The functions below make candidates by editing
lines; only a candidate that parses to exactly the wanted table is returned.

tomlkit 0.15 was tried instead: it adds a key after the comment of the next table and a new table
between that comment and its table, ends new lines with LF in a file with CRLF, and can't add to a
table that is written in several places.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

MOST_LINES = 400
"""The most lines of a value that is found: long lyrics, or a command with one word per line."""

_HEADER = re.compile(r"\s*\[")
_REST = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*?(\s*(?:#.*)?)""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def set_value(
    text: str,
    path: Sequence[str],
    value: Any,
    wanted: Sequence[dict[str, Any]],
    *,
    multiline: bool = False,
) -> str | None:
    """Set the value at a path of keys; if `value` is None, remove the value or table there.

    Return the text with the smallest change that parses to one of the `wanted` tables; None if only
    a person can change it. With `multiline`, a text of several lines is written as such.
    """
    *lines, last = text.split("\n")
    if last:
        lines.append(last)
    end = "\r" if "\r\n" in text else ""
    written = None if value is None else format_value(value, multiline=multiline)
    if written is not None and end:
        written = written.replace("\n", "\r\n")
    candidates = _replaced(lines, path, written)
    if written is not None:
        candidates = chain(candidates, _added(lines, path, written, end))
    else:
        candidates = chain(candidates, _without_table(lines, path))
    for changed in candidates:
        unfinished = bool(last) and changed[-1:] == lines[-1:]
        candidate = "".join(f"{line}\n" for line in changed)[: -1 if unfinished else None]
        if any(_parses_to(candidate, table) for table in wanted):
            return candidate
    return None


def _replaced(lines: list[str], path: Sequence[str], written: str | None) -> Iterator[list[str]]:
    """Replace or remove a value: in its own table, or dotted in a table further up."""
    for depth in range(len(path) - 1, -1, -1):
        name = r"\s*\.\s*".join(
            rf"(?P<q{i}>[\"']?){re.escape(part)}(?P=q{i})" for i, part in enumerate(path[depth:])
        )
        start = re.compile(rf"(?P<start>\s*{name}\s*=\s*)(?P<value>.*?)(?P<end>\r?)")
        for at, line in enumerate(lines):
            if not (found := start.fullmatch(line)) or not (stop := _value_end(lines, at)):
                continue
            if written is None:
                yield [*lines[:at], *lines[stop:]]
                continue
            comment = _REST.fullmatch(found["value"]) if stop == at + 1 else None
            changed = found["start"] + written + (comment[1] if comment else "") + found["end"]
            yield [*lines[:at], changed, *lines[stop:]]


def _value_end(lines: list[str], at: int) -> int:
    """Return the line after a value that begins in line `at`; 0 if it doesn't end."""
    for stop in range(at + 1, min(len(lines), at + MOST_LINES) + 1):
        try:
            tomllib.loads("".join(f"{line}\n" for line in lines[at:stop]))
        except tomllib.TOMLDecodeError:
            continue
        return stop
    return 0


def _added(lines: list[str], path: Sequence[str], written: str, end: str) -> Iterator[list[str]]:
    """Add a value: at the end of its table, at its beginning, in a new table, dotted at the top."""
    line = f"{format_key(path[-1:])} = {written}{end}"
    for start, stop in _tables(lines, path[:-1]):
        last = stop
        while last > start and lines[last - 1].strip()[:1] in ("", "#"):
            last -= 1
        for at in dict.fromkeys((last, start)):
            gap = [end] if not path[:-1] and at == last < len(lines) and lines[at].strip() else []
            yield [*_ended(lines[:at], end), line, *gap, *lines[at:]]
    if path[:-1]:
        gap = [end] if lines and lines[-1].strip() else []
        yield [*_ended(lines, end), *gap, f"[{format_key(path[:-1])}]{end}", line]
        yield [f"{format_key(path)} = {written}{end}", *lines]


def _without_table(lines: list[str], path: Sequence[str]) -> Iterator[list[str]]:
    """Remove a whole table, but not the comment of the next one."""
    for start, stop in _tables(lines, path):
        last = stop
        while start < last < len(lines) and lines[last - 1].lstrip().startswith("#"):
            last -= 1
        yield [*lines[: start - 1], *lines[last:]]


def _ended(lines: list[str], end: str) -> list[str]:
    """Give the last line of a file without a final line break the ending of the others."""
    return [*lines[:-1], lines[-1].removesuffix("\r") + end] if lines and end else lines


def _tables(lines: list[str], path: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines that may be a table: from after its header to the next header."""
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if not path:
        yield 0, headers[0] if headers else len(lines)
        return
    for number, at in enumerate(headers):
        try:
            named: Any = tomllib.loads(lines[at].rstrip("\r"))
        except tomllib.TOMLDecodeError:
            continue
        for part in path:
            named = named.get(part) if isinstance(named, dict) else None
        if named == {}:
            yield at + 1, headers[number + 1] if number + 1 < len(headers) else len(lines)


def _parses_to(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _same(tomllib.loads(text), wanted)
    except tomllib.TOMLDecodeError:
        return False


def _same(one: Any, other: Any) -> bool:
    """Compare kind and value (for Python 1, 1.0 and True are equal) without the order of keys."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def format_key(path: Sequence[str]) -> str:
    """Return the names as a dotted key, quoted if TOML requires it."""
    return ".".join(part if _BARE.fullmatch(part) else format_value(part) for part in path)


def format_value(value: Any, *, multiline: bool = False) -> str:
    """Return a value on one line of TOML; with `multiline`, a text on lines of its own."""
    import tomli_w

    if isinstance(value, list):
        return f"[{', '.join(map(format_value, value))}]"
    text = tomli_w.dumps({"value": value}, multiline_strings=multiline)
    return text.removeprefix("value = ").rstrip("\n")
