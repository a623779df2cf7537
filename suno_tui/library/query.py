"""The query language of the search field, and mistakes in queries.

Example: `style:lofi fav:yes rating:>=4 len:<3:00 model:v5_5 lyrics:"city lights" added:<7d
-tag:demo sort:-rating`. All conditions must hold; plain words search everything; `-` excludes;
quotes mark a phrase. A mistake is reported and ignored, so that the rest filters during typing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from suno_tui.common.errors import UsageError
from suno_tui.library.filenames import split_dense
from suno_tui.library.query_values import BadValue, days, number, seconds, yes_or_no
from suno_tui.library.track import MOST_STARS


class Mistake(NamedTuple):
    """A wrong part of the query: its position, and what to write instead."""

    start: int
    end: int
    message: str
    unfinished: bool = False
    """Whether it is the last word of the query, which the user may still be typing."""


class QueryError(UsageError):
    """A query with mistakes; `mistakes` tells where they are."""

    title = "That search can't be understood"
    code = "query"

    def __init__(self, text: str, mistakes: tuple[Mistake, ...]) -> None:
        at = mistakes[0]
        super().__init__(f"{text[at.start : at.end]!r}: {at.message}.")
        self.mistakes = mistakes


class Query(NamedTuple):
    """A parsed query: SQL over the index's `tracks`, and its mistakes."""

    text: str
    where: str = ""
    values: tuple[object, ...] = ()
    order: str = ""
    mistakes: tuple[Mistake, ...] = ()
    matches: tuple[str, ...] = ()
    """The full-text searches in `where`, so that their matches can be counted."""
    sort: str = ""
    """The first sort name in the query, such as `-rating`; empty if there is none."""

    def check(self) -> Query:
        """Return the query itself. Raises `QueryError` if it has mistakes."""
        if self.mistakes:
            raise QueryError(self.text, self.mistakes)
        return self

    def within(self, outer: Query) -> Query:
        """Return a query for the matches of both this query and `outer`.

        This query's order takes precedence; the mistakes are those in this query's text.
        """
        return self._replace(
            where=" AND ".join(filter(None, (outer.where, self.where))),
            values=outer.values + self.values,
            order=self.order or outer.order,
            matches=outer.matches + self.matches,
            sort=self.sort or outer.sort,
        )


@dataclass
class _Parts:
    """The SQL of a query that is being parsed."""

    where: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    matches: list[str] = field(default_factory=list)
    sort: str = ""

    def add(self, sql: str, *values: object) -> None:
        self.where.append(sql)
        self.values += values


_TERM = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>[A-Za-z]\w*):)?(?P<op>>=|<=|>|<|=)?"""
    r"""(?:"(?P<quoted>[^"]*)(?P<closed>"?)|(?P<bare>\S*))""",
)

MOST_TERMS = 100
"""The most conditions of a query; SQLite would take about a thousand."""

_NOT_WORDS = {
    "OR": "there is no OR, all conditions must hold",
    "AND": "leave AND out, all conditions must hold",
    "NOT": "there is no NOT, write -word to leave something out",
}
"""Operators of other query languages. Searched for as words, they would silently find nothing."""

COLUMNS = ("title", "style", "tags", "lyrics", "notes")
"""The columns of the full-text table, in its order."""

SORTS = {
    "added": "created",
    "title": "title_key",
    "style": "style",
    "len": "duration",
    "rating": "rating",
    "fav": "favorite",
    "model": "model",
    "provider": "provider",
    "bpm": "bpm",
    "take": "take",
}
"""Names to sort by, and their columns."""


def parse(text: str, *, now: datetime | None = None) -> Query:
    """Parse a query. Never raises: mistakes go into `mistakes`, and the rest filters.

    Ages such as `added:<7d` count from `now`.
    """
    now = now or datetime.now(UTC)
    parts = _Parts()
    mistakes: list[Mistake] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if len(parts.where) >= MOST_TERMS:
            message = f"only the first {MOST_TERMS} conditions count"
            mistakes.append(Mistake(at, len(text), message))
            break
        found = _TERM.match(text, at)
        assert found is not None  # every part of the pattern may be empty
        start, at = at, max(found.end(), at + 1)
        try:
            _term(found, parts, now, typing=at >= len(text))
            if found["quoted"] is not None and not found["closed"]:
                message = "the quotation mark is not closed"
                mistakes.append(Mistake(start, at, message, unfinished=True))
        except BadValue as error:
            last = at >= len(text)
            unfinished = last and (not (found["quoted"] or found["bare"]) or found[0] in _NOT_WORDS)
            mistakes.append(Mistake(start, at, str(error), unfinished))
    return Query(
        text,
        " AND ".join(parts.where),
        tuple(parts.values),
        ", ".join(parts.order),
        tuple(mistakes),
        tuple(parts.matches),
        parts.sort,
    )


