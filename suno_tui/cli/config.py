"""`suno-tui config`: show and change the settings of `config.toml`."""

from __future__ import annotations

import tomllib
from typing import Any

from suno_tui.cli.opening import open_studio
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.common.errors import SettingsError, UsageError
from suno_tui.common.toml_lines import format_key
from suno_tui.config.config_file import change_setting
from suno_tui.config.fields import Place, Setting, all_settings, setting_at, value_at
from suno_tui.config.mistakes import nearest
from suno_tui.config.settings import Settings
from suno_tui.studio import Studio


def run(options: Options) -> int:
    """Run the action. Raises `UsageError` for an unknown name, `SettingsError` for a value."""
    studio = open_studio()
    try:
        if options.action == "list":
            for setting in all_settings(studio.settings):
                _print(setting, studio.settings, options)
        elif options.action == "get":
            _print(_named(options.name, studio.settings), studio.settings, options)
        else:
            _change(studio, options)
    finally:
        studio.close()
    return 0


def _print(setting: Setting, settings: Settings, options: Options) -> None:
    value = value_at(settings, setting.path)
    if options.json:
        print_json({"name": format_key(setting.path), "value": _plain(setting, value)})
    elif options.action == "get":
        print_line(setting.show(value))
    else:
        print_line(f"{format_key(setting.path)} = {setting.show(value) or '(unset)'}")


def _change(studio: Studio, options: Options) -> None:
    setting = _named(options.name, studio.settings)
    if setting.kind == "secret":
        raise UsageError(
            f"{options.name}: a key on the command line can be read by all users of this machine. "
            f"Write it into {studio.home.config_file}, or set key_file or key_command instead."
        )
    try:
        value = None if options.action == "unset" else setting.read(options.value)
        if setting.path == ("screen", "theme") and value is not None:
            _check_theme(str(value), studio)
    except SettingsError as error:
        raise UsageError(f"{options.name}: {error}") from error
    settings = change_setting(studio.home, setting.path, value)
    _print(setting, settings, options)


def _check_theme(name: str, studio: Studio) -> None:
    """Raise `SettingsError` if there is no such theme. This loads Textual."""
    from suno_tui.tui.themes.own import nearest, theme_names

    known = theme_names(studio.home.config / "themes")
    if name not in known:
        advice = nearest(name, known) or f" Choose from {', '.join(known)}."
        raise SettingsError(f"There is no theme {name!r}.{advice}")


def _named(name: str, settings: Settings) -> Setting:
    path = _path(name)
    setting = setting_at(settings, path)
    if setting is None:
        known = [format_key(each.path) for each in all_settings(settings)]
        close = nearest(name, known)
        advice = close if "mean" in close else " `suno-tui config list` shows all of them."
        raise UsageError(f"{name} is not a setting.{advice}")
    return setting


def _path(name: str) -> Place:
    """Split a name into its parts as TOML does: `models."v5.5".label` has three."""
    try:
        table: Any = tomllib.loads(f"{name} = 0") if "\n" not in name else 0
    except tomllib.TOMLDecodeError:
        return (name,)
    parts = []
    while isinstance(table, dict) and table:
        part, table = next(iter(table.items()))
        parts.append(part)
    return tuple(parts)


def _plain(setting: Setting, value: Any) -> Any:
    """Return the value for JSON; for a secret only whether it is set."""
    if setting.kind == "secret":
        return None if value is None else True
    return value if isinstance(value, bool | int | float | list | None) else str(value)
