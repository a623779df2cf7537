"""The data of ACE-Step 1.5's `acestep-api` server (`docs/api.md`). Nothing costs anything there.

The models are the server's own: these stand for them until it was asked.
"""

from __future__ import annotations

from suno_tui.providers.capabilities import Capabilities, Field, Model

TURBO = "acestep-v15-turbo"

FIELDS = {
    "prompt": Field(most=512),
    "style": Field(most=512),
    # Nobody writes them for a prompt: then nothing is sung.
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
"""The text encoder reads no more than so many characters of a style, and leaves out the rest."""

WRITER = {"negative_tags": Field("wish", most=512), "lyrics": Field(most=4096)}
"""What its language model adds, where it runs one."""

TAKES = (2, 1, 3, 4, 5, 6, 7, 8)

ACESTEP = Capabilities(
    models=(Model(TURBO, "ACE-Step 1.5 Turbo", "On your own machine", 0, FIELDS, TAKES),),
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
