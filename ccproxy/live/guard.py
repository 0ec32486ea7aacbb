"""Lets only the browser that was told the token reach the page, by its own address, and keeps what is shown from leaving."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PARAMETER = "token"


class Guard:
    """An application around another that answers 403 to whoever is not meant, requests and websockets alike.

    A request needs the token in a cookie. The page itself takes it in its address, too, puts it in the cookie and leads on to an
    address without it. Host and origin have to be this server's on this port: a name that somebody's DNS leads here is none.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._token = token
        self._hosts = frozenset((f"127.0.0.1:{port}", f"localhost:{port}"))
        # cookies of one host are sent to all its ports
        self.cookie = f"ccproxy-live-{port}"
        self._headers = {
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "content-security-policy": (
                "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
                f"img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; "
                "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on to the application."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["type"] == "http" and scope["path"] == "/" and self._is_token(_parameter(scope)) and headers.get("host") in self._hosts:
            await self._let_in(send)  # from wherever it was followed
        elif self._is_here(headers) and self._has_cookie(headers):
            await self._app(scope, receive, self._with_headers(send) if scope["type"] == "http" else send)
        else:
            await _refuse(scope, receive, send)

    def _is_here(self, headers: Mapping[str, str]) -> bool:
        """Whether a request is to this server by its own address, and from no other page."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts or (origin is not None and origin != f"http://{host}"):
            return False
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")

    def _has_cookie(self, headers: Mapping[str, str]) -> bool:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and self._is_token(found.value)

    def _is_token(self, told: str) -> bool:
        return secrets.compare_digest(told.encode(), self._token.encode())

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(self._headers)
                if not headers.get("content-type", "").startswith(("text/css", "text/javascript", "font/", "image/")):
                    headers["cache-control"] = "no-store"
            await send(message)

        return sending

    async def _let_in(self, send: Send) -> None:
        cookie = f"{self.cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        # a page that leads on, and no redirection: a browser keeps this cookie from a redirection that began on another page
        body = b'<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>ccproxy live</title>'
        told = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body)), "cache-control": "no-store"}
        await send({"type": "http.response.start", "status": 200, "headers": _raw({**self._headers, **told, "set-cookie": cookie})})
        await send({"type": "http.response.body", "body": body})


def _parameter(scope: Scope) -> str:
    """The token in an address; the parameters of an address that gives several are none."""
    found = parse_qs(scope["query_string"].decode("latin-1")).get(PARAMETER, [])
    return found[0] if len(found) == 1 else ""


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # closing before accepting is answered with 403
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = b"This page is for the browser that was given its address: ccproxy live prints it.\n"
    headers = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), "referrer-policy": "no-referrer"}
    await send({"type": "http.response.start", "status": 403, "headers": _raw({**headers, "cache-control": "no-store"})})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
