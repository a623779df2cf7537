"""Models, prices and limits as data, because providers change models more often than we release.

Limits and models are those of `docs/suno-api.txt`; a credit is $0.005 (`docs/api.md`). The table of
models can be changed in `config.toml` under `[models]`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

CREDIT_DOLLARS = Decimal("0.005")

TEXT_LIMITS = {
    "prompt": 500,
    "lyrics": 3000,
    "title": 80,
    "style": 200,
    "negative_tags": 200,
}
"""The most characters of each field. `lyrics` is the API's `prompt` in custom mode."""

WEIGHTS = ("style_weight", "weirdness_constraint", "audio_weight")
"""Numbers from 0 to 1, not sent unless set."""

TAKES = 2
"""The usual number of takes of a task; answers may have another one."""

URL_LIFE = 24 * 3600
"""Seconds for which the provider keeps the audio."""


class Model(NamedTuple):
    """A model that a song can be sent to; `credits` is the price of one task."""

    id: str
    label: str
    note: str
    credits: int = 24


MODELS = (
    Model("suno-v5_5", "Suno V5.5", "Tailored custom models for personalized taste"),
    Model("suno-v5", "Suno V5", "Superior expression, faster generation"),
)
DEFAULT_MODEL = MODELS[0].id


def dollars(credits: int) -> str:
    """Format the price of credits: `$0.12`; fractions of a cent are kept (`$0.005`)."""
    amount = credits * CREDIT_DOLLARS
    return f"${amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else f"${amount:.3f}"


def measure(text: str) -> int:
    """Return the length that counts against a limit: code points or UTF-16 units, if they are more.

    The API's documentation says "characters" without an encoding, so both must fit (`docs/api.md`).
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
