"""`suno-tui doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

import asyncio
import locale
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial

from suno_tui import __version__, sqlite
from suno_tui.api.secret import Environment
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.errors import StudioError
from suno_tui.home import HELD, Home, Lock, missing_locks
from suno_tui.settings import LOCAL
from suno_tui.studio import Studio
from suno_tui.trust import changed_by_others

LITTLE_SPACE = 500 * 2**20
"""Bytes under which the disk is called nearly full: some 60 songs with two takes each."""

CHECK_SECONDS = 6
"""How long a check may take; a disk that hangs answers none."""

HURRIED_SECONDS = 3
"""How long each may take after one that hung: the others hang on the same, most likely."""

ANSWER_SECONDS = 15
"""How long a provider may take to answer."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `ok`: it works, it does not, or None where one may live so."""

    check: str
    ok: bool | None
    detail: str


def run(options: Options) -> int:
    """Print every check; exit code 0 where the studio can do its main job, else 1."""
    failed = False
    doctor = Doctor()
    for check in doctor.checks(Environment.of(None)):
        failed |= check.ok is False
        if options.json:
            print_json(asdict(check))
        else:
            sign = {True: "ok", False: "PROBLEM", None: "note"}[check.ok]
            print_line(f"{check.check:9}", f"{sign:7}", check.detail)
    if doctor.hangs:
        # A thread that waits for a lock for ever would keep this process, too.
        sys.stdout.flush()
        os._exit(1)
    return int(failed)


