"""What follows at a listener: it goes on without its studio, and by commands."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from suno_tui.listener import sockets
from suno_tui.listener.about import About
from suno_tui.listener.cache import Cache
from suno_tui.listener.commander import Commander, what_plays
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.foremost import Foremost
from suno_tui.listener.link import Link
from suno_tui.listener.protocol import File, ProtocolError
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from suno_tui.listener.starting import KEEPER
from tests.library.harness import mp3
from tests.listener.conftest import STUDIO, attach
from tests.player.recorder import Recorder, reference, until


@pytest.fixture(scope="module")
def third(song: Path) -> Path:
    path = song.with_name("third.mp3")
    path.write_bytes(mp3(3.0, 880.0))
    return path


@pytest.fixture
def commander(listener: Listener) -> Iterator[Commander]:
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    commander = Commander(ours, STUDIO)
    yield commander
    commander.close()


def there(remote: RemotePlayer, listener: Listener, *paths: Path) -> None:
    """Wait until the listener has files whole, and knows what follows."""
    files = [remote.files.file(path) for path in paths]
    assert until(lambda: all(listener.cache.whole(file) for file in files))
    session = listener.sessions[STUDIO]
    assert until(lambda: [file.hash for file in session._queue] == [f.hash for f in files[1:]])
    assert until(lambda: session.player.whole)


def test_it_goes_on_without_its_studio(
    remote: RemotePlayer,
    listener: Listener,
    recorder: Recorder,
    song: Path,
    other: Path,
    third: Path,
) -> None:
    remote.load(song)
    remote.follow(other, third)
    remote.play()
    there(remote, listener, song, other, third)
    assert remote.link is not None
    remote.link._channel.close()
    assert until(lambda: not listener.connections)
    whole = [reference(path.read_bytes()) for path in (song, other, third)]
    session = listener.sessions[STUDIO]
    got = []
    for samples in whole:
        session.conduct()  # as `serve` does twice a second
        following = session.player._mixer.following
        assert following is None or following.done.wait(20)
        got.append(recorder.record(len(samples)))
    assert np.array_equal(np.concatenate(got), np.concatenate(whole))
    attach(remote, listener)
    assert remote.path == third


def test_commands_go_on_and_back(
    remote: RemotePlayer,
    listener: Listener,
    commander: Commander,
    song: Path,
    other: Path,
    recorder: Recorder,
) -> None:
    remote.load(song)
    remote.follow(other)
    remote.play()
    there(remote, listener, song, other)
    commander.order("skip", by=1)
    assert until(lambda: remote.path == other and remote.playing)
    commander.order("skip", by=-1)
    assert until(lambda: remote.path == song)
    commander.order("seek", frame=44_100)
    assert until(lambda: remote.position >= 1.0)
    commander.order("pause")
    commander.order("volume", percent=30)
    assert until(lambda: not remote.playing)
    assert commander.now()["volume"] == 30


def test_the_previous_one_is_first_this_one_from_its_beginning(
    remote: RemotePlayer, listener: Listener, commander: Commander, tmp_path: Path, other: Path
) -> None:
    long = tmp_path / "long.mp3"
    long.write_bytes(mp3(6.0))
    remote.load(other)
    remote.load(long, start=5.0)
    there(remote, listener, long)
    commander.order("skip", by=-1)
    assert commander.now()["frame"] < 44_100
    assert remote.files.path(listener.sessions[STUDIO]._hash()) == long
    commander.order("seek", frame=0)
    commander.order("skip", by=-1)
    assert until(lambda: remote.path == other)


def test_what_plays_has_the_name_that_the_studio_told(
    listener: Listener, commander: Commander, song: Path
) -> None:
    assert not commander.now()["loaded"]
    about = About("Rain\x1b[2J", "lofi", 3.0, "id", 2)
    player = RemotePlayer(STUDIO, KnownFiles(about=lambda _path: about))
    try:
        attach(player, listener)
        player.load(song)
        player.play()
        assert until(lambda: commander.now()["playing"])
        now = commander.now()
        assert (now["title"], now["style"], now["track"]) == ("Rain␛[2J", "lofi", "")
    finally:
        player.close()


def test_a_file_that_the_machine_has_is_not_sent(tmp_path: Path, song: Path) -> None:
    cache, recorder = Cache(tmp_path / "cache"), Recorder()
    known = {KnownFiles().file(song).hash: song}
    cache.find = lambda file: known.get(file.hash)
    listener = Listener(cache, output=lambda: recorder)
    player = RemotePlayer(STUDIO, volume=100)
    try:
        attach(player, listener)
        player.load(song)
        player.play()
        assert until(lambda: player.whole)
        assert np.array_equal(recorder.record(1000), reference(song.read_bytes())[:1000])
        assert player.link is not None
        assert player.link.bytes[0] < 2000
        assert player.path == song
        assert not any(cache.folder.iterdir())
    finally:
        player.close()
        listener.close()


def test_another_view_of_the_home_shows_the_same(
    remote: RemotePlayer, listener: Listener, song: Path, other: Path
) -> None:
    paths = {remote.files.file(path).hash: path for path in (song, other)}
    second = RemotePlayer(STUDIO, KnownFiles(paths.get))
    try:
        remote.load(song, start=1.5)
        there(remote, listener, song)
        attach(second, listener)
        assert (second.path, second.playing, second.position) == (song, False, 1.5)
        remote.load(other)
        assert until(lambda: second.path == other)
        second.play()
        assert until(lambda: remote.playing)
    finally:
        second.close()


def test_an_unplayable_file_is_passed_over(
    remote: RemotePlayer, listener: Listener, recorder: Recorder, song: Path, other: Path
) -> None:
    remote.load(song)
    remote.play()
    there(remote, listener, song)
    bad = File("b" * 64, 1000, ".mp3")
    listener.cache.path(bad).write_bytes(b"\xff\xfb" + bytes(998))
    good = remote.files.file(other)
    assert remote.link is not None
    remote.send_ahead([other])
    assert until(lambda: listener.cache.whole(good))
    remote.link.send("next", n=2, files=[bad, good], more=False)
    session = listener.sessions[STUDIO]
    assert until(lambda: len(session._queue) == 2)

    def at_other() -> bool:
        recorder.record(4410)
        session.conduct()
        return remote.path == other

    assert until(at_other)


def test_the_desktop_is_told_after_the_first_load(
    remote: RemotePlayer, listener: Listener, song: Path
) -> None:
    told: list[object] = []
    listener.on_change = lambda: told.append(listener.foremost())
    listener._check_sessions()
    assert not told
    remote.load(song)
    there(remote, listener, song)
    listener._check_sessions()
    assert told == [listener.sessions[STUDIO]]
    remote.unload()
    assert until(lambda: listener.sessions[STUDIO].player.path is None)
    listener._check_sessions()
    assert told[1:] == [None]


def test_status_queries_do_not_keep_a_player_alive(
    commander: Commander, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    commander.now()
    now = listener._busy_at + 1000.0
    monkeypatch.setattr("suno_tui.listener.service.time.monotonic", lambda: now)
    assert listener._idle_for() == pytest.approx(1000.0)
    assert listener._idle_for() == 0.0, "it has stayed"
    commander.close()
    assert until(lambda: not listener.connections)
    now += 500.0
    assert listener._idle_for() == pytest.approx(500.0)


def test_the_known_order_number_never_decreases(listener: Listener, commander: Commander) -> None:
    commander.order("volume", percent=30)
    commander._channel.send("volume", n=0, percent=40)
    assert commander.now()["volume"] == 40
    [connection] = listener._connections
    assert connection._order == 1


def test_ending_listen_host_stops_the_hosts_music(
    remote: RemotePlayer, listener: Listener, recorder: Recorder, song: Path
) -> None:
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    keeper = Link(ours, KEEPER)
    assert KEEPER not in listener.sessions
    remote.load(song)
    remote.play()
    there(remote, listener, song)
    player = listener.sessions[STUDIO].player
    keeper.send("bye", stop=True)
    assert until(lambda: listener._pausing)
    listener._check_sessions()
    assert player.playing, "its studio is still there"
    assert remote.link is not None
    remote.link._channel.close()
    assert until(lambda: listener.connections == 0)
    listener._check_sessions()
    assert not player.playing
    keeper.close()


def test_commands_at_the_listeners_own_machine_reach_what_plays_there(
    remote: RemotePlayer, listener: Listener, song: Path, folder: Path
) -> None:
    env = {"XDG_RUNTIME_DIR": str(folder)}
    commanded = Listener(None, commanded=Foremost(listener.foremost))
    at = sockets.listen(sockets.own_commands(env))
    threading.Thread(target=commanded.serve, args=(at,), daemon=True).start()
    try:
        with what_plays(env, "7" * 64) as found:
            assert found is None
        remote.load(song)
        remote.play()
        there(remote, listener, song)
        with what_plays(env, "7" * 64) as found:
            assert found is not None
            commander, now = found
            assert now["playing"]
            commander.order("pause")
            assert not commander.now()["playing"]
            assert until(lambda: not remote.playing), "the studio knows"
            commander.order("load", frame=0, **remote.files.file(song).fields())
            with pytest.raises((OSError, ProtocolError)):
                commander.now()
    finally:
        commanded.close()
