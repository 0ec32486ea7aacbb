"""Reads transcripts of Claude Code: requests as they were sent, where it records them, else as far as the conversation tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ccproxy.facts.definitions import FACTS
from ccproxy.facts.request import Request
from ccproxy.facts.schema import Made
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.json_lines import json_lines
from ccproxy.replay.recorded import OUTSIDE_THE_BODY, RecordedRequest, Skipped, mapping, moment, text
from ccproxy.replay.sent_requests import BODY_RECORDS, SentRequests
from ccproxy.replay.usage import paid_of_messages

TYPES = frozenset({"user", "assistant", "system", "summary", "attachment", "file-history-snapshot", "mode", "progress", *BODY_RECORDS})
"""Kinds of lines that tell a transcript."""
_NOT_REQUESTS = TYPES | {
    *("permission-mode", "atis-latch", "tools-used", "last-prompt", "queue-operation", "ai-title", "custom-title", "agent-name"),
    *("agent-color", "agent-setting", "tag", "pr-link", "cost-state", "content-replacement", "saved_hook_context", "worktree-state"),
    *("marble-origami-commit", "marble-origami-snapshot", "task-summary", "attribution-snapshot", "speculation-accept"),
}
"""Kinds of lines that tell no request and no answer: known, and passed over."""
_TOLD = frozenset(
    {"model", "endpoint", "messages", "turns", "turn.step", "prompt", "tools.called", "session"}
    | {"images", "images.latest", "documents", "audio", "video"}
)
"""What a conversation without recorded requests tells."""
WINDOW = 8
"""Answers that may be under way at once: the last line of each has its usage."""


class _Answer:
    """One answer, which stands on several lines: its blocks add up, its last usage counts."""

    def __init__(self, line: int, record: Mapping[str, Any]) -> None:
        self.line = line
        self.record = record
        self.message: Mapping[str, Any] = mapping(record.get("message"))

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a later line of it."""
        if mapping(record.get("message")).get("usage"):
            self.message = mapping(record.get("message"))


