"""`suno-tui doctor`: check what works here, and say how to mend the rest."""

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

from suno_tui import __version__
from suno_tui.cli.library import lone_audio_advice
from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.parser import Options
from suno_tui.cli.writer_state import writer_state
from suno_tui.common import sqlite
from suno_tui.common.errors import StudioError
from suno_tui.common.file_systems import abilities
from suno_tui.common.locks import LOCK_FILE_SUFFIX, Lock, missing_locks
from suno_tui.common.paths import Home
from suno_tui.common.secret import Environment
from suno_tui.common.trust import changed_by_others
from suno_tui.config.settings import LOCAL
from suno_tui.server.engine_files import soundfont_trouble, voice_trouble
from suno_tui.studio import Studio
from suno_tui.tui.themes.depth import Depth

LITTLE_SPACE = 500 * 2**20
"""Bytes of free space below which the disk counts as nearly full: about 60 songs with two takes."""
CHECK_SECONDS = 6
"""Seconds that a check may take; a disk may hang."""
HURRIED_SECONDS = 3
"""Seconds that a check may take after another one hung, as it will probably hang too."""
ANSWER_SECONDS = 15
"""Seconds that a provider may take to answer."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. `ok` is None if something could be better but can be used."""

    check: str
    ok: bool | None
    detail: str


def run(options: Options) -> int:
    """Print every check; the exit code is 0 if the studio can do its main job, else 1."""
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
        # The thread of a check that hangs would keep this process from ending.
        sys.stdout.flush()
        os._exit(1)
    return int(failed)


