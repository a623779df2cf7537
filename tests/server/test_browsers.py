"""Web pages that call the API from a browser (CORS): only those that the owner allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from suno_tui.server.service import Rules, Service
from tests.command import suno_tui
from tests.server import fakes
from tests.server.conftest import Running, create, ended, running

PAGE = "https://app.example"
CREATE = "/v1/music/generations"


@pytest.fixture
def open_to_page(tmp_path: Path) -> Iterator[Running]:
    service = Service(tmp_path / "service", make=fakes.MAKE, rules=Rules(origins=(PAGE,)))
    with running(service) as served:
        yield served


def ask_first(served: Running, origin: str) -> httpx.Response:
    """Send what a browser sends before a request with a key."""
    return httpx.options(
        served.url + CREATE,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
    )


def test_an_allowed_page_may_create_and_read(open_to_page: Running) -> None:
    first = ask_first(open_to_page, PAGE)
    assert first.status_code == 200
    assert first.headers["access-control-allow-origin"] == PAGE
    assert "POST" in first.headers["access-control-allow-methods"]
    allowed = first.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "idempotency-key"))
    client = open_to_page.client(Origin=PAGE)
    found = ended(client, create(client))
    file = httpx.get(found["output"]["urls"][0], headers={"Origin": PAGE, "Range": "bytes=0-9"})
    refused = httpx.get(f"{open_to_page.url}/v1/credits", headers={"Origin": PAGE})
    assert (file.status_code, refused.status_code) == (206, 401)
    for answer in (file, refused, client.get("/v1/credits")):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "Retry-After" in answer.headers["access-control-expose-headers"]


def test_another_page_is_not_allowed(open_to_page: Running) -> None:
    other = "https://other.example"
    assert "access-control-allow-origin" not in ask_first(open_to_page, other).headers
    answer = open_to_page.client(Origin=other).get("/v1/credits")
    assert "access-control-allow-origin" not in answer.headers


def test_without_the_option_nothing_is_allowed(served: Running) -> None:
    assert ask_first(served, PAGE).status_code == 405
    answer = served.client(Origin=PAGE).get("/v1/credits")
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["app.example", "https://app.example/page", "null", "https://"])
def test_a_wrong_origin_is_refused_with_an_example(origin: str) -> None:
    done = suno_tui("serve", "--port", "0", "--allow-origin", origin)
    assert done.returncode == 2
    assert "https://app.example" in done.stderr
