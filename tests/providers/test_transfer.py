"""A file over HTTP to a part: resumed if it is proven to be the same file, else begun anew."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.providers import errors, redirects
from suno_tui.providers.client import Client

SONG = b"ID3\x04" + bytes(range(256)) * 40
URL = "https://files.example.com/1.mp3?token=a"
MOST = 1_000_000


class Cut(httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data
        raise httpx.ReadError("broken")


class Host:
    """A file host: what it answers next, and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Callable[[httpx.Request], httpx.Response]] = []
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def client(self) -> Client:
        return Client("https://api.example.com", "sk-x", transport=httpx.MockTransport(self))


@pytest.fixture
def host() -> Host:
    return Host()


def whole(**headers: str) -> httpx.Response:
    return httpx.Response(200, content=SONG, headers=headers)


def cut(at: int, **headers: str) -> httpx.Response:
    named = {"Content-Length": str(len(SONG))} | headers
    return httpx.Response(200, stream=Cut(SONG[:at]), headers=named)


def rest(start: int, total: int | str = len(SONG)) -> httpx.Response:
    span = f"bytes {start}-{len(SONG) - 1}/{total}"
    return httpx.Response(206, content=SONG[start:], headers={"Content-Range": span})


async def download(host: Host, part: Path, url: str = URL, most: int = MOST) -> Any:
    async with host.client() as client:
        return await client.download(url, part, most=most)


async def break_off(host: Host, part: Path, **headers: str) -> None:
    host.answers.append(cut(1000, **headers))
    with pytest.raises(errors.OutcomeUnknown):
        await download(host, part)
    assert len(bytes_of(part)) == 1000


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_whole_file(host: Host, tmp_path: Path) -> None:
    host.answers.append(whole())
    part = tmp_path / "new" / "a.part"
    found = await download(host, part)
    assert (found.size, found.kind) == (len(SONG), "mp3")
    assert part.read_bytes() == SONG
    assert "Range" not in host.asked[0].headers
    assert "Authorization" not in host.asked[0].headers


@pytest.mark.parametrize("headers", [{"ETag": '"v1"'}, {"Last-Modified": "yesterday"}])
async def test_it_goes_on_under_another_url_where_the_validator_holds(
    host: Host, tmp_path: Path, headers: dict[str, str]
) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, **headers)
    host.answers.append(rest(1000))
    await download(host, part, URL.replace("token=a", "token=b"))
    assert part.read_bytes() == SONG
    assert host.asked[1].headers["Range"] == "bytes=1000-"
    assert host.asked[1].headers["If-Range"] in headers.values()


async def test_without_a_validator_it_goes_on_under_the_same_url_alone(
    host: Host, tmp_path: Path
) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, ETag='W/"weak"')
    host.answers += [whole(), whole()]
    await download(host, part, URL.replace("token=a", "token=b"))
    assert "Range" not in host.asked[1].headers
    assert part.read_bytes() == SONG


@pytest.mark.parametrize(
    "answer",
    [
        rest(900),
        rest(1000, total=len(SONG) + 5),
        httpx.Response(206, content=b"x"),
        httpx.Response(416, headers={"Content-Range": "bytes */10"}),
    ],
)
async def test_a_wrong_range_begins_anew(
    host: Host, tmp_path: Path, answer: httpx.Response
) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, ETag='"v1"')
    host.answers.append(answer)
    with pytest.raises(errors.OutcomeUnknown):
        await download(host, part)
    host.answers.append(whole())
    await download(host, part)
    assert "Range" not in host.asked[2].headers
    assert part.read_bytes() == SONG


async def test_a_changed_file_begins_anew(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, ETag='"v1"')
    host.answers.append(whole(ETag='"v2"'))
    await download(host, part)
    assert part.read_bytes() == SONG