class _Conversation:
    """The lines of a file that are messages, by their identifiers, each with the one before it."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[str | None, Mapping[str, Any]]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a line; attachments only lead on to what is before them."""
        if (name := text(record.get("uuid"))) is not None:
            self._lines[name] = (text(record.get("parentUuid")), record)

    def before(self, record: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """The messages that led to an answer, from the last compaction on, and the identifier of the first line."""
        found: list[Mapping[str, Any]] = []
        own = mapping(record.get("message")).get("id")
        name, first = text(record.get("parentUuid")), text(record.get("uuid"))
        seen: set[str] = set()
        while name is not None and name in self._lines and name not in seen:
            seen.add(name)
            first = name
            name, line = self._lines[name]
            if line.get("type") in ("user", "assistant") and not (own and mapping(line.get("message")).get("id") == own):
                found.append(line)
        return _messages(found[::-1]), first


def _messages(lines: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages whose roles alternate."""
    found: list[dict[str, Any]] = []
    for line in lines:
        message = mapping(line.get("message"))
        role, content = line["type"], message.get("content")
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        if found and found[-1]["role"] == role:
            found[-1]["content"] = [*found[-1]["content"], *blocks]
        else:
            found.append({"role": role, "content": blocks})
    return found


class TranscriptReader:
    """Reads transcripts one after the other; what sessions that were resumed or forked repeat is given once."""

    def __init__(self, skipped: Skipped, accounts: Accounts, given: dict[int, str | None] | None = None) -> None:
        self.skipped = skipped
        self.accounts = accounts
        self._given: dict[int, str | None] = {} if given is None else given

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The requests that were answered, in their order."""
        sent, conversation = SentRequests(), _Conversation()
        answers: dict[str, _Answer] = {}
        for number, record in json_lines(file, self.skipped):
            kind = record.get("type")
            if not isinstance(kind, str):
                self.skipped.record("without a type")
            elif kind in BODY_RECORDS:
                if not sent.add(record):
                    self.skipped.record(f"{kind} without what it must have")
            elif kind in ("user", "assistant"):
                message = record.get("message")
                if not isinstance(message, dict):
                    self.skipped.record(f"{kind} without a message")
                    continue
                conversation.add(record)
                sent.say(kind, record)
                if kind == "assistant" and (key := _key(record)) is not None:
                    if key in answers:
                        answers[key].add(record)
                    elif self._is_new(key, text(record.get("sessionId"))):
                        answers[key] = _Answer(number, record)
                        if len(answers) > WINDOW:
                            yield self._request(answers.pop(next(iter(answers))), sent, conversation, name)
            else:
                conversation.add(record)
                if kind == "cost-state":
                    self.accounts.tell(record)
                elif kind not in _NOT_REQUESTS:
                    self.skipped.record(f"unknown kind {kind[:40]}")
        for answer in answers.values():
            yield self._request(answer, sent, conversation, name)

    def _is_new(self, key: str, session: str | None) -> bool:
        """Whether an answer was not given yet, in a session that this one is a fork of."""
        if hash(key) not in self._given:
            self._given[hash(key)] = session
            return True
        other = self._given[hash(key)]
        if session is not None and other is not None:
            self.accounts.repeat(session, other)
        return False

    def _request(self, answer: _Answer, sent: SentRequests, conversation: _Conversation, name: str) -> RecordedRequest:
        record, message = answer.record, answer.message
        usage = mapping(message.get("usage"))
        session, agent = text(record.get("sessionId")), text(record.get("agentId"))
        reference = text(record.get("requestRef"))
        body = sent.body(reference) if reference is not None else None
        at = sent.time(reference) or moment(record.get("timestamp"))
        headers = _headers(record)
        paid, served = paid_of_messages(usage), text(message.get("model"))
        if session is not None and served is not None:
            self.accounts.answer(session, served, paid)
        if body is not None:
            if body.betas:
                headers["anthropic-beta"] = ",".join(body.betas)
            request = Request(body.value, headers=headers, path="/v1/messages", at=at, facts=_facts(agent))
            unknown, thread, prefix = _of_sent(headers), agent, body.prefix
        else:
            if reference is not None:
                self.skipped.record("request that can't be rebuilt")
            messages, first = conversation.before(record)
            model = message.get("model")
            request = Request(
                {"model": model, "messages": messages}, headers=headers, path="/v1/messages", at=at, facts={"tokens": paid.input}
            )
            unknown = _UNTOLD if messages else _UNTOLD | _TOLD - {"model", "endpoint", "session"}
            thread, prefix = agent or (first if record.get("isSidechain") else None), None
        return RecordedRequest(
            source="transcript",
            place=f"{name}:{answer.line}",
            request=request,
            unknown=unknown,
            paid=paid,
            model=served,
            conversation=None if session is None else f"{session}/{thread}" if thread else session,
            session=session,
            time=at,
            prefix=prefix,
            tier=text(usage.get("service_tier")),
            fast=usage.get("speed") == "fast",
        )


def ties_of_transcript(file: BinaryIO) -> Iterator[str]:
    """What ties a transcript to others: its sessions, and its answers, which forks repeat."""
    for _, record in json_lines(file, Skipped(), among=_ANSWERS):
        if record.get("type") == "assistant" and isinstance(record.get("message"), dict) and (key := _key(record)) is not None:
            yield f"answer {key}"
            if (session := text(record.get("sessionId"))) is not None:
                yield f"session {session}"


_ANSWERS = (b"assistant", b"\\u00")
"""One of these is in each line that is an answer: what it is, or the beginning of a character that is written by its number."""


def _key(record: Mapping[str, Any]) -> str | None:
    """What is the same on all lines of an answer; None for what no provider answered."""
    message = mapping(record.get("message"))
    name = text(message.get("id"))
    if name is None or message.get("model") == "<synthetic>" or record.get("isApiErrorMessage"):
        return None
    return f"{name} {record.get('requestId')}"


_OF_LINES = {"session", "agent.class", "agent.id", "client", "compaction"}
"""What the lines of an answer tell beside the body. Auxiliary calls and compactions are in no record."""
_UNTOLD = frozenset(fact.name for fact in FACTS if fact.place is not Made.CLOCK) - _TOLD | (OUTSIDE_THE_BODY - _TOLD) | {"body"}
"""What a conversation without recorded requests can't tell."""


def is_told_of_sent(fact: str) -> bool:
    """Whether a recorded request tells a fact, as it is written in a policy, if its headers do."""
    return fact.partition("(")[0] not in OUTSIDE_THE_BODY - _OF_LINES


def _facts(agent: str | None) -> dict[str, str | None]:
    """What a recorded request is, whether or not its headers said so."""
    told = {"agent.class": "main", "agent.id": None} if agent is None else {"agent.class": "subagent"}
    return {**told, "compaction": None}


def _headers(record: Mapping[str, Any]) -> dict[str, str]:
    """The headers that the lines of an answer tell."""
    session, agent, version = text(record.get("sessionId")), text(record.get("agentId")), text(record.get("version"))
    found = {"x-claude-code-session-id": session} if session else {}
    if agent:
        found["x-claude-code-agent-id"] = agent
    user, entrypoint = text(record.get("userType")), text(record.get("entrypoint"))
    if version and user and entrypoint:
        found["user-agent"] = f"claude-cli/{version} ({user}, {entrypoint})"
    return found


def _of_sent(headers: Mapping[str, str]) -> frozenset[str]:
    """What a request's record can't tell."""
    missing = {fact for fact, name in (("session", "x-claude-code-session-id"), ("client", "user-agent")) if name not in headers}
    return OUTSIDE_THE_BODY - (_OF_LINES - missing)
