"""Models, prices and limits as data: a provider retires models faster than we release.

Limits and models are those of `reference/suno-api.txt`; a credit is $0.005 (`api.md`). The table of
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
"""Most characters a field may have. `lyrics` is the document's `prompt` in custom mode."""

WEIGHTS = ("style_weight", "weirdness_constraint", "audio_weight")
"""Numbers from 0 to 1, not sent unless set."""

TAKES = 2
"""How many takes a task typically has; never assumed when an answer is read."""

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
    """What credits cost, as on the screen: `$0.12`; fractions of a cent are kept (`$0.005`)."""
    amount = credits * CREDIT_DOLLARS
    return f"${amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else f"${amount:.3f}"


def measure(text: str) -> int:
    """The length that counts against a limit: code points, or UTF-16 units where that is more.

    The document says "characters" and leaves the encoding open: both readings must fit (`api.md`).
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
