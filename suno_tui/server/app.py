"""The endpoints of the API, and the checks that a request must pass.

The order of checks is key (401), address (403), rate (429), body (400), model (404), spend limits
(429), balance (402); the last three are made in the transaction that charges (`ledger.accept`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import BUILT_IN_RANGES, PARAMETERS, trouble
from suno_tui.providers.suno.wire import CreateAnswer, CreateRequest, InvalidBody
from suno_tui.providers.tables.suno import URL_LIFE
from suno_tui.server import accounts, callbacks, ledger, logs, rehearsal
from suno_tui.server.accounts import Address, Key
from suno_tui.server.answers import JSON, error_response, json_response, task_body
from suno_tui.server.ledger import Order, Refused
from suno_tui.server.routing import App, Route, header
from suno_tui.server.service import Service
from suno_tui.server.storage import StorageTrouble

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from suno_tui.server.metrics import Metrics

log = logging.getLogger(__name__)

MAX_BODY = 128 * 1024
"""Bytes; several times the longest lyrics with every character escaped."""
MAX_READ = 16 * MAX_BODY
"""A body up to this size is read completely before it is refused, so that the response arrives."""
BODY_SECONDS = 30
"""How long the body may take, from the end of the headers."""
MAX_NONCE = 255
KNOWN_SECONDS = 1.0
"""How long after its look-up a key may create tasks before it is looked up again."""

_OWNER_MARK = "suno_tui.owner"
"""The key in the ASGI scope that only `as_owner` sets; no header can set it."""

_HOST = re.compile(r"[\w.\-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")


def make_app(service: Service, metrics: Metrics | None = None) -> ASGIApp:
    """Return the application of a service, for any ASGI server; `/metrics` only with `metrics`.

    It does not start the engine.
    """
    app = App(routes(service, metrics))
    if not service.rules.origins:
        return app
    # The key is a header that the page's script sets: no cookie is ever needed.
    return CORSMiddleware(
        app,
        allow_origins=service.rules.origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "Range"),
        expose_headers=("Accept-Ranges", "Content-Length", "Content-Range", "Retry-After"),
        max_age=3600,
    )


def routes(service: Service, metrics: Metrics | None = None) -> list[Route]:
    """Return the routes of a service; `/metrics` only with `metrics`."""
    endpoints = Endpoints(service, metrics)
    return [
        Route("/v1/music/generations", endpoints.create, ("POST",)),
        Route("/v1/tasks/{task_id}", endpoints.task),
        Route("/v1/credits", endpoints.credits),
        Route("/files/{name:path}", endpoints.file),
        Route("/healthz", endpoints.health),
        Route("/openapi.json", endpoints.openapi),
        *([Route("/metrics", endpoints.metrics)] if metrics else []),
    ]


def as_owner(app: ASGIApp) -> ASGIApp:
    """Wrap the application so that every request is the owner's. Never serve this to others."""

    async def owned(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, _OWNER_MARK: True}, receive, send)

    return owned


