"""No byte of a provider or a file host takes memory, disk or time without a bound."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from suno_tui.providers import client as client_module
from suno_tui.providers import errors, transfer
from suno_tui.providers.client import MOST_ANSWER, Client
from suno_tui.providers.encoding import PIECE, BadEncoding, Decoder
from suno_tui.providers.song import Song
from tests.providers.raw_host import RawHost, answer, sending

MIB = 1024 * 1024


@pytest.fixture
def peak() -> Iterator[None]:
    """At most 24 MiB are taken at once."""
    tracemalloc.start()
    yield
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 24 * MIB


def squeezed(size: int, times: int) -> bytes:
    body = bytes(size)
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    return body


BOMB = squeezed(64 * MIB, 1)
DOUBLE = squeezed(64 * MIB, 2)


@pytest.mark.usefixtures("peak")
@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (BOMB, "gzip", "larger than"),
        (DOUBLE, "gzip, gzip", "which was not asked for"),
        (b"x", "br", "which was not asked for"),
        (b"x", "zstd", "which was not asked for"),
        (b"no gzip", "gzip", "damaged"),
    ],
    ids=["once", "twice", "br", "zstd", "damaged"],
)
async def test_a_compressed_answer_is_bounded(body: bytes, encoding: str, words: str) -> None:
    async with (
        RawHost(sending(answer(body, Content_Encoding=encoding))) as host,
        Client(host.url, "sk-x") as client,
    ):
        with pytest.raises(errors.BadAnswer, match=words):
            await client.credits()
    assert "accept-encoding: identity" in host.heads[0].lower()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"balance": 7}')),
        ("deflate", zlib.compress(b'{"balance": 7}')),
        ("deflate", zlib.compress(b'{"balance": 7}')[2:-4]),
        ("identity", b'{"balance": 7}'),
    ],
    ids=["gzip", "deflate", "bare", "identity"],
)
async def test_a_host_that_compresses_unasked_is_understood(encoding: str, body: bytes) -> None:
    # What it answers may be the id of a song that was paid for.
    async with (
        RawHost(sending(answer(body, Content_Encoding=encoding))) as host,
        Client(host.url, "sk-x") as client,
    ):
        assert (await client.credits()).balance == 7


def test_one_piece_never_becomes_many_at_once() -> None:
    decoder = Decoder("gzip")
    pieces = list(decoder.pieces(BOMB))
    assert sum(map(len, pieces)) == 64 * MIB
    assert max(map(len, pieces)) <= PIECE
    with pytest.raises(BadEncoding):
        Decoder("gzip, gzip")


@pytest.mark.usefixtures("peak")
@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_is_left(status: int) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter, path: str) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        while not writer.is_closing() and sent < 400 * MIB:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
            await writer.drain()

    async with RawHost(endless) as host, Client(host.url, "sk-x") as client:
        with pytest.raises(errors.BadAnswer, match="larger than"):
            await client.credits()
    assert sent < 50 * MIB


@pytest.mark.usefixtures("peak")
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_endless_refusal_of_a_file_host_is_left(tmp_path: Path, encoding: str) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter, path: str) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 500 X\r\nContent-Encoding: {encoding}\r\n\r\n".encode())
        if encoding == "gzip":
            writer.write(BOMB)
            return
        while not writer.is_closing() and sent < 400 * MIB:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with RawHost(endless) as host, Client(host.url, None) as client:
        with pytest.raises(errors.ProviderDown) as caught:
            await client.download(f"{host.url}/a.mp3", tmp_path / "a.part", most=1000)
    assert sent < 50 * MIB
    assert len(caught.value.raw) == errors.MOST_RAW


@pytest.mark.usefixtures("peak")
async def test_a_compressed_file_is_as_large_as_it_becomes(tmp_path: Path) -> None:
    async with (
        RawHost(sending(answer(BOMB, Content_Encoding="gzip"))) as host,
        Client(host.url, None) as client,
    ):
        with pytest.raises(errors.BadFile, match="larger than"):
            await client.download(f"{host.url}/a.mp3", tmp_path / "a.part", most=1_000_000)
    assert (tmp_path / "a.part").stat().st_size <= 1_000_000


@pytest.mark.usefixtures("peak")
async def test_endless_headers_are_left() -> None:
    async def endless(writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1_000_000):
            if writer.is_closing():
                break
            writer.write(f"X-{number}: {'x' * 1000}\r\n".encode())
            await writer.drain()

    async with RawHost(endless) as host, Client(host.url, "sk-x") as client:
        with pytest.raises(errors.OutcomeUnknown):
            await client.credits()


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "WHOLE_ANSWER", 0.2)

    async def preliminary(writer: asyncio.StreamWriter, path: str) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()

    async with RawHost(preliminary) as host, Client(host.url, "sk-x") as client:
        with pytest.raises(errors.OutcomeUnknown, match="no answer in time"):
            await client.credits()


async def test_a_file_that_never_begins_gives_its_slot_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "HEAD_TIME", 0.2)

    async def preliminary(writer: asyncio.StreamWriter, path: str) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()

    async with RawHost(preliminary) as host, Client(host.url, None) as client:
        with pytest.raises(errors.TooSlow):
            await client.download(f"{host.url}/a.mp3", tmp_path / "a.part", most=1000)


@pytest.mark.parametrize("end", [b"", b"sk-secret-0123456789", b"sk-secret-01"])
async def test_the_beginning_of_a_broken_answer_is_kept_without_the_key(end: bytes) -> None:
    body = b'{"data": {"taskId": "a1b2", "key": "' + end
    data = answer(body, Content_Length=str(len(body) + 1000))
    async with RawHost(sending(data)) as host, Client(host.url, "sk-secret-0123456789") as client:
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await client.create(Song(prompt="x"), nonce="n")
    assert caught.value.raw.startswith(b'{"data": {"taskId": "a1b2"')
    assert b"sk-secret" not in caught.value.raw


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>Accepted as 3f2a"), (200, b'{"data": {}}'), (500, b"oops"), (404, b"gone")],
)
async def test_what_was_not_understood_is_kept(status: int, body: bytes) -> None:
    async with RawHost(sending(answer(body, status))) as host, Client(host.url, "sk-x") as client:
        for ask in (client.create(Song(prompt="x"), nonce="n"), client.task("t")):
            with pytest.raises(errors.ProviderError) as caught:
                await ask
            assert caught.value.raw == body


async def test_what_is_kept_is_bounded() -> None:
    body = b"<html>" + b"x" * (MOST_ANSWER - 6)
    async with RawHost(sending(answer(body))) as host, Client(host.url, "sk-x") as client:
        with pytest.raises(errors.BadAnswer) as caught:
            await client.credits()
    assert caught.value.raw == body[: errors.MOST_RAW]


async def test_no_cookie_is_kept(tmp_path: Path) -> None:
    data = answer(b'{"balance": 1}', Set_Cookie="track=me; Path=/; Max-Age=99999999")
    async with RawHost(sending(data)) as host, Client(host.url, "sk-x") as client:
        for _ in range(2):
            await client.credits()
            with pytest.raises(errors.BadFile):
                await client.download(f"{host.url}/a.mp3", tmp_path / "a.part", most=1000)
    assert len(host.heads) == 4
    assert not any("cookie" in head.lower() for head in host.heads)
