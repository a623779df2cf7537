"""Setting the writer up in `config.toml`."""

from __future__ import annotations

from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret, server_of
from suno_tui.config.config_file import change_setting
from suno_tui.config.provider_edits import check_address, check_key
from suno_tui.config.settings import Settings
from suno_tui.config.tables import WriterSettings

_SOURCES: tuple[str, ...] = ("key", "key_env", "key_file", "key_command")


def key_sources(writer: WriterSettings) -> list[str]:
    """Return the names of the settings that say where the writer's key comes from."""
    return [name for name in _SOURCES if getattr(writer, name)]


def is_other_server(writer: WriterSettings, base_url: str) -> bool:
    """Return whether an address is another server than that of the settings, and of their key."""
    return server_of(writer.base_url) != server_of(base_url)


def set_writer(
    home: Home, base_url: str, model: str, key: Secret | None, command: list[str] | None
) -> Settings:
    """Store where the writer answers, its model, and a key or a command that prints it.

    Without an address the writer is off, and its key is forgotten. An empty command removes the
    one that was there. Without a key and a command (None) what was there stays, but not for another
    server: the key would be sent to it. Raises `SettingsError`.
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
    # At no moment may another process read the old key beside the new address, or the reverse.
    for name in gone:
        change_setting(home, ("writer", name), None)
    change_setting(home, ("writer", "model"), model or None)
    settings = change_setting(home, ("writer", "base_url"), base_url)
    if key is not None:
        return change_setting(home, ("writer", "key"), key.reveal().strip())
    if command:
        return change_setting(home, ("writer", "key_command"), command)
    return settings
