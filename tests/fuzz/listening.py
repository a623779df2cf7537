"""The messages between a studio and a listener, in both directions: a hostile studio, a hostile
listener. The other side goes on, and nothing outside of the cache is written."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
from functools import cache
from pathlib import Path

from suno_tui.listener.cache import Cache
from suno_tui.listener.link import NoListener
from suno_tui.listener.protocol import (
    TO_STUDIO,
    Channel,
    File,
    ProtocolError,
    write_data,
    write_message,
)
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from suno_tui.player.output import SilentOutput
from tests.fuzz.target import Finding, Target
from tests.library.harness import mp3

HELLO = {"protocol": 1, "oldest": 1, "program": "1", "name": "studio"}
AUDIO = mp3(0.5)
FILE = File(hashlib.sha256(AUDIO).hexdigest(), len(AUDIO), ".mp3").fields()
STATE = {
    "n": 0, "frame": 0, "hash": FILE["hash"], "ready": 1, "playing": True, "ended": False,
    "whole": False, "waiting": False, "error": "", "output": "device", "why": "x", "volume": 80,
}  # fmt: skip
TOKENS = (
    b"\0\0\0",
    b"m",
    b"d",
    b"../",
    b"/etc/passwd",
    b'"n":',
    b"null",
    b"1e999",
    b"-1",
    b"\x1b[",
)


def studio(data: bytes, folder: Path) -> None:
    """Send the bytes to a listener; it must answer the next studio, and write only its cache."""
    listener = _listener(folder)
    print(_talk(listener, data))
    if _talk(listener, write_message("hello", studio="f" * 64, **HELLO))[:1] != ["welcome"]:
        raise Finding("the listener does not answer any more")
    if {path.name for path in folder.iterdir()} != {"cache"}:
        raise Finding("something was written beside the cache")
    for path in (folder / "cache").iterdir():
        if (
            path.suffix != ".arriving"
            and hashlib.sha256(path.read_bytes()).hexdigest() != path.stem
        ):
            raise Finding("a file is not what its name says")


def _talk(listener: Listener, data: bytes) -> list[str]:
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    # It may end the connection before it has read all.
    sender = threading.Thread(target=_send, args=(ours, data))
    sender.start()
    channel = Channel(ours, TO_STUDIO)
    said = []
    try:
        while isinstance(message := channel.receive(), dict):
            said += [str(message[each]) for each in ("verb", "why") if each in message]
    except ProtocolError as error:
        raise Finding(f"the listener itself broke the protocol: {error}") from error
    except OSError:
        pass
    finally:
        sender.join()
        channel.close()
    return said


def _send(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)


@cache
def _listener(folder: Path) -> Listener:
    return Listener(Cache(folder / "cache"), name="x", output=lambda: SilentOutput("no sound"))


def listener(data: bytes, folder: Path) -> None:
    """Send the bytes to a studio's player, and let it be used meanwhile."""
    song = folder / "song.mp3"
    song.write_bytes(AUDIO)
    ours, theirs = socket.socketpair()
    sender = threading.Thread(target=_send, args=(theirs, data))
    sender.start()
    player = RemotePlayer("a" * 64)
    player.load(song)
    try:
        player.attach(ours)
        player.play()
        player.seek(1.0)
    except NoListener as error:
        print(error)
    sender.join()
    theirs.close()
    print(player.position, player.duration, player.playing, player.error, player.why, player.name)
    player.close()


def studio_seeds() -> list[bytes]:
    hello = write_message("hello", studio="a" * 64, **HELLO)
    put = write_message("have", **FILE) + write_message("put", start=0, **FILE) + write_data(AUDIO)
    orders = (
        write_message("load", n=1, frame=0, **FILE)
        + write_message("seek", n=2, frame=44_100)
        + write_message("volume", n=3, percent=50)
        + write_message("next", n=4, files=[], more=False)
        + write_message("prepare", **FILE)
        + write_message("pause", n=5)
        + write_message("unload", n=6)
    )
    return [hello, hello + put, hello + put + orders, hello + write_message("bye", stop=True)]


def listener_seeds() -> list[bytes]:
    welcome = write_message("welcome", listener="b" * 64, **HELLO)
    state = write_message("state", **STATE)
    answers = (
        write_message("has", bytes=0, **FILE)
        + write_message("got", bytes=100)
        + write_message("refused", hash=FILE["hash"], why="no")
        + write_message("at", frame=1000)
        + write_message("bye", why="the end")
    )
    return [welcome, welcome + state, welcome + state + answers]


TARGETS = (
    Target("studio", studio, studio_seeds, TOKENS),
    Target("listener", listener, listener_seeds, TOKENS),
)
