"""A host on the loopback that sends exactly the bytes that a test wants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Self

Send = Callable[[asyncio.StreamWriter, str], Awaitable[None]]


class Host:
    """A server on the loopback, as an async context manager; `handle` serves one connection, which
    is closed then. A client that has left is no news."""

    def __init__(self) -> None:
        self._serving: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._whole(reader, writer)))

    async def _whole(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.handle(reader, writer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class RawHost(Host):
    """A host that keeps the heads of its requests. `answer` writes the whole answer to a request,
    by its path."""

    def __init__(self, answer: Send) -> None:
        super().__init__()
        self._answer = answer
        self.heads: list[str] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        await self._answer(writer, head.split()[1])


def answer(body: bytes, status: int = 200, **headers: str) -> bytes:
    """An answer's bytes."""
    named = {"Content-Length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def sending(data: bytes) -> Send:
    """Send the same bytes to every request."""

    async def send(writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(data)

    return send
