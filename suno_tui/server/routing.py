"""The ASGI application: finds the endpoint of a request, and turns what it raises into an answer.

Starlette's own application does this in five layers, which took longer than all that an endpoint
does. Its requests and responses are used as they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from suno_tui.server.answers import error_response, refusal_response
from suno_tui.server.ledger import Refused

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


def header(request: Request, name: bytes) -> str | None:
    """Return the first header with a name in lower case; None if there is none.

    `request.headers` takes four times as long, and as long again if there is none.
    """
    for each, value in request.scope["headers"]:
        if each == name:
            return str(value, "latin-1")
    return None


@dataclass(frozen=True, slots=True)
class Route:
    """A path and the methods that it answers.

    A path may end with a parameter: `{name}` is one part of a path, `{name:path}` all that follows.
    The endpoint finds it in `request.path_params`.
    """

    path: str
    endpoint: Endpoint
    methods: tuple[str, ...] = ("GET", "HEAD")


class App:
    """An ASGI application for HTTP, made of routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[str, Route] = {}
        self._parametrised: list[tuple[str, str, bool, Route]] = []
        for route in routes:
            prefix, _, parameter = route.path.partition("{")
            name, _, kind = parameter.rstrip("}").partition(":")
            if name:
                self._parametrised.append((prefix, name, kind == "path", route))
            else:
                self._fixed[route.path] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. An error that is not the client's is answered, and raised again."""
        assert scope["type"] == "http", scope["type"]
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            response = await self._answer(scope, receive)
            await response(scope, receive, send_noting)
        except Exception:
            if not begun:
                # uvicorn closes the connection now: a client must not send its next request on it.
                response = error_response("internal_error", headers={"Connection": "close"})
                await response(scope, receive, send)
            raise

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        path = scope["path"]
        route = self._fixed.get(path) or self._find_parametrised(path, scope)
        if route is None:
            return error_response("invalid_request", f"There is no {path}.", status=404)
        if scope["method"] not in route.methods:
            message = f"{path} does not answer {scope['method']}."
            allowed = {"Allow": ", ".join(route.methods)}
            return error_response("invalid_request", message, status=405, headers=allowed)
        try:
            return await route.endpoint(Request(scope, receive))
        except Refused as error:
            return refusal_response(error)
        except ClientDisconnect:
            return error_response("invalid_request")  # nobody reads it, and nothing was done

    def _find_parametrised(self, path: str, scope: Scope) -> Route | None:
        """Return the route of a path, and put its parameter into the scope."""
        for prefix, name, with_slashes, route in self._parametrised:
            if path.startswith(prefix):
                value = path[len(prefix) :]
                if with_slashes or (value and "/" not in value):
                    scope["path_params"] = {name: value}
                    return route
        return None
