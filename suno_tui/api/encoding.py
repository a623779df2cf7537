"""Bodies that come compressed although that was not asked for, decoded within a budget.

httpx decodes any number of codings, one inside the other, and a whole piece at once: some
kilobytes become gigabytes. Here one coding is taken, and a piece never becomes more than `PIECE`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

IDENTITY = {"Accept-Encoding": "identity"}
"""The header that asks for bodies as they are."""
PIECE = 256 * 1024
"""Bytes that are decoded at once."""


class BadEncoding(ValueError):
    """The body's coding is not known, or its bytes are not of that coding."""


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
        """Whether the coding has come to its end."""
        return self.identity or not self._begun or self._zlib.eof

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What a piece of the body becomes, in pieces of at most `PIECE` bytes."""
        if self.identity:
            yield chunk
            return
        while chunk and not self._zlib.eof:
            try:
                yield self._zlib.decompress(chunk, PIECE)
            except zlib.error:
                if self._begun or not self._bare:
                    raise BadEncoding("its compressed bytes are damaged") from None
                # Some send deflate without its head.
                self._bare, self._zlib = False, zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._begun = True
            chunk = self._zlib.unconsumed_tail
