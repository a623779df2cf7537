from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fake_provider import FakeProvider
from tests.worker.harness import Harness


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def harness(tmp_path: Path, provider: FakeProvider) -> AsyncIterator[Harness]:
    made = Harness(tmp_path, provider)
    yield made
    await made.close()
