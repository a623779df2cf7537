"""The documented request and response bodies as pydantic models.

Our server validates requests with them (strict: no coercion, no NaN; unknown fields are ignored)
and generates its OpenAPI description from them, including the docstrings. The client is more
tolerant and parses answers with `answers.py`. The rules are those of `docs/suno-api.txt`; `null`
counts as left out.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from suno_tui.common.text import is_unicode
from suno_tui.providers.song import Song
from suno_tui.providers.tables.suno import TEXT_LIMITS

ERRORS = {
    "invalid_request": (400, "invalid_request_error"),
    "invalid_api_key": (401, "authentication_error"),
    "insufficient_credits": (402, "billing_error"),
    "ip_not_allowed": (403, "permission_error"),
    "model_not_found": (404, "invalid_request_error"),
    "task_not_found": (404, "invalid_request_error"),
    "rate_limit_exceeded": (429, "rate_limit_error"),
    "spend_limit_exceeded": (429, "billing_error"),
    "internal_error": (500, "api_error"),
    "upstream_error": (503, "upstream_error"),
}
"""HTTP status and `type` of every documented error code."""


class InvalidBody(ValueError):
    """A request body that breaks the document's rules; its text is the answer's `message`."""


def _encodable(text: str) -> str:
    if "\0" in text or not is_unicode(text):
        raise PydanticCustomError("text", "holds a character that is not text")
    return text


def _boolean(value: Any) -> Any:
    # A Literal compares with ==, so 0 would pass for False.
    if not isinstance(value, bool):
        raise PydanticCustomError("bool_type", "Input should be a valid boolean")
    return value


def _present(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("missing", "Field required")
    return text


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good or any(char.isspace() for char in text):
        raise PydanticCustomError("url", "must be an http or https URL")
    return text


# Limits come before the other checks, so that they remain part of the string's own schema.
TEXT = AfterValidator(_encodable)
NEEDED = AfterValidator(_present)
Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Wire(BaseModel):
    """A body of the API: strict types; unknown fields are ignored."""

    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class _Request(Wire):
    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, table: Any) -> Any:
        if isinstance(table, dict):
            return {name: value for name, value in table.items() if value is not None}
        return table


class SimpleInput(_Request):
    """Simple mode: a description of the song."""

    prompt: Annotated[str, Field(max_length=TEXT_LIMITS["prompt"]), TEXT, NEEDED] = Field(
        description="Audio content description"
    )
    custom_mode: Annotated[Literal[False], BeforeValidator(_boolean)] = False
    instrumental: bool = Field(False, description="Generate without vocals if true")


class CustomInput(_Request):
    """Custom mode: title, style and, unless instrumental, lyrics."""

    custom_mode: Literal[True]
    instrumental: bool = Field(False, description="Generate without vocals if true")
    title: Annotated[str, Field(max_length=TEXT_LIMITS["title"]), TEXT, NEEDED] = Field(
        description="Track title"
    )
    style: Annotated[str, Field(max_length=TEXT_LIMITS["style"]), TEXT, NEEDED] = Field(
        description="Genre/mood specification"
    )
    prompt: Annotated[str, Field(max_length=TEXT_LIMITS["lyrics"]), TEXT] | None = Field(
        None, description="Lyrics text. Required when instrumental is false"
    )
    negative_tags: Annotated[str, Field(max_length=TEXT_LIMITS["negative_tags"]), TEXT] | None = (
        Field(None, description="Styles to exclude")
    )
    vocal_gender: Literal["m", "f"] | None = Field(
        None, description="Vocal preference: m (male) or f (female)"
    )
    persona_id: Annotated[str, TEXT] | None = Field(None, description="Custom persona style ID")
    style_weight: Weight | None = Field(None, description="Style adherence strength")
    weirdness_constraint: Weight | None = Field(None, description="Creative deviation control")
    audio_weight: Weight | None = Field(None, description="Audio feature balance")

    @model_validator(mode="after")
    def _lyrics_unless_instrumental(self) -> CustomInput:
        if not self.instrumental and not (self.prompt or "").strip():
            raise PydanticCustomError("lyrics", "Field required")
        return self


def _mode(table: Any) -> str:
    if isinstance(table, BaseModel):
        return "custom" if isinstance(table, CustomInput) else "simple"
    custom = isinstance(table, dict) and table.get("custom_mode") is True
    return "custom" if custom else "simple"


class CreateRequest(_Request):
    """`POST /v1/music/generations`. Whether the model exists is checked later (404)."""

    model: Annotated[str, TEXT, NEEDED] = Field(description="The model's name")
    input: Annotated[
        Annotated[SimpleInput, Tag("simple")] | Annotated[CustomInput, Tag("custom")],
        Discriminator(_mode),
    ] = Field(description="Generation parameters")
    callback_url: Annotated[str, TEXT, AfterValidator(_web_address)] | None = Field(
        None, description="URL to receive task completion/failure notifications"
    )

    @property
    def song(self) -> Song:
        """The requested song."""
        return Song.from_wire(self.model, self.input.model_dump(exclude_none=True))

    @classmethod
    def read(cls, body: bytes | str) -> CreateRequest:
        """Validate a request's body. Raises `InvalidBody`, worded like the API's documentation."""
        try:
            table = _JSON.decode(body if isinstance(body, str) else _decoded(body))
        except (ValueError, RecursionError) as error:
            raise InvalidBody("The request body is not valid JSON.") from error
        if not isinstance(table, dict):
            raise InvalidBody("The request body must be a JSON object.")
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            raise InvalidBody(explain(error)) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


def _decoded(body: bytes) -> str:
    return body.decode(json.detect_encoding(body), "surrogatepass")


def explain(error: ValidationError) -> str:
    """Return the first mistake as a sentence: `'model' is required.`"""
    found = error.errors(include_url=False, include_input=False)[0]
    names = [str(part) for part in found["loc"] if part not in ("simple", "custom")]
    kind, context = found["type"], found.get("ctx", {})
    if kind == "lyrics":
        return "'input.prompt' is required when instrumental is false."
    where = f"'{'.'.join(names)}'"
    types = {
        "string_type": "must be a string.",
        "string_unicode": "holds a character that is not text.",
        "bool_type": "must be a boolean.",
        "float_type": "must be a number.",
        "finite_number": "must be a number from 0 to 1.",
        "greater_than_equal": "must be a number from 0 to 1.",
        "less_than_equal": "must be a number from 0 to 1.",
        "model_type": "must be an object.",
        "model_attributes_type": "must be an object.",
        "missing": "is required.",
    }
    if kind in types:
        return f"{where} {types[kind]}"
    if kind == "string_too_long":
        return f"{where} must be at most {context['max_length']} characters."
    if kind == "literal_error" and names[-1] == "custom_mode":
        return f"{where} must be a boolean."
    if kind == "literal_error":
        return f"{where} must be {context['expected']}."
    return f"{where} {found['msg'].rstrip('.')}."


class CreatedTask(Wire):
    taskId: str


class CreateAnswer(Wire):
    """The answer to an accepted `POST /v1/music/generations`."""

    code: int = 200
    msg: str = "success"
    data: CreatedTask

    @classmethod
    def of(cls, task_id: str) -> CreateAnswer:
        return cls(data=CreatedTask(taskId=task_id))


class TrackFacts(Wire):
    """One take of a completed task; `duration` in seconds, `prompt` the lyrics."""

    id: str
    title: str
    tags: str
    duration: float
    image_url: str
    prompt: str


class Metadata(Wire):
    tracks: list[TrackFacts]


class Output(Wire):
    """`urls[i]` belongs to `metadata.tracks[i]`."""

    urls: list[str]
    metadata: Metadata


class TaskError(Wire):
    code: str
    message: str


class RunningTask(Wire):
    """`GET /v1/tasks/{taskId}` of a task that is not done; `progress` is 0 to 1 or null."""

    id: str
    status: Literal["pending", "processing"]
    model: str
    created_at: int = Field(description="Unix seconds")
    progress: float | None = None


class CompletedTask(Wire):
    """`GET /v1/tasks/{taskId}` of a completed task."""

    id: str
    status: Literal["completed"] = "completed"
    model: str
    created_at: int = Field(description="Unix seconds")
    completed_at: int = Field(description="Unix seconds")
    output: Output


class FailedTask(Wire):
    """`GET /v1/tasks/{taskId}` of a failed task."""

    id: str
    status: Literal["failed"] = "failed"
    model: str
    created_at: int = Field(description="Unix seconds")
    error: TaskError


TaskAnswer = Annotated[RunningTask | CompletedTask | FailedTask, Field(discriminator="status")]
"""The four states of a task; a callback's body is the same."""


class Balance(Wire):
    balance: int
    total_purchased: int
    total_consumed: int


class CreditsAnswer(Wire):
    """`GET /v1/credits`, in credits."""

    code: int = 200
    msg: str = "success"
    data: Balance


class ErrorFacts(Wire):
    code: str
    message: str
    type: str


class ErrorAnswer(Wire):
    """Every refusal's body."""

    error: ErrorFacts

    @classmethod
    def of(cls, code: str, message: str) -> ErrorAnswer:
        """Return the body of a documented error; its HTTP status is `ERRORS[code][0]`."""
        return cls(error=ErrorFacts(code=code, message=message, type=ERRORS[code][1]))
