"""Texts that a command is given by the name of a file."""

from __future__ import annotations

import sys

from suno_tui.errors import UsageError
from suno_tui.files import MOST_TEXT, NotText, decode, read_file


def read_text(option: str, name: str) -> str:
    """Return the text of a file, `-` being standard input, with `\\n` at the end of each line.

    A pipe may be named, as by `<(command)`; a byte order mark is left out. Raises `UsageError`
    for what is no text, or too much of it.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_TEXT + 1)
            if len(data) > MOST_TEXT:
                raise UsageError(f"{option}: more than {MOST_TEXT >> 20} MB came in.")
        else:
            data = read_file(name, pipes=True)
        return decode(data).replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(f"{option}: {name}: {error.strerror}") from error
    except NotText as error:
        raise UsageError(f"{option}: {name}: {error}") from error
