"""Run batches for views: check and price them as a whole, then queue each song once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from suno_tui.batches.batch import (
    ID,
    MOST_SONGS,
    Entry,
    Trouble,
    make_batch,
    song_key,
    too_many,
)
from suno_tui.batches.rows import Row, read_rows
from suno_tui.common.errors import UsageError
from suno_tui.providers.capabilities import dollars

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tasks.models import Task
    from suno_tui.tasks.spending import Budget


_LOOKED_AT = 20
"""The most combinations of a row that are checked; they stand for all."""


class BatchChanged(UsageError):
    """A batch differs from what was shown, so nothing was sent."""

    title = "Nothing was sent"

    def __init__(self) -> None:
        super().__init__("The file or a price has changed; look at it again, then send.")


class Priced(NamedTuple):
    """A song of a batch with its price."""

    entry: Entry
    provider: str
    credits: int
    dollars: str
    """The price as text; empty if it is free, or if the price of a credit is unknown."""

    @property
    def cost(self) -> str:
        return f"{self.credits} cr {self.dollars}".rstrip() if self.credits else "free"


class CheckedBatch(NamedTuple):
    """A batch with the prices of its songs, and everything that is wrong with its rows."""

    name: str
    rows: list[Row]
    songs: list[Priced]
    troubles: list[Trouble]
    combinations: int
    """The number of songs, including those that a sample leaves out."""

    @property
    def requester(self) -> str:
        """The batch's name as the one who asks for the songs and pays."""
        return f"batch {self.name}"

    @property
    def problems(self) -> dict[int, list[str]]:
        """What is wrong, by the line of the row."""
        found: dict[int, list[str]] = {}
        for line, message in self.troubles:
            found.setdefault(line, []).append(message)
        return found

    def known(self, studio: Studio) -> dict[str, Task]:
        """Return the tasks of songs that were queued before, by key."""
        return studio.tasks.by_key(song.entry.key for song in self.songs)

    def new(self, known: Mapping[str, Task]) -> list[Priced]:
        """Return the songs that were not queued before."""
        return [song for song in self.songs if song.entry.key not in known]


class BatchLine(NamedTuple):
    """A line in the table of a batch: a song, or a row that makes none."""

    line: int
    """The line where its row begins in the file."""
    key: str
    label: str
    """The row's id, else its line."""
    title: str
    text: str
    """The style, to tell songs with the same title apart; for a prompt, the title of its takes."""
    cost: str
    problems: tuple[str, ...] = ()
    task: Task | None = None
    changed: bool = False
    """Whether the song was changed after it was sent, which is possible if its row has an id."""


def check_batch(
    studio: Studio,
    text: str,
    kind: str,
    name: str,
    *,
    sample: int | None = None,
    seed: int = 0,
) -> CheckedBatch:
    """Return the songs in a file's text, and all problems, including those at the providers.

    Raises `UsageError` for a text that can't be read as that kind at all.
    """
    return _checked(studio, read_rows(text, kind), name, sample=sample, seed=seed)


def confirm(studio: Studio, batch: CheckedBatch, text: str, kind: str) -> None:
    """Raise `BatchChanged` unless the text makes the batch's songs at the same prices."""
    now = check_batch(studio, text, kind, batch.name)
    if (now.songs, now.troubles) != (batch.songs, batch.troubles):
        raise BatchChanged


def check_row(studio: Studio, values: Mapping[str, Any], columns: Iterable[str]) -> str:
    """Return the first problem of a row, or how many songs it makes and what they cost.

    `columns` are those of its file. If the row has many combinations, only some are checked.
    """
    row = Row(1, {name: value for name, value in values.items() if value is not None})
    made = _checked(studio, [row], "", columns=columns, sample=_LOOKED_AT)
    if made.troubles:
        more = len(made.troubles) - 1
        return made.troubles[0].message + (f" (and {more} more)" if more else "")
    if made.combinations > MOST_SONGS:
        return too_many(made.combinations)
    cost = sum(song.credits for song in made.songs) * made.combinations // len(made.songs)
    return f"{_songs(made.combinations)}: {costs(studio, [made.songs[0]._replace(credits=cost)])}"


def next_id(studio: Studio, batch: CheckedBatch) -> dict[str, object]:
    """Return an unused id for a new row, as `{ID: id}`; empty unless all rows are numbered."""
    ids = [str(row.values.get(ID, "")) for row in batch.rows]
    if not ids or not all(re.fullmatch("[0-9]{1,9}", each) for each in ids):
        return {}
    number = max(map(int, ids)) + 1
    while studio.tasks.by_key(song_key(batch.name, f"{number}#{n}") for n in range(_LOOKED_AT)):
        number += 1
    return {ID: str(number)}


