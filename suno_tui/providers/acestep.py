"""The dialect of ACE-Step 1.5's `acestep-api` server, which people run on their own machine.

It is free, so a song that got no answer is simply sent again; its seeds are drawn from the task's
nonce and stay the same. A task that the server does not know is `lost`: that is its answer about
all tasks that were queued before it was restarted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from suno_tui.common.text import clean
from suno_tui.providers import errors
from suno_tui.providers.capabilities import Capabilities, Model
from suno_tui.providers.dialect import Call, Dialect, Facts, Reply
from suno_tui.providers.errors import BadAnswer, ProviderError, WrongAddress
from suno_tui.providers.remote import MOST_TAKES, Accepted, Credits, RemoteTake, RemoteTask
from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import read_key
from suno_tui.providers.source import REPAINT, Source, Upload
from suno_tui.providers.suno.answers import describe, read_json
from suno_tui.providers.suno.values import duration, integer, progress
from suno_tui.providers.tables.acestep import ACESTEP, FIELDS, TAKES, TURBO, WAYS, WRITER

_KEY = re.compile(r"[A-G][#b]? (major|minor)")
_VOICES = {"m": "male vocal", "f": "female vocal"}
_STEPS = 50
"""Diffusion steps for models other than turbo; the server's default of 8 suits only turbo."""
_MOST_TEXT = 10_000
_NO_REASON = "The server's log says why."


