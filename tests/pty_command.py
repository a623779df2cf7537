"""Run a command with a pseudo-terminal in the place of some standard streams."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Collection, Mapping
from typing import IO

from tests.command import SUNO_TUI, environment


def on_pty(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (100, 40),
    redirected: Mapping[str, IO[bytes] | int] | None = None,
    without: Collection[str] = (),
) -> str:
    """Run a command to its end; return what it wrote to the terminal, with `\\n` as line ends.

    `redirected` streams (`stdin`, `stdout`, `stderr`) go elsewhere; variables `without` are unset.
    """
    process, handle = start_on_pty(
        *arguments, env=env, size=size, redirected=redirected, without=without
    )
    written = b""
    while data := read_some(handle):
        written += data
    os.close(handle)
    process.wait(60)
    return written.decode().replace("\r\n", "\n")


def start_on_pty(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (100, 40),
    redirected: Mapping[str, IO[bytes] | int] | None = None,
    without: Collection[str] = (),
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command; return it and the terminal's other end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs) | dict(redirected or {})
    variables = environment({"TERM": "xterm-256color", **(env or {})})
    for name in ("NO_COLOR", "COLUMNS", "LINES", *without):
        if name not in (env or {}):
            variables.pop(name, None)
    process = subprocess.Popen(
        [*SUNO_TUI, *arguments],
        env=variables,
        start_new_session=True,
        **streams,  # type: ignore[call-overload]  # three streams by name
    )
    os.close(theirs)
    return process, ours


def read_some(handle: int) -> bytes:
    """Return what came next; nothing at the end."""
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux says so when the last writer is gone
        return b""
