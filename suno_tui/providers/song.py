"""A song: what the user composed, in the API's two modes, and the problems that it has."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from suno_tui.common.errors import UsageError
from suno_tui.common.text import is_unicode
from suno_tui.providers.capabilities import WEIGHTS, Field, Model, Use, measure
from suno_tui.providers.song_fields import OPTIONS, PARAMETERS, WHOLE, in_words, trouble, with_words
from suno_tui.providers.source import SOURCE_FIELDS, WAYS, carries, described, span_trouble
from suno_tui.providers.tables.suno import DEFAULT_MODEL, MODELS

LABELS = {
    "model": "Model",
    "prompt": "Prompt",
    "lyrics": "Lyrics",
    "title": "Title",
    "style": "Style",
    "negative_tags": "Exclude",
    "vocal_gender": "Vocals",
    "persona_id": "Persona",
    "style_weight": "Style weight",
    "weirdness_constraint": "Weirdness",
    "audio_weight": "Audio weight",
    "seed": "Seed",
    "duration": "Length",
    "bpm": "Tempo",
    "key": "Key",
    "time_signature": "Time",
    "language": "Language",
    "takes": "Takes",
    "way": "Carry on",
    "source_track": "Source",
    "span_start": "From",
    "span_end": "To",
}
"""The names of the fields on the screen and in messages."""


class Problem(NamedTuple):
    """A reason why a song can't be sent: the field's name and a message."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{LABELS[self.field]}: {self.message}"


