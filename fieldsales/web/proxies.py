"""Reverse proxies: who the client is and whether it came over HTTPS, believed only from FIELDSALES_TRUSTED_PROXIES."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from fieldsales.bootstrap import current_runtime


class TrustedProxies:
    """Pure ASGI middleware: uvicorn's, with the addresses and networks of our setting; without it nothing is believed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._trusting: tuple[str, ProxyHeadersMiddleware] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the client's own address and scheme when a trusted proxy tells them."""
        trusted = current_runtime().settings.trusted_proxies
        if scope["type"] == "lifespan" or not trusted:
            await self.app(scope, receive, send)
            return
        if self._trusting is None or self._trusting[0] != trusted:
            self._trusting = (trusted, ProxyHeadersMiddleware(self.app, trusted_hosts=trusted))  # type: ignore[arg-type]
        await self._trusting[1](scope, receive, send)  # type: ignore[arg-type]
