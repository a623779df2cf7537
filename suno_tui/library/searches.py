"""Saved searches: a TOML file of names and queries, which users may edit too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.common.errors import UsageError
from suno_tui.library.filenames import fold
from suno_tui.library.query import parse


class UnknownSearch(UsageError):
    """No search has this name."""

    title = "There is no such search"
    code = "unknown_search"


class BadSearch(UsageError):
    """The search has no name or no query."""

    title = "That search can't be saved"
    code = "bad_search"


class Searches:
    """The saved searches. `writing` means the same as for `Playlists`.

    Every method raises `DamagedFile` if the file can't be parsed; the file is left as it is.
    """

    def __init__(self, file: Path, writing: Callable[..., AbstractContextManager[None]]) -> None:
        self.file = file
        self._writing = writing

    def all(self) -> dict[str, str]:
        """Return the queries by name, sorted by name."""
        table = read_toml(self.file)
        found = {name: query for name, query in table.items() if isinstance(query, str)}
        return dict(sorted(found.items(), key=lambda pair: fold(pair[0])))

    def save(self, name: str, query: str) -> None:
        """Save a query under a name, replacing the query with that name, if any.

        Raises `QueryError`, `BadSearch`.
        """
        name = " ".join(name.split())
        if not name:
            raise BadSearch("A saved search needs a name.")
        if not query.strip():
            raise BadSearch("Type something to search for, then save the search.")
        parse(query).check()
        with self._writing("the saved searches", self.file):
            write_toml(self.file, read_toml(self.file) | {name: query})

    def forget(self, name: str) -> None:
        """Delete a saved search. Raises `UnknownSearch`."""
        with self._writing("the saved searches", self.file):
            table = read_toml(self.file)
            if table.pop(name, None) is None:
                raise UnknownSearch(f"There is no saved search {name!r}.")
            write_toml(self.file, table)
