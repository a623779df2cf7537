"""Requests to the language model of an ACE-Step server, and its answers.

`create_sample` writes style and lyrics from an idea; `format_input` rewrites style and lyrics in
the form that the server's models were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from suno_tui.providers.dialect import Call, Reply
from suno_tui.providers.errors import ProviderError
from suno_tui.providers.song import Song
from suno_tui.providers.suno.answers import read_json
from suno_tui.providers.suno.values import integer
from suno_tui.writer.errors import WriterError
from suno_tui.writer.wishes import MOST_ASKED, POLISH, Wish

_MOST = 20_000


class Draft(NamedTuple):
    """The texts of fields, and a note on what else the server would choose."""

    fields: Mapping[str, str]
    note: str


def call_for(wish: Wish, song: Song) -> Call:
    """Return the request that fulfils a wish."""
    if wish.kind != POLISH:
        return Call(
            "POST",
            "/v1/create_sample",
            {
                "query": wish.text.strip()[:MOST_ASKED],
                "instrumental": song.instrumental,
                "vocal_language": song.language or "unknown",
            },
        )
    known = {
        "duration": song.duration,
        "bpm": song.bpm,
        "key": song.key,
        "time_signature": (song.time_signature or "").partition("/")[0] or None,
        "language": song.language,
    }
    return Call(
        "POST",
        "/format_input",
        {
            "prompt": song.style,
            "lyrics": "[Instrumental]" if song.instrumental else song.lyrics,
            "param_obj": {name: value for name, value in known.items() if value is not None},
        },
    )


def read_draft(reply: Reply) -> Draft:
    """Read the answer to either request; they name key and time signature differently."""
    table = read_json(reply.body)
    inner = table.get("data") if isinstance(table, dict) else None
    found: Mapping[str, Any] = inner if isinstance(inner, dict) else {}

    def text(*names: str) -> str:
        values = (found.get(name) for name in names)
        return next((each for each in values if isinstance(each, str)), "")[:_MOST].strip()

    fields = {"style": text("caption"), "lyrics": text("lyrics")}
    if fields["lyrics"].casefold() in ("[instrumental]", "[inst]"):
        fields["lyrics"] = ""
    bpm = integer(found.get("bpm"))
    seconds = integer(found.get("duration"))
    facts = [
        f"{bpm} bpm" if bpm else "",
        text("key_scale", "keyscale"),
        f"{text('time_signature', 'timesignature')}/4"
        if text("time_signature", "timesignature").isdecimal()
        else "",
        f"{seconds} s" if seconds and seconds > 0 else "",
    ]
    named = ", ".join(fact[:40] for fact in facts if fact and fact != "N/A")
    return Draft({name: each for name, each in fields.items() if each}, _note(named))


def _note(named: str) -> str:
    return f"It suggests {named}." if named else ""


def trouble(error: ProviderError) -> WriterError:
    """Return an error that says why the server wrote nothing."""
    if error.http_status == 404:
        why = "This ACE-Step server is too old to write: it needs version 0.1.6."
    elif error.http_status in (500, 503) and ("llm" in str(error).casefold()):
        why = "This ACE-Step server runs no language model to write with: see ACESTEP_INIT_LLM."
    else:
        why = str(error)
    return WriterError(f"{why} Nothing was changed.")
