"""A provider that can't be reached is named, once."""

from __future__ import annotations

import socket

import pytest

from suno_tui.providers.client import Client
from suno_tui.providers.errors import NeverSent


async def test_a_refused_connection_says_where() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound, and nobody listens
        async with Client(f"{origin}/v1", None) as client:
            with pytest.raises(NeverSent) as caught:
                await client.credits()
    assert str(caught.value) == f"No answer from {origin}."
