"""The player that outlives the studios of a home, and what they see of it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from suno_tui.common.locks import Lock
from suno_tui.listener import sockets, starting
from suno_tui.listener.commander import OtherVersion, Place, commanders, what_plays
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.protocol import TO_LISTENER, VERSIONS, Channel
from suno_tui.listener.routing import HERE, OFF, RoutedPlayer
from suno_tui.listener.service import Listener
from suno_tui.listener.starting import HomePlayer
from suno_tui.player.player import Player
from tests.listener.conftest import STUDIO
from tests.player.recorder import Recorder, reference, until

View = Callable[..., RoutedPlayer]


@pytest.fixture
def env(folder: Path) -> dict[str, str]:
    return {"XDG_RUNTIME_DIR": str(folder)}


@pytest.fixture
def path(env: dict[str, str]) -> Path:
    return sockets.player_of(sockets.players_folder(env), STUDIO)


@pytest.fixture
def run(
    path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Return what starts the home's player in this process, as a studio does in another one."""
    threads: list[Thread] = []

    def run() -> None:
        thread = Thread(target=listener.serve, args=(sockets.listen(path),))
        thread.start()
        threads.append(thread)

    def start(self: HomePlayer) -> bool:
        run()
        return True

    monkeypatch.setattr(HomePlayer, "start", start)
    yield run
    listener.closing.set()
    for thread in threads:
        thread.join()


@pytest.fixture
def view(env: dict[str, str], path: Path, song: Path, other: Path) -> Iterator[View]:
    """Return what opens a studio's player; with `wanted`, it keeps playing."""
    opened: list[RoutedPlayer] = []
    known = {KnownFiles().file(each).hash: each for each in (song, other)}

    def view(*, wanted: bool = True, here: Recorder | None = None) -> RoutedPlayer:
        recorder = here or Recorder()
        player = RoutedPlayer(
            Player(volume=100, output=lambda: recorder),
            folder=lambda: sockets.listeners_folder(env),
            studio=STUDIO,
            files=KnownFiles(known.get),
            home=HomePlayer(path, STUDIO, wanted=wanted),
        )
        opened.append(player)
        return player

    yield view
    for each in opened:
        each.close()


def test_the_music_plays_on_when_the_studio_is_closed_or_killed(
    view: View, run: object, recorder: Recorder, listener: Listener, song: Path
) -> None:
    expected = reference(song.read_bytes())
    first = view()
    first.load(song)
    first.play()
    assert until(lambda: first.whole)
    assert np.array_equal(recorder.record(1000), expected[:1000])
    first.close()
    second = view()
    second.find()
    assert (second.path, second.playing, second.at_home) == (song, True, True)
    assert np.array_equal(recorder.record(1000), expected[1000:2000])
    assert second.remote.link is not None
    second.remote.link._channel.close()  # as when it is killed
    assert until(lambda: not listener.connections)
    assert np.array_equal(recorder.record(1000), expected[2000:3000])
    third = view()
    third.find()
    assert third.position >= 3000 / 44_100
    assert recorder.starts == 1


def test_two_views_show_the_same_position(
    view: View, run: object, recorder: Recorder, song: Path, other: Path
) -> None:
    first, second = view(), view()
    first.load(song, start=1.0)
    second.find()
    assert until(lambda: second.path == song and second.position == 1.0)
    second.load(other)
    second.seek(2.0)
    assert until(lambda: first.path == other and first.position == 2.0)
    first.play()
    assert until(lambda: second.playing)


def test_without_the_setting_the_music_ends_with_the_studio(
    view: View, run: Callable[[], None], listener: Listener, song: Path
) -> None:
    here = Recorder()
    alone = view(wanted=False, here=here)
    alone.load(song)
    alone.play()
    assert here.started.wait(10)
    assert not alone.at_home
    run()  # as `suno-tui play` does
    alone.find()
    assert alone.at_home
    alone.close()
    assert until(lambda: listener.sessions[STUDIO].player.path is None)


def test_off_and_back(view: View, run: object, recorder: Recorder, song: Path) -> None:
    player = view()
    player.load(song)
    player.play()
    assert recorder.started.wait(10)
    assert player.choose(OFF) == ""
    assert until(lambda: player.output == "off")
    assert player.choose(HERE) == ""
    assert player.at_home
    assert until(lambda: player.output == "device")


def test_a_player_that_can_not_be_started_is_done_without(
    view: View, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HomePlayer, "start", lambda self: False)
    here = Recorder()
    player = view(here=here)
    player.load(song)
    player.play()
    assert here.started.wait(10)


