"""A file that came before and was wrong: its bytes are not fetched again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from suno_tui.providers.client import Client
from suno_tui.providers.errors import BadFile
from suno_tui.providers.transfer import RejectedFile

SONG = b"ID3\x04" + bytes(range(256)) * 40
URL = "https://files.example.com/1.mp3"


class Body(httpx.AsyncByteStream):
    """A body that knows whether anybody has read it."""

    def __init__(self) -> None:
        self.read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.read = True
        yield SONG


async def ask(part: Path, headers: dict[str, str], rejected: RejectedFile | None) -> Body:
    body = Body()

    def answer(_: httpx.Request) -> httpx.Response:
        named = {"Content-Length": str(len(SONG))} | headers
        return httpx.Response(200, stream=body, headers=named)

    async with Client(
        "https://api.example.com", "sk-x", transport=httpx.MockTransport(answer)
    ) as client:
        try:
            await client.download(URL, part, most=1_000_000, rejected=rejected)
        except BadFile as error:
            assert "same file" in str(error)
    return body


@pytest.mark.parametrize("mark", ["ETag", "Last-Modified"])
async def test_its_head_is_enough(tmp_path: Path, mark: str) -> None:
    part = tmp_path / "a.part"
    known = RejectedFile(len(SONG), '"one"')
    assert not (await ask(part, {mark: '"one"'}, known)).read
    assert not part.exists()
    assert (await ask(part, {mark: '"two"'}, known)).read
    part.unlink()
    assert (await ask(part, {mark: '"one"'}, RejectedFile(len(SONG) - 1, '"one"'))).read
    part.unlink()
    assert (await ask(part, {mark: '"one"'}, None)).read


async def test_without_a_mark_it_is_fetched(tmp_path: Path) -> None:
    assert (await ask(tmp_path / "a.part", {}, RejectedFile(len(SONG), None))).read
