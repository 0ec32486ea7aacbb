"""Adds our own routes before LiteLLM's, for calls to chat models for which LiteLLM runs no hook or doesn't pass it the path.

Token counting is decided like the counted request, and handed on to LiteLLM for the label; other calls are refused.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from ccproxy.facts.calls import Kind, kind_of_path
from ccproxy.facts.endpoint import model_in
from ccproxy.frozen import frozen

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SEEN = "ccproxy.seen"
"""Marks the scope of a request that one of our routes hands on."""


@frozen
class Counted:
    """Count a request's tokens at `label`, None for the model that the client named."""

    label: str | None
    headers: Mapping[str, str]


@frozen
class Refused:
    """Refuse the call, for this reason."""

    status: int
    message: str
    headers: Mapping[str, str]


DecideCount = Callable[[Request, Mapping[str, Any], Any], Awaitable[Counted | Refused]]
"""Decides on a token-counting request, given the request, its body and LiteLLM's key."""


def put_routes(app: Any, decide: DecideCount, refusal: Callable[[Kind], str], passed: Collection[Kind]) -> None:
    """Insert our routes before all others of the running app.

    `refusal` says why a kind of calls is refused; kinds that are `passed` get no route.
    """
    from litellm.proxy.auth.user_api_key_auth import user_api_key_auth

    authenticated = Depends(user_api_key_auth)

    async def answer(request: Request, key: Any = authenticated) -> Response:
        kind = kind_of_path(_path(request.scope))
        if kind is not Kind.COUNT:
            return _error(request, Refused(403, refusal(kind or Kind.OTHER), {}))
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return _error(request, Refused(400, "the body of this call is a JSON object", {}))
        decided = await decide(request, body, key)
        return _error(request, decided) if isinstance(decided, Refused) else _HandedOn(request, body, decided)

    app.router.routes.insert(0, _OwnRoute("/ccproxy", answer, methods=list(METHODS), include_in_schema=False, passed=passed))


class _OwnRoute(APIRoute):
    """Matches, by path, the calls that can't be left to LiteLLM."""

    def __init__(self, *arguments: Any, passed: Collection[Kind], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kinds = frozenset(Kind) - frozenset(passed)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope.get(_SEEN) or scope["method"] not in METHODS:
            return Match.NONE, {}
        kind = kind_of_path(_path(scope))
        if kind not in self._kinds or (kind is not Kind.PASS_THROUGH and scope["method"] != "POST"):
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self.endpoint, "path_params": {}, "route": self}


class _HandedOn(Response):
    """The response of LiteLLM's own route to a request with its model replaced by a label."""

    def __init__(self, request: Request, body: Mapping[str, Any], counted: Counted) -> None:
        super().__init__()
        self._app = request.app
        self._counted = counted
        label = counted.label
        # the body as parsed here: LiteLLM knows more formats, and has to count what was decided on
        self._body = json.dumps(dict(body) if label is None else {**body, "model": label}).encode()
        kept = [
            (name, value)
            for name, value in request.scope["headers"]
            if name not in (b"content-length", b"content-type", b"content-encoding")
        ]
        headers = [*kept, (b"content-type", b"application/json"), (b"content-length", str(len(self._body)).encode())]
        self._scope = {
            name: value for name, value in request.scope.items() if name not in ("parsed_body", "route", "endpoint", "path_params")
        }
        self._scope |= {_SEEN: True, "headers": headers}
        if label is not None and (named := model_in(request.scope["path"])) is not None:
            place = request.scope["path"].rindex(named)
            path = request.scope["path"][:place] + label + request.scope["path"][place + len(named) :]
            self._scope |= {"path": path, "raw_path": quote(path).encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = [(name.encode(), value.encode()) for name, value in self._counted.headers.items()]
        sent = False

        async def receive_body() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *told]}
            await send(message)

        await self._app.router(self._scope, receive_body, send_told)


def _path(scope: Scope) -> str:
    path, root = str(scope["path"]), str(scope.get("root_path") or "").rstrip("/")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


def _error(request: Request, refused: Refused) -> Response:
    """A refusal in the format of the API with this path."""
    path = _path(request.scope)
    kind = "permission_error" if refused.status == 403 else "invalid_request_error"
    content: dict[str, Any]
    if path.startswith(("/anthropic/", "/v1/messages", "/claude_code_gateway/")):
        content = {"type": "error", "error": {"type": kind, "message": refused.message}}
    elif path.startswith(("/gemini/", "/vertex", "/models/", "/v1beta/", "/interactions")):
        status = "PERMISSION_DENIED" if refused.status == 403 else "INVALID_ARGUMENT"
        content = {"error": {"code": refused.status, "message": refused.message, "status": status}}
    else:
        content = {"error": {"message": refused.message, "type": kind, "param": None, "code": str(refused.status)}}
    return JSONResponse(content, refused.status, dict(refused.headers))
