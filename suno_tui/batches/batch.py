"""A batch: the songs that the rows of a file ask for, each with the key that makes it one task."""

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
"""Songs of the largest batch."""
ID, PROVIDER = "id", "provider"
"""The columns besides the song's own: what tells a row from all others, and who makes its song."""
TEXTS = ("prompt", "title", "style", "lyrics", "negative_tags")
"""The fields with places to fill."""
FIELDS = (
    *(*CUSTOM[:3], "prompt", "instrumental", *CUSTOM[3:]),
    *PARAMETERS,
    *("model", "custom_mode"),
)
"""The columns with a meaning, in the order of a template; `id` and `provider` go before them."""
_SWITCHES = {"instrumental", "custom_mode"}
_YES = {"yes", "true", "1", "x", "on"}
_NO = {"no", "false", "0", "off"}


class Trouble(NamedTuple):
    """What is wrong with a row, which is named by its line in the file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class Entry(NamedTuple):
    """One song of a batch."""

    line: int
    """Where its row begins in the file."""
    key: str
    """The same for the same row at every run, and different for different ones."""
    song: Song
    provider: str | None
    """Who makes it, if that is not the provider in use."""


@dataclass
class Batch:
    """The songs of a file, and what is wrong with its rows."""

    entries: list[Entry] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    combinations: int = 0
    """The songs with those that a sample leaves out."""


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

    `name` is the batch's: the same row in another batch is another song. `model_of` returns the
    model of songs without one, by their provider (None: the one in use), or raises `SettingsError`.
    A row with choices makes all of its combinations, or `sample` of them by `seed`. `columns` are
    known to mean something, to other rows.
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
        troubles += [f"{{{each}}} stands for no column" for each in unknown]
        row_id = str(columns.get(ID, "")).strip()
        if row_id in ids:
            troubles.append(f"the id {row_id!r} is that of line {ids[row_id]} too")
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
        # A model that the row does not name may be another one at the next run.
        unsaid = () if str(given.get("model", "")).strip() else ("model",)
        own = row_id or _digest(song, provider, unsaid)
        for number in choices.sample(count, sample, f"{seed}:{own}"):
            made = replace(song, **choices.fill(_texts(song), places, number))  # type: ignore[arg-type]
            digest = _digest(made, provider, unsaid)
            same[digest] += 1
            key = f"{row_id}#{number}" if row_id else f"{digest}#{same[digest]}"
            batch.entries.append(Entry(row.line, song_key(name, key), made, provider))
    batch.troubles += [Trouble(first[name], _unused(name)) for name in first if name not in used]
    batch.troubles.sort()
    return batch


def song_key(name: str, key: str) -> str:
    """Return the key of a song in the queue, by its batch's name and its own key there."""
    return f"batch {name}: {key}"


def too_many(count: int) -> str:
    """Return the message about a row that makes so many songs."""
    songs = f"{count:,}" if count < 10**15 else "countless"  # Python writes no huge numbers
    return f"makes {songs} songs; a batch has {MOST_SONGS:,} at most. Use --sample"


def _columns(values: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return what is wrong with values, and those that are one text, number or truth value."""
    troubles, good = [], {}
    for name, value in values.items():
        if not isinstance(value, str | int | float | bool):
            troubles.append(f"{name!r} must be one value, not a list or table")
        elif not is_unicode(f"{name}{value}"):
            troubles.append(f"{name!r} has half of a character, which can't be sent")
        else:
            good[str(name).strip()] = value
    return troubles, good


def song_of(given: Mapping[str, Any], model: str) -> tuple[Song, list[str]]:
    """Return the song of a row's fields, and what is wrong with them."""
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
    """Return what a value means for a field; cells of CSV are texts."""
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
    """Return the message about a column that means nothing: a mistyped name costs money."""
    near = difflib.get_close_matches(column, (*FIELDS, ID, PROVIDER), 1)
    ask = f" Did you mean {near[0]!r}?" if near else ""
    return f"the column {column!r} is no field, and no text has {{{column}}}.{ask}"


def _digest(song: Song, provider: str | None, unsaid: Iterable[str]) -> str:
    """Return what tells a song from others, by the fields that its row has."""
    table = song.to_table()
    for name in unsaid:
        table.pop(name)
    said = json.dumps([table, provider], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
