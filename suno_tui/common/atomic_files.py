"""Read and replace files, and make folders.

A file is replaced as a whole (temporary file in the same folder, fsync, rename), so a reader sees
the old bytes or the new ones. Folders are 0700; a file that may hold a secret is 0600.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suno_tui.common.errors import DamagedFile, HomeError, home_error
from suno_tui.common.safe_files import MOST_TOML, NotText, NotToml, parse_toml, read_file


def make_folder(path: Path) -> Path:
    """Return the folder; create it and its parents as 0700 if missing. Raises `HomeError`."""
    missing = []
    at = path
    while not at.exists():
        missing.append(at)
        at = at.parent
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise home_error(path, error) from error
    if not path.is_dir():
        raise HomeError(f"{path} is not a folder. Move it away, or name another SUNO_TUI_HOME.")
    return path


def read_bytes(path: Path) -> bytes | None:
    """Return the contents of a file; None if there is none. Raises `HomeError`."""
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise home_error(path, error) from error


def write_bytes(path: Path, data: bytes, *, mode: int = 0o600, sync: bool = True) -> None:
    """Replace a file as a whole. Raises `HomeError`.

    Without `sync` it does not wait for the disk, so a power cut may damage the file: only for files
    that may get lost.
    """
    try:
        make_folder(path.parent)
        import tempfile  # late: it imports a lot, and `suno-tui now` writes nothing

        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                if mode != 0o600:  # the mode that mkstemp gives
                    set_mode(Path(temporary), mode)
                if sync:
                    os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        raise home_error(path, error) from error


def set_mode(path: Path, mode: int = 0o600) -> None:
    """Set a file's mode, if its file system has modes (vfat, SMB and some FUSE have none)."""
    try:
        path.chmod(mode)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def sync_folder(path: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems (FUSE, SMB) have no fsync for folders; the rename itself is still done.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF):
            raise
    finally:
        os.close(handle)


def write_toml(
    path: Path, table: Mapping[str, Any], *, mode: int = 0o600, sync: bool = True
) -> None:
    """Replace a TOML file as `write_bytes` does. `None` values are left out: TOML has no null."""
    import tomli_w

    text = tomli_w.dumps(_without_none(table), multiline_strings=True)
    write_bytes(path, text.encode(), mode=mode, sync=sync)


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value if item is not None]
    return value


def read_toml(path: Path) -> dict[str, Any]:
    """Return the table of a TOML file; empty if there is no file.

    Raises `DamagedFile` if it is not TOML in UTF-8, `HomeError` if it can't be read.
    """
    try:
        data = read_file(path, most=MOST_TOML)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise home_error(path, error) from error
    try:
        return parse_toml(data)
    except (NotText, NotToml) as error:
        raise DamagedFile(path, f"{error}. Fix or remove the file.") from error
