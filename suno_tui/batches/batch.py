"""A batch: the songs of a file's rows, each with a key by which it is queued only once."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from suno_tui.batches import choices
from suno_tui.batches.rows import Row
from suno_tui.common.errors import SettingsError
from suno_tui.common.text import is_unicode
from suno_tui.providers.capabilities import WEIGHTS
from suno_tui.providers.song import Song
from suno_tui.providers.song_fields import CUSTOM, PARAMETERS, read_value

MOST_SONGS = 100_000
"""The most songs in a batch."""
ID, PROVIDER = "id", "provider"
"""The columns besides a song's own fields: the row's id, and the provider of its song."""
TEXTS = ("prompt", "title", "style", "lyrics", "negative_tags")
"""The fields that may contain placeholders."""
FIELDS = (
    *(*CUSTOM[:3], "prompt", "instrumental", *CUSTOM[3:]),
    *PARAMETERS,
    *("model", "custom_mode"),
)
"""The columns for a song's fields, in the order of a template; `id` and `provider` precede them."""
_SWITCHES = {"instrumental", "custom_mode"}
_YES = {"yes", "true", "1", "x", "on"}
_NO = {"no", "false", "0", "off"}


class Trouble(NamedTuple):
    """What is wrong with a row, with the row's line in the file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class Entry(NamedTuple):
    """One song of a batch."""

    line: int
    """The line where its row begins."""
    key: str
    """The key in the queue: the same at every run, and different for different rows."""
    song: Song
    provider: str | None
    """The provider that makes it; None for the one in use."""


@dataclass
class Batch:
    """The songs of a file, and what is wrong with its rows."""

    entries: list[Entry] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    combinations: int = 0
    """The number of songs, including those that a sample leaves out."""


def make_batch(
    rows: Iterable[Row],
    name: str,
    *,
    model_of: Callable[[str | None], str],
    sample: int | None = None,
    seed: int = 0,
    columns: Iterable[str] = (),
) -> Batch:
    """Return the songs of rows, in their order.

    `name` is the name of the batch: the same row in another batch is another song. `model_of`
    returns the default model of a provider (None: the one in use), or raises `SettingsError`. A row
    with choices makes all combinations, or `sample` of them, drawn by `seed`. `columns` are further
    columns that other rows use.
    """
    batch = Batch()
    same: Counter[str] = Counter()
    ids: dict[str, int] = {}
    first: dict[str, int] = {}
    used: set[str] = {*FIELDS, ID, PROVIDER, *columns}
    for row in rows:
        if row.why:
            batch.troubles.append(Trouble(row.line, row.why))
            continue
        troubles, columns = _columns(row.values)
        given = {name: columns[name] for name in FIELDS if name in columns}
        provider = str(columns.get(PROVIDER, "")).strip() or None
        try:
            model = model_of(provider)
        except SettingsError as error:
            model = ""
            troubles.append(str(error))
        song, found = song_of(given, model)
        places, unknown = choices.find(_texts(song), {n: str(x) for n, x in columns.items()})
        for each in columns:
            first.setdefault(each, row.line)
        used.update(name for text in _texts(song).values() for name in choices.names(text))
        troubles += found
        troubles += [f"there is no column for {{{each}}}" for each in unknown]
        row_id = str(columns.get(ID, "")).strip()
        if row_id in ids:
            troubles.append(f"line {ids[row_id]} has the same id {row_id!r}")
        elif row_id:
            ids[row_id] = row.line
        batch.troubles += [Trouble(row.line, each) for each in troubles]
        if troubles:
            continue
        count = choices.combinations(places)
        batch.combinations += count
        if len(batch.entries) + (count if sample is None else min(count, sample)) > MOST_SONGS:
            batch.troubles.append(Trouble(row.line, too_many(count)))
            continue
        # If the row names no model, the default may be another one at the next run.
        defaults = () if str(given.get("model", "")).strip() else ("model",)
        own = row_id or _digest(song, provider, defaults)
        for number in choices.sample(count, sample, f"{seed}:{own}"):
            made = replace(song, **choices.fill(_texts(song), places, number))  # type: ignore[arg-type]
            digest = _digest(made, provider, defaults)
            same[digest] += 1
            key = f"{row_id}#{number}" if row_id else f"{digest}#{same[digest]}"
            batch.entries.append(Entry(row.line, song_key(name, key), made, provider))
    batch.troubles += [Trouble(first[name], _unused(name)) for name in first if name not in used]
    batch.troubles.sort()
    return batch


def song_key(name: str, key: str) -> str:
    """Return the key of a song in the queue, from its batch's name and its key in the batch."""
    return f"batch {name}: {key}"


def too_many(count: int) -> str:
    """Return the message about a row that makes too many songs."""
    songs = f"{count:,}" if count < 10**15 else "countless"  # Python refuses to print huge numbers
    return f"makes {songs} songs; a batch has {MOST_SONGS:,} at most. Use --sample"


def _columns(values: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return what is wrong with a row's values, and the valid ones: texts, numbers, booleans."""
    troubles, good = [], {}
    for name, value in values.items():
        if not isinstance(value, str | int | float | bool):
            troubles.append(f"{name!r} must be one value, not a list or table")
        elif not is_unicode(f"{name}{value}"):
            troubles.append(f"{name!r} contains half a character, which can't be sent")
        else:
            good[str(name).strip()] = value
    return troubles, good


def song_of(given: Mapping[str, Any], model: str) -> tuple[Song, list[str]]:
    """Return the song for a row's fields, and what is wrong with them."""
    table: dict[str, Any] = {"model": model}
    troubles = []
    for name, value in given.items():
        if isinstance(value, str) and not value.strip():
            continue
        read = read_field(name, value)
        if misfits := Song.misfits({name: read}):
            troubles.append(f"{misfits[0]}, not {value!r}")
        elif read is not None:
            table[name] = read
    if "custom_mode" not in table:
        table["custom_mode"] = not table.keys().isdisjoint(CUSTOM)
    if table["custom_mode"] and "lyrics" not in table and "prompt" in table:
        troubles.append("has a prompt (simple mode) and fields of custom mode; use lyrics")
    return Song.from_table(table), troubles


def read_field(name: str, value: Any) -> Any:
    """Return a value as its field needs it: a cell of CSV is always a text."""
    if not isinstance(value, str):
        try:
            return float(value) if name == "duration" and isinstance(value, int) else value
        except OverflowError:
            return value
    word = value.strip().lower()
    if name in _SWITCHES:
        return True if word in _YES else False if word in _NO else value
    if name in WEIGHTS:
        try:
            return float(word)
        except ValueError:
            return value
    if name in PARAMETERS:
        return read_value(name, value)
    return value.replace("\r\n", "\n") if name in TEXTS else value.strip()


def _texts(song: Song) -> dict[str, str]:
    return {name: getattr(song, name) for name in TEXTS}


def _unused(column: str) -> str:
    """Return the message about an unused column, since a mistyped name would cost money."""
    near = difflib.get_close_matches(column, (*FIELDS, ID, PROVIDER), 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"the column {column!r} is no field of a song, and no text uses {{{column}}}.{hint}"


def _digest(song: Song, provider: str | None, defaults: Iterable[str]) -> str:
    """Return a hash that identifies a song, without the fields that got default values."""
    table = song.to_table()
    for name in defaults:
        table.pop(name)
    text = json.dumps([table, provider], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
