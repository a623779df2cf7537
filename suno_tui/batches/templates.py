"""Example batch files of each kind."""

from __future__ import annotations

import csv
import io
import json

from suno_tui.batches.batch import FIELDS, ID, PROVIDER

_SONGS: tuple[dict[str, str | int], ...] = (
    {
        "id": "1", "title": "Rain on {roof}", "style": "[dream pop|lo-fi], 90 bpm",
        "lyrics": "[Verse]\nRain on {roof}\nAll night long", "roof": "tin",
    },
    {"id": "2", "prompt": "a [happy|sad] waltz for a shop that sells {goods}", "goods": "clocks"},
)  # fmt: skip
OTHERS = (*FIELDS[5:], PROVIDER)
"""The columns that a template leaves out."""
_NOTE = (
    "Each song has a title, a style and lyrics, or a prompt alone. {roof} stands for the value",
    "`roof`, and [happy|sad] makes one song of each. An id makes sure that a row that was",
    "changed is not sent again. Other values: instrumental, " + ", ".join(OTHERS) + ".",
)


def template(kind: str) -> str:
    """Return an example batch file; `kind` is a value of `rows.KINDS`."""
    return {"csv": _csv, "jsonl": _jsonl, "toml": _toml, "md": _markdown}[kind]()


def _csv() -> str:
    file = io.StringIO(newline="")
    names = [ID, "roof", "goods", *FIELDS[:5]]
    table = csv.DictWriter(file, names, lineterminator="\n")
    table.writeheader()
    table.writerows(_SONGS)
    return file.getvalue()


def _jsonl() -> str:
    return "".join(f"{json.dumps(song)}\n" for song in _SONGS)


def _toml() -> str:
    import tomli_w

    return _comment() + tomli_w.dumps({"song": list(_SONGS)}, multiline_strings=True)


def _markdown() -> str:
    import tomli_w

    parts = []
    for number, song in enumerate(_SONGS):
        values = dict(song)
        body = str(values.pop("lyrics", "") or values.pop("prompt", ""))
        head = _comment() * (not number) + tomli_w.dumps(values)
        parts.append(f"+++\n{head}+++\n\n{body}\n")
    return "\n".join(parts)


def _comment() -> str:
    return "".join(f"# {line}\n" for line in _NOTE)
