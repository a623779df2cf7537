"""The dialects by the names that they have in `config.toml`."""

from __future__ import annotations

from suno_tui.providers.acestep import AceStepDialect
from suno_tui.providers.dialect import Dialect, Facts
from suno_tui.providers.suno.dialect import SunoDialect
from suno_tui.providers.sunoapi import SunoApiDialect
from suno_tui.providers.tables.kie import KIE


def dialect_of(name: str, facts: Facts | None = None) -> Dialect:
    """Return a dialect, with the facts that its provider reported about itself."""
    dialects: dict[str, Dialect] = {
        "suno": SunoDialect(),
        "acestep": AceStepDialect(),
        "sunoapi": SunoApiDialect(),
        "kie": SunoApiDialect(KIE),
    }
    return dialects[name].with_facts(facts or {})
