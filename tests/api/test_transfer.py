"""A file over HTTP to a part: resumed where it is proven to be the same file, else begun anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from suno_tui.api import errors
from suno_tui.api.client import Client

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


async def fetch(host: Host, part: Path, url: str = URL, most: int = MOST) -> Any:
    async with host.client() as client:
        return await client.fetch(url, part, most=most)


async def break_off(host: Host, part: Path, **headers: str) -> None:
    host.answers.append(cut(1000, **headers))
    with pytest.raises(errors.OutcomeUnknown):
        await fetch(host, part)
    assert len(bytes_of(part)) == 1000


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_whole_file(host: Host, tmp_path: Path) -> None:
    host.answers.append(whole())
    part = tmp_path / "new" / "a.part"
    found = await fetch(host, part)
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
    await fetch(host, part, URL.replace("token=a", "token=b"))
    assert part.read_bytes() == SONG
    assert host.asked[1].headers["Range"] == "bytes=1000-"
    assert host.asked[1].headers["If-Range"] in headers.values()


async def test_without_a_validator_it_goes_on_under_the_same_url_alone(
    host: Host, tmp_path: Path
) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, ETag='W/"weak"')
    host.answers += [whole(), whole()]
    await fetch(host, part, URL.replace("token=a", "token=b"))
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
        await fetch(host, part)
    host.answers.append(whole())
    await fetch(host, part)
    assert "Range" not in host.asked[2].headers
    assert part.read_bytes() == SONG


async def test_a_changed_file_begins_anew(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    await break_off(host, part, ETag='"v1"')
    host.answers.append(whole(ETag='"v2"'))
    await fetch(host, part)
    assert part.read_bytes() == SONG


async def test_a_part_of_unknown_origin_is_not_gone_on_with(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(b"of somebody else")
    host.answers.append(whole())
    await fetch(host, part)
    assert part.read_bytes() == SONG


async def test_a_file_that_was_whole_already_is_not_asked_for(host: Host, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    host.answers.append(whole())
    await fetch(host, part)
    await fetch(host, part)
    assert len(host.asked) == 1


async def test_compressed_on_the_way(host: Host, tmp_path: Path) -> None:
    import gzip

    host.answers.append(
        httpx.Response(200, content=gzip.compress(SONG), headers={"Content-Encoding": "gzip"})
    )
    part = tmp_path / "a.part"
    await fetch(host, part)
    assert part.read_bytes() == SONG


@pytest.mark.parametrize("most", [100, len(SONG) - 1])
async def test_too_large(host: Host, tmp_path: Path, most: int) -> None:
    host.answers += [
        httpx.Response(200, content=SONG),
        httpx.Response(200, stream=Cut(SONG)),  # without a length, so that it has to be counted
    ]
    for _ in range(2):
        with pytest.raises(errors.BadFile):
            await fetch(host, tmp_path / "a.part", most=most)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_an_ended_url(host: Host, tmp_path: Path, status: int) -> None:
    host.answers.append(httpx.Response(status))
    with pytest.raises(errors.FileGone):
        await fetch(host, tmp_path / "a.part")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, errors.ProviderDown), (503, errors.ProviderDown), (429, errors.RateLimited)],
)
async def test_a_host_in_trouble(
    host: Host, tmp_path: Path, status: int, kind: type[errors.ProviderError]
) -> None:
    host.answers.append(httpx.Response(status, headers={"Retry-After": "9"}))
    with pytest.raises(kind) as caught:
        await fetch(host, tmp_path / "a.part")
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
    assert (await fetch(host, tmp_path / "a.part")).kind == kind


@pytest.mark.parametrize(
    "body", [b"", b"<html><title>Sign in</title>", b'{"error": 1}', b"%PDF", b"Not yet."]
)
async def test_what_is_no_sound(host: Host, tmp_path: Path, body: bytes) -> None:
    host.answers.append(httpx.Response(200, content=body))
    with pytest.raises(errors.BadFile):
        await fetch(host, tmp_path / "a.part")
    assert not (tmp_path / "a.part").exists()


async def test_a_redirect_is_followed_without_the_key(host: Host, tmp_path: Path) -> None:
    moved = httpx.Response(302, headers={"Location": "https://cdn.example.com/1.mp3"})
    host.answers += [moved, whole()]
    await fetch(host, tmp_path / "a.part", "https://api.example.com/files/1.mp3")
    assert [str(request.url) for request in host.asked][1] == "https://cdn.example.com/1.mp3"
    assert all("Authorization" not in request.headers for request in host.asked)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://[", "", "ftp://x/1.mp3"])
async def test_a_url_that_is_none(host: Host, tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.FileGone):
        await fetch(host, tmp_path / "a.part", url)
    assert host.asked == []