def test_commands_find_what_plays_and_remove_the_sockets_of_dead_studios(
    view: View, run: object, env: dict[str, str], song: Path
) -> None:
    folder = sockets.players_folder(env)
    dead = sockets.new_view(folder, STUDIO)
    sockets.listen(dead).close()
    os.utime(dead, (1, 1))
    with what_plays(env, STUDIO) as found:
        assert found is None
    assert not dead.exists()
    player = view()
    player.load(song)
    player.play()
    assert player.wait() == ""
    with what_plays(env, STUDIO) as found:
        assert found is not None
        assert found[1]["playing"]
    with what_plays(env, "6" * 64) as found:
        assert found is None


@pytest.mark.parametrize("hostile", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2m{}", bytes(5000)])
def test_nonsense_ends_its_connection_and_nothing_else(
    view: View, run: object, recorder: Recorder, path: Path, song: Path, hostile: bytes
) -> None:
    player = view()
    player.load(song)
    player.play()
    assert until(lambda: player.whole)
    recorder.record(100)
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(20)
        raw.connect(str(path))
        raw.sendall(hostile)
        with contextlib.suppress(ConnectionResetError):
            while raw.recv(4096):
                pass
    assert np.array_equal(recorder.record(100), reference(song.read_bytes())[100:200])
    assert player.playing


@pytest.mark.needs("other-user")
def test_another_user_can_not_connect(env: dict[str, str], folder: Path) -> None:
    players = sockets.players_folder(env)
    path = sockets.new_view(players, STUDIO)
    made = sockets.listen(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert players.stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        folder.chmod(0o755)
        (folder / "suno-tui").chmod(0o755)
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        done = subprocess.run(
            [*user, sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True
        )
        assert "PermissionError" in done.stderr
    made.close()


def welcome(listening: socket.socket, **versions: object) -> Channel:
    """Take a connection, and answer its hello."""
    listening.settimeout(20)
    channel = Channel(listening.accept()[0], TO_LISTENER)
    assert channel.receive()
    channel.send("welcome", name="x", listener="1" * 64, **{**VERSIONS, **versions})
    return channel


def test_all_are_asked_at_once(folder: Path) -> None:
    """One that is suspended costs its second once."""
    paths = [folder / "a.sock", folder / "b.sock"]
    first, second = (sockets.listen(path) for path in paths)

    def answer_the_last_one_first() -> None:
        for each in (welcome(second), welcome(first)):
            each.close()

    answering = Thread(target=answer_the_last_one_first)
    answering.start()
    found = [*commanders([Place(path, "it", "", seconds=20.0) for path in paths], STUDIO)]
    assert len(found) == 2
    answering.join()
    for commander in found:
        commander.close()
    first.close()
    second.close()


def test_a_suspended_studio_is_skipped(
    view: View, run: object, env: dict[str, str], song: Path
) -> None:
    made = sockets.listen(sockets.new_view(sockets.players_folder(env), STUDIO))
    player = view()
    player.load(song)
    player.play()
    assert player.wait() == ""
    with what_plays(env, STUDIO) as found:
        assert found is not None
        assert found[1]["playing"]
    made.close()


def test_a_studio_of_another_version_is_named(
    view: View, run: object, env: dict[str, str], song: Path
) -> None:
    made = sockets.listen(sockets.new_view(sockets.players_folder(env), STUDIO))

    def ask() -> object:
        answering = Thread(target=lambda: welcome(made, protocol=9, oldest=9).close())
        answering.start()
        try:
            with what_plays(env, STUDIO) as found:
                return found
        finally:
            answering.join()

    with pytest.raises(OtherVersion, match="too old for the open studio"):
        ask()
    player = view()
    player.load(song)
    player.play()
    assert player.wait() == ""
    assert ask() is not None, "another one plays"
    made.close()


def test_a_player_that_is_too_old_can_be_ended(
    env: dict[str, str], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.listener.protocol.OLDEST", 2)
    lock = Lock(path.with_suffix(".lock"))
    assert lock.acquire()
    made = sockets.listen(path)
    answering = Thread(target=lambda: welcome(made).close())
    answering.start()
    with pytest.raises(OtherVersion, match=f"kill {os.getpid()}"), what_plays(env, STUDIO):
        pass
    answering.join()
    made.close()
    lock.release()


def test_a_listener_that_always_closes_is_not_asked_without_a_pause(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    clock, asked = [0.0], 0

    def closed(_path: Path) -> socket.socket:
        nonlocal asked
        asked += 1
        assert asked < 10_000
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(sockets, "connect", closed)
    monkeypatch.setattr("suno_tui.listener.starting.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("suno_tui.listener.starting.time.sleep", sleep)
    assert starting.linked(path, [], STUDIO) is None
