"""A fake of a server that speaks OpenAI's chat completions: it streams what a test tells it to.

`python -m tests.fakes.chat PORT` serves one that writes slowly, to try the screen with.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

DONE = b"data: [DONE]\n\n"


def delta(text: str, **more: Any) -> bytes:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None, **more}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def stream(text: str) -> list[bytes]:
    """Return a whole answer, word by word."""
    words = text.split(" ")
    pieces = [word + " " * (number < len(words)) for number, word in enumerate(words, 1)]
    return [*map(delta, pieces), delta("", finish_reason="stop"), DONE]


class ChatServer:
    """Use it as a context manager; `url` is its base URL.

    `pieces` are the bytes of the answer. A function among them is called when its turn comes, as
    for a test that wants to look at the screen meanwhile. The connection is closed behind them.
    """

    def __init__(self) -> None:
        self.pieces: Iterable[bytes | Callable[[], object]] = stream("[Verse]\nLa la la")
        self.answer: Callable[[dict[str, Any]], Iterable[bytes]] | None = None
        """Makes the pieces from the request, if it is set."""
        self.status = 200
        self.headers = {"Content-Type": "text/event-stream"}
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        """Path, headers and body of each request."""

    def __enter__(self, port: int = 0) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                given = {name.lower(): value for name, value in self.headers.items()}
                fake.requests.append((self.path, given, body))
                self.send_response(fake.status)
                for name, value in fake.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in fake.answer(body) if fake.answer else fake.pieces:
                        if isinstance(piece, bytes):
                            self.wfile.write(piece)
                            self.wfile.flush()
                        else:
                            piece()
                except OSError:
                    pass  # the client has had enough

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


_VERSE = """[Verse 1]
The kettle hums upon the stove
A letter folded, sealed with love
The window keeps the winter out
And quiet words replace the shout

[Chorus]
Come in, come in, the night is long
The fire knows an older song
Come in, come in, and close the door
We do not travel any more"""


def _trial(body: dict[str, Any]) -> Iterable[bytes]:
    """Yield an answer for a person who tries the screen."""
    asked = body["messages"][-1]["content"]
    text = _VERSE
    if asked.startswith("Find five"):
        text = "Kettle Song\nThe Older Fire\nCome In\nNo Further Roads\nWinter Outside"
    elif asked.startswith("Shorten"):
        text = "warm indie folk, fingerpicked guitar, soft female vocals, 84 bpm"
    elif "Answer with the same numbers" in asked:
        lines = [line for line in asked.splitlines() if line[:1].isdigit()]
        text = "\n".join(f"{n}. a line that sings of light {n}" for n, _ in enumerate(lines, 1))
    elif asked.startswith("Write what comes next"):
        text = "[Bridge]\nAnd if the snow should reach the sill\nWe keep the kettle singing still"
    for piece in stream(text):
        time.sleep(0.05)
        yield piece


if __name__ == "__main__":
    import sys

    server = ChatServer()
    server.answer = _trial
    server.__enter__(int(sys.argv[1]))
    print(server.url)
    server._thread.join()
