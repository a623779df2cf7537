"""Sound that goes elsewhere: into a command of the user's, and into a stream over HTTP."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import BinaryIO

import numpy as np
import pytest

from suno_tui.library.track_files import open_sound
from suno_tui.player.external_output import CommandOutput
from suno_tui.player.player import Player
from suno_tui.player.ssh_commands import SshCommands
from suno_tui.player.stream import NowPlaying, Stream, byte_range
from tests.library.harness import mp3
from tests.player.recorder import decoded, reference, until

RATE = 44_100


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "a [song].mp3"
    path.write_bytes(mp3(2.0))
    return path


@pytest.fixture
def stream(song: Path) -> Iterator[Stream]:
    stream = Stream(lambda: NowPlaying("A <b>song</b> 1", song), port=0)
    yield stream
    stream.stop_serving()


def ask(
    stream: Stream, path: str, host: str = "localhost:9", method: str = "GET", **more: str
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", stream.port, timeout=10)
    try:
        connection.request(method, path, headers={"Host": host} | more)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def test_a_command_gets_the_sound_in_step_with_the_clock(song: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.pcm"
    code = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, open(sys.argv[1], 'wb', 0))"
    command = CommandOutput([sys.executable, "-c", code, str(heard)])
    player = Player(volume=100, output=lambda: command)
    player.load(song)
    decoded(player)
    player.play()
    assert until(lambda: heard.exists() and heard.stat().st_size > RATE * 2)
    assert player.position < player.duration, "not all at once"
    assert player.output == "elsewhere"
    player.pause()
    assert until(lambda: not player._running)
    player.play()
    assert until(lambda: player.ended)
    player.close()
    got = np.frombuffer(heard.read_bytes(), "<i2").reshape(-1, 2)
    expected = reference(song.read_bytes())
    assert len(got) >= len(expected)
    # The pause is no silence in the pipe: the command waits, and the next sample comes.
    assert np.array_equal(got[: len(expected)], expected)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["no-such-command"], "be played: your command no-such-command can't be run: No such"),
        (["false"], "be played: your command false ended with 1"),
        ([sys.executable, "-c", "import sys; sys.exit('no line to laptop')"], "no line to laptop"),
    ],
)
def test_a_broken_command_is_reported(
    song: Path, argv: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suno_tui.player import player as module

    monkeypatch.setattr(module, "_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(module, "_DEAD_SECONDS", 0.3)
    command = CommandOutput(argv)
    player = Player(output=lambda: command)
    player.load(song)
    player.play()
    assert until(lambda: player.output == "none")
    assert says in player.why
    assert not player.why.endswith(": ")
    assert not player.playing
    player.close()


def test_the_sound_moves_elsewhere_while_it_plays(song: Path) -> None:
    from tests.player.recorder import Recorder

    here, there = Recorder(), Recorder()
    player = Player(volume=100, output=lambda: here)
    player.load(song)
    decoded(player)
    player.play()
    expected = reference(song.read_bytes())
    assert np.array_equal(here.record(1000), expected[:1000])
    player.send_to(lambda: there)
    assert np.array_equal(there.record(500), expected[1000:1500])
    assert here.closed.is_set()
    player.send_to(None)
    assert there.closed.wait(10)
    assert player.playing
    player.close()


def test_a_listener_hears_what_plays(song: Path, stream: Stream) -> None:
    import miniaudio

    player = Player(volume=100, output=lambda: stream)
    player.load(song)
    heard = bytearray()

    def listen() -> None:
        connection = HTTPConnection("127.0.0.1", stream.port, timeout=20)
        connection.request("GET", f"/{stream.token}/live.mp3")
        answer = connection.getresponse()
        while part := answer.read1():
            heard.extend(part)
        connection.close()

    listener = Thread(target=listen)
    listener.start()
    assert until(lambda: stream.listeners == 1)
    player.play()
    assert until(lambda: player.ended)
    player.close()
    before = len(heard)
    assert until(lambda: len(heard) > before), "a pause is silence, not the end"
    stream.stop_serving()
    listener.join(20)
    assert not listener.is_alive()
    assert stream.listeners == 0
    whole = miniaudio.decode(bytes(heard), nchannels=2, sample_rate=RATE)
    levels = np.abs(np.frombuffer(whole.samples, np.int16).astype(int))
    assert levels.max() > 8000
    assert (levels > 4000).sum() > RATE / 2, "a second of tone in both channels"


def test_only_requests_with_the_token_are_answered(stream: Stream) -> None:
    assert stream.url.startswith("http://127.0.0.1:")
    for path in ("/", "/x/", "/x/track", f"/{stream.token}x/", f"/{stream.token}/../x"):
        assert ask(stream, path)[::2] == (404, b"")
    assert ask(stream, f"/{stream.token}/now", host="evil.example")[0] == 404
    assert ask(stream, f"/{stream.token}/", method="POST")[0] == 501
    status, headers, page = ask(stream, f"/{stream.token}/")
    assert status == 200
    assert b"A &lt;b&gt;song&lt;/b&gt; 1" in page
    assert headers["Cache-Control"] == "no-store"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = Stream(NowPlaying, port=taken.getsockname()[1])
        assert other.port != taken.getsockname()[1]
        assert f"Port {taken.getsockname()[1]} is taken" in other.why
        assert f"on port {other.port} " in other.why
        assert other.token != stream.token
        assert ask(other, f"/{other.token}/track")[0] == 404, "nothing plays"
        other.stop_serving()


def test_the_file_is_handed_out_in_ranges(song: Path, stream: Stream) -> None:
    data, path = song.read_bytes(), f"/{stream.token}/track"
    status, headers, body = ask(stream, path)
    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "audio/mpeg"
    assert headers["Content-Disposition"] == "inline; filename*=UTF-8''a%20%5Bsong%5D.mp3"
    status, headers, body = ask(stream, path, Range="bytes=100-199")
    assert (status, body) == (206, data[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(data)}"
    assert ask(stream, path, Range="bytes=-7")[2] == data[-7:]
    assert ask(stream, path, Range="bytes=9000000-")[0] == 416
    assert ask(stream, path, method="HEAD")[2] == b""
    song.unlink()
    assert ask(stream, path)[0] == 404


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", (0, 10)), ("bytes=0-", (0, 10)), ("bytes=3-4", (3, 5)), ("bytes=3-99", (3, 10)),
        ("bytes=-3", (7, 10)), ("bytes=-99", (0, 10)), ("bytes=10-", None), ("bytes=-0", None),
        ("bytes=5-3", None), ("lines=1-2", (0, 10)), ("bytes=-", (0, 10)),
        ("bytes=1-2,4-5", (0, 10)),
    ],
)  # fmt: skip
def test_ranges(header: str, part: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == part


def test_commands_for_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    line = SshCommands.of({"SSH_CONNECTION": "192.0.2.7 5022 2001:db8::1 22"})
    assert (line.client, line.host) == ("192.0.2.7", "2001:db8::1")
    assert line.tunnel(8766) == "ssh -N -L 8766:127.0.0.1:8766 me@2001:db8::1"
    assert line.copy(Path("/a b.mp3")) == "scp 'me@[2001:db8::1]:/a b.mp3' ."
    monkeypatch.setattr("socket.gethostname", lambda: "studio")
    for told in ({}, {"SSH_CONNECTION": "x"}, {"SSH_CONNECTION": "a b c d"}):
        assert SshCommands.of(told) == SshCommands("me", "studio")


def test_a_slow_listener_loses_the_oldest_blocks(stream: Stream) -> None:
    from queue import Queue

    slow: Queue[bytes] = Queue(3)
    stream._listeners.append(slow)
    stream._encoder = SimpleNamespace(encode=lambda pcm: pcm)
    for number in range(10):
        stream.give(bytes([number]))
    assert [slow.get() for _ in range(3)] == [b"\x07", b"\x08", b"\x09"]
    stream._listeners.remove(slow)


def test_the_file_is_handed_out_only_where_it_may_be(song: Path, tmp_path: Path) -> None:
    def opened(path: Path) -> BinaryIO:
        return open_sound(path, tmp_path / "library")

    link = tmp_path / "link.mp3"
    link.symlink_to(song)
    for path, status in ((song, 200), (link, 404), (Path(__file__), 404), (Path("/dev/zero"), 404)):
        stream = Stream(partial(NowPlaying, "", path), port=0, opened=opened)
        try:
            assert ask(stream, f"/{stream.token}/track")[0] == status
        finally:
            stream.stop_serving()
    os.mkfifo(pipe := tmp_path / "pipe.mp3")
    stream = Stream(lambda: NowPlaying("", pipe), port=0)
    try:
        assert ask(stream, f"/{stream.token}/track")[0] == 404
    finally:
        stream.stop_serving()