class Doctor:
    """Looks at one thing after another, at each for so many seconds."""

    def __init__(self) -> None:
        self.hangs = False
        """Whether a check is under way still, though its time is over."""

    def checks(self, env: Mapping[str, str]) -> Iterator[Check]:
        yield Check(
            "program",
            True,
            f"suno-tui {__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}",
        )
        yield from self._look("sqlite", _sqlite)
        yield from self._look("terminal", partial(_terminal, env))
        yield from self._look("sound", _sound)
        home = Home.find(env)
        opened: list[Studio] = []
        yield from self._look("settings", partial(_open, home, env, opened))
        if not opened:
            return
        [studio] = opened
        yield from self._look("player", partial(_command, studio))
        yield from self._look("disk", partial(_disk, home))
        yield from self._look("locks", partial(_locks, home))
        yield from self._look("modes", partial(_modes, home))
        yield from self._look("queue", partial(_queue, studio))
        yield from self._look("worker", partial(_worker, home))
        patience = None if studio.provider == LOCAL else ANSWER_SECONDS + 5
        yield from self._look("provider", partial(_provider, studio), patience)
        if warning := studio.key_warning:
            yield Check("key", None, warning)
        yield from self._look("engine", partial(_engine, studio))
        if not self.hangs:
            studio.close()

    def _look(
        self, name: str, look: Callable[[], Iterable[Check]], seconds: float | None = None
    ) -> list[Check]:
        """What a check found, or that it found nothing in time."""
        found: list[Check] = []

        def work() -> None:
            try:
                found.extend(look())
            except StudioError as error:
                found.append(Check(name, False, str(error)))
            except Exception as error:
                # Its text may hold what is secret.
                found.append(Check(name, False, f"an unexpected {type(error).__name__}"))

        seconds = seconds or (HURRIED_SECONDS if self.hangs else CHECK_SECONDS)
        thread = threading.Thread(target=work, name=f"doctor-{name}", daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self.hangs = True
            return [Check(name, False, f"no answer within {seconds:.0f} seconds")]
        return found


def _sqlite() -> Iterator[Check]:
    trouble = sqlite.trouble()
    least = ".".join(map(str, sqlite.LEAST[:2]))
    good = f"SQLite {sqlite3.sqlite_version} with FTS5; {least} or later is needed"
    yield Check("sqlite", not trouble, trouble or good)


def _open(home: Home, env: Mapping[str, str], opened: list[Studio]) -> Iterator[Check]:
    try:
        studio = Studio.open(home, env)
    except StudioError as error:
        yield Check("disk" if error.code == "home" else "settings", False, str(error))
        return
    opened.append(studio)
    yield _settings(studio)


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


def _sound() -> Iterator[Check]:
    from suno_tui.player.output import open_output

    output = open_output()
    output.close()
    yield Check("sound", output.kind == "device" or None, output.why)


def _settings(studio: Studio) -> Check:
    from suno_tui.tui.keys import Keymap  # the table alone: it needs no Textual

    file = str(studio.home.config_file)
    if studio.settings.untrusted:
        return Check("settings", None, studio.settings.untrusted)
    if problems := Keymap(studio.settings.keymap).problems:
        return Check("settings", None, f"{file}: {' '.join(problems)}")
    return Check("settings", True, file)


def _command(studio: Studio) -> Iterator[Check]:
    if command := studio.settings.player.command:
        found = shutil.which(command[0])
        told = f"is {found}" if found else f"{command[0]} is not found: nothing is heard"
        yield Check("player", True if found else None, f"[player] command {told}")


def _disk(home: Home) -> Iterator[Check]:
    try:
        with tempfile.TemporaryFile(dir=home.data):
            free = shutil.disk_usage(home.data).free
    except OSError as error:
        yield Check("disk", False, f"{home.data}: {error.strerror}")
    else:
        yield Check("disk", free >= LITTLE_SPACE, f"{home.data}: {free / 2**30:.1f} GiB free")


def _locks(home: Home) -> Iterator[Check]:
    if told := missing_locks(home.data):
        yield Check("locks", None, told)
    elif not sqlite.abilities(home.data).shared_memory:
        told = "the disk has no shared memory: the databases work more slowly, without WAL"
        yield Check("locks", None, told)
    else:
        yield Check("locks", True, "the disk has file locks and shared memory")


def _modes(home: Home) -> Iterator[Check]:
    for folder in dict.fromkeys((home.config, home.data, home.cache)):
        if trouble := changed_by_others(folder):
            told, mend = trouble
            advice = f"Others can change your songs and settings; to end that, run: {mend}"
            yield Check("modes", None, f"{folder} {told}. {advice}")
            return
    yield Check("modes", True, "nobody else can write to your folders")


def _queue(studio: Studio) -> Iterator[Check]:
    if not studio.home.queue.exists():
        yield Check("queue", True, "empty: nothing was queued yet")
        return
    lock = sqlite.lock_folder(studio.home.queue)
    with suppress(OSError):
        if time.time() - lock.stat().st_mtime > CHECK_SECONDS:
            yield Check("queue", False, sqlite.busy_advice(studio.home.queue))
            return
    owed = studio.tasks.owed()
    yield Check("queue", True, f"{studio.home.queue}: {'work is owed' if owed else 'all is done'}")


def _worker(home: Home) -> Iterator[Check]:
    from suno_tui.queue.shell import host_in

    holder = Lock(home.worker_lock).held_by()
    if holder is None:
        yield Check("worker", True, "none runs; one is started when something is queued")
        return
    number, note = holder
    host = host_in(note)
    if number:
        where = f" on {host}" if host and host != socket.gethostname() else ""
        yield Check("worker", True, f"runs as process {number}{where}")
    else:
        held = home.worker_lock.with_name(home.worker_lock.name + HELD)
        told = f"runs on another machine; if that one broke down, delete {held}"
        yield Check("worker", None, told)


def _provider(studio: Studio) -> Iterator[Check]:
    try:
        found = asyncio.run(asyncio.wait_for(studio.credits(), ANSWER_SECONDS))
    except TimeoutError:
        told = f"no answer within {ANSWER_SECONDS} seconds"
        yield Check("provider", False, f"{studio.provider}: {told}")
        return
    except StudioError as error:
        yield Check("provider", False, f"{studio.provider}: {error}")
        return
    if studio.provider == LOCAL:
        yield Check("provider", True, "local: built in, free, works without a key")
        return
    balance = "balance unknown" if found.balance is None else f"{found.balance} credits"
    yield Check("provider", True, f"{studio.provider}: answers, {balance}")


def _engine(studio: Studio) -> Iterator[Check]:
    trouble = studio.soundfont_trouble()
    if not trouble:
        studio.choose_soundfont()
        from suno_tui.local.music.synth.soundfont import find

        try:
            font = find()
        except (OSError, StudioError) as error:
            trouble = str(error)
    if trouble:
        yield Check("engine", None, f"the SoundFont can't be used: {trouble}")
    else:
        font_told = font or "the engine itself"
        yield Check("engine", True, f"acoustic instruments from {font_told}")
