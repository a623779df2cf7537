"""`suno-tui ssh`: open the studio on another machine, and hear it on this one."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from suno_tui.cli.opening import open_studio
from suno_tui.cli.parser import Options
from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.common.errors import StudioError, UsageError
from suno_tui.common.locks import Lock
from suno_tui.common.text import clean
from suno_tui.listener import sockets
from suno_tui.listener.ssh import Ssh, Target, answer_in, has_shared_connection, parse

if TYPE_CHECKING:
    from suno_tui.listener.link import Link
    from suno_tui.studio import Studio

_NOT_FOUND, _LOST = 127, 255
"""The exit codes of a shell that can't find the program, and of ssh that can't connect."""


class NoStudioThere(StudioError):
    """The host can't be reached, or has no suno-tui that can send its sound."""

    title = "The studio on that machine can't be opened"
    code = "no_studio"
    exit_code = 4


def run(options: Options) -> int:
    """Open the host's studio; return its exit code. Raises `UsageError` and `NoStudioThere`."""
    return _use(parse(options.words), studio_too=True)


def attach(words: Sequence[str]) -> int:
    """Only bring the sound here, until Ctrl-C, for a studio that was opened otherwise (mosh)."""
    return _use(parse(words), studio_too=False)


def _use(target: Target, *, studio_too: bool) -> int:
    with closing(open_studio()) as studio:
        _ask_once(studio, target.host)
        entry = studio.settings.ssh.get(target.host)
        program = (entry.command if entry else None) or ["suno-tui"]
        runtime = sockets.runtime_folder(studio.env)
        ours = runtime / "own.sock"
        control = runtime / f"c{os.getpid()}"
        ssh = Ssh(target, None if _shares(Ssh(target, None)) else control)
        with _listener(ours) as link:
            with _connection(ssh):
                theirs = f"{_find_folder(ssh, program)}/{sockets.new_name()}"
                try:
                    if studio_too:
                        return _open(ssh.studio(program, ours, theirs))[0]
                    print(
                        f"The sound of {target.host} plays here. Ctrl-C ends it.", file=sys.stderr
                    )
                    # Its input ends when this process does, and then removes the socket there.
                    code, ended = _open(ssh.attach(ours, theirs), subprocess.PIPE)
                finally:
                    if ssh.control is None:
                        _quietly(ssh.cancel(ours, theirs))
            if ended:
                link.send("bye", stop=True)  # else it plays on, as after a lost connection
            return code


def _ask_once(studio: Studio, host: str) -> None:
    """Ask before the first use of a host. Raises `UsageError` if the answer is no."""
    file = studio.home.data / "ssh-hosts.toml"
    known = read_toml(file).get("hosts", [])
    hosts = [str(each) for each in known] if isinstance(known, list) else []
    if host in hosts:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"The first use of {host} needs a terminal, since it asks a question.")
    print(
        f"The studio on {clean(host)} will play its music on this machine. It can send audio and "
        "control the\nplayer, and nothing else: it can't read files or run commands here.",
        file=sys.stderr,
    )
    sys.stderr.write("Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("Nothing was opened.")
    write_toml(file, {"hosts": [*hosts, host]})


def _shares(ssh: Ssh) -> bool:
    try:
        done = subprocess.run(ssh.settings(), capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoStudioThere("The program ssh is missing: install OpenSSH's client.") from error
    return has_shared_connection(done.stdout)


def _find_folder(ssh: Ssh, program: Sequence[str]) -> str:
    """Return the folder for sockets on the host. Raises `NoStudioThere`."""
    done = subprocess.run(ssh.probe(program), stdout=subprocess.PIPE, text=True, check=False)
    host, name = clean(ssh.target.host), clean(program[0])
    plain = clean(shlex.join(["ssh", "-t", *ssh.target.options, ssh.target.host, *program]))
    until_then = f"Until then, {plain} opens it without sound on this machine."
    answer = answer_in(done.stdout)
    if answer is not None and not answer.age:
        return answer.folder
    if answer is not None and answer.age > 0:
        raise NoStudioThere(
            f"suno-tui on this machine is too old for suno-tui {answer.program} on {host}: update "
            f"it here. {until_then}"
        )
    if done.returncode == _LOST:
        raise NoStudioThere(f"Can't connect to {host}; the line above says why.")
    if done.returncode == _NOT_FOUND:
        raise NoStudioThere(
            f"{name} was not found on {host}. Install it there (pipx install suno-tui), or say "
            f'where it is in config.toml here:\n  [ssh."{host}"]\n  command = ["/path/to/suno-tui"]'
        )
    raise NoStudioThere(
        f"suno-tui on {host} is too old to send its sound here: update it there. {until_then}"
    )


def _open(command: list[str], stdin: int | None = None) -> tuple[int, bool]:
    """Run ssh; return its exit code, and whether a signal on this machine ended it."""
    colours = {"LC_COLORTERM": os.environ["COLORTERM"]} if os.environ.get("COLORTERM") else {}
    process = subprocess.Popen(command, stdin=stdin, env={**os.environ, **colours})
    ended: list[int] = []

    def end(number: int, _frame: object) -> None:
        ended.append(number)
        # ssh itself gets a Ctrl-C from the terminal, and the studio there handles it.
        if number != signal.SIGINT:
            process.terminate()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    return process.wait(), bool(ended)


@contextmanager
def _listener(path: Path) -> Iterator[Link]:
    """Start a listener if none runs, and keep it alive inside the block.

    It outlives this command while it plays, in case the connection was lost. Raises `NoStudioThere`
    if none could be started.
    """
    from suno_tui.listener.link import WrongVersion
    from suno_tui.listener.starting import KEEPER, LINGER, linked

    try:
        link = linked(path, ["--socket", str(path), "--linger", str(LINGER)], KEEPER)
    except WrongVersion as error:
        process = Lock(path.with_suffix(".lock")).holder()
        raise NoStudioThere(
            "The listener on this machine belongs to another version of suno-tui "
            f"({error.program}). It ends a minute after its last connection if nothing plays"
            + (f"; or end it now: kill {process}" if process else ".")
        ) from error
    if link is None:
        raise NoStudioThere("The listener on this machine did not start: suno-tui listen says why.")
    try:
        yield link
    finally:
        link.close()


@contextmanager
def _connection(ssh: Ssh) -> Iterator[None]:
    """Close our own shared connection at the end of the block."""
    try:
        yield
    finally:
        if ssh.control is not None and ssh.control.exists():
            _quietly(ssh.end())


def _quietly(command: list[str]) -> None:
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=5,
            check=False,
        )