def _checked(
    studio: Studio,
    rows: list[Row],
    name: str,
    *,
    sample: int | None = None,
    seed: int = 0,
    columns: Iterable[str] = (),
) -> CheckedBatch:
    def model_of(provider: str | None) -> str:
        return studio.capabilities(provider or studio.provider).default_model.id

    batch = make_batch(rows, name, model_of=model_of, sample=sample, seed=seed, columns=columns)
    troubles, songs = batch.troubles, []
    for entry in batch.entries:
        provider = entry.provider or studio.provider
        problems = studio.problems(entry.song, provider)
        troubles += [Trouble(entry.line, f"{p.field}: {p.message}") for p in problems]
        cost = studio.price(entry.song, provider)
        songs.append(Priced(entry, provider, cost, _dollars(studio, provider, cost)))
    return CheckedBatch(name, rows, songs, sorted(dict.fromkeys(troubles)), batch.combinations)


def table(batch: CheckedBatch, known: Mapping[str, Task]) -> list[BatchLine]:
    """Return the lines of a batch's table in the file's order: all songs, and rows without any."""
    problems = batch.problems
    songs: dict[int, list[Priced]] = {}
    for song in batch.songs:
        songs.setdefault(song.entry.line, []).append(song)
    lines = []
    for number, row in enumerate(sorted(batch.rows, key=lambda row: row.line)):
        label = str(row.values.get(ID) or row.line)
        wrong = tuple(problems.get(row.line, ()))
        for one in songs.get(row.line, ()):
            entry, made = one.entry, one.entry.song
            task = known.get(entry.key)
            text = made.style if made.custom_mode else ""
            if task is not None and not made.custom_mode and task.title != made.name:
                text = task.title  # the title that its takes got
            sent = task is not None and replace(made, model=task.song.model) != task.song
            lines.append(
                BatchLine(row.line, entry.key, label, made.name, text, one.cost, wrong, task, sent)
            )
        if row.line not in songs:
            names = (str(row.values.get(name, "")) for name in ("title", "prompt", "lyrics"))
            title = next((name for name in names if name.strip()), "")
            lines.append(BatchLine(row.line, f"row {number}", label, title, "", "", wrong))
    return lines


def summary(studio: Studio, batch: CheckedBatch, known: Mapping[str, Task]) -> str:
    """Return the state of a batch in a line: `4 songs · 1 new: 24 credits at hosted · 3 ready`."""
    parts = [_songs(len(batch.songs))]
    if new := batch.new(known):
        parts.append(f"{len(new):,} new: {costs(studio, new)}")
    found = Counter(
        _outcome(known[song.entry.key]) for song in batch.songs if song.entry.key in known
    )
    parts += [f"{found[what]:,} {what}" for what in _OUTCOMES if found[what]]
    if wrong := len(batch.troubles):
        parts.append("1 problem" if wrong == 1 else f"{wrong:,} problems")
    return " · ".join(parts)


_OUTCOMES = ("under way", "ready", "failed", "cancelled", "removed from the queue")


def _outcome(task: Task) -> str:
    """Return one of `_OUTCOMES`."""
    if str(task.status) == "completed":
        return "ready"
    if task.forgotten:
        return "removed from the queue"
    if task.live:
        return "under way"
    return "cancelled" if task.cancelled else "failed"


def total(studio: Studio, new: Sequence[Priced], count: int) -> str:
    """Return a sentence on what it costs to queue the new ones of `count` songs."""
    before = "" if len(new) == count else f", {count - len(new):,} of them queued before"
    return f"{_songs(count)}{before}: {costs(studio, new)}."


def _songs(count: int) -> str:
    return "1 song" if count == 1 else f"{count:,} songs"


def costs(studio: Studio, songs: Iterable[Priced]) -> str:
    """Return the total price of songs by provider, as text."""
    sums: dict[str, int] = {}
    for one in songs:
        sums[one.provider] = sums.get(one.provider, 0) + one.credits
    found = []
    for provider, cost in sums.items():
        money = _dollars(studio, provider, cost)
        if cost:
            found.append(f"{cost:,} credits{money and ', '}{money} at {provider}")
    return "; ".join(found) or "free"


def queue_batch(
    studio: Studio,
    batch: CheckedBatch,
    new: Sequence[Priced],
    budget: Budget | None,
) -> dict[str, Task]:
    """Queue songs of a batch within its budget; return their tasks by key.

    Songs of the same provider and price are queued all or none. Raises `SpendLimitReached`; the
    songs that remain were not queued then.
    """
    from suno_tui.tasks.spending import SpendLimitReached

    budget = budget and budget._replace(requester=batch.requester)
    groups: dict[tuple[str, int], list[Priced]] = {}
    for one in new:
        groups.setdefault((one.provider, one.credits), []).append(one)
    queued: dict[str, Task] = {}
    for (provider, _), ones in groups.items():
        try:
            tasks = studio.generate_all(
                [one.entry.song for one in ones],
                provider=provider,
                requester=batch.requester,
                budget=budget,
                keys=[one.entry.key for one in ones],
            )
        except SpendLimitReached as error:
            if queued:
                raise SpendLimitReached(f"{error} {_PART}") from error
            raise
        queued |= {one.entry.key: task for one, task in zip(ones, tasks, strict=True)}
    return queued


_PART = (
    "Some songs were queued. Raise the budget or limit, then send again: only the rest is queued."
)


def _dollars(studio: Studio, provider: str, credits: int) -> str:
    return dollars(credits, studio.capabilities(provider).credit) if credits else ""
