"""What a provider can do, as data: models, prices, limits, fields, and how it answers.

Providers change models more often than we release, so all of this is a table for each dialect
(`tables/`), which the provider's own list and `config.toml` may override.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

WEIGHTS = ("style_weight", "weirdness_constraint", "audio_weight")
"""Fields that are numbers from 0 to 1, not sent unless set."""

Use = Literal["exact", "wish", "none"]
"""What a provider makes of a field: it follows it exactly, it gets it in words and may follow it,
or it can't be told."""


class Field(NamedTuple):
    """What a provider makes of a field of a song, and its bounds."""

    use: Use = "exact"
    most: int | None = None
    """The most characters."""
    low: float | None = None
    high: float | None = None
    simple: Use | None = None
    """What it makes of it in simple mode, if that differs."""
    sung: bool = False
    """Whether an instrumental can't have it."""


NONE = Field("none")


class Carrying(NamedTuple):
    """A way to carry on from a track, as a model offers it, and which tracks it accepts.

    Seconds and bytes are those of the track.
    """

    most_seconds: float | None = None
    """The longest track; None if there is no limit."""
    most_bytes: int | None = None
    least_span: float = 0.0
    """The shortest span that can be repainted, in seconds."""
    most_share: float = 1.0
    """The longest span, as a share of the track."""
    custom: bool = False
    """Whether it needs custom mode."""
    by_id: bool = False
    """Whether a track that the provider made and still has needs no upload."""
    same_model: bool = False
    """Whether `by_id` works only with the model that made the track."""
    credits: int | None = None
    """The price, if it differs from that of a new song."""
    without: frozenset[str] = frozenset()
    """The fields of a song that can't be sent this way."""
    fields: Mapping[str, Field] = {}
    """The fields that can be sent this way only."""


class Model(NamedTuple):
    """A model that a song can be sent to; `credits` is the price of one task.

    `fields` has the fields of a song by name; missing ones can't be sent (`NONE`). `takes` has the
    numbers of takes to choose from, the usual one first.
    """

    id: str
    label: str
    note: str = ""
    credits: int = 0
    fields: Mapping[str, Field] = {}
    takes: tuple[int, ...] = (2,)
    ways: Mapping[str, Carrying] = {}
    """How a song can carry on from a track, by the names of `providers.source.WAYS`."""

    def carrying(self, way: str | None) -> Model:
        """Return the model with the fields and the price of songs that carry on in a way."""
        data = self.ways.get(way or "")
        if data is None:
            return self
        fields = {name: NONE if name in data.without else x for name, x in self.fields.items()}
        price = self.credits if data.credits is None else data.credits
        return self._replace(fields={**fields, **data.fields}, credits=price)

    def field(self, name: str) -> Field:
        return self.fields.get(name, NONE)

    def limit(self, name: str) -> int:
        """Return the most characters of a text; a large number if there is no limit."""
        most = self.field(name).most
        return NO_LIMIT if most is None else most


NO_LIMIT = 100_000
"""The most characters of a text if the provider names no limit."""


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do, and how requests to it have to be made."""

    models: tuple[Model, ...]
    key: Literal["none", "optional", "needed"] = "needed"
    resend: Literal["free", "paid"] = "paid"
    """What it costs to send a song again that got no answer: nothing, or maybe its price a second
    time."""
    callback: Literal["none", "optional", "placeholder"] = "optional"
    """Whether a callback URL can't be sent, may be sent, or must be sent; if it must, `placeholder`
    is sent when there is none."""
    placeholder: str = ""
    batch: int = 1
    """How many tasks one query may ask for."""
    early: bool = False
    """Whether a take may be ready before the others are."""
    credit: Decimal | None = None
    """The price of a credit in dollars; None if it is not known, or the provider is free."""
    keyed_paths: tuple[str, ...] = ()
    """Prefixes of paths on the provider's own origin whose files need the key."""
    url_life: int | None = None
    """Seconds for which the provider keeps the audio; None: for ever."""
    gone: frozenset[int] = frozenset((401, 403, 404, 410))
    """The HTTP statuses for a file whose URL has expired; polling the task may give a new URL."""
    grace: float = 0.0
    """Seconds after a song was sent in which the provider may not know the task yet."""
    poll_most: float | None = None
    """The longest wait between two polls in seconds, if it is less than in the settings."""
    silent_is_busy: bool = False
    """Whether a connection that opens and brings no answer means that the provider is busy."""
    covers: bool = True
    """Whether takes come with a picture; else the studio draws one."""
    uploads: Mapping[str, str] = field(default_factory=dict)
    """The address for uploads, by the host of the provider's address; if the host is missing,
    uploads go to that address itself. The key is sent there, so only the provider's own hosts may
    be listed."""
    default: str = ""
    """The model of new songs; the first one if it is empty."""

    @property
    def free(self) -> bool:
        """Whether songs cost nothing."""
        return self.resend == "free"

    @property
    def default_model(self) -> Model:
        return next((model for model in self.models if model.id == self.default), self.models[0])

    def model(self, id: str) -> Model | None:
        return next((model for model in self.models if model.id == id), None)


def dollars(credits: int | Decimal, credit: Decimal | None) -> str:
    """Format the price of credits: `$0.12`; below a dollar also fractions of a cent (`$0.005`).

    Empty if the price of a credit is not known.
    """
    if credit is None:
        return ""
    amount = credits * credit
    whole = amount >= 1 or amount == amount.quantize(Decimal("0.01"))
    return f"${amount:.2f}" if whole else f"${amount:.3f}"


def amount(credits: int | Decimal) -> str:
    """Format a number of credits: `1,000`, `812.5`."""
    return f"{credits.normalize():,f}" if isinstance(credits, Decimal) else f"{credits:,}"


def price(credits: int | Decimal, credit: Decimal | None, pattern: str = "{} · {}") -> str:
    """Return credits and their price: `24 cr · $0.12`; only the credits if that is not known."""
    text = f"{amount(credits).replace(',', '')} cr"
    money = dollars(credits, credit)
    return pattern.format(text, money) if money else text


def measure(text: str) -> int:
    """Return the length that counts against a limit: the code points or UTF-16 units, if more.

    The API's documentation says "characters" without an encoding, so both must fit (`docs/api.md`).
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
