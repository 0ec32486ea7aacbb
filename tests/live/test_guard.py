"""Who gets past the guard: only the browser that was told the token, by the server's own address."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from ccproxy.live.guard import Guard

PORT, TOKEN = 4180, "right"
HOST = f"127.0.0.1:{PORT}"
COOKIE = {"cookie": f"other=1; ccproxy-live-{PORT}={TOKEN}"}


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """What is guarded; it says OK."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"OK"})


def asked(headers: dict[str, str], path: str = "/", query: str = "", kind: str = "http") -> list[Message]:
    """What is answered to a request with these headers; the host is right unless it is among them."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
    scope: dict[str, Any] = {"type": kind, "path": path, "query_string": query.encode(), "headers": raw}
    asyncio.run(Guard(behind, port=PORT, token=TOKEN)(scope, receive, send))
    return sent


def status(headers: dict[str, str], path: str = "/", query: str = "") -> int:
    found: int = asked(headers, path, query)[0]["status"]
    return found


def test_the_token_of_the_address_goes_into_a_cookie_and_out_of_the_address() -> None:
    start, body = asked({"sec-fetch-site": "cross-site"}, query=f"token={TOKEN}")
    headers = dict(start["headers"])
    assert start["status"] == 200
    assert b"url=/" in body["body"]
    assert TOKEN.encode() not in body["body"]
    assert headers[b"set-cookie"] == f"ccproxy-live-{PORT}={TOKEN}; Path=/; HttpOnly; SameSite=Strict".encode()
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"cache-control"] == b"no-store"


def test_the_cookie_lets_in() -> None:
    headers = dict(asked(COOKIE)[0]["headers"])
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"cache-control"] == b"no-store"
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert asked(COOKIE, kind="websocket") == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({}, "token=wrong"),
        ({}, "token="),
        ({}, f"token=wrong&token={TOKEN}"),
        ({"cookie": f"ccproxy-live-{PORT}=wrong"}, ""),
        ({"cookie": f"ccproxy-live-4181={TOKEN}"}, ""),
        ({"cookie": "\x01;=;"}, ""),
        ({**COOKIE, "host": f"evil.example:{PORT}"}, ""),
        ({**COOKIE, "host": "127.0.0.1"}, ""),
        ({"host": f"evil.example:{PORT}"}, f"token={TOKEN}"),
        ({**COOKIE, "origin": "http://evil.example"}, ""),
        ({**COOKIE, "origin": "http://127.0.0.1:4181"}, ""),
        ({**COOKIE, "origin": f"http://localhost:{PORT}"}, ""),
        ({**COOKIE, "origin": "null"}, ""),
        ({**COOKIE, "sec-fetch-site": "cross-site"}, ""),
        ({**COOKIE, "sec-fetch-site": "same-site"}, ""),
    ],
)
def test_whoever_is_not_meant_gets_403(headers: dict[str, str], query: str) -> None:
    assert status(headers, query=query) == 403
    if not query:
        assert asked(headers, kind="websocket")[0]["type"] == "websocket.close"


def test_only_the_page_itself_takes_a_token() -> None:
    assert status({}, "/_nicegui_ws/socket.io/", f"token={TOKEN}") == 403
    assert asked({}, query=f"token={TOKEN}", kind="websocket")[0]["type"] == "websocket.close"


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}"])
def test_its_own_origin_may_ask(host: str) -> None:
    assert status({**COOKIE, "host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}) == 200
