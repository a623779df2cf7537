"""The client against a provider that rehearses every documented failure, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from suno_tui.common.errors import StudioError
from suno_tui.providers import errors
from suno_tui.providers.client import Client
from suno_tui.providers.remote import Amount, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.suno.wire import ERRORS
from suno_tui.server.service import Rules, Service
from tests.server import fakes
from tests.server.conftest import Running, running

IN_DOUBT = ("internal_error", "task_not_found")
"""Codes that are no answer to a create, or may come after it was accepted."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    service = Service(
        tmp_path_factory.mktemp("provider"), workers=1, make=fakes.MAKE, rules=Rules(rehearse=True)
    )
    with running(service) as served:
        yield served


@pytest.fixture
async def client(provider: Running) -> AsyncIterator[Client]:
    async with Client(provider.url, provider.key(240)) as client:
        yield client


def song(word: str) -> Song:
    return Song(custom_mode=True, instrumental=True, title=f"A [rehearse: {word}]", style="Pop")


async def ended(client: Client, task_id: str) -> RemoteTask:
    async with asyncio.timeout(20):
        while (task := await client.task(task_id)).status not in ("completed", "failed"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return task


async def created(client: Client, sent: Song) -> str:
    return (await client.create(sent, nonce="n")).id


async def balance(client: Client) -> Amount | None:
    return (await client.credits()).balance


@pytest.mark.parametrize("code", ERRORS)
async def test_every_refusal_is_known_by_its_code(client: Client, code: str) -> None:
    with pytest.raises(errors.ProviderError) as raised:
        await client.create(song(code), nonce="n")
    refusal = raised.value
    assert (refusal.code, refusal.http_status) == (code, ERRORS[code][0])
    assert refusal.settled == (code not in IN_DOUBT)
    assert (refusal.retry_after is not None) == (code in ("rate_limit_exceeded", "upstream_error"))
    assert await balance(client) == 240


async def test_a_lost_answer_is_an_unknown_outcome_and_paid_once(client: Client) -> None:
    for _ in range(2):
        with pytest.raises(errors.OutcomeUnknown):
            await client.create(song("lost-answer"), nonce="n")
        assert await balance(client) == 216


async def test_a_failed_task_has_a_reason_and_is_refunded(client: Client) -> None:
    task = await ended(client, await created(client, song("fail")))
    assert task.error == ("upstream_error", "Music generation failed: as it was rehearsed")
    assert await balance(client) == 240


async def test_a_broken_download_goes_on_where_it_broke(client: Client, tmp_path: Path) -> None:
    task = await ended(client, await created(client, song("broken-download")))
    part = tmp_path / "take.part"
    with pytest.raises(StudioError):
        await client.download(task.results[0].url, part, most=2**20)
    half = part.stat().st_size
    assert half > 0
    await client.download(task.results[0].url, part, most=2**20)
    assert part.stat().st_size // 2 == half
    assert part.read_bytes().startswith(b"ID3 take 1")
