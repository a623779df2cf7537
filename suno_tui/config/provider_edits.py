"""Add and change providers in `config.toml`."""

from __future__ import annotations

import re
import shlex

from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret, server_of
from suno_tui.config.config_file import change_setting
from suno_tui.config.settings import LOCAL, Settings
from suno_tui.config.tables import ProviderSettings

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


def add_provider(home: Home, name: str, base_url: str, dialect: str = "suno") -> None:
    """Add a provider that speaks a dialect at an address. Raises `SettingsError`."""
    check_new(home, name, base_url)
    set_address(home, name, base_url)
    if dialect != "suno":
        change_setting(home, ("providers", name, "dialect"), dialect)


def check_new(home: Home, name: str, base_url: str) -> None:
    """Raise `SettingsError` if a new provider can't have this name and address."""
    if not _NAME.fullmatch(name):
        raise SettingsError("A provider's name has letters, digits, - and _ only.")
    if name == LOCAL or name in Settings.load(home).providers:
        raise SettingsError(f"There is a provider {name!r} already: choose another name.")
    check_address(base_url)


def set_address(home: Home, name: str, base_url: str) -> None:
    """Change the address of a provider. Raises `SettingsError`."""
    check_address(base_url)
    change_setting(home, ("providers", name, "base_url"), base_url)


def check_address(base_url: str) -> None:
    """Raise `SettingsError` if a text is not the address of a server."""
    if server_of(base_url) is None:
        raise SettingsError("An address begins with https:// or http://, such as https://host.")


def remove_provider(home: Home, name: str) -> None:
    """Remove a provider with its address and key. Raises `SettingsError`."""
    change_setting(home, ("providers", name), None)


def set_website(home: Home, name: str, website: str) -> None:
    """Change the web page where the user tops up; an empty one removes it."""
    change_setting(home, ("providers", name, "website"), website or None)


def set_key(home: Home, name: str, key: Secret) -> None:
    """Store a key in `config.toml`, which only its owner can read; it replaces a key command."""
    check_key(key)
    change_setting(home, ("providers", name, "key"), key.reveal().strip())
    change_setting(home, ("providers", name, "key_command"), None)


def check_key(key: Secret) -> None:
    """Raise `SettingsError` if a text can't be a key."""
    if len(key.reveal().split()) != 1 or not key.reveal().strip().isprintable():
        raise SettingsError("A key is one word: paste it without spaces or line breaks.")


def set_key_command(home: Home, name: str, command: list[str]) -> None:
    """Store a command that prints the key; it replaces a stored key."""
    change_setting(home, ("providers", name, "key_command"), command)
    for other in ("key", "key_env", "key_file"):
        change_setting(home, ("providers", name, other), None)


def set_key_source(home: Home, name: str, source: ProviderSettings) -> None:
    """Store where a new provider's key comes from: a variable, a file or a command."""
    if source.key_env:
        change_setting(home, ("providers", name, "key_env"), source.key_env)
    if source.key_file:
        change_setting(home, ("providers", name, "key_file"), str(source.key_file))
    if source.key_command:
        change_setting(home, ("providers", name, "key_command"), source.key_command)


def use_provider(home: Home, name: str) -> None:
    """Make a provider the default for new songs."""
    change_setting(home, ("provider",), name)


def read_command(text: str) -> list[str] | None:
    """Return the words of a key command; None if there is none. Raises `SettingsError`."""
    try:
        return shlex.split(text) or None
    except ValueError as error:
        raise SettingsError(f"The key command can't be read: {error}.") from None
