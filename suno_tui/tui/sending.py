"""Options of sending a song that are not part of the song."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.library.track import Origin


class Sending(NamedTuple):
    """Options for sending the song of a track once more."""

    provider: str | None = None
    """The provider that makes it; None: the provider of the song that is being written."""
    origin: Origin | None = None
    """The track that it is made from."""
    doubt: str = ""
    """Why the result may differ from the track; shown before the user pays."""


PLAIN = Sending()