class Endpoints:
    """The endpoints of one service."""

    def __init__(self, service: Service, metrics: Metrics | None) -> None:
        self._service = service
        self._metrics = metrics
        self._rules = service.rules
        self._looked_up: dict[bytes, tuple[Key, float]] = {}

    async def create(self, request: Request) -> Response:
        """Accept and charge a task."""
        service = self._service
        known = self._known_payer(request)
        key = known or await self._admit(request)
        try:
            order = await self._order(request)
        except Refused:
            if known is not None:
                self._find_key(request)
            raise
        backlog = self._rules.backlog
        task_id = await service.store.write(
            lambda db: ledger.accept(db, key.id, order, backlog=backlog)
        )
        service.render_queue.wake()
        logs.info("task accepted", task=task_id, key=key.name)
        if order.rehearse == rehearsal.LOST:
            return rehearsal.TruncatedResponse()
        return Response(_created(task_id), media_type=JSON)

    async def _order(self, request: Request) -> Order:
        """Read and check the request for a task. Raises `Refused`."""
        body = await _read_body(request)
        try:
            wanted = CreateRequest.read(body)
        except InvalidBody as error:
            raise Refused("invalid_request", str(error)) from error
        parameters = _parameters(body) if request.scope.get(_OWNER_MARK) is True else {}
        rehearse = None
        if self._rules.rehearse:
            rehearse = rehearsal.requested(request, getattr(wanted.input, "title", ""))
        nonce = header(request, b"idempotency-key")
        if nonce is not None and not 0 < len(nonce) <= MAX_NONCE:
            raise Refused("invalid_request", f"Idempotency-Key has 1 to {MAX_NONCE} characters.")
        if wanted.callback_url is not None and not self._rules.private_callbacks:
            problem = callbacks.url_problem(wanted.callback_url)
            if problem is not None:
                raise Refused("invalid_request", f"'callback_url' {problem}")
        return Order(
            model=wanted.model,
            input=wanted.input.model_dump(exclude_none=True) | parameters,
            credits=self._rules.price(wanted.model),
            now=self._service.clock(),
            base_url=self._base_url(request),
            callback_url=wanted.callback_url,
            nonce=nonce,
            digest=b"" if nonce is None else _digest(wanted, parameters),
            rehearse=rehearse,
            address=self._address(request),
        )

    async def task(self, request: Request) -> Response:
        key = await self._admit(request)
        service = self._service
        found = ledger.find_task(service.store.read, request.path_params["task_id"], key_id=key.id)
        if found is None:
            raise Refused("task_not_found")
        progress = service.render_queue.progress(found.id) if found.status == "processing" else None
        base_url = self._base_url(request)
        return json_response(task_body(found, base_url=base_url, progress=progress))

    async def credits(self, request: Request) -> Response:
        key = await self._admit(request)
        data = ledger.balance(self._service.store.read, key.user_id)
        return json_response({"code": 200, "msg": "success", "data": data})

    async def file(self, request: Request) -> Response:
        """Send audio or a cover. It needs no key, as at the hosted provider: the name is secret."""
        service = self._service
        name = request.path_params["name"]
        now = service.clock()
        state = ledger.file_state(service.store.read, name, now)
        answer = None
        if state == "here":
            ends = ledger.expires_at(service.store.read, name)
            try:
                answer = await service.storage.answer(
                    name,
                    method=request.method,
                    ranges=request.headers.get("range"),
                    seconds_left=(URL_LIFE if ends is None else ends - now),
                )
            except StorageTrouble as error:
                log.warning("a file can't be sent: %s", error)
                raise Refused(
                    "upstream_error", "This file can't be sent at the moment.", retry_after=10
                ) from None
        if state == "gone":
            return error_response("invalid_request", "This file's 24 hours are over.", status=410)
        if answer is None:
            return error_response("invalid_request", "There is no such file.", status=404)
        if not request.headers.get("range", "bytes=").lower().startswith("bytes="):
            # An unknown unit is ignored (RFC 9110, 14.2).
            del MutableHeaders(scope=request.scope)["range"]
        if answer.status_code != 302:  # the target of a redirect expires sooner
            answer.headers["Cache-Control"] = "private, max-age=3600"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if self._rules.rehearse and "range" not in request.headers:
            rehearse = ledger.rehearsal_of(service.store.read, name)
            if rehearse == rehearsal.BROKEN and answer.status_code == 200:
                return rehearsal.TruncatedResponse(answer)
        return answer

    async def health(self, request: Request) -> Response:
        """Answer 200 if the ledger can be read."""
        self._service.store.read.value("SELECT 1")
        return PlainTextResponse("ok\n")

    async def metrics(self, request: Request) -> Response:
        from suno_tui.server.metrics import CONTENT_TYPE

        assert self._metrics is not None
        text = self._metrics.text()
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    async def openapi(self, request: Request) -> Response:
        return self._openapi

    @cached_property
    def _openapi(self) -> Response:
        """The document, made only once, since it takes milliseconds and any client may get it."""
        from suno_tui.server.openapi import document

        metrics = self._metrics is not None
        return json_response(document(metrics=metrics, rehearse=self._rules.rehearse))

    async def _admit(self, request: Request) -> Key:
        """Check key, address and rate, and return the key. Raises `Refused`."""
        service = self._service
        if request.scope.get(_OWNER_MARK) is True:
            return await service.owner()
        key, now = self._find_key(request)
        if seconds := service.rate_limiter.take(key, now):
            raise Refused("rate_limit_exceeded", retry_after=seconds)
        if self._rules.rehearse and request.method == "GET":
            rehearsal.requested(request)
        return key

    def _find_key(self, request: Request) -> tuple[Key, float]:
        """Look up the key and check the address; return the key and the time. Raises `Refused`."""
        secret, now = _secret(request), self._service.monotonic()
        key = accounts.find_key(self._service.store.read, secret)
        if key is None:
            raise Refused("invalid_api_key")
        if key.allow and not key.allows(self._address(request)):
            raise Refused("ip_not_allowed")
        found = self._looked_up[accounts.hash_secret(secret)] = key, now
        return found

    def _known_payer(self, request: Request) -> Key | None:
        """Return the key of a create if it was looked up within `KNOWN_SECONDS`, and may go on.

        It saves a query: `ledger.accept` reads the key again, in the transaction that charges, and
        a request that does not get there is refused only after `_find_key`. Only the key's rate is
        that of a moment ago. Nothing is refused here: that is for `_admit`.
        """
        if request.scope.get(_OWNER_MARK) is True:
            return None
        now = self._service.monotonic()
        known = self._looked_up.get(accounts.hash_secret(_secret(request)))
        if known is None or now >= known[1] + KNOWN_SECONDS:
            return None
        key = known[0]
        if key.allow or self._service.rate_limiter.take(key, now):
            return None
        return key

    def _address(self, request: Request) -> Address | None:
        """Return the client's address; only trusted proxies may forward one."""
        peer = request.client.host if request.client else ""
        if not self._rules.trusted_proxies:
            return accounts.parse_address(peer)
        return accounts.client_address(
            peer,
            ",".join(request.headers.getlist("x-forwarded-for")),
            self._rules.trusted_proxies,
        )

    def _base_url(self, request: Request) -> str:
        """Return the beginning of file URLs. Raises `Refused` for a malformed Host header."""
        if self._rules.public_url:
            return self._rules.public_url.rstrip("/")
        scheme, host = request.scope["scheme"], header(request, b"host") or ""
        proxies = self._rules.trusted_proxies
        peer = accounts.parse_address(request.client.host) if proxies and request.client else None
        if accounts.in_networks(peer, proxies):
            scheme = request.headers.get("x-forwarded-proto", scheme)
            host = request.headers.get("x-forwarded-host", host)
        if scheme not in ("http", "https") or not _HOST.fullmatch(host):
            raise Refused("invalid_request", "The request's Host header is not a host.")
        return f"{scheme}://{host}"


