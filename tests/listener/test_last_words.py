"""What a studio says last counts, though it has closed the connection before it was read."""

from __future__ import annotations

import socket
from pathlib import Path

from suno_tui.listener.cache import Cache
from suno_tui.listener.connection import Connection
from suno_tui.listener.protocol import OLDEST, TO_STUDIO, VERSION, Channel
from suno_tui.listener.session import Session
from suno_tui.player.player import Player
from tests.listener.conftest import STUDIO


class Stopped(Session):
    """A session that notes that it was stopped."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True


def test_the_stop_is_read_though_a_state_could_not_be_sent(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    cache = Cache(tmp_path / "cache")
    session = Stopped(Player(), cache)
    studio = Channel(near, TO_STUDIO)
    versions = {"protocol": VERSION, "oldest": OLDEST, "program": "1"}
    studio.send("hello", name="laptop", studio=STUDIO, **versions)
    studio.send("bye", stop=True)

    def join(_: str, connection: Connection) -> Session:
        near.close()
        connection._send("at", frame=0)
        return session

    hello = {**versions, "name": "here", "listener": STUDIO}
    Connection(far, cache, hello, join, lambda *_: None).serve()
    assert session.stopped
