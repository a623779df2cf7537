"""Style sheets as they were parsed once.

Textual parses its sheets at every start, with a tokenizer of its own; it takes a start longer than
anything else but the imports. So the rules are kept in the cache, as Python keeps its modules: for
the same texts, the same colours and the same Textual.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import textual
from textual.css.stylesheet import Stylesheet

from suno_tui.errors import HomeError
from suno_tui.home import write_bytes


def recall(sheet: Stylesheet, file: Path) -> frozenset[Any]:
    """Give the sheet the rules that were kept for its colours, before it is parsed; returns what
    they are known by. Nothing where there are none."""
    rules: dict[Any, Any] = {}
    # What comes out of a file that is damaged can be any exception. It is parsed then, as ever.
    with contextlib.suppress(Exception), file.open("rb") as kept:
        # Whoever writes a pickle says what is run: nobody but the user themselves.
        if os.fstat(kept.fileno()).st_uid == os.getuid() and pickle.load(kept) == _mark(sheet):
            rules = pickle.load(kept)
    for key, its in rules.items():
        sheet._parse_cache[key] = its
    return frozenset(rules)


def keep(sheet: Stylesheet, file: Path, recalled: frozenset[Any]) -> None:
    """Keep the rules of all that was parsed, where they are not those that were recalled."""
    texts = {source.content for source in sheet.source.values()}
    keys = [key for key in list(sheet._parse_cache.keys()) if key[0] in texts]
    rules = {key: sheet._parse_cache[key] for key in keys}
    if rules.keys() != recalled:
        with contextlib.suppress(HomeError):
            write_bytes(file, pickle.dumps(_mark(sheet)) + pickle.dumps(rules))


def _mark(sheet: Stylesheet) -> tuple[Any, ...]:
    """What the rules are good for: they hold Textual's own objects, and colours."""
    facts = Path(str(textual.__file__)).stat()
    told = (textual.__file__, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    return sys.version, told, sheet._variables
