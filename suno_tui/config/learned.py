"""What providers reported about themselves when they were asked: models, and what they can do.

It is a cache: without it, the usual data of the provider's dialect are used.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import HomeError
from suno_tui.common.paths import Home
from suno_tui.providers.dialect import Facts

_FILE = "providers.json"
_NOW = ("running", "queued")
"""Facts about the moment of the query; old ones are dropped."""


def read_facts(home: Home, name: str, base_url: str) -> Facts:
    """Return what the provider reported, if it had this address then; else nothing."""
    found = _read(home).get(name)
    if not isinstance(found, dict) or found.get("base_url") != base_url:
        return {}
    facts = found.get("facts")
    return facts if isinstance(facts, dict) else {}


def write_facts(home: Home, name: str, base_url: str, facts: Facts) -> None:
    """Keep the facts of a provider; an older fact stays if the provider reports no new one.

    Nothing is kept if the disk can't be written.
    """
    before = read_facts(home, name, base_url)
    known = {fact: value for fact, value in facts.items() if value not in (None, "", [])}
    known = {fact: before[fact] for fact in before if fact not in _NOW} | known
    table = _read(home) | {name: {"base_url": base_url, "facts": known}}
    with contextlib.suppress(HomeError, OSError):
        write_bytes(home.cache / _FILE, json.dumps(table, ensure_ascii=False).encode())


def _read(home: Home) -> dict[str, Any]:
    try:
        found = json.loads((home.cache / _FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