_CREATED = CreateAnswer.of("-").model_dump_json()


def _created(task_id: str) -> str:
    """Return the response to a created task; the id must need no escaping."""
    return _CREATED.replace('"-"', f'"{task_id}"')


def _secret(request: Request) -> str:
    """Return the key that a request names; empty if it names none."""
    scheme, _, secret = (header(request, b"authorization") or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _digest(wanted: CreateRequest, parameters: dict[str, Any]) -> bytes:
    """Return a digest that must be equal for two requests with the same Idempotency-Key."""
    text = wanted.model_dump_json() + (json.dumps(parameters) if parameters else "")
    return hashlib.sha256(text.encode()).digest()


async def _read_body(request: Request) -> bytes:
    """Return the body. Raises `Refused` if it exceeds `MAX_BODY` or takes over `BODY_SECONDS`."""
    body = b""
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more and size <= MAX_READ:
                event = await request.receive()
                if event["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk, more = event.get("body", b""), event.get("more_body", False)
                size += len(chunk)
                if size <= MAX_BODY:
                    body += chunk
    except TimeoutError:
        message = f"The request body took more than {BODY_SECONDS} seconds."
        raise Refused("invalid_request", message, status=408, closes=True) from None
    if size > MAX_BODY:
        raise Refused("invalid_request", f"The request body is over {MAX_BODY // 1024} kB.")
    return body


def _parameters(body: bytes) -> dict[str, Any]:
    """Return the fields of a valid body that only the owner's songs may have. Raises `Refused`.

    The documented API ignores them, like all unknown fields.
    """
    given = json.loads(body)["input"]
    found = {name: given[name] for name in PARAMETERS if given.get(name) is not None}
    if misfits := Song.misfits(found):
        raise Refused("invalid_request", f"{misfits[0]}.")
    for name, value in found.items():
        if why := trouble(name, value, BUILT_IN_RANGES.get(name)):
            raise Refused("invalid_request", f"'input.{name}' {why}.")
    return found
