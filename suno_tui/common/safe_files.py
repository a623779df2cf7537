"""Read files of unknown origin: only regular files, with a size limit, without blocking.

A library or a home may have been synchronised, unpacked or cloned, so a file in it may be a pipe
without a writer, a link to `/dev/zero`, or three gigabytes of zeros. All such files are opened
here. The errors are `OSError` (with a readable `strerror`), `NotText` and `NotToml`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any

MOST_TOML = 1 << 20
"""Bytes of the largest TOML file that is parsed."""
MOST_TEXT = 4 << 20
"""Bytes of the largest other text file that is read: lyrics, playlists."""
_PIECE = 1 << 16
"""Bytes of a pipe that are read at a time."""
MOST_PARTS = 16
"""Parts of the longest dotted key: `tomllib`'s memory grows with the square of their number."""

_MARK = b"\xef\xbb\xbf"
# Comments and texts, in which dots mean nothing.
_TEXTS = (
    r'"""(?:[^"\\]|(?s:\\.)|"{1,2}(?!"))*+"{3,5}|\'\'\'(?:[^\']|\'{1,2}(?!\'))*+\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+'
)
_DOTTED = rf"(?<![\w\"-])(?:[\w\"-]++[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}"


class Unfit(OSError):
    """The path is of something that we don't read, such as a pipe, a device or a huge file."""

    def __init__(self, path: Path | str, why: str) -> None:
        super().__init__(errno.EINVAL, why, str(path))


class NotText(ValueError):
    """The bytes are not text in UTF-8; the message says why."""


class NotToml(ValueError):
    """The text is not TOML, or is nested too deeply to be parsed."""


def open_file(path: Path | str, *, pipes: bool = False) -> BufferedReader:
    """Open a regular file for reading, without blocking.

    With `pipes`, open pipes and devices too: for a path that the user gave on the command line,
    such as `<(command)`. Raises `OSError`.
    """
    handle, _ = _open(path, pipes)
    try:
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def _open(path: Path | str, pipes: bool) -> tuple[int, os.stat_result]:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | (0 if pipes else os.O_NONBLOCK)
    handle = os.open(path, flags)
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(status.st_mode) and not pipes:
            raise Unfit(path, f"it is {_kind(status.st_mode)}, not a file")
    except BaseException:
        os.close(handle)
        raise
    return handle, status


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def read_file(path: Path | str, *, most: int = MOST_TEXT, pipes: bool = False) -> bytes:
    """Return the bytes of a regular file, at most `most`. Raises `OSError`."""
    return read_with_status(path, most=most, pipes=pipes)[0]


def read_with_status(
    path: Path | str, *, most: int = MOST_TEXT, pipes: bool = False
) -> tuple[bytes, os.stat_result]:
    """Do what `read_file` does; also return the file's status from before it was read."""
    handle, status = _open(path, pipes)
    try:
        data = b""
        while part := os.read(handle, min(most - len(data), max(status.st_size, _PIECE)) + 1):
            data += part
            if len(data) > most:
                raise Unfit(path, f"it is larger than {most >> 20} MB")
    finally:
        os.close(handle)
    return data, status


def is_utf16(data: bytes) -> bool:
    """Return whether a text begins with UTF-16's byte order mark, which Windows editors write."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes) -> str:
    """Return text in UTF-8 without its byte order mark. Raises `NotText`."""
    if is_utf16(data):
        raise NotText("it is saved as UTF-16; save it as UTF-8")
    try:
        return data.removeprefix(_MARK).decode()
    except UnicodeDecodeError as error:
        raise NotText(f"it is not text in UTF-8 (byte {error.start})") from error


def byte_order_mark(data: bytes) -> bytes:
    """Return the byte order mark that a text begins with, or nothing; a rewrite keeps it."""
    return _MARK if data.startswith(_MARK) else b""


def blank_texts(toml: str) -> str:
    """Return the TOML with its strings and comments blanked out, at the same length."""
    return re.sub(_TEXTS, lambda found: '"' * len(found[0]), toml)


def parse_toml(data: bytes) -> dict[str, Any]:
    """Return the table of a TOML file's bytes. Raises `NotText` and `NotToml`.

    A text for which the parser would need too much memory or stack is refused.
    """
    # Imported late: the very first start has nothing to read.
    try:
        from tomli import loads  # compiled: three times as fast
    except ImportError:
        from tomllib import loads
    text = decode(data)
    if text.count(".") >= MOST_PARTS and re.search(_DOTTED, re.sub(_TEXTS, '"', text)):
        raise NotToml(f"a key in it has more than {MOST_PARTS} parts")
    try:
        return loads(text)
    except ValueError as error:  # a number of 5,000 digits is not a `TOMLDecodeError`
        raise NotToml(f"not valid TOML ({error})") from error
    except RecursionError as error:
        raise NotToml("it is nested too deeply") from error
    except MemoryError as error:
        raise NotToml("there is not enough memory to read it") from error
