"""Setting the writer up in `config.toml`."""

from __future__ import annotations

from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import Home
from suno_tui.common.secret import Secret
from suno_tui.config.config_file import change_setting
from suno_tui.config.provider_edits import check_address, check_key
from suno_tui.config.settings import Settings


def set_writer(
    home: Home, base_url: str, model: str, key: Secret | None, command: list[str] | None
) -> Settings:
    """Store where the writer answers, its model, and a key or a command that prints it.

    Without an address the writer is off, and its key is forgotten. Without a key and a command what
    was there stays; a key for another server does not: it would be sent there. Raises
    `SettingsError`.
    """
    if not base_url:
        return change_setting(home, ("writer",), None)
    check_address(base_url)
    before = Settings.load(home).writer
    if before.key and not (key or command) and before.base_url != base_url:
        raise SettingsError("The saved key belongs to the other address: paste one for this, too.")
    if key is not None:
        check_key(key)
        change_setting(home, ("writer", "key"), key.reveal().strip())
    elif command:
        change_setting(home, ("writer", "key_command"), command)
    for name in ("key", "key_env", "key_file", "key_command"):
        given = "key" if key is not None else "key_command" if command else name
        if name != given:
            change_setting(home, ("writer", name), None)
    change_setting(home, ("writer", "model"), model or None)
    return change_setting(home, ("writer", "base_url"), base_url)
