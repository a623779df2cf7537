"""A TCP relay on the loopback that is as slow and as far as a connection across the world."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time

_CHUNK = 1460
_QUEUE = 64 << 10
"""Bytes that wait in it, as in a router; then the sender has to wait."""


class Relay:
    """Forwards connections to a port; `rate` in bytes per second, `delay` in seconds, there and
    back together."""

    def __init__(self, port: int, *, rate: float, delay: float) -> None:
        self.rate, self.delay = rate, delay
        self.bytes = 0
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                way: queue.Queue[tuple[float, bytes]] = queue.Queue(_QUEUE // _CHUNK)
                threading.Thread(target=self._read, args=(source, way), daemon=True).start()
                threading.Thread(target=self._write, args=(sink, way), daemon=True).start()

    def _read(self, source: socket.socket, way: queue.Queue[tuple[float, bytes]]) -> None:
        free = time.monotonic()
        data = b"x"
        while data:
            try:
                data = source.recv(_CHUNK)
            except OSError:
                data = b""
            self.bytes += len(data)
            free = max(free, time.monotonic()) + len(data) / self.rate
            way.put((free + self.delay / 2, data))

    def _write(self, sink: socket.socket, way: queue.Queue[tuple[float, bytes]]) -> None:
        while True:
            at, data = way.get()
            time.sleep(max(0.0, at - time.monotonic()))
            with contextlib.suppress(OSError):
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
