"""Connections that break, and more than one of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from random import Random

import numpy as np

from suno_tui.listener.connection import Connection
from suno_tui.listener.protocol import (
    MOST_DATA,
    TO_LISTENER,
    TO_STUDIO,
    Channel,
    File,
    Message,
    write_message,
)
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import MOST_SESSIONS, Listener
from tests.listener.conftest import NOTHING, STUDIO, attach
from tests.listener.test_cache import file_of, fill
from tests.player.recorder import Recorder, reference, until

DROPS = 100


def test_a_hundred_drops_never_change_what_plays(
    listener: Listener, recorder: Recorder, song: Path
) -> None:
    expected = reference(song.read_bytes())
    chance = Random(23)
    player = RemotePlayer(STUDIO, volume=100)
    threads = threading.active_count()
    attach(player, listener)
    player.load(song)
    player.play()
    assert player.wait() == ""
    assert until(lambda: player.whole)
    at = 0
    for _ in range(DROPS):
        assert player.link is not None
        # Cut between messages, or within one; the other side may have ended it already.
        with contextlib.suppress(OSError):
            if chance.random() < 0.5:
                player.link._channel._socket.sendall(
                    write_message("play", n=1)[: chance.randrange(20)]
                )
            player.link._channel._socket.shutdown(socket.SHUT_RDWR)
        frames = chance.randrange(1, 900)
        assert np.array_equal(recorder.record(frames), expected[at : at + frames])
        at += frames
        assert until(lambda: not player.connected)
        attach(player, listener)
        assert player.path == song
        assert player.playing
        assert at / 44_100 <= player.position <= at / 44_100 + 1
    assert recorder.starts == 1
    player.close()
    assert until(lambda: listener.connections == 0)
    assert until(lambda: threading.active_count() <= threads + 2)


def test_two_studios_have_a_player_each(
    listener: Listener, recorder: Recorder, song: Path, other: Path
) -> None:
    first, second = RemotePlayer(STUDIO), RemotePlayer("6" * 64)
    for player, path in ((first, song), (second, other)):
        attach(player, listener)
        player.load(path)
        player.play()
        assert player.wait() == ""
    first.pause()
    assert until(lambda: not listener.sessions[STUDIO].player.playing)
    assert listener.sessions["6" * 64].player.playing
    first.close()
    assert second.playing
    second.close()


def test_nonsense_ends_its_connection_and_no_other(
    remote: RemotePlayer, listener: Listener, recorder: Recorder, song: Path
) -> None:
    remote.load(song)
    remote.play()
    assert remote.wait() == ""
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    ours.sendall(b"GET / HTTP/1.1\r\n\r\n")
    message = Channel(ours, TO_STUDIO).receive()
    assert isinstance(message, dict)
    assert message["verb"] == "bye"
    ours.close()
    assert remote.connected
    assert recorder.record(10).shape == (10, 2)


def test_an_older_or_newer_side_says_which_to_update(listener: Listener) -> None:
    ours, theirs = socket.socketpair()
    listener.welcome(theirs)
    channel = Channel(ours, TO_STUDIO)
    newer = {"protocol": 9, "oldest": 8, "program": "9.0", "name": "x", "studio": STUDIO}
    channel.send("hello", **newer)
    assert channel.receive()["verb"] == "welcome"  # type: ignore[index, call-overload]
    message = channel.receive()
    assert isinstance(message, dict)
    assert "update suno-tui on the listener's machine" in message["why"]
    channel.close()


def test_too_many_connections_are_refused(listener: Listener) -> None:
    ends = []
    for _ in range(17):
        ours, theirs = socket.socketpair()
        listener.welcome(theirs)
        ends.append(ours)
    message = Channel(ends[-1], TO_STUDIO).receive()
    assert isinstance(message, dict)
    assert "too many" in message["why"]
    for end in ends:
        end.close()


def test_a_studio_that_comes_back_keeps_its_session(listener: Listener) -> None:
    """Another studio, which comes in the same moment, must not make room of it."""
    ends = [socket.socketpair() for _ in range(MOST_SESSIONS + 1)]
    connections = [
        Connection(theirs, listener.cache, listener.hello(), listener._join, listener._leave)
        for _, theirs in ends
    ]
    sessions = [
        listener._join(f"{at:064}", connection) for at, connection in enumerate(connections, 1)
    ]
    assert [*listener.sessions.values()] == sessions
    for connection, session in zip(connections, sessions, strict=True):
        listener._leave(connection, session)
    last = listener._join("f" * 64, connections[0])
    assert len(listener.sessions) == MOST_SESSIONS
    assert [*listener.sessions.values()][-1] is last
    for pair in ends:
        for end in pair:
            end.close()


def test_a_listener_that_closes_begins_no_session(listener: Listener) -> None:
    listener.close()
    ours, theirs = socket.socketpair()
    connection = Connection(
        theirs, listener.cache, listener.hello(), listener._join, listener._leave
    )
    assert listener._join(STUDIO, connection) is None
    ours.close()
    theirs.close()


def talk(listener: Listener, studio: str = STUDIO) -> Channel:
    """Return a studio's end of a connection on which hello was said."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    listener.welcome(theirs)
    channel = Channel(ours, TO_STUDIO)
    versions = {"protocol": 1, "oldest": 1, "program": "1", "name": "x"}
    channel.send("hello", **versions, studio=studio)
    return channel


