"""The messages: a closed list, every field with its type, every length with its bound."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from suno_tui.listener.protocol import (
    MOST_DATA,
    MOST_MESSAGE,
    TO_LISTENER,
    TO_STUDIO,
    Channel,
    File,
    ProtocolError,
    as_frame,
    as_text,
    checked,
    disagreement,
    read_message,
    write_message,
)
from suno_tui.listener.sending import OrderNumbers
from tests.listener.conftest import NOTHING

FILE = File("a" * 64, 1000, ".mp3")
SEEK = {"verb": "seek", "n": 1, "frame": 44_100}


def test_a_message_arrives_as_it_was_sent() -> None:
    ours, theirs = (Channel(end, TO_LISTENER) for end in socket.socketpair())
    ours.send("load", n=3, frame=0, **FILE.fields())
    ours.send_data(b"bytes")
    message = theirs.receive()
    assert message == {"verb": "load", "n": 3, "frame": 0, **FILE.fields()}
    assert File.of(message) == FILE
    assert theirs.receive() == b"bytes"
    ours.close()
    assert theirs.receive() is None
    theirs.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "run", "command": "x"},
        {"verb": "load", "path": "/etc/passwd"},
        {"n": 1},
        ["seek"],
        {**SEEK, "frame": -1},
        {**SEEK, "frame": 1.5},
        {**SEEK, "frame": True},
        {**SEEK, "n": None},
        {"verb": "have", **FILE.fields(), "hash": "../" + "a" * 61},
        {"verb": "have", **FILE.fields(), "hash": "A" * 64},
        {"verb": "have", **FILE.fields(), "kind": ".toml"},
        {"verb": "have", **FILE.fields(), "size": 1 << 40},
        {"verb": "next", "n": 1, "files": [["a" * 64, 1000, None]], "more": False},
        {
            "verb": "switch",
            "n": 1,
            **FILE.fields(),
            "loudness": 10**400,
            "peak": 0,
            "now_loudness": None,
            "now_peak": 0,
        },
    ],
)
def test_what_is_not_of_the_protocol_is_an_error(wrong: Any) -> None:
    with pytest.raises(ProtocolError):
        checked(wrong, TO_LISTENER)


def test_fields_of_a_later_program_are_ignored() -> None:
    assert checked({**SEEK, "more": 1}, TO_LISTENER) == SEEK


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 4000])
def test_what_is_not_json_is_an_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_message(body, TO_STUDIO)


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff\xff\xff\xffm",
        (MOST_MESSAGE + 1).to_bytes(4, "big") + b"m",
        b"\0\0\0\1x?",
        write_message("at", frame=5)[:-3],
    ],
)
def test_a_frame_that_is_too_long_or_cut_is_an_error(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, TO_STUDIO)
    ours.sendall(sent)
    ours.close()
    with pytest.raises(ProtocolError):
        channel.receive()
    channel.close()


def test_versions_that_cannot_talk_say_which_side_to_update() -> None:
    def between(protocol: int, oldest: int) -> str:
        hello = {"protocol": protocol, "oldest": oldest, "program": "9.1"}
        return disagreement(hello, here="the laptop", there="the server")

    assert between(1, 1) == ""
    assert between(7, 1) == ""
    assert between(7, 2).endswith("update the laptop.")


def test_a_side_that_accepts_nothing_does_not_block_the_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("suno_tui.listener.protocol.SEND_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    channel = Channel(ours, TO_LISTENER)
    failed = threading.Event()

    def send() -> None:
        try:
            while True:
                channel.send_data(bytes(MOST_DATA))
        except OSError:
            failed.set()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    assert failed.wait(20)
    thread.join()
    channel.close()
    theirs.close()


def test_long_texts_of_any_script_fit_into_a_message() -> None:
    text = as_text("\x1b🎵\ud800" + "🎵" * 1000)
    now = {
        "loaded": True, "title": text, "style": text, "seconds": 9e8, "track": "x" * 64,
        "take": 999_999, "frame": as_frame(1e12), "playing": True, "volume": 100,
    }  # fmt: skip
    frame = write_message("now", **now)
    assert len(frame) <= MOST_MESSAGE
    assert read_message(frame[5:], TO_STUDIO) == {"verb": "now", **now}
    worst = write_message("state", **{**NOTHING, "error": text, "why": text, "hash": "a" * 64})
    assert len(worst) <= MOST_MESSAGE


def test_the_numbers_of_orders() -> None:
    numbers = OrderNumbers()
    load, pause = numbers.next(), numbers.next()
    assert numbers.number_to_send(load) == numbers.number_to_send(None) == 1
    assert not numbers.known(1)
    numbers.begin()  # the connection was lost before the pause has left
    assert numbers.known(0)
    assert numbers.number_to_send(pause) == 0
    assert numbers.number_to_send(numbers.next()) == 1
    assert not numbers.known(0)
    assert numbers.known(1)
