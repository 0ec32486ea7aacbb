"""A fake provider on loopback: speaks Anthropic's and OpenAI's APIs, remembers what it was asked, misbehaves on demand."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from ssl import SSLContext
from types import MappingProxyType
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: Json
    method: str = "POST"
    data: bytes = b""

    @property
    def model(self) -> str:
        return str(self.body.get("model"))


def greeting(request: Received) -> list[Json]:
    """A text that names the model."""
    return [{"type": "text", "text": f"hello from {request.model}"}]


def nothing(request: Received) -> None:
    """What is refused by default."""


@dataclass
class Upstream:
    """The provider: where it is, what it got, and how it treats which model.

    `failures`: model -> status to answer with; `resets`: models whose connection is cut; `cuts`: models whose answers end in the middle;
    `delays`: model -> seconds before the answer;
    `headers`: model -> further headers of its answers, errors too;
    `usage`: what `/v1/messages` counts, beside or instead of 3 tokens in and 4 out;
    `says`: the content that `/v1/messages` and `/responses` answer with; `refuses`: why a request is answered with 400.
    """

    url: str
    received: list[Received] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    resets: set[str] = field(default_factory=set)
    cuts: set[str] = field(default_factory=set)
    delays: dict[str, float] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    says: Callable[[Received], list[Json]] = greeting
    refuses: Callable[[Received], str | None] = nothing

    def models(self) -> list[str]:
        """The models asked for since the last `clear`, in order."""
        return [request.model for request in self.received]

    def clear(self) -> None:
        self.received.clear()
        self.failures.clear()
        self.resets.clear()
        self.cuts.clear()
        self.delays.clear()
        self.usage.clear()
        self.headers.clear()
        self.says = greeting
        self.refuses = nothing


@contextmanager
def fake_upstream(host: str = "127.0.0.1", tls: SSLContext | None = None) -> Iterator[Upstream]:
    """A running fake provider on loopback, ended at the end of the block; `host` is what it calls itself."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.upstream = Upstream(f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}")
    if tls is not None:
        # the handshake is for the thread of the connection
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    upstream: Upstream


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # headers and body in one piece: a second one would wait 40 ms for the client's acknowledgement of the first
    wbufsize = -1
    server: _Server
    _more: Mapping[str, str] = MappingProxyType({})

    def do_POST(self) -> None:
        upstream = self.server.upstream
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(data or b"{}")
        except ValueError:
            body = {"raw": data.decode(errors="replace")}
        request = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body, data=data)
        upstream.received.append(request)
        time.sleep(upstream.delays.get(request.model, 0))
        if request.model in upstream.resets:
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self._more = upstream.headers.get(request.model, {})
        if status := upstream.failures.get(request.model):
            error = {"type": "rate_limit_error" if status == 429 else "api_error", "message": f"{request.model} is told to fail"}
            return self._send(status, "application/json", json.dumps({"type": "error", "error": error}))
        if (reason := upstream.refuses(request)) and "count_tokens" not in request.path:
            error = {"type": "invalid_request_error", "message": reason}
            return self._send(400, "application/json", json.dumps({"type": "error", "error": error}))
        answer, events = _answers(request, upstream)
        kind, text = ("text/event-stream", events) if body.get("stream") is True else ("application/json", json.dumps(answer))
        if request.model in upstream.cuts:
            # half of what is promised, then the end
            self._send(200, kind, text[: len(text) // 2], promised=len(text))
            self.close_connection = True
            return
        self._send(200, kind, text)

    def do_GET(self) -> None:
        """Any other method is only remembered. CONNECT is what somebody sends who takes this for the proxy to elsewhere."""
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.upstream.received.append(Received(self.path, headers, {"raw": data.decode(errors="replace")}, self.command))
        self.close_connection = True
        self._send(502 if self.command == "CONNECT" else 200, "application/json", "{}")

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.do_GET()

    def _send(self, status: int, kind: str, text: str, promised: int = 0) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in self._more.items():
            self.send_header(name, value)
        self.send_header("content-length", str(max(promised, len(data))))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _answers(request: Received, upstream: Upstream) -> tuple[Json, str]:
    """The answer to a request, whole and as server-sent events."""
    model = request.model
    path = request.path.removeprefix("/anthropic")
    if path.startswith("/v1/messages/count_tokens"):
        return {"input_tokens": 7}, ""
    if path.startswith("/v1/messages"):
        # a client takes two answers of one id for parts of one
        message = _anthropic_message(model, upstream.says(request), upstream.usage) | {"id": f"msg_{len(upstream.received)}"}
        return message, _anthropic_events(message)
    if request.path.endswith("/chat/completions"):
        calls = [block for block in upstream.says(request) if block["type"] == "tool_use"]
        identifier = f"chatcmpl-{len(upstream.received)}"
        return _chat(model, calls) | {"id": identifier}, _chat_events(model, calls).replace("chatcmpl-1", identifier)
    if request.path.endswith("/responses"):
        whole = _response(model, upstream.says(request)) | {"id": f"resp_{len(upstream.received)}"}
        return whole, _response_events(whole)
    if request.path.endswith("/completions"):
        return _completion(model), _sse([(None, _completion(model))], done=True)
    if request.path.endswith("/embeddings"):
        item = {"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}
        return {"object": "list", "model": model, "data": [item], "usage": {"prompt_tokens": 3, "total_tokens": 3}}, ""
    return {"error": {"message": f"no such path: {request.path}"}}, ""


def _sse(events: list[tuple[str | None, Json]], done: bool = False) -> str:
    lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" if name else f"data: {json.dumps(data)}\n\n" for name, data in events]
    return "".join(lines) + ("data: [DONE]\n\n" if done else "")


def _anthropic_message(model: str, content: list[Json], usage: dict[str, int]) -> Json:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 4, **usage},
    }


def _anthropic_events(message: Json) -> str:
    start = message | {"content": [], "stop_reason": None}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    return _sse(
        [
            ("message_start", {"type": "message_start", "message": start}),
            *[event for index, block in enumerate(message["content"]) for event in _block_events(index, block)],
            ("message_delta", {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 4}}),
            ("message_stop", {"type": "message_stop"}),
        ]
    )


