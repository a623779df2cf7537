"""An S3 server (moto) on the loopback that fails on request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
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
"""How the server refuses every call, by the kind of `StorageTrouble`."""


class ObjectStore:
    """The server. `refuse` is one of `REFUSALS`; the next `cut` answers break off half way."""

    def __init__(self) -> None:
        self.refuse = ""
        self.cut = 0
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        httpx.put(f"{self.url}/songs", trust_env=False).raise_for_status()

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
        if self.refuse:
            status, code = REFUSALS[self.refuse]
            start(status, [("Content-Type", "application/xml")])
            return [f"<Error><Code>{code}</Code></Error>".encode()]
        whole: Iterable[bytes] = self._moto(environ, start)
        if self.cut and environ["REQUEST_METHOD"] == "GET" and "mp3" in environ["PATH_INFO"]:
            self.cut -= 1
            body = b"".join(whole)
            return [body[: len(body) // 2]]
        return whole
