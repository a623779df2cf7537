"""Set up the writer in `config.toml`."""

from __future__ import annotations

from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret, server_of
from suno_tui.config.config_file import change_setting
from suno_tui.config.provider_edits import check_address, check_key
from suno_tui.config.settings import Settings
from suno_tui.config.tables import WriterSettings

_SOURCES: tuple[str, ...] = ("key", "key_env", "key_file", "key_command")


def key_sources(writer: WriterSettings) -> list[str]:
    """Return the names of the settings that give the writer its key."""
    return [name for name in _SOURCES if getattr(writer, name)]


def is_other_server(writer: WriterSettings, base_url: str) -> bool:
    """Return whether an address is of another server than the one in the settings."""
    return server_of(writer.base_url) != server_of(base_url)


def set_writer(
    home: Home, base_url: str, model: str, key: Secret | None, command: list[str] | None
) -> Settings:
    """Store the writer's address, its model, and its key or a command that prints the key.

    Without an address the writer is off, and its key is removed. An empty command removes the
    stored one. Without a key and a command (None) the stored ones stay, unless the server is
    another one: it would get the key. Raises `SettingsError`.
    """
    if not base_url:
        return change_setting(home, ("writer",), None)
    check_address(base_url)
    if key is not None:
        check_key(key)
    before = Settings.load(home).writer
    if key is not None or command or is_other_server(before, base_url):
        gone = _SOURCES
    else:
        gone = ("key_command",) if command is not None else ()
    # At no moment may another process read the old key with the new address, or the reverse.
    for name in gone:
        change_setting(home, ("writer", name), None)
    change_setting(home, ("writer", "model"), model or None)
    settings = change_setting(home, ("writer", "base_url"), base_url)
    if key is not None:
        return change_setting(home, ("writer", "key"), key.reveal().strip())
    if command:
        return change_setting(home, ("writer", "key_command"), command)
    return settings
