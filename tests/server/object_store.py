"""An S3 server (moto) on the loopback that fails on request."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

REFUSALS = {
    "full": ("507 Insufficient Storage", "StorageFull"),
    "refused": ("403 Forbidden", "InvalidAccessKeyId"),
    "clock": ("403 Forbidden", "RequestTimeTooSkewed"),
    "slow": ("503 Slow Down", "SlowDown"),
    "missing": ("404 Not Found", "NoSuchBucket"),
}
"""How the server refuses calls, by the kind of `StorageTrouble`."""
TROUBLES = {**{kind: kind for kind in REFUSALS}, "stopped": "down", "ahead": "clock"}
"""What can happen to the server, and the kind of `StorageTrouble` that is made of it."""
SKEW_SECONDS = 900
"""How far the clocks may differ, as at AWS."""


class ObjectStore:
    """The server, with its failures:

    - `refuse` is one of `REFUSALS`, for all calls or those of one method (`refuse_only`);
    - the next `cut` answers with audio break off half way;
    - its clock is `ahead` by so many seconds;
    - it answers nothing while `awake` is cleared.

    `calls` counts the calls by method.
    """

    def __init__(self) -> None:
        self.refuse = self.refuse_only = ""
        self.cut = 0
        self.ahead = 0.0
        self.awake = threading.Event()
        self.awake.set()
        self.calls: Counter[str] = Counter()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._start(0)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        httpx.put(f"{self.url}/songs", trust_env=False).raise_for_status()

    def _start(self, port: int) -> None:
        self._server = make_server("127.0.0.1", port, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @contextmanager
    def in_trouble(self, how: str) -> Iterator[None]:
        """Be in trouble meanwhile, one of `TROUBLES`, or `silent`; all files are kept."""
        port = self._server.server_port
        if how == "stopped":
            self.close()
        elif how == "ahead":
            self.ahead = 2 * SKEW_SECONDS
        elif how == "silent":
            self.awake.clear()
        else:
            self.refuse = how
        try:
            yield
        finally:
            self.refuse, self.ahead = "", 0.0
            self.awake.set()
            if how == "stopped":
                self._start(port)

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        self.calls[method] += 1
        self.awake.wait()
        refuse = self.refuse if self.refuse_only in ("", method) else ""
        if self.ahead and self._is_skewed(environ.get("HTTP_X_AMZ_DATE")):
            refuse = "clock"
        if refuse:
            status, code = REFUSALS[refuse]
            start(status, [("Content-Type", "application/xml")])
            return [b"" if method == "HEAD" else f"<Error><Code>{code}</Code></Error>".encode()]
        whole: Iterable[bytes] = self._moto(environ, start)
        if self.cut and method == "GET" and "mp3" in environ["PATH_INFO"]:
            self.cut -= 1
            body = b"".join(whole)
            return [body[: len(body) // 2]]
        return whole

    def _is_skewed(self, date: str | None) -> bool:
        """Return whether the date that a call is signed with is not the server's."""
        signed = datetime.strptime(date or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return abs(time.time() + self.ahead - signed.timestamp()) > SKEW_SECONDS
