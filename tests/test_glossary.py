"""No module, class or public function has a name that the glossary lists as not used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

OTHER_SENSES = {
    "adopt": "take over a song from a worker that is gone",
    "balance": "the credits of an account",
    "command": "of the command line, or of a shell",
    "database": "an SQLite file with its tables; the index is one of several",
    "error": "an exception",
    "job": "what a child process of `media` does",
    "line": "of a text",
    "local": "the name of the built-in provider in the settings and on disk",
    "place": "a position: in a list, in a bar of music, on the screen",
    "request": "of HTTP, or for the worker's lock",
    "row": "of a list, a form or a table",
    "send": "bytes to the terminal, a child process or a socket",
    "shape": "of a sound, in the engine",
    "sheet": "of facts",
    "shelf": "a filter, in the engine",
    "step": "of a scale, a slider or the state machine",
    "synth": "an instrument of the engine",
    "template": "of file names",
    "version": "of a file's format, or of what a database holds",
    "warning": "about a key",
    "word": "of a language",
}
"""Words with another sense than the one that the glossary gives to its own word."""

KEPT = {
    "action_fetch_again": "ids of actions are promises",
    "action_swap": "ids of actions are promises",
    "Hit": "a stroke on a drum",
    "look_up": "of names in the DNS",
    "under_way": "of a change that is being made",
    "select": "is Textual's",
    "select_graphic_rendition": "is pyte's",
}


class Name(NamedTuple):
    where: str
    name: str

    @property
    def words(self) -> set[str]:
        return {singular(word.lower()) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", self.name)}


def singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def glossary() -> tuple[set[str], set[str]]:
    """Return the words of the glossary, and those of its last column."""
    own, retired = set[str](), set[str]()
    for line in (ROOT / "docs/glossary.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] != "word":
            own |= {singular(word) for word in cells[0].split(", ")}
            retired |= {singular(word.lower()) for word in cells[2].split(", ") if word}
    return own, retired


def names() -> Iterator[Name]:
    for folder in ("suno_tui", "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            where = str(file.relative_to(ROOT))
            yield Name(where, file.stem)
            for node in ast.walk(ast.parse(file.read_text())):
                if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                if not node.name.startswith(("_", "test_")):
                    yield Name(f"{where}:{node.lineno}", node.name)


OWN, RETIRED = glossary()
# A word may be the glossary's own for one idea, and not used for another: `mark`, `queue`, `view`.
FORBIDDEN = RETIRED - OWN - OTHER_SENSES.keys()


def test_the_glossary_lists_words_that_are_not_used() -> None:
    assert {"sibling", "curtain", "deck", "look", "fetch", "hear", "way"} <= FORBIDDEN


def test_no_name_has_a_word_that_is_not_used() -> None:
    wrong = [
        f"{name.where} {name.name}"
        for name in names()
        if name.name not in KEPT and name.words & FORBIDDEN
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("allowed", [OTHER_SENSES, KEPT], ids=["senses", "names"])
def test_nothing_is_allowed_that_is_not_there(allowed: dict[str, str]) -> None:
    found = list(names())
    if allowed is OTHER_SENSES:
        assert allowed.keys() <= RETIRED
        assert allowed.keys() <= set[str]().union(*(name.words for name in found))
    else:
        assert allowed.keys() <= {name.name for name in found}
