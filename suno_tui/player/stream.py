"""Stream the sound over HTTP, for someone who listens at the other end of SSH.

The server listens only on the loopback interface and answers only requests with its token, which
other users of the machine don't know. `live.mp3` is the sound as it plays, after seeking, volume
and A/B; `track` is the file that plays now, with support for `Range`.
"""

from __future__ import annotations

import contextlib
import hmac
import html
import json
import mimetypes
import os
import queue
import re
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from suno_tui.common.errors import StudioError
from suno_tui.common.safe_files import open_file
from suno_tui.player.external_output import PacedOutput
from suno_tui.player.sound import CHANNELS, RATE

PORT = 8766
"""Tried first, so that a tunnel has to be set up only once; if it is taken, any free port is used.
8765 is the port of `suno-tui serve`."""
BITRATE_KBPS = 192
_MAX_BLOCKS = 40
"""Most blocks of sound (50 ms each) that wait for a slow listener; then the oldest is dropped."""
_SILENCE_SECONDS = 0.5
"""Seconds of pause after which silence is sent, so that browsers don't give up."""


class CantStream(StudioError):
    """No port of the loopback interface is free."""

    title = "The stream could not be started"
    code = "stream"


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """The title and the file that play now; the file is None if nothing plays."""

    name: str = ""
    file: Path | None = None


