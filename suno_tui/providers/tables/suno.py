"""The data of `docs/suno-api.txt`: models, limits, lifetimes; a credit is $0.005 (`docs/api.md`).

The built-in provider speaks the same dialect, free of charge (`LOCAL`).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from suno_tui.providers.capabilities import WEIGHTS, Capabilities, Field, Model
from suno_tui.providers.song_fields import BUILT_IN, BUILT_IN_RANGES, IN_WORDS

TEXT_LIMITS = {
    "prompt": 500,
    "lyrics": 3000,
    "title": 80,
    "style": 200,
    "negative_tags": 200,
}
"""The most characters of each field. `lyrics` is the API's `prompt` in custom mode."""

URL_LIFE = 24 * 3600
"""Seconds for which the audio is kept."""

TAKES = 2
"""The usual number of takes of a task; an answer may have more or fewer."""

PRICE = 24
"""The price of a task, in credits."""

FIELDS = {
    **{name: Field(most=most) for name, most in TEXT_LIMITS.items()},
    **{name: Field(low=0, high=1) for name in WEIGHTS},
    "vocal_gender": Field("wish"),
    "persona_id": Field(),
    **{name: Field(use) for name, use in IN_WORDS.items()},
}

MODELS = tuple(
    Model(name, label, note, PRICE, FIELDS, (TAKES,))
    for name, label, note in (
        ("suno-v5_5", "Suno V5.5", "Tailored custom models for personalized taste"),
        ("suno-v5", "Suno V5", "Superior expression, faster generation"),
    )
)
DEFAULT_MODEL = MODELS[0].id

SUNO = Capabilities(
    models=MODELS,
    credit=Decimal("0.005"),
    url_life=URL_LIFE,
)

_BUILT_IN_NAMES = (
    ("Built in, full", "Doubled voice and backing vocals"),
    ("Built in, plain", "One voice, without backing vocals"),
)
"""The labels and notes of the built-in provider's models; their ids are the API's."""

LOCAL = replace(
    SUNO,
    models=tuple(
        model._replace(
            label=label,
            note=note,
            credits=0,
            takes=(TAKES, 1, 3, 4, 5, 6, 7, 8),
            fields=FIELDS
            | {
                name: Field(use, None, *BUILT_IN_RANGES.get(name, (None, None)))
                for name, use in BUILT_IN.items()
            },
        )
        for model, (label, note) in zip(MODELS, _BUILT_IN_NAMES, strict=True)
    ),
    key="none",
    resend="free",
    callback="none",
    credit=None,
)
"""The built-in provider. It honours the nonce, so a song may be sent again."""
