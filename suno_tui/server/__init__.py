"""The built-in provider: the document's API served (this folder), the music made (`music/`).

Importing this package costs nothing: web framework and numbers load with the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suno_tui.server.service import Service

__all__ = ["Service"]


def __getattr__(name: str) -> Any:
    if name == "Service":
        from suno_tui.server.service import Service

        return Service
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
