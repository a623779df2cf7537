"""The writer's client against a fake chat server: each trouble has its word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from suno_tui.common.errors import SettingsError, StudioError
from suno_tui.common.secret import Secret
from suno_tui.writer import chat as chat_module
from suno_tui.writer.chat import address, chat
from suno_tui.writer.errors import WriterError
from tests.fakes.chat import DONE, ChatServer, delta, stream

MESSAGES = [{"role": "user", "content": "write"}]
KEY = "wk-SECRETSECRET42"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as fake:
        yield fake


async def ask(server: ChatServer, key: str | None = None, **more: Any) -> str:
    secret = Secret(key) if key else None
    seen: list[str] = more.pop("seen", [])
    return await chat(server.url, "tiny", secret, MESSAGES, seen.append, env={}, **more)


async def test_a_stream_comes_piece_by_piece(server: ChatServer) -> None:
    server.pieces = stream("one two three")
    seen: list[str] = []
    assert await ask(server, KEY, seen=seen) == "one two three"
    assert seen == ["one ", "one two ", "one two three"]
    ((path, headers, body),) = server.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {"messages": MESSAGES, "stream": True, "model": "tiny"}


async def test_a_server_without_streaming_and_without_a_key(server: ChatServer) -> None:
    server.headers = {"Content-Type": "application/json"}
    server.pieces = [
        b'{"choices": [{"message": {"content": "all at once"}, "finish_reason": "stop"}]}'
    ]
    assert await ask(server) == "all at once"
    assert "authorization" not in server.requests[0][1]


async def test_a_line_that_is_cut_and_comments_are_understood(server: ChatServer) -> None:
    whole = b": keep-alive\n\n" + delta("häusle ") + delta("done", finish_reason="stop") + DONE
    server.pieces = [whole[n : n + 7] for n in range(0, len(whole), 7)]
    assert await ask(server) == "häusle done"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b'{"error": {"message": "bad key"}}', "does not accept the writer's key"),
        (404, b'{"error": "no model tiny"}', "no such model"),
        (429, b"{}", "accepts no more for now"),
        (500, b"<html>", "has trouble (HTTP 500)"),
        (302, b"", "refused the request (HTTP 302)"),
    ],
)
async def test_statuses(server: ChatServer, status: int, body: bytes, words: str) -> None:
    server.status, server.pieces = status, [body]
    server.headers = {"Location": "http://127.0.0.1:9/", "Retry-After": "7"}
    with pytest.raises(WriterError) as caught:
        await ask(server, KEY)
    assert words in str(caught.value)
    assert "Nothing was changed." in str(caught.value)
    assert ("Ask again in 7 s." in str(caught.value)) == (status == 429)
    assert len(server.requests) == 1


async def test_what_the_server_says_of_an_error_is_foreign_text(server: ChatServer) -> None:
    server.status = 400
    server.pieces = [b'{"error": {"message": "no\\u001b]0;all\\u0007 %s [b]"}}' % KEY.encode()]
    with pytest.raises(WriterError) as caught:
        await ask(server, KEY)
    assert "\x1b" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert "[b]" in str(caught.value)


async def test_what_a_server_says_without_end_is_cut(server: ChatServer) -> None:
    server.pieces = [b'data: {"error": {"message": "%s"}}\n\n' % (b"x" * 1_000_000)]
    with pytest.raises(WriterError) as caught:
        await ask(server)
    assert str(caught.value) == f"The server stopped: {'x' * 200} Nothing was changed."
    server.status, server.pieces = 429, [b"{}"]
    for wait in ("9" * 5_000, "²", "1e3", "1234567"):
        response = httpx.Response(429, headers=[(b"Retry-After", wait.encode())])
        assert "Ask again" not in chat_module._refused(response, b"{}", "http://h")


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([delta("half a li")], "broke off in the middle"),
        ([delta("x", finish_reason="length")], "longer than the server allows"),
        ([delta("x", finish_reason="content_filter")], "filter refused"),
        ([b'data: {"choices": [{"delta": {"refusal": "No \\u001b song."}}]}\n\n'], "“No ␛ song.”"),
        ([b'data: {"error": {"message": "out of memory"}}\n\n'], "out of memory"),
        ([delta("la " * 10_000)] * 5, "did not end: it was stopped after 40,000 characters"),
        ([b": beat\n\n" * 100_000] * 4, "did not end: it was stopped after 2 MiB"),
    ],
)
async def test_streams_that_go_wrong(server: ChatServer, pieces: list[bytes], words: str) -> None:
    server.pieces = pieces
    with pytest.raises(WriterError) as caught:
        await ask(server)
    assert words in str(caught.value)


async def test_a_server_that_stalls(server: ChatServer) -> None:
    done = threading.Event()
    server.pieces = [delta("one"), done.wait]
    with pytest.raises(WriterError) as caught:
        await ask(server, times=httpx.Timeout(0.2, connect=10))
    done.set()
    assert "No more came for 0 s" in str(caught.value)


async def test_a_server_that_goes_on_for_ever(server: ChatServer) -> None:
    done = threading.Event()

    def beats() -> Iterator[bytes]:
        while not done.wait(0.02):
            yield b": beat\n\n"

    server.pieces = beats()
    with pytest.raises(WriterError) as caught:
        await ask(server, whole=0.5)
    done.set()
    assert "did not end: it was stopped after 0 s" in str(caught.value)


async def test_nobody_is_there(server: ChatServer) -> None:
    url = server.url
    server.__exit__()
    with pytest.raises(WriterError) as caught:
        await chat(url, None, None, MESSAGES, lambda _: None, env={})
    server.__enter__()
    assert "Is the writer running there?" in str(caught.value)


async def test_an_answer_that_is_no_chat_is_refused(server: ChatServer) -> None:
    server.headers, server.pieces = {"Content-Type": "text/html"}, [b"<html>hello"]
    with pytest.raises(WriterError) as caught:
        await ask(server)
    assert "not a chat server" in str(caught.value)


async def test_a_key_that_comes_back_in_pieces_is_in_no_text(server: ChatServer) -> None:
    server.pieces = [delta(KEY[:5]), delta(KEY[5:]), delta(" end", finish_reason="stop")]
    seen: list[str] = []
    assert await ask(server, KEY, seen=seen) == "(the key) end"
    assert KEY not in "".join(seen)


async def test_a_wrong_address_or_key_is_told_before_anything_is_sent() -> None:
    for url, key in (
        ("ftp://host", None),
        ("http://[::1/v1", None),
        ("http://127.0.0.1", "two words"),
    ):
        with pytest.raises(SettingsError):
            await chat(url, None, Secret.of(key), MESSAGES, lambda _: None, env={})


def test_addresses() -> None:
    assert address("http://h:1") == address("http://h:1/v1/") == "http://h:1/v1/chat/completions"
    assert address("https://h/api/chat/completions") == "https://h/api/chat/completions"
    assert issubclass(WriterError, StudioError)
    assert chat_module.TIMES.read == 90