def _block_events(index: int, block: Json) -> list[tuple[str | None, Json]]:
    """A block of text or of tool use, streamed in one piece."""
    if block["type"] == "tool_use":
        empty: Json = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    elif block["type"] == "thinking":
        empty = block | {"thinking": "", "signature": ""}
        signed = {"type": "signature_delta", "signature": block["signature"]}
        thought = {"type": "thinking_delta", "thinking": block["thinking"]}
        return [
            ("content_block_start", {"type": "content_block_start", "index": index, "content_block": empty}),
            *(("content_block_delta", {"type": "content_block_delta", "index": index, "delta": one}) for one in (thought, signed)),
            ("content_block_stop", {"type": "content_block_stop", "index": index}),
        ]
    else:
        empty = block | {"text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    return [
        ("content_block_start", {"type": "content_block_start", "index": index, "content_block": empty}),
        ("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}),
        ("content_block_stop", {"type": "content_block_stop", "index": index}),
    ]


def _chat(model: str, calls: list[Json]) -> Json:
    message: Json = {"role": "assistant", "content": f"hello from {model}"}
    if calls:
        message["tool_calls"] = _tool_calls(calls)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }


def _tool_calls(calls: list[Json]) -> list[Json]:
    return [
        {"index": index, "id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": json.dumps(call["input"])}}
        for index, call in enumerate(calls)
    ]


def _chat_events(model: str, calls: list[Json]) -> str:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    delta: Json = {"role": "assistant", "content": f"hello from {model}"}
    if calls:
        delta["tool_calls"] = _tool_calls(calls)
    text = {"index": 0, "delta": delta, "finish_reason": None}
    stop = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}
    return _sse([(None, base | {"choices": [text]}), (None, base | {"choices": [stop]})], done=True)


def _completion(model: str) -> Json:
    choice = {"index": 0, "text": f"hello from {model}", "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": model, "choices": [choice], "usage": usage}


def _output_item(number: int, block: Json) -> Json:
    """A block of content, as Anthropic has it, as an item of the Responses API. A tool's input that is a text makes a custom call."""
    if block["type"] == "text":
        part = {"type": "output_text", "text": block["text"], "annotations": []}
        return {"type": "message", "id": f"item_{number}", "status": "completed", "role": "assistant", "content": [part]}
    if block["type"] == "thinking":
        summary = [{"type": "summary_text", "text": block["thinking"]}]
        return {"type": "reasoning", "id": f"item_{number}", "summary": summary, "encrypted_content": block["signature"]}
    call = {"id": f"item_{block['id']}", "call_id": block["id"], "name": block["name"], "status": "completed"}
    if isinstance(block["input"], str):
        return {"type": "custom_tool_call", **call, "input": block["input"]}
    namespace = {"namespace": block["namespace"]} if "namespace" in block else {}
    return {"type": "function_call", **call, **namespace, "arguments": json.dumps(block["input"])}


def _response(model: str, content: list[Json]) -> Json:
    usage = {
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 7,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": model,
        "output": [_output_item(number, block) for number, block in enumerate(content, 1)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }


def _response_events(whole: Json) -> str:
    events: list[Json] = [{"type": "response.created", "response": whole | {"status": "in_progress", "output": [], "usage": None}}]
    for index, item in enumerate(whole["output"]):
        begun = item | {"status": "in_progress"} | ({"content": []} if "content" in item else {})
        events.append({"type": "response.output_item.added", "output_index": index, "item": begun})
        for part in item.get("content", []):
            place = {"item_id": item["id"], "output_index": index, "content_index": 0}
            text = part["text"]
            events += [
                {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": "", "annotations": []}},
                {"type": "response.output_text.delta", **place, "delta": text, "logprobs": []},
                {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
                {"type": "response.content_part.done", **place, "part": part},
            ]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": whole})
    return _sse([(event["type"], event | {"sequence_number": number}) for number, event in enumerate(events)])