@dataclass(frozen=True)
class AceStepDialect:
    """See `Dialect`. `facts` are what the server reported about itself."""

    capabilities: Capabilities = ACESTEP
    facts: Facts = field(default_factory=dict)

    @property
    def _has_language_model(self) -> bool:
        """Whether the server runs a language model, which plans songs and writes lyrics."""
        return self.facts.get("lm") is True

    def create(
        self, song: Song, *, nonce: str, callback_url: str | None, source: Source | None = None
    ) -> Call:
        # The language model is not used for a song that carries on from a track.
        writes = self._has_language_model and source is None
        count = song.takes or TAKES[0]
        silent = song.instrumental or (song.custom_mode and not song.lyrics.strip())
        caption = song.style if song.custom_mode else song.prompt
        if song.custom_mode and song.vocal_gender in _VOICES and not silent:
            caption = f"{caption}, {_VOICES[song.vocal_gender]}"
        key = read_key(song.key or "")
        if key is not None and not _KEY.fullmatch(key):  # the field takes only major and minor
            caption = f"{caption}, {key}"
            key = None
        body: dict[str, Any] = {
            "prompt": caption,
            "lyrics": "[Instrumental]" if silent else song.lyrics if song.custom_mode else "",
            "vocal_language": song.language or "unknown",
            "model": song.model,
            "batch_size": count,
            "use_random_seed": False,
            "seed": ",".join(map(str, seeds(nonce, count, song.seed))),
            "audio_format": "mp3",
            "thinking": writes,
            "use_cot_caption": False,
            "use_cot_language": False,
        }
        if not song.custom_mode and not silent and writes:
            # The language model writes the lyrics; without one, nothing is sung.
            body["sample_query"] = caption
        if song.custom_mode and song.negative_tags and writes:
            body["lm_negative_prompt"] = song.negative_tags
        if "turbo" not in song.model:
            body["inference_steps"] = _STEPS
        wanted = {
            "audio_duration": song.duration if source is None else None,
            "bpm": song.bpm,
            "key_scale": key,
            "time_signature": (song.time_signature or "").partition("/")[0] or None,
        }
        body |= {name: value for name, value in wanted.items() if value is not None}
        if source is None:
            return Call("POST", "/release_task", body)
        body["task_type"] = song.way
        if song.way == REPAINT:
            body |= {"repainting_start": song.span_start, "repainting_end": song.span_end}
        elif song.custom_mode and song.audio_weight is not None:
            body["audio_cover_strength"] = song.audio_weight
        return Call("POST", "/release_task", body, upload=Upload("src_audio", source))

    def upload(self, song: Song, source: Source) -> Call | None:
        return None

    def uploaded(self, reply: Reply) -> str:
        raise NotImplementedError

    def created(self, reply: Reply) -> Accepted:
        table = read_json(reply.body)
        inner = table.get("data") if isinstance(table, dict) else None
        found = inner if isinstance(inner, dict) else table if isinstance(table, dict) else {}
        task_id = found.get("task_id")
        if not isinstance(task_id, str) or not 0 < len(task_id.strip()) <= 256:
            raise BadAnswer("The song was taken, but the answer has no task id.")
        return Accepted(task_id.strip(), integer(found.get("queue_position")))

    def poll(self, ids: Sequence[str]) -> Call:
        # A plain string would be read as a list of characters.
        return Call("POST", "/query_result", {"task_id_list": list(ids)})

    def tasks(self, reply: Reply, ids: Sequence[str]) -> Mapping[str, RemoteTask | ProviderError]:
        if error := self.refusal(reply):
            raise error
        table = read_json(reply.body)
        rows = table.get("data") if isinstance(table, dict) else None
        if not isinstance(rows, list):
            raise BadAnswer("The answer does not contain the task's status.")
        found = {}
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("task_id"), str):
                found[row["task_id"]] = _task(row, reply.base_url)
        return found

    def activity(self) -> Call | None:
        return Call("GET", "/v1/stats")

    def idle(self, reply: Reply) -> bool:
        stats = _inner(reply)
        jobs = stats.get("jobs") if isinstance(stats, dict) else None
        return isinstance(jobs, dict) and integer(jobs.get("running")) == 0

    def balance(self) -> Call | None:
        return None

    def credits(self, reply: Reply) -> Credits:
        return Credits(free=True)

    def refusal(self, reply: Reply) -> ProviderError | None:
        try:
            table = json.loads(reply.body)
        except (ValueError, RecursionError):
            table = None
        status = reply.status
        if reply.good:
            # The envelope may contain a refusal although HTTP says 200.
            code = integer(table.get("code")) if isinstance(table, dict) else None
            if code is None or code < 300:
                return None
            status = code
        message = _message(table) or f"HTTP {status}, {describe(reply.body)}"
        kind = errors.BY_STATUS.get(status)
        if status == 503 and "key" in message.lower():
            kind = errors.AccountRefused
        if kind is None:
            # After any error of the server, nothing was queued.
            kind = errors.UpstreamError if status >= 500 else BadAnswer
        if kind is errors.WrongAddress:
            message += ". Check the provider's base URL."
        return kind(message[:_MOST_TEXT], http_status=status, retry_after=reply.retry_after)

    def probe(self) -> tuple[Call, ...]:
        paths = ("/health", "/v1/model_inventory", "/v1/models", "/v1/stats")
        return tuple(Call("GET", path) for path in paths)

    def learn(self, replies: Sequence[Reply | None]) -> Facts:
        health, *others = (_inner(reply) for reply in replies)
        service = health.get("service") if isinstance(health, dict) else None
        if not isinstance(service, str) or "ace-step" not in service.lower():
            raise WrongAddress("A server answers there, but it is not an ACE-Step server.")
        for reply in replies:
            if reply is not None and reply.status in (401, 503):
                error = self.refusal(reply)
                if isinstance(error, errors.AccountRefused):
                    raise error
        ready, writes = health.get("models_initialized"), health.get("llm_initialized")
        facts = {
            "service": clean(service)[:100],
            # Unknown until the first task, when the models are loaded.
            "lm": True if writes is True else False if ready is True else None,
        }
        if not others:
            return {**self.facts, **{fact: x for fact, x in facts.items() if x is not None}}
        inventory, listed, stats = others
        names = [*_names(inventory, "models"), *_names(listed, "models"), *_names(listed, None)]
        jobs = stats.get("jobs") if isinstance(stats, dict) else None
        jobs = jobs if isinstance(jobs, dict) else {}
        return facts | {
            "models": list(dict.fromkeys(names))[:50],
            "default": _default(inventory) or _default(listed),
            "ways": dict(_ways(inventory)),
            "running": integer(jobs.get("running")),
            "queued": integer(jobs.get("queued")),
        }

    def with_facts(self, facts: Facts) -> Dialect:
        fields = FIELDS | (WRITER if facts.get("lm") is True else {})
        names = [name for name in facts.get("models") or [TURBO] if isinstance(name, str)]
        reported = facts.get("ways")
        ways = {
            name: {way: WAYS[way] for way in WAYS if way in can}
            for name, can in (reported.items() if isinstance(reported, dict) else ())
        }
        models = tuple(
            Model(name, _label(name), "", 0, fields, TAKES, ways.get(name, WAYS)) for name in names
        )
        default = facts.get("default")
        found = replace(self.capabilities, models=models, default=default or "")
        return AceStepDialect(found, facts)


def seeds(nonce: str, count: int, first: int | None = None) -> list[int]:
    """Return the seeds of a task's takes: from `first` on, else drawn from its nonce."""
    if first is None:
        digest = hashlib.sha256(nonce.encode()).digest()
        first = int.from_bytes(digest[:4], "big")
    return [(first + number) % 2**32 for number in range(count)]


