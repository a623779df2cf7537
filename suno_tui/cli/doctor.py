"""`suno-tui doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

import asyncio
import locale
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from suno_tui import __version__
from suno_tui.api.secret import Environment
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.errors import StudioError
from suno_tui.home import Home, Lock
from suno_tui.settings import LOCAL
from suno_tui.studio import Studio

LITTLE_SPACE = 500 * 2**20
"""Bytes under which the disk is called nearly full: some 60 songs with two takes each."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `ok`: it works, it does not, or None where one may live so."""

    check: str
    ok: bool | None
    detail: str


def run(options: Options) -> int:
    """Print every check; exit code 0 where the studio can do its main job, else 1."""
    checks = list(_checks(Environment.of(None)))
    for check in checks:
        if options.json:
            print_json(asdict(check))
        else:
            sign = {True: "ok", False: "PROBLEM", None: "note"}[check.ok]
            print_line(f"{check.check:9}", f"{sign:7}", check.detail)
    return 1 if any(check.ok is False for check in checks) else 0


def _checks(env: Mapping[str, str]) -> Iterator[Check]:
    yield Check(
        "program",
        True,
        f"suno-tui {__version__}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()}",
    )
    yield from _terminal(env)
    yield _sound()
    home = Home.find(env)
    try:
        studio = Studio.open(home, env)
    except StudioError as error:
        yield Check("disk" if error.code == "home" else "settings", False, str(error))
        return
    try:
        yield _settings(studio)
        yield from _command(studio)
        yield _disk(home)
        yield _worker(home)
        yield _provider(studio)
        if warning := studio.key_warning:
            yield Check("key", None, warning)
        yield _engine(studio)
    finally:
        studio.close()


def _terminal(env: Mapping[str, str]) -> Iterator[Check]:
    term = env.get("TERM", "")
    size = shutil.get_terminal_size((0, 0))
    where = "in tmux" if env.get("TMUX") else "in screen" if env.get("STY") else "no multiplexer"
    line = "over SSH" if env.get("SSH_CONNECTION") else "at this machine"
    if not sys.stdout.isatty():
        yield Check("terminal", None, f"output is not a terminal (TERM={term or 'unset'}), {line}")
    elif term in ("", "dumb"):
        yield Check("terminal", False, f"TERM={term or 'unset'} can't draw; set TERM")
    elif size.columns < 60 or size.lines < 16:
        yield Check("terminal", False, f"{size.columns}×{size.lines} is too small, 80×24 will do")
    else:
        yield Check("terminal", True, f"{term}, {size.columns}×{size.lines}, {where}, {line}")
    yield Check("colours", None if env.get("NO_COLOR") else True, _colours(env))
    encoding = locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    advice = "" if utf8 else "; set LANG=C.UTF-8 for waveforms and other scripts"
    yield Check("letters", utf8 or None, encoding + advice)
    yield _keys(env)


def _colours(env: Mapping[str, str]) -> str:
    if env.get("NO_COLOR"):
        return "none: NO_COLOR is set"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    return "256" if "256" in env.get("TERM", "") else "16"


def _keys(env: Mapping[str, str]) -> Check:
    told = "every default key works in any terminal; alt+letter needs Meta or Option to send Escape"
    if not env.get("TMUX"):
        return Check("keys", True, told)
    try:
        shown = subprocess.run(
            ["tmux", "show-options", "-sv", "escape-time"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
        delay = int(shown.stdout.strip() or 0)
    except (OSError, ValueError, subprocess.SubprocessError):
        return Check("keys", True, told)
    if delay > 100:
        return Check("keys", None, f"tmux waits {delay} ms after Esc: set -s escape-time 20")
    return Check("keys", True, told)


def _sound() -> Check:
    from suno_tui.player.output import open_output

    output = open_output()
    output.close()
    return Check("sound", output.kind == "device" or None, output.why)


def _settings(studio: Studio) -> Check:
    from suno_tui.tui.keys import Keymap  # the table alone: it needs no Textual

    file = str(studio.home.config_file)
    if problems := Keymap(studio.settings.keymap).problems:
        return Check("settings", None, f"{file}: {' '.join(problems)}")
    return Check("settings", True, file)


def _command(studio: Studio) -> Iterator[Check]:
    if command := studio.settings.player.command:
        found = shutil.which(command[0])
        told = f"is {found}" if found else f"{command[0]} is not found: nothing is heard"
        yield Check("player", True if found else None, f"[player] command {told}")


def _disk(home: Home) -> Check:
    try:
        with tempfile.TemporaryFile(dir=home.data):
            free = shutil.disk_usage(home.data).free
    except OSError as error:
        return Check("disk", False, f"{home.data}: {error.strerror}")
    detail = f"{home.data}: {free / 2**30:.1f} GiB free"
    return Check("disk", free >= LITTLE_SPACE, detail)


def _worker(home: Home) -> Check:
    from suno_tui.queue.shell import host_in

    holder = Lock(home.worker_lock).held_by()
    if holder is None:
        return Check("worker", True, "none runs; one is started when something is queued")
    host = host_in(holder[1])
    where = f" on {host}" if host and host != socket.gethostname() else ""
    return Check("worker", True, f"runs as process {holder[0]}{where}")


def _provider(studio: Studio) -> Check:
    try:
        found = asyncio.run(asyncio.wait_for(studio.credits(), 15))
    except TimeoutError:
        return Check("provider", False, f"{studio.provider}: no answer within 15 seconds")
    except StudioError as error:
        return Check("provider", False, f"{studio.provider}: {error}")
    if studio.provider == LOCAL:
        return Check("provider", True, "local: built in, free, works without a key")
    balance = "balance unknown" if found.balance is None else f"{found.balance} credits"
    return Check("provider", True, f"{studio.provider}: answers, {balance}")


def _engine(studio: Studio) -> Check:
    if trouble := studio.soundfont_trouble():
        return Check("engine", None, f"the SoundFont can't be used: {trouble}")
    studio.choose_soundfont()
    from suno_tui.local.music.synth.soundfont import find

    try:
        font = find()
    except (OSError, StudioError) as error:
        return Check("engine", None, f"the SoundFont can't be used: {error}")
    return Check("engine", True, f"acoustic instruments from {font or 'the engine itself'}")
