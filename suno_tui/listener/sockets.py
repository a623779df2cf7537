"""The sockets of listeners: where they are, and which of them are alive.

They are in the folder `listeners` of the runtime directory, with mode 0700 so that no other user
can connect. A studio reads that folder and not its environment, since a connection may be newer
than the tmux session that the studio runs in.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time
from collections.abc import Mapping
from pathlib import Path

from suno_tui.common.errors import HomeError, home_error

LONGEST = 100
"""Bytes of the longest path of a socket: macOS allows 103, Linux 107."""
CONNECT_SECONDS = 1.0
NEW_SECONDS = 10.0
"""A younger socket is not removed, even if nothing answers yet."""


def runtime_folder(env: Mapping[str, str]) -> Path:
    """Return this user's folder for sockets, 0700; create it. Raises `HomeError`.

    It is `suno-tui` in XDG_RUNTIME_DIR or `/run/user/UID`, else `/tmp/suno-tui-UID`.
    """
    user = os.getuid()
    named, usual = env.get("XDG_RUNTIME_DIR"), Path(f"/run/user/{user}")
    if named:
        folder = Path(named) / "suno-tui"
    elif usual.is_dir():
        folder = usual / "suno-tui"
    else:
        folder = Path(f"/tmp/suno-tui-{user}")
    return _private(folder)


def listeners_folder(env: Mapping[str, str]) -> Path:
    """Return the folder where studios look for listeners; create it. Raises `HomeError`."""
    return _private(runtime_folder(env) / "listeners")


def players_folder(env: Mapping[str, str]) -> Path:
    """Return the folder where commands look for players; create it. Raises `HomeError`.

    It has the sockets of the open studios of all homes, and of the players that outlive them.
    """
    return _private(runtime_folder(env) / "players")


def player_of(folder: Path, home: str) -> Path:
    """Return the socket of the player that outlives a home's studios; `home` is the home's id."""
    return folder / f"{home[:16]}.sock"


def own_commands(env: Mapping[str, str]) -> Path:
    """Return the socket for commands to what this machine plays for studios elsewhere."""
    return runtime_folder(env) / "own.commands"


def new_view(folder: Path, home: str) -> Path:
    """Return a new path for the socket of a home's studio."""
    return folder / f"{home[:16]}-{new_name()}"


def views_of(folder: Path, home: str) -> list[Path]:
    """Return the sockets of a home's studios, the newest first; some may be dead."""
    return [path for path in found(folder) if path.name.startswith(f"{home[:16]}-")]


def _private(folder: Path) -> Path:
    """Create a folder with mode 0700. Raises `HomeError` if it belongs to another user."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise HomeError(f"{folder} belongs to another user. Remove it, or set XDG_RUNTIME_DIR.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise home_error(folder, error) from error
    return folder


def home_id(home: Path) -> str:
    """Return the id of a home for listeners: 64 hexadecimal digits."""
    import hashlib

    return hashlib.sha256(f"{socket.gethostname()}\0{home}".encode()).hexdigest()


def new_name() -> str:
    """Return a random name for a socket."""
    import secrets

    return f"{secrets.token_hex(6)}.sock"


def listen(path: Path) -> socket.socket:
    """Return a listening socket (0600) at a path, replacing an old one. Raises `HomeError`."""
    if len(os.fsencode(path)) > LONGEST:
        raise HomeError(
            f"{path} is too long for a socket. Set XDG_RUNTIME_DIR to a shorter folder."
        )
    import secrets

    # It gets its name once it answers; before that it would seem to be dead.
    draft = path.with_name(f".{secrets.token_hex(3)}")
    made = socket.socket(socket.AF_UNIX)
    try:
        made.bind(str(draft))
        draft.chmod(0o600)
        made.listen(8)
        draft.replace(path)
    except OSError as error:
        made.close()
        draft.unlink(missing_ok=True)
        raise home_error(path, error) from error
    return made


def connect(path: Path, *, remove_dead: bool = False) -> socket.socket | None:
    """Return a connection to a listener's socket; None if nothing answers.

    With `remove_dead`, a socket without a listening process is removed; only for sockets with names
    that are never used again.
    """
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(CONNECT_SECONDS)
    try:
        made.connect(str(path))
    except OSError as error:
        made.close()
        if remove_dead and isinstance(error, ConnectionRefusedError) and _is_old(path):
            with contextlib.suppress(OSError):
                path.unlink()
        return None
    made.settimeout(None)
    return made


def _is_old(path: Path) -> bool:
    """Return whether a socket had time to answer: sshd binds a socket first, then listens."""
    with contextlib.suppress(OSError):
        return time.time() - path.lstat().st_mtime > NEW_SECONDS
    return False


def found(folder: Path) -> list[Path]:
    """Return the sockets in a folder, the newest first; some may be dead."""
    sockets: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                status = path.lstat()
                named = not path.name.startswith(".")
                if named and stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid():
                    sockets.append((status.st_mtime, path))
    return [path for _, path in sorted(sockets, reverse=True)]
