"""Rebuilds the bodies that Claude Code sent, from the records by which its transcripts keep them (2.1.282 on)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import compress
from operator import is_not, not_
from typing import Any

from ccproxy.facts.shapes.conversation import media_in
from ccproxy.frozen import frozen
from ccproxy.replay.recorded import mapping, moment, text

BODY_RECORDS = frozenset({"api-request", "api-request-shape", "api-request-blob"})
_NOT_IN_BODY = "betas"
_OF_PREFIX = ("model", "thinking", "output_config", "tool_choice")
"""Parameters on which a prompt cache depends."""


@frozen
class SentBody:
    """A body, the betas that its header named, and what stands for all of it before the messages."""

    value: dict[str, Any]
    betas: tuple[str, ...]
    prefix: object


@frozen
class _Sent:
    """A request: its messages by hash, the rest by the hash of its shape."""

    messages: tuple[bytes, ...]
    shape: str
    params: Mapping[str, Any]
    cache_control: Sequence[Any]
    time: datetime | None
    version: str
    subagent: bool


@frozen
class _Messages:
    """The messages of a request, and whether there are images among them: the first one breaks a prompt cache."""

    hashes: tuple[bytes, ...]
    values: list[Mapping[str, Any]]
    images: bool


class SentRequests:
    """The records of one transcript.

    A request's messages are the first `keep` of its `base` and those of its `tail`, by the SHA-256 of their JSON (keys sorted, compact,
    not escaped to ASCII): either an `api-request-blob`, or what lines of the transcript itself say, a single text as such or in a block.
    """

    def __init__(self) -> None:
        self._requests: dict[str, _Sent] = {}
        self._shapes: dict[str, Mapping[str, Any]] = {}
        self._messages: dict[bytes, Mapping[str, Any]] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._entrypoint: str | None = None
        self._shapes_sent: dict[tuple[object, ...], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self._last = _Messages((), [], False)

    def add(self, record: Mapping[str, Any]) -> bool:
        """Take a record; False where it has not what it must have."""
        match record:
            case {"type": "api-request-blob", "hash": str(name), "message": dict(message)} if (hashed := _hash(name)) is not None:
                self._messages[hashed] = message
            case {"type": "api-request-shape", "shapeHash": str(name), "shape": dict(shape)}:
                self._shapes[name] = shape
            case {"type": "api-request", "id": str(name), "shapeHash": str(shape), "params": dict(params), "tail": list(tail)}:
                return self._add_request(name, shape, params, tail, record)
            case _:
                return False
        return True

    def _add_request(self, name: str, shape: str, params: Mapping[str, Any], tail: list[Any], record: Mapping[str, Any]) -> bool:
        hashes = tuple(_hash(one) for one in tail)
        keep = record.get("keep", 0)
        if None in hashes or isinstance(keep, bool) or not isinstance(keep, int) or keep < 0:
            return False
        kept: tuple[bytes, ...] = ()
        if keep:
            base = self._requests.get(str(record.get("base")))
            if base is None or len(base.messages) < keep:
                return False
            kept = base.messages[:keep]
        marks = record.get("cacheControl")
        self._requests[name] = _Sent(
            (*kept, *(one for one in hashes if one is not None)),
            shape,
            params,
            marks if isinstance(marks, list) else (),
            moment(record.get("timestamp")),
            str(record.get("version")),
            "agentId" in record,
        )
        return True

    def say(self, role: str, record: Mapping[str, Any]) -> None:
        """Take a message of the transcript itself; an answer's blocks stand on several lines."""
        message = mapping(record.get("message"))
        self._entrypoint = text(record.get("entrypoint")) or self._entrypoint
        content = message.get("content")
        if role == "assistant" and isinstance(content, list):
            said = self._said.setdefault(f"{message.get('id')} {record.get('requestId')}", {"role": role, "content": []})
            said["content"] = [*said["content"], *content]
        else:
            self._said[f"{record.get('uuid')}"] = {"role": role, "content": content}

    def time(self, name: str | None) -> datetime | None:
        """When a request was sent."""
        found = self._requests.get(name) if name is not None else None
        return None if found is None else found.time

    def body(self, name: str) -> SentBody | None:
        """The body of a request; None where a part of it is nowhere."""
        sent = self._requests.get(name)
        shape = None if sent is None else self._shapes.get(sent.shape)
        if sent is None or shape is None:
            return None
        found = self._messages_of(sent)
        if found is None:
            return None
        params = dict(sent.params)
        betas = params.pop(_NOT_IN_BODY, ())
        around, within = _by_place(sent.cache_control)
        body = set_cache_control({**params, **self._shape_sent(shape, sent, around), "messages": found.values}, within)
        plain = [_plain(message) if message.get("role") == "system" else message for message in body["messages"]]
        return SentBody(
            {**body, "messages": plain, "stream": True},
            tuple(one for one in betas if isinstance(one, str)) if isinstance(betas, list) else (),
            (sent.shape, json.dumps([params.get(name) for name in _OF_PREFIX], sort_keys=True), found.images),
        )

    def _messages_of(self, sent: _Sent) -> _Messages | None:
        """The messages of a request, most of which are those of the one before it; None where one is nowhere."""
        known, last = self._messages, self._last
        if len(last.hashes) > len(sent.messages) or any(map(is_not, last.hashes, sent.messages)):
            last = _Messages((), [], False)
        added = sent.messages[len(last.hashes) :]
        if any(one not in known for one in added):
            self._hash_what_was_said()
            if any(one not in known for one in added):
                return None
        values = [known[one] for one in added]
        self._last = _Messages(sent.messages, [*last.values, *values], last.images or media_in(values).images > 0)
        return self._last

    def _shape_sent(self, shape: Mapping[str, Any], sent: _Sent, marks: Sequence[Any]) -> Mapping[str, Any]:
        """What stands around the messages, with its marks of prompt caching and the line that the client puts before its system prompt.

        That line is left out of its records. It names the version, the entrypoint and whether a subagent asks, and has a few characters
        that change with each prompt. Requests have in common what is the same.
        """
        key = (sent.shape, json.dumps(marks) if marks else "", sent.version, sent.subagent, self._entrypoint)
        of, found = self._shapes_sent.get(key, (None, shape))
        if of is shape:
            return found
        found = set_cache_control(dict(shape), marks)
        system = found.get("system")
        if isinstance(system, list) and self._entrypoint is not None:
            subagent = " cc_is_subagent=true;" if sent.subagent else ""
            line = f"x-anthropic-billing-header: cc_version={sent.version}.000; cc_entrypoint={self._entrypoint};{subagent}"
            found = {**found, "system": [{"type": "text", "text": line}, *system]}
        self._shapes_sent[key] = shape, found
        return found

    def _hash_what_was_said(self) -> None:
        blocks = (
            {"role": message["role"], "content": [{"type": "text", "text": message["content"]}]}
            for message in self._said.values()
            if isinstance(message["content"], str)
        )
        for message in (*self._said.values(), *blocks):
            written = json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self._messages.setdefault(sha256(written.encode("utf-8", "surrogatepass")).digest(), message)
        self._said.clear()


