"""The documents name files and functions that exist, and link to pages that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from suno_tui.tui.actions.table import ACTIONS

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
REFERENCE = re.compile(r"`([\w./-]+\.py)(?::([\w.]+))?`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


def _file(name: str) -> Path | None:
    found = (base / name for base in (ROOT / "suno_tui", ROOT))
    return next((path for path in found if path.is_file()), None)


@cache
def _names(file: Path) -> frozenset[str]:
    """Return what a file defines: `function`, `Class`, `Class.method`, `CONSTANT`."""
    return frozenset(_defined(ast.parse(file.read_text()).body))


def _defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _defined(node.body, f"{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (prefix + each.id for each in targets if isinstance(each, ast.Name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_and_functions_exist(page: Path) -> None:
    missing = []
    for name, symbol in REFERENCE.findall(page.read_text()):
        file = _file(name)
        if file is None:
            missing.append(name)
        elif symbol and symbol not in _names(file):
            missing.append(f"{name}:{symbol}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = LINK.findall(page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


# The table of docs/keys.md, from the table of actions.

KEYS = ROOT / "docs" / "keys.md"
TABLE = re.compile(r"(<!-- table: .* -->\n).*(<!-- end -->\n)", re.DOTALL)
PANES = {"compose": "Compose", "tasks": "Queue", "library": "Library", "player": "Now playing"}


def _with_table(page: str) -> str:
    groups: dict[str, list[str]] = {}
    for action in ACTIONS:
        keys = ", ".join(f"`{key}`" for key in action.keys)
        panes = [name for place, name in PANES.items() if place in action.places]
        where = "all panes" if len(panes) == len(PANES) else ", ".join(panes) or "dialogs"
        text = action.text + (f": {action.help}" if action.help else "")
        row = f"| {keys} | {text} | `{action.id}` | {where} |\n"
        groups.setdefault(action.group, []).append(row)
    head = "| keys | action | id | where |\n|---|---|---|---|\n"
    table = "\n".join(f"### {name}\n\n{head}{''.join(rows)}" for name, rows in groups.items())
    return TABLE.sub(lambda found: f"{found[1]}\n{table}\n{found[2]}", page)


def test_keys_are_those_of_the_table() -> None:
    page = KEYS.read_text()
    assert page == _with_table(page), "run `python -m tests.test_docs`"


if __name__ == "__main__":
    KEYS.write_text(_with_table(KEYS.read_text()))


def test_the_keys_that_depend_on_the_pane_are_listed() -> None:
    text = (ROOT / "docs/keys.md").read_text()
    section = text[text.index("## Keys with several meanings") : text.index("## Why these keys")]
    listed: set[str] = set()
    for row in section.splitlines():
        if row.startswith("| `"):
            listed |= {key.strip("`") for key in row.split("|")[1].split()}
    meanings: dict[str, set[str]] = {}
    for action in ACTIONS:
        for key in action.keys:
            if action.places & PANES.keys() and " " not in key:
                meanings.setdefault(key, set()).add(action.id)
    several = {key for key, ids in meanings.items() if len(ids) > 1}
    begun = {key.split()[0] for action in ACTIONS for key in action.keys if " " in key}
    assert several | (begun & meanings.keys()) == listed