def order_by(names: str) -> str:
    """Return the SQL of a sort order such as `-rating,title`. Raises `QueryError`."""
    parts = _Parts()
    try:
        _sort(parts, names)
    except BadValue as error:
        raise QueryError(names, (Mistake(0, len(names), str(error)),)) from None
    return ", ".join(parts.order)


def _term(found: re.Match[str], parts: _Parts, now: datetime, *, typing: bool) -> None:
    name, op = found["field"], found["op"] or ""
    quoted = found["quoted"] is not None
    value = found["quoted"] if quoted else found["bare"]
    minus = bool(found["minus"])
    if name is None:
        if minus and not value and not op:
            if typing:
                return
            raise BadValue('say what to leave out, as in -demo; to search for -, write "-"')
        if found[0] in _NOT_WORDS:
            raise BadValue(
                f"{_NOT_WORDS[found[0]]}; to search for the word, write it in lower case"
            )
        whole = quoted and bool(found["closed"])
        _words(parts, COLUMNS, value if quoted else op + value, minus=minus, whole=whole)
        return
    known = _FIELDS.get(_ALIASES.get(name.lower(), name.lower()))
    if known is None:
        raise BadValue(_unknown(name))
    if not value:
        raise BadValue(f"{name}: needs a value, as in {known.example}")
    if known.words:
        whole = quoted and bool(found["closed"])
        _words(parts, known.words, op + value, minus=minus, whole=whole)
    elif known.column is not None:
        condition = _Parts()
        known.read(condition, known.column, op, value, now, known.example)
        sql = " AND ".join(condition.where)
        # NULL means unknown: it matches no condition, so it must match every negated one.
        parts.add(f"NOT coalesce({sql}, 0)" if minus else f"({sql})", *condition.values)
    elif minus:
        raise BadValue("write sort:-rating to sort downwards")
    else:
        _sort(parts, value)


def _words(parts: _Parts, columns: tuple[str, ...], text: str, *, minus: bool, whole: bool) -> None:
    """Add a condition on words; without quotes, the beginning of a word is enough."""
    no = "NOT " if minus else ""
    if not any(character.isalnum() for character in text):
        # The full-text table skips such text (an emoji, a dash): search the short columns.
        short = [name for name in columns if name in ("title", "style", "tags")]
        if text and short:
            sql = " OR ".join(f"instr({name}, ?)" for name in short)
            parts.add(f"{no}({sql})", *[text] * len(short))
        return
    phrase = " ".join(split_dense(text).replace('"', " ").replace("\0", " ").split())
    which = "" if columns == COLUMNS else "{" + " ".join(columns) + "} : "
    match = f'{which}"{phrase}"' + ("" if whole else " *")
    if not minus:
        parts.matches.append(match)
    parts.add(f"number {no}IN (SELECT rowid FROM words WHERE words MATCH ?)", match)


