"""A worker that runs uses a key that was changed in the settings, without being restarted."""

from __future__ import annotations

import asyncio

import pytest

from suno_tui.common.errors import SettingsError
from suno_tui.providers.client import Client
from suno_tui.tasks.models import Status
from suno_tui.worker.provider_link import ProviderLink
from tests.fake_provider import KEY, FakeProvider
from tests.worker.harness import QUICK, Harness


async def test_a_client_is_made_anew_once_the_settings_change(
    harness: Harness, provider: FakeProvider
) -> None:
    version, made = 1, []

    def connect(name: str) -> Client:
        made.append(version)
        return harness.client(name)

    link = ProviderLink(
        "hosted", None, connect, harness.worker().journal, QUICK, settings_version=lambda: version
    )
    first = await link.client()
    assert await link.client() is first
    version = 2
    assert await link.client() is not first
    assert made == [1, 2]


async def test_songs_are_sent_with_the_key_of_the_moment(
    harness: Harness, provider: FakeProvider
) -> None:
    key = "sk-old"

    def connect(name: str) -> Client:
        made = Client(provider.url, key)
        harness.clients.append(made)
        return made

    harness.connect = connect
    task = harness.add()
    worker = harness.worker()
    worker._settings_version = lambda: key
    async with asyncio.timeout(30):
        running = asyncio.create_task(worker.run(stay=True))
        await harness.until(task.id, lambda task: task.hold is not None)
        key = KEY
        await harness.until(task.id, lambda task: task.status is Status.COMPLETED)
        worker.stop()
        await running


async def test_a_client_whose_settings_became_wrong_is_not_used_again(
    harness: Harness, provider: FakeProvider
) -> None:
    version = 1

    def connect(name: str) -> Client:
        if version == 2:
            raise SettingsError("There is no key.")
        return harness.client(name)

    link = ProviderLink(
        "hosted", None, connect, harness.worker().journal, QUICK, settings_version=lambda: version
    )
    await link.client()
    version = 2
    for _ in range(2):
        with pytest.raises(SettingsError):
            await link.client()
