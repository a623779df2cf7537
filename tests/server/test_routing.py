"""The application around the endpoints: which path is whose, and what becomes of errors."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from suno_tui.server.routing import App, Route


async def tell(request: Request) -> Response:
    return PlainTextResponse(repr(request.path_params))


APP = App([Route("/whole", tell), Route("/part/{name}", tell), Route("/rest/{name:path}", tell)])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/whole", "{}"),
        ("/part/a", "{'name': 'a'}"),
        ("/rest/a/b", "{'name': 'a/b'}"),
        ("/rest/", "{'name': ''}"),
        ("/whole/", None),
        ("/part/", None),
        ("/part/a/b", None),
        ("/part/{name}", "{'name': '{name}'}"),
    ],
)
async def test_a_path_belongs_to_one_route(path: str, told: str | None) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=APP), base_url="http://x"
    ) as client:
        answer = await client.get(path)
    assert (answer.text if answer.status_code == 200 else None) == told


class Failing(Response):
    """A response that fails before its first message or after it."""

    def __init__(self, begins: bool) -> None:
        super().__init__("x")
        self.begins = begins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError("the disk is gone")


@pytest.mark.parametrize("begins", [False, True])
async def test_a_response_that_fails_is_answered_unless_it_has_begun(begins: bool) -> None:
    async def fail(_: Request) -> Response:
        return Failing(begins)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(OSError, match="the disk is gone"):
        await App([Route("/", fail)])(scope, receive, send)
    statuses = [message["status"] for message in sent if "status" in message]
    assert statuses == [200 if begins else 500]
