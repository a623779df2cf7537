"""The user's own themes: `themes/NAME.toml` in the folder of `config.toml`.

The fields are those of Textual's `Theme`; `name` defaults to the name of the file. A wrong file is
skipped and reported by name: a wrong colour must not end the program.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from suno_tui.common.atomic_files import read_toml
from suno_tui.common.errors import DamagedFile, HomeError, SettingsError
from suno_tui.tui.themes import builtin
from suno_tui.tui.themes.builtin import DARK
from suno_tui.tui.themes.variables import EXTRA

_AUTO = re.compile(r"auto \d{1,3}%")
_STYLES = frozenset({"none", "not", "b", "bold", "i", "italic", "u", "underline", "reverse", "dim"})
_FIELDS = {field.name: field for field in fields(Theme)}
_MEASURES = frozenset({"luminosity_spread", "text_alpha"})


def own_themes(folder: Path) -> tuple[list[Theme], list[str]]:
    """Return the themes in a folder, sorted by file, and a sentence about each wrong file."""
    found: list[Theme] = []
    problems: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            theme = read_theme(file)
        except DamagedFile as error:
            problems.append(f"{file.name}: {error.why}")
        except (HomeError, SettingsError) as error:
            problems.append(str(error))
        else:
            if any(theme.name == other.name for other in found):
                problems.append(f"{file.name}: another file has the name {theme.name!r} already.")
            else:
                found.append(theme)
    return found, problems


def theme_names(folder: Path) -> list[str]:
    """Return the names of all themes: our own, the user's and Textual's."""
    users, _ = own_themes(folder)
    ours = [theme.name for theme in (*builtin.THEMES, *users)]
    return list(dict.fromkeys([*ours, *sorted(BUILTIN_THEMES)]))


def read_theme(file: Path) -> Theme:
    """Return the theme in a file. Raises `SettingsError`, `DamagedFile` and `HomeError`."""
    table = {"name": file.stem} | read_toml(file)
    mistakes = [f"{file.name}: {mistake}" for mistake in _mistakes(table)]
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    theme = Theme(**table)
    try:
        theme.to_color_system().generate()
    except Exception as error:
        # Textual may fail on colours that are valid one by one; the program goes on.
        raise SettingsError(f"{file.name}: {error}") from error
    return theme


def _mistakes(table: dict[str, Any]) -> Iterable[str]:
    if "primary" not in table:
        yield "a theme needs at least `primary`, its main colour."
    for name, value in table.items():
        field = _FIELDS.get(name)
        if field is None:
            yield f"there is no field {name!r}.{nearest(name, _FIELDS)}"
        elif name == "name":
            if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value):
                yield "`name` must be letters, digits and hyphens."
        elif name == "variables":
            yield from _variable_mistakes(value)
        elif field.default is not MISSING and isinstance(field.default, bool):
            if not isinstance(value, bool):
                yield f"`{name}` must be true or false."
        elif name in _MEASURES:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                yield f"`{name}` must be a number from 0 to 1."
        elif not _is_color(value):
            yield f"`{name}` is {value!r}, which is not a colour; write one such as '#7cb7ff'."


def _variable_mistakes(value: object) -> Iterable[str]:
    if not isinstance(value, dict):
        yield "`variables` must be a table."
        return
    known = {*DARK.to_color_system().generate(), *EXTRA}
    for name, text in value.items():
        if name not in known:
            yield f"there is no variable {name!r}.{nearest(name, known)}"
        elif name.endswith(("-style", "style-hover")):
            if not isinstance(text, str) or not set(text.split()) <= _STYLES or not text.strip():
                yield f"`variables.{name}` is {text!r}; write 'bold' or 'none', for example."
        elif not _is_color(text) and not (isinstance(text, str) and _AUTO.fullmatch(text)):
            yield f"`variables.{name}` is {text!r}, which is not a colour."


def _is_color(value: object) -> bool:
    if not isinstance(value, str) or value.startswith("auto"):
        return False
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, as a question; empty if there is none."""
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