def _sort(parts: _Parts, value: str) -> None:
    for name in value.split(","):
        down, name = name.startswith("-"), name.lstrip("-+").lower()
        name = _ALIASES.get(name, name)
        if name not in SORTS:
            near = difflib.get_close_matches(name, SORTS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadValue(f"can't sort by that, only by {', '.join(SORTS)}{hint}")
        parts.order.append(f"{SORTS[name]} {'DESC' if down else 'ASC'}")
        parts.sort = parts.sort or (f"-{name}" if down else name)


Reader = Callable[[_Parts, str, str, str, datetime, str], None]


def _part_of(parts: _Parts, column: str, op: str, value: str, now: datetime, example: str) -> None:
    wanted = (op + value).lower()
    missing = f"{column} = '' OR " if wanted == "unknown" else ""
    parts.add(f"({missing}instr(lower({column}), ?))", wanted)


def _task(parts: _Parts, column: str, op: str, value: str, now: datetime, example: str) -> None:
    """Match the beginning of either id of the task, the provider's or the queue's."""
    start = (op + value).lower()
    names = (column, "queue_id")
    sql = " OR ".join(f"substr(lower({name}), 1, {len(start)}) = ?" for name in names)
    parts.add(f"({sql})", *[start] * len(names))


def _switch(parts: _Parts, column: str, op: str, value: str, now: datetime, example: str) -> None:
    if op not in ("", "="):
        raise BadValue(f"write {example}")
    parts.add(f"{column} = ?", int(yes_or_no(value, example)))


def _span(
    parts: _Parts,
    column: str,
    op: str,
    value: str,
    now: datetime,
    example: str,
    *,
    measure: Callable[[str, datetime], tuple[float, float]],
) -> None:
    """Add a condition on a number; `measure` returns the range that a value stands for."""
    low, dots, high = value.partition("..")
    try:
        if dots and op:
            raise BadValue("write either a range or a comparison")
        first = measure(low, now) if low or not dots else (float("-inf"), 0.0)
        last = measure(high, now) if high else (0.0, float("inf")) if dots else first
        if low and high and first[0] >= last[1]:
            raise BadValue("it ends before it begins")
    except BadValue as error:
        raise BadValue(f"{error}; write it as in {example}") from None
    if op == ">":
        parts.add(f"{column} >= ?", first[1])
    elif op == ">=":
        parts.add(f"{column} >= ?", first[0])
    elif op == "<":
        parts.add(f"{column} < ?", first[0])
    elif op == "<=":
        parts.add(f"{column} < ?", first[1])
    else:
        parts.add(f"{column} >= ? AND {column} < ?", first[0], last[1])


def _lengths_shown_as(length: float) -> tuple[float, float]:
    """Return the range of lengths that look like this one: `clock` rounds seconds down."""
    return length, length + (1.0 if length.is_integer() else 0.1)


def _age(parts: _Parts, column: str, op: str, value: str, now: datetime, example: str) -> None:
    """Add a condition on age: `<7d` means younger than seven days, which is a later time."""
    if re.fullmatch(r"\d+(\.\d+)?[a-z]+", value.lower()):
        try:
            moment = now.timestamp() - days(value) * 86400
        except BadValue as error:
            raise BadValue(f"{error}; write it as in {example}") from None
        parts.add(f"{column} {'<' if op.startswith('>') else '>='} ?", moment)
    else:
        from suno_tui.library.query_values import period

        _span(parts, column, op, value, now, example, measure=period)


def _stars(rating: float) -> tuple[float, float]:
    if not 0 <= rating <= MOST_STARS:
        raise BadValue(f"a rating is 0 to {MOST_STARS}")
    return rating, rating + 1e-9


class _Field(NamedTuple):
    """A field of queries: the full-text columns that it searches, or the column it compares."""

    example: str
    words: tuple[str, ...] = ()
    column: str | None = None
    read: Reader = _part_of


_whole = partial(_span, measure=lambda value, now: (number(value), number(value) + 1e-9))
_rating = partial(_span, measure=lambda value, now: _stars(number(value)))
_length = partial(_span, measure=lambda value, now: _lengths_shown_as(seconds(value)))

_FIELDS = {
    "title": _Field("title:rain", ("title",)),
    "style": _Field("style:lofi", ("style", "tags")),
    "tag": _Field("tag:demo", ("tags",)),
    "lyrics": _Field('lyrics:"city lights"', ("lyrics",)),
    "note": _Field("note:chorus", ("notes",)),
    "model": _Field("model:v5_5", column="model"),
    "provider": _Field("provider:local", column="provider"),
    "task": _Field("task:a1b2", column="task_id", read=_task),
    "id": _Field("id:7k2p", column="id"),
    "key": _Field("key:minor", column="key"),
    "fav": _Field("fav:yes", column="favorite", read=_switch),
    "rating": _Field("rating:>=4", column="rating", read=_rating),
    "take": _Field("take:2", column="take", read=_whole),
    "bpm": _Field("bpm:90..120", column="bpm", read=_whole),
    "len": _Field("len:<3:00", column="duration", read=_length),
    "added": _Field("added:<7d or added:2026-04", column="created", read=_age),
    "sort": _Field("sort:-rating"),
}
_ALIASES = {
    "tags": "tag",
    "lyric": "lyrics",
    "notes": "note",
    "favorite": "fav",
    "favourite": "fav",
    "stars": "rating",
    "length": "len",
    "duration": "len",
    "time": "len",
    "date": "added",
    "created": "added",
    "name": "title",
}
EXAMPLES = tuple(known.example for known in _FIELDS.values())
"""One example for each field, for the help."""


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), [*_FIELDS, *_ALIASES], 1)
    if near:
        return f"there is no {name}:, did you mean {near[0]}:? To search for the text, quote it"
    return f"there is no {name}:, only {', '.join(_FIELDS)}. To search for the text, quote it"