def _by_place(marks: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Those around the messages, and those of messages."""
    within = [isinstance(mark, dict) and isinstance(mark.get("path"), list) and mark["path"][:1] == ["messages"] for mark in marks]
    return [*compress(marks, map(not_, within))], [*compress(marks, within)]


def _plain(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message as it is sent: the client writes a single text among its system messages without a block, if nothing marks it."""
    match message:
        case {"role": "system", "content": [{"type": "text", "text": str(said), **rest}]} if not rest:
            return {**message, "content": said}
        case _:
            return message


def set_cache_control(body: dict[str, Any], marks: Sequence[Any]) -> dict[str, Any]:
    """The body with the marks of prompt caching at their places; one whose place isn't there is left out."""
    for mark in marks:
        match mark:
            case {"path": list(path), "value": value} if path:
                body = _with_mark(body, path, value)
            case _:
                continue
    return body


def _with_mark(node: Any, path: Sequence[Any], value: object) -> Any:
    if not path:
        return {**node, "cache_control": value} if isinstance(node, dict) else node
    step = path[0]
    if isinstance(node, dict) and isinstance(step, str) and step in node:
        return {**node, step: _with_mark(node[step], path[1:], value)}
    if isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
        return [*node[:step], _with_mark(node[step], path[1:], value), *node[step + 1 :]]
    return node


def _hash(written: object) -> bytes | None:
    try:
        return bytes.fromhex(written) if isinstance(written, str) else None
    except ValueError:
        return None