class Stream(PacedOutput):
    """An output that sends the sound to listeners, and their HTTP server."""

    def __init__(
        self,
        now: Callable[[], NowPlaying],
        *,
        port: int = PORT,
        opened: Callable[[Path], BinaryIO] = open_file,
    ) -> None:
        """Start serving. `opened` opens a file, or raises `OSError` if it must not be sent.

        Raises `CantStream`.
        """
        super().__init__()
        self.now = now
        self.opened = opened
        self.token = secrets.token_urlsafe(12)
        self._listeners: list[queue.Queue[bytes]] = []
        self._encoder: Any = None
        self._encoding = threading.Lock()
        self._server = _serve(self, port)
        self.port: int = self._server.server_address[1]
        self.why = f"Streamed on port {self.port} of this machine's loopback interface."
        if port not in (0, self.port):
            self.why += f" Port {port} is taken: forward this one, or set `player.stream_port`."
        # The server polls, but only while there is a stream.
        threading.Thread(
            target=self._server.serve_forever, args=(0.25,), name="stream", daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    @property
    def listeners(self) -> int:
        """The number of current listeners."""
        return len(self._listeners)

    def give(self, pcm: bytes) -> None:
        if not self._listeners:
            return
        with self._encoding:
            data = self._encode(pcm)
        for listener in [*self._listeners]:
            if listener.full():
                with contextlib.suppress(queue.Empty):
                    listener.get_nowait()
            listener.put(data)

    def stop_serving(self) -> None:
        """Stop serving, and end each listener's stream; `close` only stops the sound."""
        self.stop()
        self._server.shutdown()
        self._server.server_close()
        for listener in [*self._listeners]:
            listener.put(b"")

    def send_sound(self, send: Callable[[bytes], object]) -> None:
        """Send the sound until the listener disconnects (`OSError`) or the stream ends."""
        waiting: queue.Queue[bytes] = queue.Queue(_MAX_BLOCKS + 1)
        self._listeners.append(waiting)
        try:
            while data := self._next(waiting):
                send(data)
        finally:
            self._listeners.remove(waiting)

    def _next(self, waiting: queue.Queue[bytes]) -> bytes:
        while True:
            try:
                data = waiting.get(timeout=_SILENCE_SECONDS)
            except queue.Empty:
                with self._encoding:
                    data = self._encode(bytes(round(RATE * _SILENCE_SECONDS) * CHANNELS * 2))
            else:
                if not data:
                    return data
            if data:  # the encoder returns nothing for the first frames
                return data

    def _encode(self, pcm: bytes) -> bytes:
        if self._encoder is None:
            import lameenc

            self._encoder = lameenc.Encoder()
            self._encoder.silence()
            self._encoder.set_bit_rate(BITRATE_KBPS)
            self._encoder.set_in_sample_rate(RATE)
            self._encoder.set_channels(CHANNELS)
            self._encoder.set_quality(7)
        return bytes(self._encoder.encode(pcm))


def _serve(stream: Stream, port: int) -> ThreadingHTTPServer:
    class Handler(_Handler):
        source = stream

    for wanted in (port, 0):
        try:
            server = ThreadingHTTPServer(("127.0.0.1", wanted), Handler)
        except OSError as error:
            trouble = error
        else:
            server.daemon_threads = True
            server.handle_error = lambda *_: None  # type: ignore[method-assign]
            return server
    raise CantStream(f"No port of 127.0.0.1 is free for it: {trouble}.")


class _Handler(BaseHTTPRequestHandler):
    """Handles a connection. It prints nothing, since the terminal is the studio's."""

    source: Stream
    protocol_version = "HTTP/1.1"
    server_version = "suno-tui"
    sys_version = ""
    timeout = 60

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        _, token, *rest = unquote(self.path.partition("?")[0]).split("/", 2)
        # A web page whose name resolves to this machine must not read it either.
        host = self.headers.get("Host", "").rpartition(":")[0]
        known = hmac.compare_digest(token.encode(), self.source.token.encode())
        if not known or host not in ("127.0.0.1", "localhost", "[::1]"):
            self._answer(404, "text/plain", b"")
            return
        now = self.source.now()
        match rest[0] if rest else "":
            case "":
                self._answer(200, "text/html; charset=utf-8", _page(now).encode())
            case "now":
                name = {"name": now.name, "file": now.file.name if now.file else None}
                self._answer(200, "application/json", json.dumps(name).encode())
            case "live.mp3":
                self._live()
            case "track" if now.file is not None:
                self._file(now.file)
            case _:
                self._answer(404, "text/plain", b"")

    def _answer(self, status: int, kind: str, body: bytes, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self._end(more)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _end(self, more: dict[str, str]) -> None:
        common = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        for name, value in (common | more).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _live(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.send_header("Connection", "close")
        self._end({})
        self.close_connection = True
        if self.command != "HEAD":
            with contextlib.suppress(OSError):
                self.source.send_sound(self.wfile.write)

    def _file(self, path: Path) -> None:
        try:
            file = self.source.opened(path)
        except OSError:
            self._answer(404, "text/plain", b"")
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            part = byte_range(self.headers.get("Range", ""), size)
            if part is None:
                self._answer(416, "text/plain", b"", Content_Range=f"bytes */{size}")
                return
            start, end = part
            whole = (start, end) == (0, size) and "Range" not in self.headers
            more = {
                "Accept-Ranges": "bytes",
                "Content-Disposition": f"inline; filename*=UTF-8''{quote(path.name)}",
            }
            if not whole:
                more["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            self.send_response(200 if whole else 206)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(end - start))
            self._end(more)
            if self.command != "HEAD":
                file.seek(start)
                with contextlib.suppress(OSError):
                    shutil.copyfileobj(_Part(file, end - start), self.wfile)


class _Part:
    """The next `left` bytes of a file, as a file."""

    def __init__(self, file: Any, left: int) -> None:
        self._file, self._left = file, left

    def read(self, most: int = -1) -> bytes:
        data: bytes = self._file.read(min(most, self._left) if most >= 0 else self._left)
        self._left -= len(data)
        return data


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return start and end of the requested bytes (RFC 9110, one range), end exclusive.

    Without a valid range, that is the whole file; None if the range is outside of it.
    """
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if found is None or found[0] == "bytes=-":
        return 0, size
    first, last = found[1], found[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


def _page(now: NowPlaying) -> str:
    """Return the page for a browser, with the stream and the current title."""
    return _PAGE.replace("NAME", html.escape(now.name or "Nothing playing"))


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>suno-tui</title>
<style>
body { background: #15171c; color: #e8e6e3; font: 18px/1.5 system-ui, sans-serif;
  display: grid; place-content: center; min-height: 90vh; text-align: center; }
audio { width: min(34rem, 90vw); margin: 1.5rem 0; }
a, small { color: #9aa0ac; }
</style>
<h1 id="name">NAME</h1>
<audio src="live.mp3" controls autoplay></audio>
<small>You hear what the studio plays. Play, pause, seek and switch takes there.<br>
<a href="track">The file itself</a></small>
<script>
setInterval(async () => {
  try {
    const now = await (await fetch("now")).json();
    document.title = document.getElementById("name").textContent = now.name || "Nothing playing";
  } catch { document.title = "suno-tui (gone)"; }
}, 2000);
</script>
</html>
"""
