"""Where the sound goes: to the newest listener that answers, else to this machine."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from suno_tui.cli import listen
from suno_tui.cli.parser import build_parser
from suno_tui.common.errors import HomeError
from suno_tui.common.locks import Lock
from suno_tui.listener import sockets
from suno_tui.listener.cache import Cache
from suno_tui.listener.protocol import TO_LISTENER, VERSIONS, Channel
from suno_tui.listener.routing import AUTO, HERE, LISTENER, OFF, RoutedPlayer
from suno_tui.listener.service import Listener
from suno_tui.player.player import Player
from tests.listener.conftest import STUDIO
from tests.player.recorder import Recorder, until


@pytest.fixture
def here() -> Recorder:
    return Recorder()


@pytest.fixture
def routed(folder: Path, here: Recorder) -> Iterator[RoutedPlayer]:
    player = RoutedPlayer(
        Player(volume=100, output=lambda: here),
        folder=lambda: sockets.listeners_folder({"XDG_RUNTIME_DIR": str(folder)}),
        studio=STUDIO,
    )
    yield player
    player.close()


Start = Callable[[str], tuple[Listener, Recorder]]


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a listener, whose socket is newer than the ones before."""
    began: list[tuple[Listener, Thread]] = []

    def start(name: str) -> tuple[Listener, Recorder]:
        recorder = Recorder()
        listener = Listener(Cache(tmp_path / name), name=name, output=lambda: recorder)
        path = sockets.listeners_folder({"XDG_RUNTIME_DIR": str(folder)}) / f"{name}.sock"
        thread = Thread(target=listener.serve, args=(sockets.listen(path),))
        os.utime(path, (len(began) + 1, len(began) + 1))
        os.utime(path.parent, (len(began) + 1, len(began) + 1))
        thread.start()
        began.append((listener, thread))
        return listener, recorder

    yield start
    for listener, thread in began:
        listener.closing.set()
        thread.join()


def test_without_a_listener_it_plays_here(routed: RoutedPlayer, here: Recorder, song: Path) -> None:
    routed.load(song)
    routed.play()
    assert here.started.wait(10)
    assert not routed.to_listener


def test_the_newest_listener_that_answers_plays(
    routed: RoutedPlayer, start: Start, song: Path
) -> None:
    start("old")
    _, recorder = start("new")
    routed.load(song)
    routed.play()
    assert recorder.started.wait(10)
    assert routed.why.startswith("On new.")
    assert [found.name for found in routed.listeners()] == ["new", "old"]


def test_a_new_listener_takes_over_what_plays_here(
    routed: RoutedPlayer, here: Recorder, start: Start, song: Path
) -> None:
    routed.load(song)
    routed.wait()
    routed.play()
    here.record(4410)
    _, recorder = start("laptop")
    routed.find()
    assert routed.to_listener
    assert recorder.started.wait(10)
    assert here.stopped.wait(10)
    assert routed.position >= 0.1


def test_the_user_chooses_and_the_position_stays(
    routed: RoutedPlayer, here: Recorder, start: Start, song: Path, folder: Path
) -> None:
    _, old = start("old")
    start("new")
    routed.load(song, start=1.5)
    assert routed.choose(LISTENER, folder / "suno-tui" / "listeners" / "old.sock") == ""
    assert until(lambda: routed.path == song and routed.position == 1.5)
    routed.play()
    assert old.started.wait(10)
    routed.pause()
    at = routed.position
    assert routed.choose(HERE) == ""
    assert routed.path == song
    assert routed.position == pytest.approx(at, abs=0.01)
    routed.play()
    assert here.started.wait(10)
    assert routed.choose(OFF) == ""
    assert until(lambda: routed.output == "off")
    assert routed.choose(AUTO) == ""
    assert until(lambda: routed.why.startswith("On new."))
    assert routed.choose(HERE) == ""
    assert not routed.to_listener
    assert routed.choose(AUTO) == ""
    assert routed.to_listener


def test_a_dead_socket_is_removed_and_a_silent_one_is_skipped(
    routed: RoutedPlayer, here: Recorder, folder: Path, song: Path
) -> None:
    listeners = sockets.listeners_folder({"XDG_RUNTIME_DIR": str(folder)})
    dead = sockets.listen(listeners / "dead.sock")
    dead.close()
    os.utime(listeners / "dead.sock", (1, 1))
    (listeners / "file.sock").write_text("no socket")
    routed.load(song)
    routed.play()
    assert here.started.wait(10)
    assert [path.name for path in listeners.iterdir()] == ["file.sock"]


def test_what_plays_goes_on_here_when_the_listener_is_gone(
    routed: RoutedPlayer, here: Recorder, start: Start, song: Path
) -> None:
    listener, recorder = start("laptop")
    routed.load(song, start=1.0)
    routed.play()
    assert recorder.started.wait(10)
    listener.close()
    assert until(lambda: not routed.playing)
    routed.play()
    assert here.started.wait(10)
    assert routed.position >= 1.0


