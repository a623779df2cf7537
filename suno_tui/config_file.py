"""Change one setting in `config.toml` and leave the rest as its owner wrote it.

The file is the user's: comments, order and unknown keys stay. So only the line of the setting is
touched, and the result is written only where reading it says exactly what was meant; a file that
is written in some other way is left alone, with a word about it.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from suno_tui.errors import SettingsError
from suno_tui.files import MOST_TOML, decode, mark_of, read_file
from suno_tui.home import Home, home_error, read_toml, write_bytes
from suno_tui.settings import Settings

MOST_LINES = 60
"""How many lines a value may take to be found: a command with one word a line."""

_HEADER = re.compile(r"\s*\[")
_REST = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*?(\s*(?:#.*)?)""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def change_setting(home: Home, path: Sequence[str], value: Any) -> Settings:
    """Set one setting, or with None let the default be; returns all settings as they are then.

    Values are what TOML knows. Raises `SettingsError` where the value is wrong or its line can't be
    changed safely or others may have written its commands, `DamagedFile` and `HomeError`; the file
    is as it was then.
    """
    # A link leads to where the user keeps such files: that one is written, and the link stays.
    file = home.config_file.resolve()
    table = read_toml(file)
    wanted = _with(table, path, value)
    settings = Settings.from_table(home, wanted)
    if settings.untrusted:
        # The new file would be the user's own, and the commands in it with it.
        raise SettingsError(settings.untrusted)
    if wanted != table:
        try:
            data = read_file(file, most=MOST_TOML) if file.exists() else b""
        except OSError as error:
            raise home_error(file, error) from error
        text, mark = decode(data), mark_of(data)
        meant = [wanted]
        if wanted.get(path[0]) == {}:
            # `queue.downloads = 4` was all that there was of a table.
            meant.append({name: part for name, part in wanted.items() if name != path[0]})
        for changed in _ways(text, path, value):
            if any(_says(changed, table) for table in meant):
                write_bytes(file, mark + changed.encode(), mode=0o600)
                return settings
        raise SettingsError(
            f"{'.'.join(path)} is written in a way that only a person should change. "
            f"Change it in {home.config_file}."
        )
    return settings


def _with(table: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """The whole table with the one value; tables that are there stay, even empty ones."""
    wanted = copy.deepcopy(table)
    place = wanted
    for name in path[:-1]:
        if value is None and name not in place:
            return wanted
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise SettingsError(f"{name} is not a table in the file. Mend it there first.")
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    return wanted


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _same(tomllib.loads(text), wanted)
    except tomllib.TOMLDecodeError:
        return False


def _same(one: Any, other: Any) -> bool:
    """Equal in kind and value (for Python 1, 1.0 and True are equal); order means nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def _ways(text: str, path: Sequence[str], value: Any) -> Iterator[str]:
    """Texts that may be the file with the change, the least change first."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.removesuffix(end).split(end) if text else []
    for changed in _line_ways(lines, path, value):
        yield "".join(line + end for line in changed)


def _line_ways(lines: list[str], path: Sequence[str], value: Any) -> Iterator[list[str]]:
    written = None if value is None else toml_value(value)
    # In its own table, or dotted in a table further up.
    for depth in range(len(path) - 1, -1, -1):
        yield from _replaced(lines, path[depth:], written)
    if written is None:
        return
    line = f"{toml_key(path[-1:])} = {written}"
    for start, stop in _tables(lines, path[:-1]):
        last = stop
        while last > start and lines[last - 1].strip()[:1] in ("", "#"):
            last -= 1
        for at in dict.fromkeys((last, start)):
            gap = [""] if not path[:-1] and at == last < len(lines) and lines[at].strip() else []
            yield [*lines[:at], line, *gap, *lines[at:]]
    if path[:-1]:
        gap = [""] if lines and lines[-1].strip() else []
        yield [*lines, *gap, f"[{toml_key(path[:-1])}]", line]
        yield [f"{toml_key(path)} = {written}", *lines]


def _replaced(lines: list[str], path: Sequence[str], written: str | None) -> Iterator[list[str]]:
    """The line of the setting with another value, or without it."""
    name = r"\s*\.\s*".join(rf"(?P<q{i}>[\"']?){re.escape(p)}(?P=q{i})" for i, p in enumerate(path))
    start = re.compile(rf"(?P<start>\s*{name}\s*=\s*)(?P<value>.*)")
    for at, line in enumerate(lines):
        found = start.fullmatch(line)
        if found is None:
            continue
        if written is None:
            for stop in range(at + 1, min(len(lines), at + MOST_LINES) + 1):
                yield [*lines[:at], *lines[stop:]]
            continue
        rest = _REST.fullmatch(found["value"])
        yield [*lines[:at], found["start"] + written + (rest[1] if rest else ""), *lines[at + 1 :]]
        for stop in range(at + 1, min(len(lines), at + MOST_LINES) + 1):
            yield [*lines[:at], found["start"] + written, *lines[stop:]]


def _tables(lines: list[str], path: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The lines that may belong to a table, from the one after its header on."""
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if not path:
        yield 0, headers[0] if headers else len(lines)
        return
    for number, at in enumerate(headers):
        try:
            named: Any = tomllib.loads(lines[at])
        except tomllib.TOMLDecodeError:
            continue
        for part in path:
            named = named.get(part) if isinstance(named, dict) else None
        if named == {}:
            yield at + 1, headers[number + 1] if number + 1 < len(headers) else len(lines)


def toml_key(path: Sequence[str]) -> str:
    """The names as a dotted key, quoted where TOML wants that."""
    return ".".join(part if _BARE.fullmatch(part) else toml_value(part) for part in path)


def toml_value(value: Any) -> str:
    """A value on one line of TOML."""
    import tomli_w

    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n")
