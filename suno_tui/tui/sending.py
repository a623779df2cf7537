"""How a song is sent, besides what it says itself."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.library.track import Origin


class Sending(NamedTuple):
    """How a song of a track is sent once more."""

    provider: str | None = None
    """Who makes it; None: the provider of the song that is being written."""
    origin: Origin | None = None
    """The track that it is made from."""
    doubt: str = ""
    """Why it may not become what was asked for: to be read before it is paid."""


PLAIN = Sending()
