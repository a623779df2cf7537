"""The built-in provider: serves the provider's API (`docs/suno-api.txt`) from a folder.

A *user* has a balance of credits and any number of *keys*; the *ledger* holds tasks and every
*booking* of credits; the *render queue* makes the *takes* of accepted tasks, in the processes of
the *render pool*; *storage* keeps audio and covers for 24 hours; a *callback* announces the end of
a task. `Service` puts these together without a network: `in_process` connects the studio to it,
`serve` serves it over HTTP.

Importing this package costs nothing: the web framework loads with the first use.
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
