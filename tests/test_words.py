"""The words of the program: plain English, one word for one thing, no text of a library's.

The table is that of the review of issue 20: phrases that read like a translation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "suno_tui"

PHRASES = """
Copied: then open there|Nobody listens|One listens|Where do I hear this|nothing is heard
Stream what plays|Play on$|Nothing plays|^On 5 s$|^Softer$|^Louder$|its id is lost
own pages may tell|It goes on by itself|Not there$|waits for your word|Its word:|address has ended
fetched by itself|p goes on|came back\\.$|let us down|Made by the provider|⏎ keeps it|tab goes on
on the cost sends|Nothing is called so|It counts at once|counts from the next start|is passed over
the rest is well|Names by \\{title\\}|so that it is sung as you mean|What stands for|leaves it open
is alone already|Mend it|The waiting is over|all that the queue owes
of nothing but failures|they are none any more|by their places from 1|Call it otherwise
books of the service|output is not a terminal|What is in the trash\\.
"""
"""Regular expressions of the phrases that are gone."""

PATTERNS = """
\\bgoes on by itself|\\bgo on by itself|\\bits word\\b|\\bpassed over\\b|\\btakes it back\\b
\\bcounts (?:at once|from)|\\bkeeps it$|Trash bin|[0-9}] %(?![a-z(])
"""
"""The kinds that they belong to."""


def texts() -> Iterator[tuple[str, str]]:
    """Yield the strings of the program that are no docstrings, with their places."""
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        hidden = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            place = f"{file.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                hidden |= {id(part) for part in node.values}
                yield place, "".join(map(_literal, node.values))
            elif id(node) not in hidden and isinstance(node, ast.Constant):
                yield place, _literal(node)


def _literal(node: ast.expr) -> str:
    """Return the text of a string, `{}` for a part that is computed, else nothing."""
    if not isinstance(node, ast.Constant):
        return "{}"
    return node.value if isinstance(node.value, str) else ""


def test_no_text_reads_like_a_translation() -> None:
    table = [*PHRASES.strip().split("\n"), *PATTERNS.strip().split("\n")]
    wrong = re.compile("|".join(table), re.MULTILINE)
    found = [f"{place}: {text}" for place, text in texts() if wrong.search(text)]
    assert found == []


def test_the_phrases_would_be_found() -> None:
    wrong = re.compile("|".join("|".join(PHRASES.split("\n")).strip("|").split("|")), re.MULTILINE)
    for phrase in ("Nobody listens yet.", "Play on", "Mend it or move it away.", "⏎ keeps it"):
        assert wrong.search(phrase), phrase
