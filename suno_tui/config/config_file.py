"""Change one setting in `config.toml` and leave the rest as the user wrote it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from suno_tui.common.atomic_files import read_toml, write_bytes
from suno_tui.common.errors import SettingsError, home_error
from suno_tui.common.paths import Home
from suno_tui.common.safe_files import MOST_TOML, byte_order_mark, decode, read_file
from suno_tui.common.toml_lines import set_value
from suno_tui.config.settings import Settings


def change_setting(home: Home, path: Sequence[str], value: Any) -> Settings:
    """Set one setting, or remove it if the value is None; return all settings after the change.

    The value is one that TOML has. Raises `SettingsError` if the value is wrong, its line can't be
    changed safely or others may have written the file's commands; also `DamagedFile` and
    `HomeError`. After an error the file is unchanged.
    """
    # If the file is a link, its target is written, and the link stays.
    file = home.config_file.resolve()
    table = read_toml(file)
    wanted = _with(table, path, value)
    settings = Settings.from_table(home, wanted)
    if settings.untrusted:
        # The new file would belong to the user, so its commands would be trusted from then on.
        raise SettingsError(settings.untrusted)
    if wanted == table:
        return settings
    try:
        data = read_file(file, most=MOST_TOML) if file.exists() else b""
    except OSError as error:
        raise home_error(file, error) from error
    allowed = [wanted]
    if wanted.get(path[0]) == {}:
        # A line such as `queue.downloads = 4` may have been the whole table.
        allowed.append({name: part for name, part in wanted.items() if name != path[0]})
    changed = set_value(decode(data), path, value, allowed)
    if changed is None:
        raise SettingsError(
            f"{'.'.join(path)} is written in a way that suno-tui can't change safely. "
            f"Change it yourself in {home.config_file}."
        )
    write_bytes(file, byte_order_mark(data) + changed.encode(), mode=0o600)
    return settings


def _with(table: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """Return a copy of the table with one value changed; existing tables stay, even if empty."""
    wanted = copy.deepcopy(table)
    place = wanted
    for name in path[:-1]:
        if value is None and name not in place:
            return wanted
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise SettingsError(f"{name} is not a table in the file. Fix the file first.")
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    return wanted
