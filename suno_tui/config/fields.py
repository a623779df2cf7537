"""The settings one by one, with what a screen needs to show and edit them.

Names, kinds, defaults, limits and descriptions all come from `settings.py`.
"""

from __future__ import annotations

import math
import shlex
import types
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from suno_tui.common.errors import SettingsError
from suno_tui.common.secret import Secret
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.config.tables import ModelSettings, ProviderSettings, SshSettings
from suno_tui.config.within import Within

Place = tuple[str, ...]
"""The path of a setting in the file: (`queue`, `downloads`)."""

Kind = Literal["yes or no", "choice", "whole number", "number", "text", "file", "command", "secret"]

_KINDS: dict[Any, Kind] = {
    bool: "yes or no",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "file",
    Secret: "secret",
    list[str]: "command",
}
_NAMED: dict[str, type] = {
    "providers": ProviderSettings,
    "models": ModelSettings,
    "ssh": SshSettings,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its place in `config.toml`, its possible values and its meaning.

    A `default` of None means unset. A secret is neither shown nor edited.
    """

    path: Place
    kind: Kind
    description: str
    default: Any = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    above: float | None = None

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def table(self) -> Place:
        """The path of its table; empty at the top of the file."""
        return self.path[:-1]

    @property
    def limits(self) -> str:
        """The allowed values as text: `1 to 32`."""
        if self.choices:
            return ", ".join(self.choices)
        if self.above is not None:
            return f"more than {_number(self.above)}, at most {_number(self.most or math.inf)}"
        if self.least is not None and self.most is not None:
            return f"{_number(self.least)} to {_number(self.most)}"
        return f"{_number(self.least)} or more" if self.least is not None else ""

    def show(self, value: Any) -> str:
        """Return the value as text that `read` accepts; empty for None."""
        if value is None:
            return ""
        if self.kind == "secret":
            return "set"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return _number(value)
        if isinstance(value, list):
            return shlex.join(value)
        return str(value)

    def read(self, text: str) -> Any:
        """Parse a text; empty is None, the default. Raises `SettingsError`."""
        text = text.strip()
        if not text:
            return None
        if self.kind == "yes or no":
            if text not in ("yes", "no"):
                raise SettingsError("Write yes or no.")
            return text == "yes"
        if self.choices and text not in self.choices:
            raise SettingsError(f"There are: {self.limits}.")
        if self.kind == "command":
            try:
                return shlex.split(text)
            except ValueError as error:
                raise SettingsError(f"That is not a command: {error}.") from error
        if self.kind in ("whole number", "number"):
            return self._read_number(text)
        return text

    def _read_number(self, text: str) -> int | float:
        wanted = f"Write a {self.kind}" + (f", {self.limits}." if self.limits else ".")
        try:
            # Refuse what only Python accepts: `1_0`, digits of other scripts.
            if "_" in text or not text.isascii():
                raise ValueError(text)
            value = int(text) if self.kind == "whole number" else float(text)
        except ValueError:
            raise SettingsError(wanted) from None
        low = value < self.least if self.least is not None else False
        low = low or (self.above is not None and value <= self.above)
        if low or not math.isfinite(value) or (self.most is not None and value > self.most):
            raise SettingsError(f"{_number(value)} is out of bounds. {wanted}")
        return int(value) if value == int(value) else value


def all_settings(settings: Settings) -> Iterator[Setting]:
    """Yield every setting, including those of all named providers, models and machines."""
    names = (LOCAL, "hosted", *(name for name in settings.providers if name != "hosted"))
    for field in fields(Settings):
        if field.name == "provider":
            yield Setting(("provider",), "choice", _description(field), choices=names)
        elif field.name in _NAMED:
            for name in getattr(settings, field.name):
                yield from _of_table((field.name, name), _NAMED[field.name])
        elif field.name != "keymap":
            yield from _of_table((field.name,), type(getattr(settings, field.name)))


def setting_at(settings: Settings, path: Place) -> Setting | None:
    """Return the setting at a path, even if its provider, model or machine is not in the file yet;
    None if there is no such setting."""
    found = next((each for each in all_settings(settings) if each.path == path), None)
    if found is None and len(path) == 3 and path[0] in _NAMED:
        every = _of_table(path[:2], _NAMED[path[0]])
        return next((each for each in every if each.path == path), None)
    return found


def table_description(path: Place) -> str:
    """Return a short description of a table; empty if it has none."""
    kind = _NAMED.get(path[0]) if len(path) > 1 else type(getattr(Settings(), path[0], None))
    doc = (kind.__doc__ or "") if kind else ""
    return doc.partition(": `[")[0] if ": `[" in doc else ""


def value_at(settings: Settings, path: Place) -> Any:
    """Return the value of a setting; the default if it is not set."""
    value: Any = settings
    for part in path:
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value


def is_set(table: dict[str, Any], path: Place) -> bool:
    """Return whether the file sets the setting at a path."""
    for part in path[:-1]:
        table = table.get(part, {})
    return path[-1] in table


def _of_table(path: Place, kind: type) -> Iterator[Setting]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        yield _setting((*path, field.name), hints[field.name], field)


def _setting(path: Place, hint: Any, field: Any) -> Setting:
    limits: dict[str, Any] = {}
    while get_origin(hint) in (Annotated, Union, types.UnionType):
        if get_origin(hint) is Annotated:
            hint, *marks = get_args(hint)
            for mark in marks:
                if isinstance(mark, Within):
                    limits |= {"least": mark.least, "most": mark.most, "above": mark.above}
        else:
            hint = next(part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is Literal:
        limits["choices"] = get_args(hint)
    kind: Kind = "choice" if "choices" in limits else _KINDS[hint]
    default = None if field.default is MISSING else field.default
    return Setting(path, kind, _description(field), default, **limits)


def _description(field: Any) -> str:
    return str(field.metadata["description"])


def _number(value: float) -> str:
    return f"{value:.10g}"
