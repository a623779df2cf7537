"""Read a text from a file that is named on the command line."""

from __future__ import annotations

import sys

from suno_tui.common.errors import UsageError
from suno_tui.common.safe_files import MOST_TEXT, NotText, decode, read_file


def read_text(option: str, name: str) -> str:
    """Return the text of a file, or of standard input for `-`, with `\\n` as line ends.

    The file may be a pipe, as in `<(command)`; a byte order mark is removed. Raises `UsageError` if
    it is not text or too long.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_TEXT + 1)
            if len(data) > MOST_TEXT:
                raise UsageError(f"{option}: standard input has more than {MOST_TEXT >> 20} MB.")
        else:
            data = read_file(name, pipes=True)
        return decode(data).replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(f"{option}: {name}: {error.strerror}") from error
    except NotText as error:
        raise UsageError(f"{option}: {name}: {error}") from error
