"""Connections that break, and more than one of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from random import Random

import numpy as np

from suno_tui.listener.protocol import TO_STUDIO, Channel, write_message
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from tests.listener.conftest import STUDIO, attach
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
