"""Serves the page on loopback until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from ccproxy.live.lean_imports import imported_without

if TYPE_CHECKING:
    from ccproxy.live.page import Page

HOST = "127.0.0.1"
NICENESS = 10
"""How far the page stands back where the proxy wants the same processor."""
NOT_USED = ("aiohttp", "email_validator", "redis", "requests", "sanic", "tornado", "valkey", "websocket")
"""What NiceGUI's libraries take where it is installed, for clients, queues and servers that the page has none of: half of their time."""
RECONNECT_SECONDS = 60.0
"""How long a page that is out of reach keeps its state: beyond, the browser loads it anew, without what was typed and not saved."""


def listen(port: int) -> socket.socket:
    """A socket on loopback, on any free port where it is 0. Raises OSError."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        found.listen(64)
    except OSError:
        found.close()
        raise
    return found


def serve(listening: socket.socket, make_page: Callable[[], Page], told: Callable[[str], None]) -> None:
    """Serve the page until the process is told to end; `told` gets the address, with its token, as soon as it answers."""
    # NiceGUI reads what a folder of this name in the current one holds as it is imported, unless told of another
    os.environ["NICEGUI_STORAGE_PATH"] = os.devnull
    with imported_without(*NOT_USED):
        import uvicorn
        from fastapi import FastAPI, Request
        from fastapi.responses import JSONResponse
        from nicegui import ui

    from ccproxy.live.guard import PARAMETER, Guard

    os.nice(NICENESS)
    page = make_page()
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(32)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(page.watch())
        told(f"http://{HOST}:{port}/?{PARAMETER}={token}")
        try:
            yield
        finally:
            watching.cancel()

    def refused(_request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=400)

    app = FastAPI(lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/completion", page.complete, methods=["POST"])
    app.add_exception_handler(ValueError, refused)
    ui.page("/")(page.build)
    ui.run_with(
        app,
        title="ccproxy live",
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        favicon=_FAVICON,
        reconnect_timeout=RECONNECT_SECONDS,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    guarded = Guard(app, port=port, token=token)
    server = uvicorn.Server(uvicorn.Config(guarded, log_level="warning", access_log=False, server_header=False, lifespan="on"))
    with suppress(KeyboardInterrupt):  # the way to end it
        server.run(sockets=[listening])


_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 8h5l5-5M7 8l5 5" '
    'fill="none" stroke="#3b6fd4" stroke-width="2"/></svg>'
)
