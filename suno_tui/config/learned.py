"""What providers told of themselves when they were asked: models, and what they can do.

It is a cache: without it a provider is taken for the usual one of its dialect.
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
"""Facts of the moment, which are not kept from earlier."""


def read_facts(home: Home, name: str, base_url: str) -> Facts:
    """Return what the provider told, if it was at that address; else nothing."""
    found = _read(home).get(name)
    if not isinstance(found, dict) or found.get("base_url") != base_url:
        return {}
    facts = found.get("facts")
    return facts if isinstance(facts, dict) else {}


def write_facts(home: Home, name: str, base_url: str, facts: Facts) -> None:
    """Keep what a provider told, and what it told before where it says nothing now.

    Nothing is kept if the disk refuses.
    """
    before = read_facts(home, name, base_url)
    told = {fact: value for fact, value in facts.items() if value not in (None, "", [])}
    told = {fact: before[fact] for fact in before if fact not in _NOW} | told
    table = _read(home) | {name: {"base_url": base_url, "facts": told}}
    with contextlib.suppress(HomeError, OSError):
        write_bytes(home.cache / _FILE, json.dumps(table, ensure_ascii=False).encode())


def _read(home: Home) -> dict[str, Any]:
    try:
        found = json.loads((home.cache / _FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
