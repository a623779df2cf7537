"""The way from the studio's client to the service in the same process: no port, no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from suno_tui.server.service import Service


class OwnerTransport(httpx.ASGITransport):
    """Asks the application as the owner; closing it closes the service, unless its engine runs."""

    def __init__(self, service: Service) -> None:
        super().__init__(app=service.as_owner, raise_app_exceptions=False)
        self._service = service

    async def aclose(self) -> None:
        await super().aclose()
        self._service.close()
