"""Find a statistical voice (.htsvoice) and check its file, without loading numpy.

The file named by SUNO_TUI_VOICE is used, else the first one found where systems keep them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from suno_tui.common.paths import expand_home
from suno_tui.engine import optional_files

SINGERS = ("formant", "hts", "flite", "espeak-ng")
"""The voices. SUNO_TUI_VOICE names one of them, or the file of a statistical voice."""
MOST_BYTES = 32 * 2**20
_PATTERNS = ("/usr/share/festival/voices/*/*/hts/*.htsvoice", "/usr/share/hts-voice/*/*.htsvoice",
             "/usr/local/share/festival/voices/*/*/hts/*.htsvoice",
             "/usr/local/share/hts-voice/*/*.htsvoice",
             "~/.local/share/hts-voice/*.htsvoice", "~/.local/share/hts-voice/*/*.htsvoice",
             "~/Library/Application Support/hts-voice/*.htsvoice")  # fmt: skip
_ENGLISH = b"FULLCONTEXT_FORMAT:HTS_TTS_ENG"
_HEAD = 8192  # bytes within which a voice's header is
CONSEQUENCE = "Songs are sung by another voice."
"""Of a statistical voice that can't be used."""


def named() -> str:
    """Return the file that SUNO_TUI_VOICE names, unchanged; "" if it names none."""
    value = os.environ.get("SUNO_TUI_VOICE", "")
    return "" if value in SINGERS else value


def find() -> Path | None:
    """Return the statistical voice to use, None for none. A file that was named may be missing."""
    if name := named():
        return expand_home(name)
    return optional_files.find_valid(_installed(), check)  # some are of another language


def _installed() -> Iterator[Path]:
    for pattern in _PATTERNS:
        folder, star, names = pattern.partition("*")
        yield from sorted(expand_home(folder).glob(star + names))


def trouble(name: str) -> str | None:
    """Return why the file that was named is no voice, and the consequence; else None."""
    return optional_files.trouble(name, lambda: check(expand_home(name)), CONSEQUENCE)


def check(path: Path) -> None:
    """Check the first bytes. Raises OSError, and ValueError if it is something else."""
    if optional_files.require_file(path).st_size > MOST_BYTES:
        raise ValueError("it is too large for a voice")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(b"[GLOBAL]") or b"\n[DATA]" not in head:
        raise ValueError("this is not an HTS voice")
    if _ENGLISH not in head:
        raise ValueError("this voice does not speak English")
