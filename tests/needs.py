"""What some tests need of the machine. Without it a test is skipped; it fails if
`SUNO_TUI_TESTS_NEED` promises it (names separated by commas, or `all`), as CI does."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from ctypes.util import find_library
from functools import cache
from pathlib import Path

import pytest

VOICE = Path(
    "/usr/share/festival/voices/us/cmu_us_slt_arctic_hts/hts/cmu_us_slt_arctic_hts.htsvoice"
)
FONT = Path("/usr/share/sounds/sf3/FluidR3Mono_GM.sf3")
PROMISED = frozenset(os.environ.get("SUNO_TUI_TESTS_NEED", "").split(","))
"""Read before any test, since tests see no variable of ours."""


def find(program: str) -> str | None:
    """Return where a program is, also in `/usr/sbin`."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def need(*names: str) -> None:
    """Skip the test if one of these is missing; fail it if that was promised."""
    for name in names:
        if not is_here(name):
            told = f"{name} is missing: {WHY[name]}"
            pytest.fail(told) if PROMISED & {name, "all"} else pytest.skip(told)


@cache
def is_here(name: str) -> bool:
    return CHECKS[name]()


def _program(*programs: str) -> Callable[[], bool]:
    return lambda: all(map(find, programs))


def _speaks(program: str) -> Callable[[], bool]:
    def speaks() -> bool:
        from suno_tui.engine.voice.speech import usable

        return usable(program)

    return speaks


def _mounts() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
        try:
            subprocess.run(mount, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return False
        subprocess.run(["umount", "-l", folder], check=True)
    return True


CHECKS: dict[str, Callable[[], bool]] = {
    "ssh": _program("sshd", "ssh"),
    "tmux": _program("tmux"),
    "dbus": lambda: (
        find("dbus-daemon") is not None and importlib.util.find_spec("dbus_fast") is not None
    ),
    "flite": _speaks("flite"),
    "espeak-ng": _speaks("espeak-ng"),
    "hts-voice": lambda: VOICE.exists(),
    "soundfont": lambda: FONT.exists(),
    "soundfile": lambda: importlib.util.find_spec("soundfile") is not None,
    "alsa": lambda: find_library("asound") is not None,
    "tmpfs": _mounts,
    "other-user": lambda: os.geteuid() != 0 or find("setpriv") is not None,
}
WHY = {
    "ssh": "install an OpenSSH server and client",
    "tmux": "install tmux",
    "dbus": "install dbus-daemon, and pip install dbus-fast",
    "flite": "install flite",
    "espeak-ng": "install espeak-ng",
    "hts-voice": "install Debian's festvox-us-slt-hts",
    "soundfont": "install Debian's fluidr3mono-gm-soundfont",
    "soundfile": "pip install soundfile",
    "alsa": "install ALSA's library (libasound2)",
    "tmpfs": "a small disk can be mounted by root alone (in a container: with SYS_ADMIN)",
    "other-user": "root may write anywhere, so root needs setpriv to be somebody else",
}
NO_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Run as root, but without the right to write where the owner may not."""


def without_rights(command: list[str]) -> list[str]:
    """Return the command for a user who may not write everywhere. Skips or fails as `need`."""
    need("other-user")
    return [*NO_ROOT, *command] if os.geteuid() == 0 else command