def answer(channel: Channel, verb: str) -> Message:
    """Return the next message with a verb; drop pieces of files."""
    while (message := channel.receive()) is not None:
        if isinstance(message, dict) and message["verb"] == verb:
            return message
    raise AssertionError(f"the connection ended without {verb}")


def test_two_studios_that_send_the_same_file_take_turns(listener: Listener, song: Path) -> None:
    data = song.read_bytes()
    file = file_of(data)
    first, second = talk(listener), talk(listener, "6" * 64)
    first.send("put", **file.fields(), start=0)
    first.send_data(data[:1000])
    assert answer(first, "got")["bytes"] == 1000
    second.send("put", **file.fields(), start=1000)
    second.send_data(data[1000:2000])
    assert answer(second, "got")["bytes"] == 2000
    first.send_data(data[1000:2000])
    assert answer(first, "has")["bytes"] == 2000  # not refused: it may go on from there
    first.send("put", **file.fields(), start=1000)
    assert answer(first, "has")["bytes"] == 2000
    first.send("put", **file.fields(), start=2000)
    first.send_data(data[2000 : 2000 + MOST_DATA])
    assert answer(first, "got")["bytes"] == min(len(data), 2000 + MOST_DATA)
    first.close()
    second.close()


def test_a_file_that_another_connection_sends_is_asked_for_again(song: Path) -> None:
    file = file_of(song.read_bytes())
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, TO_LISTENER)
    player = RemotePlayer(STUDIO)
    channel.send("welcome", protocol=1, oldest=1, program="1", name="x", listener="1" * 64)
    channel.send("state", **NOTHING)
    player.attach(ours)
    player.load(song)
    for there in (0, 500):
        assert answer(channel, "have")["hash"] == file.hash
        channel.send("has", **file.fields(), bytes=there)
        assert answer(channel, "put")["start"] == there
        channel.send("has", **file.fields(), bytes=500)
    assert player.error == ""
    player.close()
    channel.close()


def test_many_switches_take_one_thread_and_the_last_one_counts(
    listener: Listener, song: Path, other: Path
) -> None:
    loaded, there = (
        fill(listener.cache, song.read_bytes()),
        fill(listener.cache, other.read_bytes()),
    )
    channel = talk(listener)
    channel.send("load", n=1, **loaded.fields(), frame=0)
    levels = {"loudness": -14, "peak": 9000, "now_loudness": -14, "now_peak": 9000}
    for at in range(200):
        missing = File(f"{at:064}", 1000, ".mp3")
        channel.send("switch", n=1, **missing.fields(), **levels)
        channel.send("prepare", **missing.fields())
    channel.send("volume", n=2, percent=33)
    assert until(lambda: listener.sessions[STUDIO].player.volume == 33)
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("switch") == 1
    assert names.count("loudness") == 0
    channel.send("switch", n=2, **there.fields(), **levels)
    path = listener.cache.path(there)
    assert until(lambda: listener.sessions[STUDIO].player.path == path)
    channel.close()
    assert until(lambda: "switch" not in [thread.name for thread in threading.enumerate()])
