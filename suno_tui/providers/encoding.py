"""Decode bodies that came compressed although that was not requested, in bounded memory.

httpx decodes any number of nested codings, a whole chunk at once: a few kilobytes can become
gigabytes. Here one coding is accepted, and it is decoded in pieces of at most `PIECE`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

IDENTITY = {"Accept-Encoding": "identity"}
"""The header that asks for uncompressed bodies."""
PIECE = 256 * 1024
"""The most bytes that are decoded at a time."""


class BadEncoding(ValueError):
    """The body's coding is unknown, or its bytes are damaged."""


class Decoder:
    """Decode the pieces of one body with a `Content-Encoding`. Raises `BadEncoding`."""

    def __init__(self, encoding: str | None) -> None:
        name = (encoding or "").strip().lower()
        self.identity = name in ("", "identity")
        if not self.identity and name not in ("gzip", "x-gzip", "deflate"):
            raise BadEncoding(f"it is encoded as {name[:60]!r}, which was not asked for")
        self._bare = name == "deflate"
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether the compressed data is complete."""
        return self.identity or not self._begun or self._zlib.eof

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Decode a chunk of the body, in pieces of at most `PIECE` bytes."""
        if self.identity:
            yield chunk
            return
        while chunk and not self._zlib.eof:
            try:
                yield self._zlib.decompress(chunk, PIECE)
            except zlib.error:
                if self._begun or not self._bare:
                    raise BadEncoding("its compressed bytes are damaged") from None
                # Some servers send deflate without the zlib header.
                self._bare, self._zlib = False, zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._begun = True
            chunk = self._zlib.unconsumed_tail