def _task(row: Mapping[str, Any], base_url: str) -> RemoteTask:
    """Read one task of an answer."""
    task_id, outer = row["task_id"], integer(row.get("status"))
    result = row.get("result")
    try:
        items = json.loads(result) if isinstance(result, str) else result
    except (ValueError, RecursionError):
        raise BadAnswer(f"The result is not JSON, but {describe(str(result).encode())}") from None
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    first: Mapping[str, Any] = items[0] if items else {}
    stage = clean(str(first.get("stage") or ""))[:100]
    if not items and outer == 0:
        return RemoteTask(task_id, "lost", "unknown", raw=row)
    if outer == 1:
        takes = tuple(_takes(items, base_url))
        if any(take.url for take in takes):
            return RemoteTask(task_id, "completed", stage, results=takes, raw={"takes": len(takes)})
        why = "It was made, but the server could not save it. " + _NO_REASON
        return RemoteTask(task_id, "failed", stage, error=("not_saved", why))
    inner = integer(first.get("status"))
    if outer == 2 and (inner == 2 or not items):
        return RemoteTask(task_id, "failed", stage, error=("failed", _reason(first)))
    done = progress(first.get("progress"))
    status = "pending" if stage == "queued" else "processing"
    return RemoteTask(task_id, status, stage or "running", progress=done)


def _takes(items: Sequence[Mapping[str, Any]], base_url: str) -> Iterator[RemoteTake]:
    used = [text.strip() for text in str(items[0].get("seed_value") or "").split(",")]
    for number, item in enumerate(items[:MOST_TAKES], 1):
        metas = item.get("metas")
        metas = metas if isinstance(metas, dict) else {}
        facts = {
            "model": _known(item.get("dit_model")),
            "lm": _known(item.get("lm_model")),
            "bpm": integer(_known(metas.get("bpm"))),
            "key": _known(metas.get("keyscale")),
            "time_signature": _known(metas.get("timesignature")),
        }
        if len(used) == len(items) and used[number - 1].isdecimal():
            # With fewer takes than requested, it is unknown which seed belongs to which take.
            facts["seed"] = int(used[number - 1])
        yield RemoteTake(
            number=number,
            url=_address(item, base_url),
            tags=str(_known(item.get("prompt")) or "")[:_MOST_TEXT],
            lyrics=str(_known(item.get("lyrics")) or "")[:_MOST_TEXT],
            duration=duration(_known(metas.get("duration"))),
            facts={name: value for name, value in facts.items() if value is not None},
        )


def _address(item: Mapping[str, Any], base_url: str) -> str:
    """Return the URL of a take, quoted as it came; empty if it is not on the server's own origin.

    One kind of server has the path on its disk in `file`, and the address in `url`.
    """
    for found in (item.get("url"), item.get("file")):
        if not isinstance(found, str) or not found or len(found) > _MOST_TEXT:
            continue
        own, given = urlsplit(base_url), urlsplit(found)
        if (given.scheme, given.netloc) not in (("", ""), (own.scheme, own.netloc)):
            continue
        if given.path.startswith(ACESTEP.keyed_paths):
            return f"{base_url}{given.path}" + (f"?{given.query}" if given.query else "")
    return ""


def _known(value: Any) -> Any:
    return None if value in ("", "N/A") else value


def _reason(item: Mapping[str, Any]) -> str:
    """Return why a task failed: the last line of a traceback."""
    text = str(item.get("error") or "").strip()
    return clean(text.splitlines()[-1].strip())[:1000] if text else _NO_REASON


def _message(table: Any) -> str:
    """Return the text of a refusal; a list of mistakes becomes one sentence."""
    found = table.get("error") or table.get("detail") if isinstance(table, dict) else None
    if isinstance(found, list):
        lines = [each.get("msg") for each in found if isinstance(each, dict)]
        found = "; ".join(str(line) for line in lines if line)
    return str(found or "")


def _inner(reply: Reply | None) -> Any:
    """Return the contents of an envelope, or a bare body; None for an error."""
    if reply is None or not reply.good:
        return None
    try:
        table = read_json(reply.body)
    except BadAnswer:
        return None
    enveloped = isinstance(table, dict) and "data" in table and "code" in table
    return table["data"] if enveloped else table


def _names(table: Any, key: str | None) -> Iterator[str]:
    """Yield the names of a list of models, under a key or in `data`."""
    rows = table.get(key or "data") if isinstance(table, dict) else None
    for row in rows if isinstance(rows, list) else ():
        name = (row.get("name") or row.get("id")) if isinstance(row, dict) else None
        if isinstance(name, str) and re.fullmatch(r"[\w./+-]{1,100}", name):
            yield name.removeprefix("acestep/")


def _ways(table: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield for each model of an inventory what it can do with a track, if that is listed."""
    rows = table.get("models") if isinstance(table, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("supported_task_types"), list):
            for name in _names({"models": [row]}, "models"):
                yield name, [way for way in WAYS if way in row["supported_task_types"]]


def _default(table: Any) -> str:
    found = table.get("default_model") if isinstance(table, dict) else None
    return found.removeprefix("acestep/") if isinstance(found, str) else ""


def _label(name: str) -> str:
    """Return `ACE-Step 1.5 turbo` for `acestep-v15-turbo`."""
    found = re.fullmatch(r"acestep-v(\d)(\d)-(.+)", name)
    return f"ACE-Step {found[1]}.{found[2]} {found[3]}" if found else name
