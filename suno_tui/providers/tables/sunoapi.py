"""The data of sunoapi.org (`docs/api.md`): models, limits, codes. For kie.ai's, see `kie.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suno_tui.providers import errors
from suno_tui.providers.capabilities import WEIGHTS, Capabilities, Carrying, Field, Model
from suno_tui.providers.errors import ProviderError
from suno_tui.providers.song_fields import IN_WORDS
from suno_tui.providers.source import COVER, EXTEND, REPAINT


@dataclass(frozen=True)
class ProviderData:
    """What differs between the providers of the dialect; `codes` maps the `code` of a body to an
    error."""

    capabilities: Capabilities
    balance_path: str
    codes: Mapping[int, type[ProviderError]]


def _model(name: str, label: str, *, lyrics: int = 5000, style: int = 1000, prompt: int = 500,
           timed: bool = False) -> Model:  # fmt: skip
    """Return a model with its limits; `timed`: the request has a field for the song's length."""
    texts = {"lyrics": lyrics, "style": style, "negative_tags": style, "title": 80}
    fields = {
        "prompt": Field(most=prompt),
        **{field: Field(most=most) for field, most in texts.items()},
        **{field: Field(low=0, high=1) for field in WEIGHTS},
        "audio_weight": Field(low=0, high=1, sung=True),
        "vocal_gender": Field("wish"),
        "persona_id": Field(),
        **{field: Field(use) for field, use in IN_WORDS.items()},
    }
    if timed:
        fields["duration"] = Field("exact", low=10, high=360, simple="wish")
    return Model(name, label, "", PRICE, fields, (2,), WAYS)


PRICE = 12
"""Credits for a song."""

_LONGEST = 8 * 60
"""Longest uploaded track in seconds; older pages of their documents say two minutes for covers."""
_BYTES = 100 << 20
"""Largest uploaded track in bytes; the documentation names no limit."""

WAYS = {
    EXTEND: Carrying(
        _LONGEST, _BYTES, custom=True, by_id=True, same_model=True, without=frozenset({"duration"})
    ),
    COVER: Carrying(_LONGEST, _BYTES),
    REPAINT: Carrying(
        _LONGEST,
        _BYTES,
        least_span=10,
        most_share=0.5,
        custom=True,
        by_id=True,
        without=frozenset({"duration", "negative_tags", "vocal_gender", "persona_id", *WEIGHTS}),
    ),
}

MODELS = (
    _model("V6", "Suno V6", prompt=3000, timed=True),
    _model("V6_WILD", "Suno V6 Wild", prompt=3000, timed=True),
    _model("V6_MINI", "Suno V6 Mini", prompt=3000, timed=True),
    _model("V5_5", "Suno V5.5", timed=True),
    _model("V5", "Suno V5"),
    _model("V4_5PLUS", "Suno V4.5+"),
    _model("V4_5", "Suno V4.5"),
    _model("V4_5ALL", "Suno V4.5 All"),
    _model("V4", "Suno V4", lyrics=3000, style=200),
)

SUNOAPI = ProviderData(
    capabilities=Capabilities(
        models=MODELS,
        callback="placeholder",
        # This domain is reserved for examples, so no one can receive callbacks there.
        placeholder="https://example.com/callback",
        early=True,
        url_life=14 * 24 * 3600,
        gone=frozenset((401, 403, 404, 410, 441)),
        grace=60.0,
        uploads={
            "api.sunoapi.org": "https://sunoapiorg.redpandaai.co",
            "apibox.erweima.ai": "https://sunoapiorg.redpandaai.co",
        },
    ),
    balance_path="/api/v1/generate/credit",
    codes={
        400: errors.InvalidRequest,
        401: errors.InvalidKey,
        402: errors.InsufficientCredits,
        404: errors.WrongAddress,
        405: errors.RateLimited,
        409: errors.InvalidRequest,
        413: errors.InvalidRequest,
        422: errors.InvalidRequest,
        429: errors.InsufficientCredits,
        430: errors.RateLimited,
        433: errors.SpendLimitExceeded,
        455: errors.UpstreamError,
        # It is not documented that nothing was charged then, so the balance has to show it.
        500: errors.ProviderDown,
    },
)
