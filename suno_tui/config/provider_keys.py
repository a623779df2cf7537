"""Read a key from the settings, a variable, a file or a command."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Protocol

from suno_tui.common.errors import SettingsError
from suno_tui.common.paths import expand_home
from suno_tui.common.secret import Environment, Secret


class KeySource(Protocol):
    """The settings of a provider or the writer about its key; the first one that is set counts."""

    key: Secret | None
    key_env: str | None
    key_file: Path | None
    key_command: list[str] | None


# No local variable of these functions holds a key as text, as a traceback may show variables.


def read_key(
    owner: str, source: KeySource, env: Environment, untrusted: str | None
) -> Secret | None:
    """Return the key of a provider or the writer, None if there is none; may run a command.

    `owner` says in messages to whom the key belongs. `untrusted` is why commands must not be run;
    None if they may. Raises `SettingsError`.
    """
    found = None
    if source.key is not None:
        found = source.key
    elif source.key_env is not None:
        found = env.secret(source.key_env)
    elif source.key_file is not None:
        found = _from_file(owner, expand_home(source.key_file))
    elif source.key_command:
        if untrusted:
            raise SettingsError(untrusted)
        found = _from_command(owner, source.key_command)
    return found or None


def _from_file(owner: str, path: Path) -> Secret:
    require_private(path)
    try:
        return Secret(path.read_text().strip())
    except OSError as error:
        why = str(error)
    except UnicodeDecodeError as error:
        # The error's own message contains the whole file.
        why = f"{path} is not UTF-8 text ({error.reason})"
    raise SettingsError(f"The key file of {owner}: {why}")


def _from_command(owner: str, command: list[str]) -> Secret:
    try:
        # Password managers keep the secret in the first line, and notes below it.
        return Secret(
            subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
            .stdout.strip()
            .partition("\n")[0]
            .strip()
        )
    except subprocess.SubprocessError as error:
        # Their messages repeat the whole command, which may contain a secret.
        late = isinstance(error, subprocess.TimeoutExpired)
        why = "gave no answer within 30 seconds" if late else "failed"
        why = f"({command[0]}) {why}. Try it in a shell: it should print the key."
    except UnicodeDecodeError as error:
        why = f"({command[0]}) printed something that is not UTF-8 text ({error.reason})."
    except OSError as error:
        why = f"({command[0]}) can't be run: {error.strerror or type(error).__name__}."
    raise SettingsError(f"The key command of {owner} {why}")


def require_private(path: Path) -> None:
    """Raise `SettingsError` if others than its owner can read a file that holds a key."""
    try:
        mode = expand_home(path).stat().st_mode
    except OSError:
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{path} holds a key and others can read it. Run: chmod 600 {path}")