class InvalidSong(UsageError):
    """The song can't be sent as it is; `problems` names each field."""

    code = "invalid_request"

    def __init__(self, problems: Collection[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """What the user composed. Any content is allowed until it is sent; `problems` checks it.

    It has the fields of both modes, so that switching modes loses nothing: simple mode sends
    `prompt` (a description), custom mode sends `lyrics` and the rest. Weights are 0 to 1, or None
    if not set. The fields from `seed` on belong to both modes; not every provider has them
    (`song_fields`).
    """

    model: str = DEFAULT_MODEL
    custom_mode: bool = False
    instrumental: bool = False
    prompt: str = ""
    title: str = ""
    style: str = ""
    lyrics: str = ""
    negative_tags: str = ""
    vocal_gender: str | None = None
    persona_id: str | None = None
    style_weight: float | None = None
    weirdness_constraint: float | None = None
    audio_weight: float | None = None
    seed: int | None = None
    """The seed of the first take; if None, the provider draws one."""
    duration: float | None = None
    """In seconds."""
    bpm: int | None = None
    key: str | None = None
    """Such as `D minor`, `F# major` or `Am`."""
    time_signature: str | None = None
    language: str | None = None
    """The code of the language to sing in."""
    takes: int | None = None
    way: str | None = None
    """How it carries on from a track (`providers.source.WAYS`); None if it doesn't."""
    source_track: str | None = None
    """The id of the track that it carries on from."""
    span_start: float | None = None
    """Seconds: the point after which a track is extended, or the start of the repainted span."""
    span_end: float | None = None

    @property
    def name(self) -> str:
        """The song's name in lists: its title, or the beginning of its prompt."""
        names = (self.title, self.prompt) if self.custom_mode else (self.prompt, self.title)
        text = next((name for name in names if name.strip()), "")
        line = " ".join(text.split())
        return line if len(line) <= 60 else line[:59].rstrip() + "…"

    def problems(self, models: Sequence[Model] = MODELS) -> tuple[Problem, ...]:
        """Return every reason why the song can't be sent; empty if it can.

        `models` are the models to choose from, with their limits. For the length of a text, see
        `providers.capabilities.measure`.
        """
        found: list[Problem] = []
        model = next((model for model in models if model.id == self.model), None)
        if model is None:
            offered = [model.id for model in models]
            found.append(Problem("model", f"there is no {self.model!r}; choose {_either(offered)}"))
            model = models[0]
        found += self._source_problems(model)
        model = model.carrying(self.way)
        if self.custom_mode:
            texts = ["title", "style", "negative_tags"] + ["lyrics"] * (not self.instrumental)
            needed = ["title", "style"] + ["lyrics"] * (not self.instrumental)
        else:
            texts = needed = ["prompt"]
        for name in texts:
            text, limit = getattr(self, name), model.limit(name)
            if name in needed and not text.strip():
                found.append(Problem(name, _MISSING[name]))
            elif measure(text) > limit:
                over = measure(text) - limit
                characters = "character" if over == 1 else "characters"
                found.append(Problem(name, f"{over:,} {characters} too many; at most {limit:,}"))
            elif "\0" in text or not is_unicode(text):
                found.append(Problem(name, "contains a character that can't be sent"))
        if self.custom_mode:
            if self.vocal_gender not in (None, "m", "f") and not self.instrumental:
                found.append(Problem("vocal_gender", "must be m or f"))
            for name in WEIGHTS:
                weight = getattr(self, name)
                if weight is not None and not (math.isfinite(weight) and 0 <= weight <= 1):
                    found.append(Problem(name, "must be a number from 0 to 1"))
        exact = {name: use == "exact" for name, use in self.uses(model).items()}
        found += [
            Problem(name, why)
            for name, x in self.parameters.items()
            if (why := trouble(name, x, _range(model.field(name)) if exact[name] else None))
        ]
        return tuple(found)

    @property
    def carrying(self) -> dict[str, Any] | None:
        """The track that it carries on from, and how, for scripts (`docs/cli.md`); None if none."""
        if self.way is None:
            return None
        span = {"start": self.span_start, "end": self.span_end}
        return {"way": self.way, "track": self.source_track, **span}

    def carries_on(self, name: str, *, done: bool = False) -> str:
        """Return in words what it does with its source, the track `name`; empty without one."""
        span = self.span_start, self.span_end
        return described(self.way, *span, name, done=done) if self.way else ""

    def _source_problems(self, model: Model) -> Iterator[Problem]:
        """Yield why the model can't carry on from the track, as far as the song alone shows."""
        if self.way is None:
            return
        data = model.ways.get(self.way)
        if self.way not in WAYS:
            yield Problem("way", f"must be {_either(list(WAYS))}")
        elif not self.source_track:
            yield Problem("source_track", "name the track that it carries on from")
        elif data is None:
            yield Problem("way", f"{model.label} can't {carries(self.way)} here")
        elif data.custom and not self.custom_mode:
            yield Problem("way", f"custom mode is needed here to {carries(self.way)}")
        elif wrong := span_trouble(self.way, self.span_start, self.span_end):
            yield Problem(*wrong)

    @property
    def parameters(self) -> dict[str, Any]:
        """The `PARAMETERS` that are set."""
        return {name: x for name in PARAMETERS if (x := getattr(self, name)) is not None}

    def uses(self, model: Model) -> dict[str, Use]:
        """Return what a model makes of the `PARAMETERS`, the `OPTIONS` and the lyrics, which in
        simple mode the provider writes."""
        return {name: self._use(model.field(name)) for name in (*PARAMETERS, *OPTIONS, "lyrics")}

    def _use(self, field: Field) -> Use:
        if self.instrumental and field.sung:
            return "none"
        return field.use if self.custom_mode else field.simple or field.use

    @property
    def options(self) -> dict[str, Any]:
        """The `OPTIONS` that are set, if the mode has them."""
        if not self.custom_mode:
            return {}
        found = {name: x for name in OPTIONS if (x := getattr(self, name)) not in (None, "")}
        if self.instrumental:
            found.pop("vocal_gender", None)
        return found

    @property
    def words(self) -> dict[str, str]:
        """The `PARAMETERS` that are set, in words for a style or prompt, if there are any."""
        values = self.parameters
        if self.instrumental:
            values.pop("language", None)
        return {name: words for name, x in values.items() if (words := in_words(name, x))}

    def words_for(self, model: Model) -> list[str]:
        """Return the `words` for the parameters that a model has no field for."""
        uses = self.uses(model)
        return [words for name, words in self.words.items() if uses[name] == "wish"]

    def described(self, model: Model) -> str:
        """Return the style (simple mode: the prompt), followed by those words for a model that fit
        its limit."""
        return with_words(self._text, self.words_for(model), model.limit(self._text_field))

    def dropped_words(self, model: Model) -> list[str]:
        """Return the words that don't fit into `described`."""
        text = self.described(model).casefold()
        return [each for each in self.words_for(model) if each.casefold() not in text]

    @property
    def _text_field(self) -> str:
        return "style" if self.custom_mode else "prompt"

    @property
    def _text(self) -> str:
        return self.style if self.custom_mode else self.prompt

    def check(self, models: Sequence[Model] = MODELS) -> None:
        """Raise `InvalidSong` if the song has problems."""
        if problems := self.problems(models):
            raise InvalidSong(problems)

    def to_wire(self, callback_url: str | None = None, *, exact: bool = False) -> dict[str, Any]:
        """Return the request body: only fields that are set, in the order of the API's example.

        The API has no `PARAMETERS`, so they go into the style or prompt as words. With `exact`, for
        the built-in provider, they are fields of the input.
        """
        sent: dict[str, Any]
        described = self._text if exact else self.described(MODELS[0])
        if not self.custom_mode:
            sent = {"prompt": described}
            if self.instrumental:
                sent |= {"custom_mode": False, "instrumental": True}
        else:
            sent = {"custom_mode": True, "instrumental": self.instrumental}
            sent |= {"title": self.title, "style": described}
            texts = ["negative_tags", *["vocal_gender"] * (not self.instrumental), "persona_id"]
            sent |= {name: text for name in texts if (text := getattr(self, name))}
            sent |= {name: x for name in WEIGHTS if (x := getattr(self, name)) is not None}
            if not self.instrumental:
                sent["prompt"] = self.lyrics
        if exact:
            sent |= self.parameters
        callback = {"callback_url": callback_url} if callback_url else {}
        return {"model": self.model, **callback, "input": sent}

    @classmethod
    def from_wire(cls, model: str, sent: Mapping[str, Any]) -> Song:
        """Return the song of a valid request body: the inverse of `to_wire`."""
        values = {name: sent[name] for name in _NAMES if sent.get(name) is not None}
        if values.get("custom_mode"):
            values["lyrics"] = values.pop("prompt", "")
        return cls(model=model, **values)

    def to_table(self) -> dict[str, Any]:
        """Return the model and the fields that differ from an empty song, for TOML and JSON."""
        return {
            name: getattr(self, name) for name in _NAMES if getattr(self, name) != _EMPTY[name]
        } | {"model": self.model}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Song:
        """Return the song of a table from TOML or JSON; unknown keys and values of a wrong type
        (`misfits`) are ignored."""
        values: dict[str, Any] = {
            name: float(value) if _KINDS[name] is float else value
            for name, value in table.items()
            if name in _KINDS and _fits(name, value)
        }
        return cls(**values)

    @staticmethod
    def misfits(table: Mapping[str, Any]) -> list[str]:
        """Return messages about values of a wrong type, which `from_table` ignores."""
        return [
            f"`{name}` must be {_KIND_WORDS.get(_KINDS[name], 'text')}"
            for name in _NAMES
            if table.get(name) is not None and not _fits(name, table[name])
        ]


NO_SOURCE: Mapping[str, Any] = dict.fromkeys(SOURCE_FIELDS)
"""The source fields of a song without a source."""
_NAMES = tuple(field.name for field in fields(Song))
_EMPTY = {field.name: field.default for field in fields(Song)}
_SWITCHES = ("custom_mode", "instrumental")
_KIND_WORDS: dict[type, str] = {
    bool: "true or false", float: "a number", int: "a whole number"
}  # fmt: skip
_MISSING = {
    "prompt": "describe the song",
    "title": "a title is needed in custom mode",
    "style": "a style is needed in custom mode",
    "lyrics": "write lyrics, or choose instrumental",
}


def _kind(name: str) -> type:
    if name in _SWITCHES:
        return bool
    if name in WHOLE:
        return int
    return float if name in (*WEIGHTS, "duration", "span_start", "span_end") else str


_KINDS = {name: _kind(name) for name in _NAMES}


def _fits(name: str, value: object) -> bool:
    kind = _KINDS[name]
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        # Neither infinite nor NaN, which JSON lacks, nor an integer that is too large for a float.
        return abs(value) <= sys.float_info.max
    if kind is int:
        # TOML's whole numbers have 64 bits.
        return type(value) is int and abs(value) < 2**63
    return isinstance(value, kind)


def _range(field: Field) -> tuple[float, float] | None:
    """Return the range of a field that a model takes; None if the model does not limit it."""
    return None if field.low is None or field.high is None else (field.low, field.high)


def _either(names: list[str]) -> str:
    if len(names) < 2:
        return names[0] if names else "another one"
    return f"{', '.join(names[:-1])} or {names[-1]}"
