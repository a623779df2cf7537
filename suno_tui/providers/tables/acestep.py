"""The data of ACE-Step 1.5's `acestep-api` server (`docs/api.md`), which is free of charge.

The real models are those that the server lists; the ones here are used until it was asked.
"""

from __future__ import annotations

from suno_tui.providers.capabilities import Capabilities, Carrying, Field, Model
from suno_tui.providers.source import COVER, REPAINT

TURBO = "acestep-v15-turbo"

FIELDS = {
    "prompt": Field(most=512),
    "style": Field(most=512),
    # Without a language model, no lyrics are written for a prompt, so nothing is sung.
    "lyrics": Field(most=4096, simple="none"),
    # Not sent: the title stays in the library.
    "title": Field(most=200),
    "vocal_gender": Field("wish"),
    "seed": Field(low=0, high=2**32 - 1),
    "duration": Field(low=10, high=600),
    "bpm": Field(low=30, high=300),
    "key": Field(),
    "time_signature": Field(),
    "language": Field(),
    "takes": Field(low=1, high=8),
}
"""The text encoder ignores everything after the limits given here."""

WRITER = {"negative_tags": Field("wish", most=512), "lyrics": Field(most=4096)}
"""The fields that a server with a language model has in addition."""

_WITHOUT = frozenset({"duration", "negative_tags"})
"""The result has the length of the track, and the language model is not used for it."""

WAYS = {
    COVER: Carrying(600, without=_WITHOUT, fields={"audio_weight": Field(low=0, high=1)}),
    REPAINT: Carrying(600, without=_WITHOUT),
}
"""What a model can do with a track, unless the server reports that it can do less."""

TAKES = (2, 1, 3, 4, 5, 6, 7, 8)

ACESTEP = Capabilities(
    models=(Model(TURBO, "ACE-Step 1.5 Turbo", "On your own machine", 0, FIELDS, TAKES, WAYS),),
    key="optional",
    resend="free",
    callback="none",
    batch=50,
    keyed_paths=("/v1/audio",),
    gone=frozenset((404, 410)),
    poll_most=2.0,
    silent_is_busy=True,
    covers=False,
)
