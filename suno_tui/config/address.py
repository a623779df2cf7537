"""The address of a server in the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from suno_tui.common.secret import server_of


@dataclass(slots=True, repr=False, eq=False)
class Address:
    """Marks a setting, for pydantic, as the address of a server; it may be empty."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import PydanticCustomError, core_schema

        def check(text: str) -> str:
            if text and server_of(text) is None:
                raise PydanticCustomError("address", "not an address")
            return text

        return core_schema.no_info_after_validator_function(check, handler(source))
