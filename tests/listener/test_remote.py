"""Playing through a listener, proven to the sample on a device that records."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from suno_tui.listener.cache import Cache
from suno_tui.listener.protocol import TO_LISTENER, Channel, File
from suno_tui.listener.remote import RemotePlayer
from suno_tui.listener.service import Listener
from suno_tui.player.player import Player
from tests.library.harness import mp3
from tests.listener.conftest import NOTHING, STUDIO, attach
from tests.player.recorder import Recorder, decoded, reference, until

RATE = 44_100


def whole(remote: RemotePlayer, path: Path) -> None:
    """Wait until the listener has a file and has decoded what is loaded."""
    file = remote.files.file(path)
    assert until(lambda: remote.link is not None and remote.link.has(file))
    assert until(lambda: remote.whole)


def play(remote: RemotePlayer, path: Path, start: float = 0.0) -> None:
    remote.load(path, start=start)
    remote.play()
    assert remote.wait() == ""
    whole(remote, path)


def test_it_sounds_as_it_does_here(
    remote: RemotePlayer, recorder: Recorder, song: Path, listener: Listener
) -> None:
    expected = reference(song.read_bytes())
    play(remote, song)
    assert np.array_equal(recorder.record(1000), expected[:1000])
    remote.seek(2.25)
    assert remote.position == pytest.approx(2.25, abs=0.1)
    at = round(2.25 * RATE)
    assert until(lambda: player_at(listener).position == 2.25)
    assert np.array_equal(recorder.record(1000), expected[at : at + 1000])
    recorder.record(len(expected))
    assert until(lambda: remote.ended)
    assert not remote.playing
    assert remote.position == remote.duration == len(expected) / RATE


def player_at(listener: Listener) -> Player:
    return listener.sessions[STUDIO].player


def test_pause_and_volume(remote: RemotePlayer, recorder: Recorder, song: Path) -> None:
    expected = reference(song.read_bytes())
    play(remote, song)
    recorder.record(1000)
    remote.toggle()
    assert not remote.playing
    assert recorder.stopped.wait(10)
    remote.volume = 50
    remote.toggle()
    assert recorder.started.wait(10)
    recorder.record(441)
    got = recorder.record(441).astype(np.float32)
    assert np.abs(got - expected[1441:1882].astype(np.float32) * 0.25).max() <= 1


def test_what_follows_begins_without_a_gap(
    remote: RemotePlayer, recorder: Recorder, song: Path, other: Path, listener: Listener
) -> None:
    first, second = reference(song.read_bytes()), reference(other.read_bytes())
    play(remote, song)
    remote.follow(other)
    assert until(lambda: len(player_at(listener).loaded) == 2)
    assert until(lambda: remote.link is not None and remote.link.has(remote.files.file(other)))
    following = player_at(listener)._mixer.following
    assert following is not None
    assert following.done.wait(20)
    got = recorder.record(len(first) + 5000)
    assert np.array_equal(got, np.concatenate([first, second[:5000]]))
    assert until(lambda: remote.path == other)


def test_a_switch_goes_on_at_the_same_sample(
    recorder: Recorder, remote: RemotePlayer, song: Path, other: Path, listener: Listener
) -> None:
    play(remote, song)
    recorder.record(RATE // 2)
    local_recorder = Recorder()
    local = Player(volume=100, output=lambda: local_recorder)
    local.load(song)
    decoded(local)
    local.play()
    local_recorder.record(RATE // 2)
    assert local.switch(other) == ""
    assert remote.switch(other) == ""
    assert remote.path == other
    expected = local_recorder.record(RATE // 4)
    assert expected.any()
    assert until(lambda: player_at(listener).whole)
    assert np.array_equal(recorder.record(RATE // 4), expected)
    local.close()


def test_a_take_that_can_not_be_played_says_why(remote: RemotePlayer, tmp_path: Path) -> None:
    remote.load(tmp_path / "gone.mp3")
    assert "gone" in remote.wait()
    text = tmp_path / "text.mp3"
    text.write_text("no sound")
    remote.load(text)
    assert "can't play" in remote.wait()


def test_the_music_plays_on_after_a_drop_and_is_found_again(
    remote: RemotePlayer, recorder: Recorder, song: Path, listener: Listener
) -> None:
    expected = reference(song.read_bytes())
    play(remote, song)
    recorder.record(1000)
    assert remote.link is not None
    remote.link._channel.close()
    assert until(lambda: not remote.connected)
    assert remote.playing
    assert "lost" in remote.why
    assert np.array_equal(recorder.record(RATE), expected[1000 : 1000 + RATE])
    attach(remote, listener)
    assert remote.playing
    assert (1000 + RATE) / RATE <= remote.position <= remote.duration
    assert recorder.starts == 1
    assert np.array_equal(recorder.record(10), expected[1000 + RATE : 1010 + RATE])


def test_an_order_during_the_drop_is_obeyed_afterwards(
    remote: RemotePlayer, recorder: Recorder, song: Path, other: Path, listener: Listener
) -> None:
    play(remote, song)
    assert remote.link is not None
    remote.link._channel.close()
    assert until(lambda: not remote.connected)
    remote.load(other, start=1.0)
    assert until(lambda: remote._missed)
    attach(remote, listener)
    assert until(lambda: player_at(listener).path is not None and not player_at(listener).playing)
    assert until(lambda: player_at(listener).position == 1.0)
    assert remote.path == other


def test_a_listener_that_is_closed_stops_the_music(
    remote: RemotePlayer, song: Path, listener: Listener
) -> None:
    play(remote, song)
    listener.close()
    assert until(lambda: not remote.playing)
    assert "closed" in remote.why


def test_another_machine_takes_over_at_the_same_position(
    remote: RemotePlayer, recorder: Recorder, song: Path, listener: Listener, tmp_path: Path
) -> None:
    expected = reference(song.read_bytes())
    play(remote, song)
    recorder.record(RATE)
    remote.seek(2.0)
    second = Recorder()
    kitchen = Listener(Cache(tmp_path / "second"), name="kitchen", output=lambda: second)
    try:
        attach(remote, kitchen)
        assert until(lambda: player_at(listener).path is None)
        assert second.started.wait(10)
        whole(remote, song)
        got = second.record(100)
        at = next(
            i for i in range(2 * RATE, len(expected)) if np.array_equal(expected[i : i + 100], got)
        )
        assert 2 * RATE <= at <= 3 * RATE
        assert remote.name == "kitchen"
    finally:
        kitchen.close()


def test_a_laptop_that_slept_goes_on_where_it_stopped(
    listener: Listener, recorder: Recorder, song: Path
) -> None:
    now = [1000.0]
    player = RemotePlayer(STUDIO, volume=100, clock=lambda: now[0])
    try:
        attach(player, listener)
        play(player, song)
        recorder.record(RATE)
        now[0] += 3600  # it sleeps: nothing comes from it
        assert not player.connected
        assert "lost" in player.why
        assert player.position <= player.duration
        attach(player, listener)
        assert player.playing
        assert player.position == 1.0
        expected = reference(song.read_bytes())
        assert np.array_equal(recorder.record(100), expected[RATE : RATE + 100])
    finally:
        player.close()


def test_a_listener_that_was_killed_and_began_anew_does_not_begin_to_sound(
    listener: Listener, recorder: Recorder, song: Path, tmp_path: Path
) -> None:
    player = RemotePlayer(STUDIO, volume=100)
    second = Recorder()
    anew = Listener(Cache(tmp_path / "anew"), name="laptop", output=lambda: second)
    try:
        attach(player, listener)
        play(player, song, 1.0)
        assert player.link is not None
        player.link._channel.close()
        assert until(lambda: not player.connected)
        attach(player, anew)
        assert not player.playing
        assert player.path == song
        assert player.position >= 1.0
        player.play()
        assert second.started.wait(10)
    finally:
        player.close()
        anew.close()


def test_nothing_is_sent_while_nothing_happens(remote: RemotePlayer, song: Path) -> None:
    play(remote, song)
    remote.pause()
    assert remote.link is not None
    assert until(lambda: not remote.playing)
    link = remote.link
    remote.volume = 70
    before = link.bytes
    assert until(lambda: link.bytes > before)
    remote._orders.put(lambda: None)
    quiet = link.bytes
    assert not until(lambda: link.bytes[0] != quiet[0], timeout=1)


def test_files_are_sent_ahead_and_not_twice(
    remote: RemotePlayer, song: Path, other: Path, cache: Cache
) -> None:
    remote.send_ahead([song, other])
    files = [remote.files.file(path) for path in (song, other)]
    assert until(lambda: all(cache.whole(file) for file in files))
    link = remote.link
    assert link is not None
    assert until(lambda: all(link.has(file) for file in files))
    before = link.bytes[0]
    play(remote, song)
    assert link.bytes[0] - before < 2000


def test_a_large_file_sounds_before_it_is_whole(
    listener: Listener, recorder: Recorder, tmp_path: Path
) -> None:
    path = tmp_path / "long.mp3"
    path.write_bytes(mp3(60.0))
    player = RemotePlayer(STUDIO, volume=100, kilobits=200)
    try:
        attach(player, listener)
        player.load(path)
        player.play()
        assert player.wait() == ""
        assert not player.whole
        assert np.array_equal(recorder.record(1000), reference(path.read_bytes())[:1000])
    finally:
        player.close()


def test_another_listener_and_one_that_came_back_are_told_what_follows(
    remote: RemotePlayer, song: Path, other: Path, listener: Listener, tmp_path: Path
) -> None:
    follows = remote.files.file(other)
    remote.load(song)
    remote.follow(other)
    assert until(lambda: listener.sessions[STUDIO]._queue == [follows])
    assert remote.link is not None
    remote.link._channel.close()
    assert until(lambda: not remote.connected)
    listener.sessions[STUDIO]._queue.clear()  # as a command does meanwhile
    attach(remote, listener)
    remote.follow(other)
    assert until(lambda: listener.sessions[STUDIO]._queue == [follows])
    kitchen = Listener(Cache(tmp_path / "second"), name="kitchen", output=Recorder)
    try:
        attach(remote, kitchen)
        remote.follow(other)
        assert until(lambda: kitchen.sessions[STUDIO]._queue == [follows])
    finally:
        kitchen.close()


def test_what_follows_is_told_though_the_listener_went_on_while_it_was_hashed(
    listener: Listener, song: Path, other: Path
) -> None:
    hashing = threading.Event()
    player = RemotePlayer(STUDIO)
    try:
        attach(player, listener)
        hash_file, known = player.files.file, player.files.file(other)

        def slow(path: Path) -> File:
            if path == other:
                assert hashing.wait(20)
            return hash_file(path)

        player.files.file = slow  # type: ignore[method-assign]
        player.load(song)
        player.follow(song, other)
        player._now.queue = (other,)  # the first of the two has begun
        hashing.set()
        assert until(lambda: player._now.queue is None)
        player.follow(other)
        assert until(lambda: listener.sessions[STUDIO]._queue == [known])
    finally:
        hashing.set()
        player.close()


def test_an_order_does_not_claim_that_a_later_one_was_obeyed(song: Path) -> None:
    ours, theirs = socket.socketpair()
    theirs.settimeout(20)
    channel = Channel(theirs, TO_LISTENER)
    player = RemotePlayer(STUDIO)
    channel.send("welcome", protocol=1, oldest=1, program="1", name="x", listener="1" * 64)
    channel.send("state", **NOTHING)
    player.attach(ours)
    blocked = threading.Event()

    def wait() -> None:
        blocked.wait(20)

    player._orders.put(wait)
    player.load(song)
    player.skip(1)
    player.pause()
    blocked.set()
    numbers: dict[str, int] = {}
    while "pause" not in numbers:
        message = channel.receive()
        assert isinstance(message, dict)
        if "n" in message:
            numbers[message["verb"]] = message["n"]
    assert numbers["load"] == numbers["skip"] < numbers["pause"]
    player.close()
    channel.close()