async def test_a_part_of_unknown_origin_is_not_resumed(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(b"of somebody else")
    host.answers.append(whole())
    await download(host, part)
    assert part.read_bytes() == SONG


async def test_a_file_that_was_whole_already_is_not_asked_for(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    host.answers.append(whole())
    await download(host, part)
    await download(host, part)
    assert len(host.asked) == 1


async def test_compressed_on_the_way(host: Host, tmp_path: Path) -> None:
    import gzip

    host.answers.append(
        httpx.Response(200, content=gzip.compress(SONG), headers={"Content-Encoding": "gzip"})
    )
    part = tmp_path / "a.part"
    await download(host, part)
    assert part.read_bytes() == SONG


@pytest.mark.parametrize("most", [100, len(SONG) - 1])
async def test_too_large(host: Host, tmp_path: Path, most: int) -> None:
    host.answers += [
        httpx.Response(200, content=SONG),
        httpx.Response(200, stream=Cut(SONG)),  # without a length, so that it has to be counted
    ]
    for _ in range(2):
        with pytest.raises(errors.BadFile):
            await download(host, tmp_path / "a.part", most=most)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_an_ended_url(host: Host, tmp_path: Path, status: int) -> None:
    host.answers.append(httpx.Response(status))
    with pytest.raises(errors.FileGone):
        await download(host, tmp_path / "a.part")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, errors.ProviderDown), (503, errors.ProviderDown), (429, errors.RateLimited)],
)
async def test_a_host_in_trouble(
    host: Host, tmp_path: Path, status: int, kind: type[errors.ProviderError]
) -> None:
    host.answers.append(httpx.Response(status, headers={"Retry-After": "9"}))
    with pytest.raises(kind) as caught:
        await download(host, tmp_path / "a.part")
    assert caught.value.retry_after == 9


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"fLaC", "flac"),
        (b"OggS", "ogg"),
        (b"RIFF\0\0\0\0WAVE", "wav"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n", "png"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
    ],
)
async def test_kinds(host: Host, tmp_path: Path, head: bytes, kind: str) -> None:
    host.answers.append(httpx.Response(200, content=head + b"\0" * 100))
    assert (await download(host, tmp_path / "a.part")).kind == kind


@pytest.mark.parametrize(
    "body", [b"", b"<html><title>Sign in</title>", b'{"error": 1}', b"%PDF", b"Not yet."]
)
async def test_what_is_no_sound(host: Host, tmp_path: Path, body: bytes) -> None:
    host.answers.append(httpx.Response(200, content=body))
    with pytest.raises(errors.BadFile):
        await download(host, tmp_path / "a.part")
    assert not (tmp_path / "a.part").exists()


async def test_a_redirect_is_followed_without_the_key(host: Host, tmp_path: Path) -> None:
    moved = httpx.Response(302, headers={"Location": "https://cdn.example.com/1.mp3"})
    host.answers += [moved, whole()]
    await download(host, tmp_path / "a.part", "https://api.example.com/files/1.mp3")
    assert [str(request.url) for request in host.asked][1] == "https://cdn.example.com/1.mp3"
    assert all("Authorization" not in request.headers for request in host.asked)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://[", "", "ftp://x/1.mp3"])
async def test_a_url_that_is_none(host: Host, tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.FileGone):
        await download(host, tmp_path / "a.part", url)
    assert host.asked == []


@pytest.mark.parametrize(
    ("head", "content_type", "url", "kind"),
    [
        (b"\x1a\x45\xdf\xa3\x01", "audio/webm", "/f", "webm"),
        (b"\xff\xf1\x50\x80", "audio/aac", "/f", "aac"),
        (b"\xff\xf9\x50\x80", "audio/mpeg", "/f.mp3", "aac"),
        (b"\xff\xfd\x90\x64", "audio/mpeg", "/f", "mp2"),
        (b"FORM\0\0\0\0AIFF", "", "/f", "aiff"),
        (b"\0\0\0\0\0\0", "audio/mpeg; x=y", "/f", "mp3"),
        (b"\x7fELF\x02\x01", "audio/x-voc", "/f", "voc"),
        (b"\x7fELF\x02\x01", "application/octet-stream", "/a/f.opus?x=.mp3", "opus"),
        (b"\x7fELF\x02\x01", "text/html", "/f.toml", "bin"),
        (b"\x7fELF\x02\x01", "audio/desktop", "/f.sh/", "bin"),
        (b"\x7fELF\x02\x01", "audio/wav", "/f.wav", "bin"),
        (b"%PDF-1.7\n%\xb5\xb5\xb5\xb5\n", "application/pdf", "/f.pdf", "bin"),
    ],
)
async def test_a_whole_file_is_kept_whatever_it_is(
    host: Host, tmp_path: Path, head: bytes, content_type: str, url: str, kind: str
) -> None:
    body = head + b"\0\xff" * 100
    host.answers.append(httpx.Response(200, content=body, headers={"Content-Type": content_type}))
    part = tmp_path / "a.part"
    address = f"https://files.example.com{url}"
    assert (await download(host, part, address)).kind == kind
    assert bytes_of(part) == body
    # What is whole already is called the same.
    assert (await download(host, part, address)).kind == kind
    assert len(host.asked) == 1