class Doctor:
    """Runs the checks one by one, each in a thread with a time limit."""

    def __init__(self) -> None:
        self.hangs = False
        """Whether a check is still running after its time limit."""

    def checks(self, env: Mapping[str, str]) -> Iterator[Check]:
        yield Check(
            "program",
            True,
            f"suno-tui {__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}",
        )
        yield from self._run("sqlite", _sqlite)
        yield from self._run("terminal", partial(_terminal, env))
        yield from self._run("sound", _sound)
        home = Home.find(env)
        opened: list[Studio] = []
        yield from self._run("settings", partial(_open, home, env, opened))
        if not opened:
            return
        [studio] = opened
        yield from self._run("player", partial(_command, studio))
        yield from self._run("listener", partial(_listeners, studio))
        yield from self._run("disk", partial(_disk, home))
        yield from self._run("locks", partial(_locks, home))
        yield from self._run("modes", partial(_modes, home))
        yield from self._run("queue", partial(_queue, studio))
        yield from self._run("library", partial(_library, studio))
        yield from self._run("worker", partial(_worker, home))
        patience = None if studio.provider == LOCAL else ANSWER_SECONDS + 5
        yield from self._run("provider", partial(_provider, studio), patience)
        if warning := studio.key_warning:
            yield Check("key", None, warning)
        yield Check("writer", *writer_state(studio))
        yield from self._run("engine", partial(_engine, studio))
        yield from self._run("voice", partial(_voice, studio), ANSWER_SECONDS)
        if not self.hangs:
            studio.close()

    def _run(
        self, name: str, check: Callable[[], Iterable[Check]], seconds: float | None = None
    ) -> list[Check]:
        """Run a check for at most `seconds`, and return its results."""
        found: list[Check] = []

        def work() -> None:
            try:
                found.extend(check())
            except StudioError as error:
                found.append(Check(name, False, str(error)))
            except Exception as error:
                # The error's text may contain a secret.
                found.append(Check(name, False, f"unexpected error: {type(error).__name__}"))

        seconds = seconds or (HURRIED_SECONDS if self.hangs else CHECK_SECONDS)
        thread = threading.Thread(target=work, name=f"doctor-{name}", daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self.hangs = True
            return [Check(name, False, f"no answer in {seconds:.0f} seconds")]
        return found


def _sqlite() -> Iterator[Check]:
    trouble = sqlite.missing_features()
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
    session = "SSH session" if env.get("SSH_CONNECTION") else "local session"
    if not sys.stdout.isatty():
        detail = f"stdout is not a terminal (TERM={term or 'unset'}); {session}"
        yield Check("terminal", None, detail)
    elif term in ("", "dumb"):
        detail = f"TERM={term or 'unset'} can't draw a screen; set it, as in TERM=xterm-256color"
        yield Check("terminal", False, detail)
    elif size.columns < 60 or size.lines < 16:
        detail = f"{size.columns}×{size.lines} is too small; enlarge it to 80×24 or more"
        yield Check("terminal", False, detail)
    else:
        yield Check("terminal", True, f"{term}, {size.columns}×{size.lines}, {where}, {session}")
    yield _colours(env)
    encoding = locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    advice = "" if utf8 else "; export LANG=C.UTF-8 for waveforms and non-Latin scripts"
    yield Check("letters", utf8 or None, encoding + advice)
    yield _keys(env)


def _colours(env: Mapping[str, str]) -> Check:
    depth = Depth.of(env)
    detail = f"{depth.value}"
    if depth is Depth.NONE:
        return Check("colours", None, "none, because NO_COLOR is set")
    if depth is Depth.MANY:
        detail += "; if your terminal can, export COLORTERM=truecolor for the full theme"
    elif depth is Depth.FEW:
        detail += "; set TERM=xterm-256color if the terminal has more"
    return Check("colours", True, detail)


def _keys(env: Mapping[str, str]) -> Check:
    good = "all default keys work in any terminal; Alt keys need Meta or Option to send Escape"
    if not env.get("TMUX"):
        return Check("keys", True, good)
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
        return Check("keys", True, good)
    if delay > 100:
        return Check(
            "keys",
            None,
            f"tmux delays Esc by {delay} ms; put `set -s escape-time 20` into ~/.tmux.conf",
        )
    return Check("keys", True, good)


def _sound() -> Iterator[Check]:
    from suno_tui.player.output import open_output

    output = open_output()
    output.close()
    device = output.kind == "device"
    advice = "" if device else " A command that plays can be set: [player] command in config.toml."
    yield Check("sound", device or None, output.why + advice)


def _settings(studio: Studio) -> Check:
    from suno_tui.tui.actions.keymap import Keymap  # the table alone: it needs no Textual

    file = str(studio.home.config_file)
    if studio.settings.untrusted:
        return Check("settings", None, studio.settings.untrusted)
    if unknown := studio.settings.unknown:
        return Check("settings", None, " ".join(unknown))
    if problems := Keymap(studio.settings.keymap).problems:
        return Check("settings", None, f"{file}: {' '.join(problems)}")
    return Check("settings", True, file)


def _command(studio: Studio) -> Iterator[Check]:
    if command := studio.settings.player.command:
        found = shutil.which(command[0])
        detail = f"[player] command is {found}"
        if not found:
            detail = f"[player] command {command[0]} is not found, so playback is silent"
        yield Check("player", True if found else None, detail)


def _listeners(studio: Studio) -> Iterator[Check]:
    from suno_tui.player.ssh_commands import SshCommands

    found = studio.player.listeners() if studio.may_play_already() else []
    names = [each.name for each in found if not each.trouble]
    for each in found:
        if each.trouble:
            yield Check("listener", None, each.trouble)
    if names:
        others = f"; {', '.join(names[1:])} could play, too (key o)" if names[1:] else ""
        yield Check("listener", True, f"the sound goes to the listener on {names[0]}{others}")
    elif studio.env.get("SSH_CONNECTION"):
        advice = f"on your own machine run: {SshCommands.of(studio.env).studio}"
        yield Check("listener", None, f"no listener is connected; to hear the studio, {advice}")


def _disk(home: Home) -> Iterator[Check]:
    try:
        with tempfile.TemporaryFile(dir=home.data):
            free = shutil.disk_usage(home.data).free
    except OSError as error:
        yield Check("disk", False, f"{home.data}: {error.strerror}")
    else:
        enough = free >= LITTLE_SPACE
        text = f"{home.data}: {free / 2**30:.1f} GiB free"
        if not enough:
            text = f"{home.data}: only {free // 2**20} MiB free; free some space"
        yield Check("disk", enough, text)


def _locks(home: Home) -> Iterator[Check]:
    if detail := missing_locks(home.data):
        yield Check("locks", None, detail)
    elif not abilities(home.data).shared_memory:
        detail = "the disk has no shared memory, so databases are slower (no WAL)"
        yield Check("locks", None, detail)
    else:
        yield Check("locks", True, "file locks and shared memory work")


def _modes(home: Home) -> Iterator[Check]:
    for folder in dict.fromkeys((home.config, home.data, home.cache)):
        if trouble := changed_by_others(folder):
            detail, remedy = trouble
            advice = f"Others can change your songs and settings. Fix it with: {remedy}"
            yield Check("modes", None, f"{folder} {detail}. {advice}")
            return
    yield Check("modes", True, "only you can write to your folders")


def _queue(studio: Studio) -> Iterator[Check]:
    if not studio.home.queue.exists():
        yield Check("queue", True, "empty")
        return
    lock = sqlite.lock_folder(studio.home.queue)
    with suppress(OSError):
        if time.time() - lock.stat().st_mtime > CHECK_SECONDS:
            yield Check("queue", False, sqlite.busy_advice(studio.home.queue))
            return
    state = "tasks are waiting" if studio.tasks.live() else "all tasks are finished"
    yield Check("queue", True, f"{studio.home.queue}: {state}")


def _library(studio: Studio) -> Iterator[Check]:
    until = time.monotonic() + CHECK_SECONDS / 2
    library = studio.library
    if not library.refresh(stop=lambda: time.monotonic() > until):
        yield Check("library", None, f"{library.folder}: its files are still being read")
    elif advice := lone_audio_advice(len(library.lone_audio())):
        yield Check("library", None, advice)
    elif damaged := library.damaged():
        count = "1 file is" if len(damaged) == 1 else f"{len(damaged)} files are"
        yield Check("library", None, f"{count} damaged: `suno-tui library repair`")
    else:
        yield Check("library", True, f"{library.folder}: {library.count():,} tracks")


def _worker(home: Home) -> Iterator[Check]:
    from suno_tui.tasks.shell import host_in

    holder = Lock(home.worker_lock).held_by()
    if holder is None:
        yield Check("worker", True, "not running; it starts when you queue a song")
        return
    number, note = holder
    host = host_in(note)
    if number:
        where = f" on {host}" if host and host != socket.gethostname() else ""
        yield Check("worker", True, f"running as process {number}{where}")
    else:
        held = home.worker_lock.with_name(home.worker_lock.name + LOCK_FILE_SUFFIX)
        detail = f"running on another machine; if that machine has crashed, delete {held}"
        yield Check("worker", None, detail)


def _provider(studio: Studio) -> Iterator[Check]:
    try:
        found = asyncio.run(asyncio.wait_for(studio.credits(), ANSWER_SECONDS))
    except TimeoutError:
        detail = f"no answer in {ANSWER_SECONDS} seconds"
        yield Check("provider", False, f"{studio.provider}: {detail}")
        return
    except StudioError as error:
        yield Check("provider", False, f"{studio.provider}: {error}")
        return
    if studio.provider == LOCAL:
        yield Check("provider", True, "local: built in, free, needs no key")
        return
    if found.free:
        yield Check("provider", True, f"{studio.provider}: works, free")
        return
    balance = "balance unknown" if found.balance is None else f"{found.balance} credits"
    yield Check("provider", True, f"{studio.provider}: works, {balance}")


def _engine(studio: Studio) -> Iterator[Check]:
    if trouble := soundfont_trouble(studio.settings.local, read=True):
        yield Check("engine", None, f"the SoundFont does not work: {trouble}")
        return
    studio.choose_sounds()
    from suno_tui.engine.synth.fontfile import find

    if (font := find()) is not None:
        yield Check("engine", True, f"recorded instruments from {font}")
        return
    off = os.environ.get("SUNO_TUI_SOUNDFONT") == "off"
    get = _GET.format("fluidr3mono-gm-soundfont")
    advice = "" if off else f"; bands sound better with recorded instruments: {get}"
    yield Check("engine", True, f"all instruments from the engine itself{advice}")


def _voice(studio: Studio) -> Iterator[Check]:
    studio.choose_sounds()
    if trouble := voice_trouble(studio.settings.local, read=True):
        yield Check("voice", None, f"the voice does not work: {trouble}")
        return
    from suno_tui.engine.voice import voicefile

    chosen = env if (env := os.environ.get("SUNO_TUI_VOICE", "")) in voicefile.SINGERS else ""
    if chosen in ("", "hts") and (file := voicefile.find()) is not None:
        yield Check("voice", True, f"songs are sung by {file}")
        return
    program = chosen or next(filter(shutil.which, ("flite", "espeak-ng")), "")
    singer = program if program not in ("", "formant", "hts") else "the engine itself"
    better = f"with a recorded voice: {_GET.format('festvox-us-slt-hts')}"
    yield Check("voice", True, f"songs are sung by {singer}; words are understood better {better}")


_GET = "sudo apt install {}, or see the README for other systems"
