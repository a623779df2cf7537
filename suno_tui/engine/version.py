"""The engine's version: a take can be made again only by the same one."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

_LIBRARIES = ("numpy", "lameenc", "soundfile")
_PACKAGES = ("engine", "lyrics")


@cache
def engine_version() -> str:
    """Return eight hexadecimal digits that change with anything that may change a take's sound.

    That is the engine's code, the libraries that calculate, decode and encode, the processor's
    architecture, the SoundFont and the file of the statistical voice. The choice of the voice is
    left out: each take records its own.
    """
    from suno_tui.engine.synth import fontfile
    from suno_tui.engine.voice import voicefile

    digest = hashlib.blake2s(platform.machine().encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}".encode())
    package = Path(__file__).parents[1]
    for folder in _PACKAGES:
        for file in sorted((package / folder).rglob("*.py")):
            digest.update(str(file.relative_to(package)).encode() + b"\0" + file.read_bytes())
    for found in (fontfile.find(), voicefile.find()):
        if found is not None and found.is_file():
            digest.update(f"{found.name} {found.stat().st_size}".encode())
    return digest.hexdigest()[:8]
