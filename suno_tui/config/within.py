"""The bounds of a number in the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, repr=False, eq=False)
class Within:
    """The bounds of a number, for pydantic and the settings screen: `Annotated[int, Within(0, 9)]`.

    `above` is an exclusive lower bound.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        bounds = {"ge": self.least, "le": self.most, "gt": self.above}
        return handler(source) | {name: at for name, at in bounds.items() if at is not None}
