"""The settings one by one, as the schema describes them: what a screen needs to show and ask.

Nothing is described twice: names, kinds, defaults, limits and words come from `settings.py`.
"""

from __future__ import annotations

import math
import shlex
import types
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from suno_tui.api.secret import Secret
from suno_tui.errors import SettingsError
from suno_tui.settings import LOCAL, ModelSettings, ProviderSettings, Settings, Within

Place = tuple[str, ...]
"""The names that lead to a setting: (`queue`, `downloads`)."""

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
_NAMED: dict[str, type] = {"providers": ProviderSettings, "models": ModelSettings}


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `config.toml`: where it stands, what may stand there, and what it means.

    `default` None is unset. A secret is never shown nor asked for.
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
        """The table that it stands in; empty at the top of the file."""
        return self.path[:-1]

    @property
    def limits(self) -> str:
        """What values it takes, in words: `1 to 32`."""
        if self.choices:
            return ", ".join(self.choices)
        if self.above is not None:
            return f"more than {_number(self.above)}, at most {_number(self.most or math.inf)}"
        if self.least is not None and self.most is not None:
            return f"{_number(self.least)} to {_number(self.most)}"
        return f"{_number(self.least)} or more" if self.least is not None else ""

    def show(self, value: Any) -> str:
        """The value as text that `read` understands; None is nothing."""
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
        """What the text means; empty is None, the default. Raises `SettingsError` in words."""
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
                raise SettingsError(f"That is no command: {error}.") from error
        if self.kind in ("whole number", "number"):
            return self._read_number(text)
        return text

    def _read_number(self, text: str) -> int | float:
        wanted = f"Write a {self.kind}" + (f", {self.limits}." if self.limits else ".")
        try:
            # Python reads more than people write: `1_0`, `nan`, digits of other scripts.
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
    """Every setting of the schema, and of the providers and models that are named."""
    names = (LOCAL, "hosted", *(name for name in settings.providers if name != "hosted"))
    for field in fields(Settings):
        if field.name == "provider":
            yield Setting(("provider",), "choice", _words(field), choices=names)
        elif field.name in _NAMED:
            for name in getattr(settings, field.name):
                yield from _of_table((field.name, name), _NAMED[field.name])
        elif field.name != "keymap":
            yield from _of_table((field.name,), type(getattr(settings, field.name)))


def table_words(path: Place) -> str:
    """What a table is for, in a few words; empty where it has none of its own."""
    kind = _NAMED.get(path[0]) if len(path) > 1 else type(getattr(Settings(), path[0], None))
    doc = (kind.__doc__ or "") if kind else ""
    return doc.partition(": `[")[0] if ": `[" in doc else ""


def value_at(settings: Settings, path: Place) -> Any:
    """What a setting is; the default where nothing was set."""
    value: Any = settings
    for part in path:
        value = value.get(part) if isinstance(value, dict) else getattr(value, part)
    return value


def set_at(table: dict[str, Any], path: Place) -> bool:
    """Whether the file's table says something about a setting."""
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
    return Setting(path, kind, _words(field), default, **limits)


def _words(field: Any) -> str:
    return str(field.metadata["description"])


def _number(value: float) -> str:
    return f"{value:.10g}"