async def test_a_text_sent_instead_of_a_file_is_kept_with_the_error(
    host: Host, tmp_path: Path
) -> None:
    page = "<html><title>Sign in</title>é".encode() * 10_000
    host.answers.append(httpx.Response(200, content=page))
    with pytest.raises(errors.BadFile) as caught:
        await download(host, tmp_path / "a.part")
    assert caught.value.raw == page[: errors.MOST_RAW]


async def test_a_finished_download_is_on_the_disk(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, synced = tmp_path / "a.part", []
    fsync = os.fsync

    def record(handle: int) -> None:
        if os.path.samestat(os.fstat(handle), part.stat()):
            synced.append(os.fstat(handle).st_size)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", record)
    host.answers.append(whole())
    await download(host, part)
    assert synced == [len(SONG)]


class Clock:
    """A loop's time that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        loop = asyncio.get_running_loop()
        time = loop.time
        monkeypatch.setattr(loop, "time", lambda: time() + self.ahead)


class Trickle(httpx.AsyncByteStream):
    """A body of which `piece` bytes come every `seconds`, by the test's clock."""

    def __init__(self, data: bytes, piece: int, seconds: float, clock: Clock) -> None:
        self.data, self.piece, self.seconds, self.clock = data, piece, seconds, clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), self.piece):
            self.clock.ahead += self.seconds
            yield self.data[start : start + self.piece]


