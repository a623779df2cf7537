"""The data of each dialect, by the names that `dialect` may have in `config.toml`."""

from __future__ import annotations

from typing import Literal

from suno_tui.providers.capabilities import Capabilities
from suno_tui.providers.tables.acestep import ACESTEP
from suno_tui.providers.tables.kie import KIE
from suno_tui.providers.tables.suno import SUNO
from suno_tui.providers.tables.sunoapi import SUNOAPI

DialectName = Literal["suno", "acestep", "sunoapi", "kie"]
"""The APIs that a provider may speak."""

TABLES: dict[str, Capabilities] = {
    "suno": SUNO,
    "acestep": ACESTEP,
    "sunoapi": SUNOAPI.capabilities,
    "kie": KIE.capabilities,
}
"""What a provider of each dialect can do, as far as that is known before it is asked."""
