"""The dialect of sunoapi.org and kie.ai, which have the same API with different data.

Errors come in the body of a 200, the two tables of codes contradict each other, and a task may be
unknown just after it was created. There is neither an idempotency key nor a list of tasks, so if a
sent song gets no answer, only the balance shows whether it was charged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

from suno_tui.providers import errors
from suno_tui.providers.capabilities import WEIGHTS, Capabilities
from suno_tui.providers.dialect import Call, Dialect, Facts, Reply
from suno_tui.providers.errors import BadAnswer, ProviderError, TaskNotFound
from suno_tui.providers.remote import MOST_TAKES, Accepted, Amount, Credits, RemoteTake, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.source import COVER, EXTEND, Made, Source, Upload, known
from suno_tui.providers.suno import answers
from suno_tui.providers.suno.values import duration, integer, read_time
from suno_tui.providers.tables.sunoapi import SUNOAPI, ProviderData

USUAL_LENGTH = 180
"""Seconds to request if the song has no length; their own default is 20."""
_MOST_TEXT = 10_000
_MONEY = (402, 405, 429, 430)
"""Codes that mean a lack of credits if the message says so, whatever the table says."""
_SHIELD = (
    "The provider's shield blocks this program or this address; the key may well be right. Try "
    "later, or from another network."
)
_STAGES = {"TEXT_SUCCESS": "lyrics are ready", "FIRST_SUCCESS": "first take is ready"}


@dataclass(frozen=True)
class SunoApiDialect:
    """See `Dialect`."""

    data: ProviderData = SUNOAPI

    @property
    def capabilities(self) -> Capabilities:
        return self.data.capabilities

    def create(
        self, song: Song, *, nonce: str, callback_url: str | None, source: Source | None = None
    ) -> Call:
        call = self._generate(song, callback_url)
        if source is None or song.way is None:
            return call
        model = self.capabilities.model(song.model)
        made = known(model.ways[song.way], source, song.model) if model else None
        return _carry_on(song, source, made, dict(call.body or {}))

    def upload(self, song: Song, source: Source) -> Call | None:
        model = self.capabilities.model(song.model)
        if source.address or (model and known(model.ways[song.way or ""], source, song.model)):
            return None
        body = {"uploadPath": "suno-tui", "fileName": source.name}
        return Call("POST", "/api/file-stream-upload", body, upload=Upload("file", source))

    def uploaded(self, reply: Reply) -> str:
        table = answers.read_json(reply.body)
        data = table.get("data") if isinstance(table, dict) else None
        address = data.get("downloadUrl") if isinstance(data, dict) else None
        if not isinstance(address, str) or not _web(address):
            raise BadAnswer("The track was uploaded, but the answer does not say where it is.")
        return _web(address)

    def _generate(self, song: Song, callback_url: str | None) -> Call:
        can = self.capabilities
        model = (can.model(song.model) or can.default_model).carrying(song.way)
        newest = song.model.startswith("V6")
        body: dict[str, Any] = {
            "customMode": song.custom_mode,
            "instrumental": song.instrumental,
            "model": song.model,
            "callBackUrl": callback_url or can.placeholder,
        }
        if not song.custom_mode:
            body["prompt"] = song.described(model)
            if newest:  # these models refuse a prompt without a style
                body["style"] = body["prompt"][: model.limit("style")]
            return Call("POST", "/api/v1/generate", body)
        body |= {"title": song.title, "style": song.described(model)}
        if song.negative_tags:
            body["negativeTags"] = song.negative_tags
        if song.persona_id:
            body["personaId"] = song.persona_id
        for name in WEIGHTS:
            weight = getattr(song, name)
            if weight is not None and not (name == "audio_weight" and song.instrumental):
                body[_camel(name)] = round(weight, 2)
        if model.field("duration").use == "exact":
            body["duration"] = round(song.duration or USUAL_LENGTH)
        if not song.instrumental:
            body["lyrics" if newest else "prompt"] = song.lyrics
            if song.vocal_gender:
                body["vocalGender"] = song.vocal_gender
        return Call("POST", "/api/v1/generate", body)

    def created(self, reply: Reply) -> Accepted:
        return Accepted(answers.read_created(reply.status, reply.body, reply.retry_after))

    def poll(self, ids: Sequence[str]) -> Call:
        return Call("GET", f"/api/v1/generate/record-info?taskId={quote(ids[0], safe='')}")

    def tasks(self, reply: Reply, ids: Sequence[str]) -> Mapping[str, RemoteTask | ProviderError]:
        task_id = ids[0]
        error = self.refusal(reply)
        if error is not None:
            if "recordinfo" in error.message.lower():
                return {task_id: TaskNotFound(error.message, http_status=reply.status)}
            raise error
        table = answers.read_json(reply.body)
        data = table.get("data") if isinstance(table, dict) else None
        if data is None:
            return {task_id: TaskNotFound("The provider has no such task.", http_status=404)}
        if not isinstance(data, dict) or not isinstance(data.get("status"), str):
            raise BadAnswer("The answer does not contain the task's status.")
        return {task_id: _task(task_id, data)}

    def activity(self) -> Call | None:
        return None

    def idle(self, reply: Reply) -> bool:
        return False

    def balance(self) -> Call | None:
        return Call("GET", self.data.balance_path)

    def credits(self, reply: Reply) -> Credits:
        table = answers.read_json(reply.body)
        return Credits(balance=_amount(table.get("data") if isinstance(table, dict) else table))

    def refusal(self, reply: Reply) -> ProviderError | None:
        if reply.status == 403 and b"1010" in reply.body[:1000]:
            return errors.AccountRefused(_SHIELD, http_status=403)
        try:
            table = answers.read_json(reply.body)
        except BadAnswer:
            table = None
        code = integer(table.get("code")) if isinstance(table, dict) else None
        if code is None:
            # The body is not the provider's, so the HTTP status counts.
            return None if reply.good else self._http_refusal(reply)
        if code == 200 and reply.good:
            return None
        message = str(table.get("msg") or table.get("message") or f"code {code}")[:_MOST_TEXT]
        text = message.lower()
        kind = self.data.codes.get(code)
        if code in _MONEY and ("credit" in text or "balance" in text):
            kind = errors.InsufficientCredits
        elif code == 433 and "rate" in text:
            kind = errors.RateLimited
        if kind is None:
            kind = errors.ProviderDown if code >= 500 or reply.good else BadAnswer
        return kind(message, http_status=reply.status, retry_after=reply.retry_after)

    def _http_refusal(self, reply: Reply) -> ProviderError:
        return answers.refusal(reply.status, reply.body, reply.retry_after)

    def probe(self) -> tuple[Call, ...]:
        return (Call("GET", self.data.balance_path),)

    def learn(self, replies: Sequence[Reply | None]) -> Facts:
        reply = replies[0]
        if reply is None:
            return {}
        if error := self.refusal(reply):
            raise error
        if self.credits(reply).balance is None:
            raise errors.WrongAddress("A server answers there, but it does not speak this API.")
        return {}

    def with_facts(self, facts: Facts) -> Dialect:
        return self


def _carry_on(song: Song, source: Source, made: Made | None, body: dict[str, Any]) -> Call:
    """Return the request for a song that carries on from a track; `body` is that of a new song."""
    if song.way == COVER:
        return Call("POST", "/api/v1/generate/upload-cover", {"uploadUrl": source.address, **body})
    if song.way == EXTEND:
        del body["customMode"]
        if "lyrics" in body:
            body["prompt"] = body.pop("lyrics")
        body |= {"defaultParamFlag": True, "continueAt": round(song.span_start or 0, 2)}
        if made is None:
            return Call(
                "POST", "/api/v1/generate/upload-extend", {"uploadUrl": source.address, **body}
            )
        del body["instrumental"]
        return Call("POST", "/api/v1/generate/extend", {"audioId": made.take_id, **body})
    section: dict[str, Any] = {"taskId": made.task_id, "audioId": made.take_id} if made else {}
    if made is None:
        section = {"uploadUrl": source.address, "model": song.model}
    section |= {"prompt": body["style"], "tags": body["style"], "title": body["title"]}
    section |= {
        "infillStartS": round(song.span_start or 0, 2),
        "infillEndS": round(song.span_end or 0, 2),
        "callBackUrl": body["callBackUrl"],
    }
    if not song.instrumental:
        section["fullLyrics"] = song.lyrics
    return Call("POST", "/api/v1/generate/replace-section", section)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _task(task_id: str, data: Mapping[str, Any]) -> RemoteTask:
    word = data["status"].strip()[:100]
    response = data.get("response")
    tracks = (
        (response.get("sunoData") or response.get("data")) if isinstance(response, dict) else []
    )
    tracks = [each for each in tracks if isinstance(each, dict)] if isinstance(tracks, list) else []
    takes = tuple(_take(n, each) for n, each in enumerate(tracks[:MOST_TAKES], 1))
    made = any(take.url for take in takes)
    message = str(data.get("errorMessage") or "")[:_MOST_TEXT]
    error = (str(data.get("errorCode") or "failed")[:100], message) if message else None
    known = True
    if word == "PENDING":
        status = "pending"
    elif word in _STAGES:
        status = "processing"
    elif word in ("SUCCESS", "CALLBACK_EXCEPTION"):
        # The callback could not be delivered, but the music is done.
        status = "completed"
    elif "FAIL" in word or "ERROR" in word or (error and not made):
        status = "failed"
        reason = message or "The provider gives no reason."
        if word == "SENSITIVE_WORD_ERROR":
            reason += " It does not allow these words: change them."
        error = (word.lower(), reason)
    else:
        status, known = "processing", False
    return RemoteTask(
        id=task_id,
        status=status,
        raw_status=_STAGES.get(word, word),
        understood=known,
        results=takes,
        left_out=max(0, len(tracks) - MOST_TAKES),
        error=error,
        created_at=read_time(data.get("createTime")),
        raw={} if known else data,
    )


def _take(number: int, track: Mapping[str, Any]) -> RemoteTake:
    """Read a track; its fields may be in camel case or snake case."""

    def text(*names: str) -> str:
        found = next((track[name] for name in names if isinstance(track.get(name), str)), "")
        return found[:_MOST_TEXT]

    own_id, title = text("id"), text("title")
    facts = {"id": own_id[:100], "stream_url": _web(text("streamAudioUrl", "stream_audio_url"))}
    return RemoteTake(
        number=number,
        url=_web(text("audioUrl", "audio_url")),
        title="" if title == own_id else title,
        tags=text("tags"),
        lyrics=text("prompt"),
        duration=duration(track.get("duration")),
        image_url=_web(text("imageUrl", "image_url")),
        facts={name: value for name, value in facts.items() if value},
    )


def _web(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return address.strip() if parts.scheme in ("http", "https") and parts.hostname else ""


def _amount(value: Any) -> Amount | None:
    """Return credits as an integer, or as a decimal if they are a fraction; None if invalid."""
    if isinstance(value, dict):
        value = value.get("credits", value.get("balance"))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > 10**15:
        return None
    return int(found) if found == found.to_integral_value() else found