def test_a_socket_that_is_being_made_is_not_removed(folder: Path) -> None:
    path = folder / "x.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        assert sockets.connect(path, remove_dead=True) is None
        made.listen(1)
        connection = sockets.connect(path, remove_dead=True)
        assert connection is not None
        connection.close()


def test_a_socket_has_its_name_only_while_it_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "own.sock"
    sockets.listen(path).close()
    os.utime(path, (1, 1))
    assert sockets.connect(path) is None
    assert path.exists()  # its next owner replaces it
    seen: list[tuple[list[Path], bool]] = []

    class Watched(socket.socket):
        def listen(self, backlog: int = 1, /) -> None:
            seen.append((sockets.found(folder), sockets.connect(path) is None))
            super().listen(backlog)

    monkeypatch.setattr(socket, "socket", Watched)
    made = sockets.listen(path)
    assert seen == [([path], True)]
    connection = sockets.connect(path)
    assert connection is not None
    connection.close()
    made.close()


def test_a_listeners_lock_is_held_by_one_at_a_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_TUI_HOME", str(tmp_path / "home"))
    own = folder / "own.sock"
    options = build_parser().parse_args(["listen", "--socket", str(own)])
    waiting: list[int] = []

    def serve(*_: object, **__: object) -> int:
        # Another one opens the lock meanwhile, and gets it afterwards.
        waiting.append(os.open(own.with_suffix(".lock"), os.O_RDWR))
        assert listen.run(options) == 0
        return 0

    monkeypatch.setattr(listen, "listen", serve)
    assert listen.run(options) == 0
    [handle] = waiting
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not Lock(own.with_suffix(".lock")).acquire()
    os.close(handle)


def test_two_hosts_play_on_one_laptop_at_once(
    folder: Path, start: Start, song: Path, other: Path
) -> None:
    """Each studio finds the laptop by a socket of its own host, and has a player of its own."""
    listener, recorder = start("laptop")
    path = folder / "suno-tui" / "listeners" / "laptop.sock"

    def host(name: str) -> RoutedPlayer:
        there = folder / name
        there.mkdir()
        (there / "forwarded.sock").symlink_to(path)
        player = RoutedPlayer(
            Player(output=Recorder), folder=lambda: there, studio=name.rjust(64, "0")
        )
        assert player.choose(LISTENER, there / "forwarded.sock") == ""
        return player

    hosts = [host("a"), host("b")]
    for player, file in zip(hosts, (song, other), strict=True):
        player.load(file)
        player.play()
        assert player.wait() == ""
    assert recorder.started.wait(10)
    assert until(lambda: all(each.player.playing for each in listener.sessions.values()))
    hosts[0].close()
    assert until(
        lambda: [each.player.playing for each in listener.sessions.values()] == [False, True]
    )
    hosts[1].close()


def test_sockets_are_ours_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"XDG_RUNTIME_DIR": str(folder)}
    listeners = sockets.listeners_folder(env)
    made = sockets.listen(listeners / "x.sock")
    made.close()
    assert (listeners / "x.sock").stat().st_mode & 0o777 == 0o600
    listeners.chmod(0o777)
    assert sockets.listeners_folder(env).stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "getuid", lambda: 12_345)
    with pytest.raises(HomeError, match="another user"):
        sockets.listeners_folder(env)


def test_a_folder_that_is_a_link_is_refused(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "suno-tui").symlink_to(folder / "real")
    with pytest.raises(HomeError):
        sockets.runtime_folder({"XDG_RUNTIME_DIR": str(folder)})


def test_a_listener_that_never_says_hello_is_no_listener(
    routed: RoutedPlayer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.listener.link.ANSWER_SECONDS", 0.1)
    listeners = sockets.listeners_folder({"XDG_RUNTIME_DIR": str(folder)})
    mute = sockets.listen(listeners / "mute.sock")
    [found] = routed.listeners()
    assert found.trouble == "It does not answer."
    assert isinstance(mute, socket.socket)
    mute.close()


def test_a_listener_of_another_version_is_named_with_what_to_do(
    routed: RoutedPlayer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sockets.listeners_folder({"XDG_RUNTIME_DIR": str(folder)}) / "a.sock"
    made = sockets.listen(path)
    made.settimeout(20)
    states = []
    for version in (9, 1):
        monkeypatch.setattr("suno_tui.listener.protocol.OLDEST", 2)
        both = {**VERSIONS, "protocol": version, "oldest": version, "program": "7.5"}

        def answer(both: dict[str, object] = both) -> None:
            channel = Channel(made.accept()[0], TO_LISTENER)
            channel.receive()
            channel.send("welcome", name="laptop", listener="1" * 64, **both)
            channel.close()

        for ask in (routed.listeners, routed.find):
            answering = Thread(target=answer)
            answering.start()
            if found := ask():
                states += [(each.name, each.trouble) for each in found]
            answering.join()
        os.utime(path.parent, (version, version))  # else nothing seems to be new
        assert routed.outdated
        assert not routed.to_listener
    assert states == [
        ("laptop", "newer (7.5): update suno-tui here, and open this studio again"),
        ("laptop", "too old (7.5): update suno-tui there"),
    ]
    made.close()
