"""The transport from the studio's client to the service in the same process: no port, no key."""

from __future__ import annotations

import httpx

from suno_tui.server.app import as_owner, make_app
from suno_tui.server.service import Service


class OwnerTransport(httpx.ASGITransport):
    """Sends requests to the application as the owner; the base URL is `http://local`.

    Closing it closes the service's files, unless the service is running.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(app=as_owner(make_app(service)), raise_app_exceptions=False)
        self._service = service

    async def aclose(self) -> None:
        await super().aclose()
        self._service.close()