async def test_a_trickling_download_is_stopped_and_resumed_later(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, part = Clock(monkeypatch), tmp_path / "a.part"
    headers = {"Content-Length": str(len(SONG)), "ETag": '"v1"'}
    host.answers.append(httpx.Response(200, stream=Trickle(SONG, 100, 10, clock), headers=headers))
    async with host.client() as client:
        with pytest.raises(errors.TooSlow):
            await client.download(URL, part, most=MOST, least=1000)
        assert bytes_of(part) == SONG[:300]
        host.answers.append(rest(300))
        await client.download(URL, part, most=MOST, least=1000)
    assert bytes_of(part) == SONG
    assert host.asked[1].headers["Range"] == "bytes=300-"


@pytest.mark.parametrize(("piece", "least"), [(100, 0), (100, 9), (10_000, 900)])
async def test_a_host_that_is_fast_enough_is_not_left(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, least: float
) -> None:
    stream = Trickle(SONG, piece, 10, Clock(monkeypatch))
    host.answers.append(httpx.Response(200, stream=stream))
    async with host.client() as client:
        found = await client.download(URL, tmp_path / "a.part", most=MOST, least=least)
    assert found.size == len(SONG)


@pytest.mark.parametrize(
    ("url", "location", "words"),
    [
        ("https://8.8.8.8/a", "file:///etc/passwd", "a file: address"),
        ("https://8.8.8.8/a", "javascript:alert(1)", "a javascript: address"),
        ("https://8.8.8.8/a", "ftp://8.8.4.4/a", "a ftp: address"),
        ("https://8.8.8.8/a", "http://8.8.8.8/a", "from https to http"),
        ("https://8.8.8.8/a", "https://[::1", "invalid address"),
        ("https://8.8.8.8/a", "https://h:99999/", "invalid address"),
        ("https://8.8.8.8/a", "https://127.0.0.1/admin", "into a private network"),
        ("http://8.8.8.8/a", "http://10.0.0.1/admin", "into a private network"),
        ("http://8.8.8.8/a", "http://169.254.169.254/latest", "into a private network"),
        ("http://8.8.8.8/a", "http://100.64.0.1/", "into a private network"),
        ("http://8.8.8.8/a", "http://[::1]/", "into a private network"),
        ("http://8.8.8.8/a", "http://[::ffff:10.0.0.1]/", "into a private network"),
        ("http://8.8.8.8/a", "http://[64:ff9b::a00:1]/", "into a private network"),
        ("http://8.8.8.8/a", "http://[2002:a00:1::]/", "into a private network"),
        ("http://8.8.8.8/a", "http://[fe80::1]/", "into a private network"),
        ("http://8.8.8.8/a", "//LocalHost./admin", "into a private network"),
        ("http://8.8.8.8/a", "http://router.local/", "into a private network"),
    ],
)
async def test_a_redirect_that_is_not_followed(
    host: Host, tmp_path: Path, url: str, location: str, words: str
) -> None:
    host.answers.append(httpx.Response(302, headers={"Location": location}))
    with pytest.raises(errors.BadFile, match=words):
        await download(host, tmp_path / "a.part", url)
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://8.8.8.8/a", "/b"),
        ("https://8.8.8.8/a", "https://8.8.4.4/b"),
        ("http://8.8.8.8/a", "https://8.8.8.8/b"),
        ("http://127.0.0.1/a", "http://10.0.0.1/b"),
        ("http://192.168.0.5/a", "http://8.8.8.8/b"),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:2/b"),
        ("https://8.8.8.8/a", "https://198.18.0.9/b"),
    ],
)
async def test_a_redirect_that_is_followed(
    host: Host, tmp_path: Path, url: str, location: str
) -> None:
    host.answers += [httpx.Response(302, headers={"Location": location}), whole()]
    assert (await download(host, tmp_path / "a.part", url)).size == len(SONG)


async def test_redirects_without_end(host: Host, tmp_path: Path) -> None:
    host.answers += [httpx.Response(302, headers={"Location": "/loop"})] * 20
    with pytest.raises(errors.BadFile, match="more than 5 times"):
        await download(host, tmp_path / "a.part")
    assert len(host.asked) == 6


async def test_a_name_is_looked_up_before_a_redirect_into_a_private_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"inner.example.com": "10.0.0.1", "outer.example.com": "8.8.8.8"}

    async def look_up(name: str, *_: Any, **__: Any) -> list[Any]:
        if name not in known:
            raise OSError
        return [(0, 0, 0, "", (known[name], 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    outer, inner = "http://outer.example.com/", "http://inner.example.com/"
    with pytest.raises(errors.BadFile):
        await redirects.follow(outer, inner, resolve=True)
    assert await redirects.follow(inner, "http://10.0.0.9/", resolve=True) == "http://10.0.0.9/"
    assert await redirects.follow(outer, inner, resolve=False) == inner
    assert await redirects.follow(outer, "//nowhere.example.com", resolve=True)


async def test_a_validator_that_cannot_be_sent_back_is_none(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    headers = [(b"Content-Length", b"%d" % len(SONG)), (b"ETag", b'"\xe9"')]
    host.answers.append(httpx.Response(200, stream=Cut(SONG[:1000]), headers=headers))
    with pytest.raises(errors.OutcomeUnknown):
        await download(host, part)
    host.answers.append(whole())
    await download(host, part)
    assert "If-Range" not in host.asked[1].headers


@pytest.mark.parametrize("length", ["9" * 5000, "²", "-1", "1, 2"])
async def test_a_length_that_is_none(host: Host, tmp_path: Path, length: str) -> None:
    headers = [(b"Content-Length", length.encode())]
    host.answers.append(httpx.Response(200, stream=httpx.ByteStream(SONG), headers=headers))
    assert (await download(host, tmp_path / "a.part")).size == len(SONG)
