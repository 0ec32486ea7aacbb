"""Facts of one request, each computed when it is first read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ccproxy.facts import circumstances, claude_code, conversation, parameters, values
from ccproxy.facts.counting.counter import Counting, TokenCounter
from ccproxy.facts.counting.request_tokens import RequestTokens
from ccproxy.facts.definitions import FACTS, TOKEN_COUNTS
from ccproxy.facts.endpoint import endpoint, model
from ccproxy.facts.headers import by_name
from ccproxy.facts.lazy import Conversation, Field, Header, Key, Lazy, Located, Path, Tokens
from ccproxy.facts.schema import Presence
from ccproxy.facts.values import Json, Value, boolean, number, text, texts

ATTRIBUTES: Mapping[str, str] = MappingProxyType({fact.name: fact.name.replace(".", "_") for fact in FACTS})
"""The attribute of `Facts` that holds a fact, by the fact's name."""

_TOKENS = tuple((name, ATTRIBUTES[name]) for name in TOKEN_COUNTS)
_NEVER_MISSING = frozenset(fact.name for fact in FACTS if fact.presence is Presence.ALWAYS)


def observe(
    body: Json,
    *,
    headers: Mapping[str, str] | None = None,
    path: str | None = None,
    key: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    zone: tzinfo = UTC,
    overrides: Mapping[str, Value] | None = None,
    counter: TokenCounter | None = None,
) -> Facts:
    """The facts of a request, none of them computed yet. Never raises, and no fact does, whatever the arguments hold.

    `body` is any JSON value. `headers` may be in any case. `path` may be a URL and hold a query. `key` has `alias`, `team`, `user`,
    `org`, `tags`, `spend` and `budget` of the virtual key. `at` without an offset is wall time in `zone`. `overrides` sets facts
    outright by name, to values of their types or None for missing; unknown names, and None for a fact that is never missing, are
    ignored. `counter` counts tokens, a new one without it; sharing one shares what it has counted.
    """
    facts = Facts()
    facts.is_object = isinstance(body, dict)
    facts.body = body if facts.is_object else {}
    facts.path = path
    facts._headers = headers
    facts._key = key
    facts._at = at
    facts._zone = zone
    facts._counter = counter
    if overrides:
        facts.override(overrides)
    return facts


class Facts:
    """Facts of one request: an attribute for each fact, its dots as underscores; None is missing.

    Made by `observe`. Not for several threads at once.
    """

    is_object: bool
    body: dict[str, Json]
    path: str | None
    _headers: Any
    _key: Any
    _at: Any
    _zone: tzinfo
    _counter: TokenCounter | None

    overridden: frozenset[str] = frozenset()
    """The names of the facts that were set outright."""
    inline_limit: int | None = None
    """The bytes of new text that may be tokenised before WouldBlock is raised; None: any number."""

    # ── What facts are made of ───────────────────────────────────────────────────────────────────────────────────────

    headers = Lazy[Mapping[str, Any]](lambda facts: by_name(facts._headers))
    key = Lazy[Mapping[str, Any]](lambda facts: dict(facts._key) if isinstance(facts._key, Mapping) else {})
    moment = Lazy[datetime | None](lambda facts: circumstances.in_zone(facts._at, facts._zone))
    items = Lazy(conversation.items)
    latest_start = Lazy[int](lambda facts: conversation.latest_start(facts.items or []))
    is_responses = Lazy[bool](lambda facts: not isinstance(facts.body.get("messages"), list))
    earlier_media = Lazy[tuple[int, int]](lambda facts: conversation.media_in((facts.items or [])[: facts.latest_start]))
    latest_media = Lazy[tuple[int, int]](lambda facts: conversation.media_in((facts.items or [])[facts.latest_start :]))

    # ── The request ──────────────────────────────────────────────────────────────────────────────────────────────────

    model = Located(model)
    endpoint = Located(endpoint)
    stream = Field(bool, "stream")
    max_tokens = Path[int | Fraction](number, "max_tokens", "max_completion_tokens", "max_output_tokens")
    thinking = Located(parameters.thinking)
    thinking_type = Path(text, "thinking.type")
    thinking_budget = Path[int | Fraction](number, "thinking.budget_tokens")
    effort = Located(parameters.effort)
    tools = Lazy(parameters.tools, "body `tools`")
    tools_types = Lazy(parameters.tools_types, "body `tools`")
    tool_choice = Lazy(parameters.tool_choice, "body `tool_choice`")
    output_format = Path(text, "output_config.format.type", "output_format.type", "response_format.type", "text.format.type")
    mode = Lazy(parameters.mode, "body `safeguards.0.classifier_context.permission_mode`")
    speed = Field(str, "speed")

    # ── The conversation ─────────────────────────────────────────────────────────────────────────────────────────────

    messages = Conversation(conversation.messages)
    turns = Conversation(conversation.turns)
    tools_called = Conversation(conversation.tools_called)
    prompt = Located(conversation.prompt)
    system = Located(conversation.system)
    images = Conversation[int | None](lambda facts: facts.earlier_media[0] + facts.latest_media[0] if facts.is_object else None)
    images_latest = Conversation[int | None](lambda facts: facts.latest_media[0] if facts.is_object else None)
    documents = Conversation[int | None](lambda facts: facts.earlier_media[1] + facts.latest_media[1] if facts.is_object else None)

    # ── The client ───────────────────────────────────────────────────────────────────────────────────────────────────

    session = Located(claude_code.session)
    user = Located(claude_code.user)
    agent_class = Located(claude_code.agent_class)
    agent_type = Header("x-claude-code-agent-type")
    agent_id = Header("x-claude-code-agent-id")
    agent_parent = Header("x-claude-code-parent-agent-id")
    compaction = Header("x-claude-code-compaction")
    client = Header("user-agent")
    betas = Lazy(parameters.betas, "header anthropic-beta, body `betas`")

    # ── The virtual key and the time ─────────────────────────────────────────────────────────────────────────────────

    key_alias = Key(text, "alias")
    key_team = Key(text, "team")
    key_user = Key(text, "user")
    key_org = Key(text, "org")
    key_tags = Key(texts, "tags")
    key_spend = Key[int | Fraction](number, "spend")
    key_budget = Key[int | Fraction](number, "budget")
    key_budget_used = Lazy(circumstances.budget_used, "the virtual key")
    time = Lazy[int | None](lambda facts: facts.moment.hour * 60 + facts.moment.minute if facts.moment else None, "the time given")
    weekday = Lazy[int | None](lambda facts: facts.moment.weekday() if facts.moment else None, "the time given")

    # ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

    counter = Lazy[TokenCounter](lambda facts: TokenCounter() if facts._counter is None else facts._counter)
    counted = Lazy[RequestTokens](lambda facts: RequestTokens(facts.body, facts.items, facts.latest_start, facts.counter, facts.scale))
    correction: Lazy[Fraction | None] = Lazy(lambda facts: facts.counter.correction(facts.model) if facts.counter.correction else None)
    scale: Lazy[Fraction] = Lazy(
        lambda facts: facts.counter.scale_of(facts.model) * (facts.correction or 1) if facts.counter.scales else Fraction(1)
    )
    tokens: Tokens = Tokens(lambda facts: facts.tokens_system + facts.tokens_tools + facts.tokens_messages)
    tokens_system: Tokens = Tokens(lambda facts: facts.counted.exact("tokens.system", facts.inline_limit))
    tokens_tools: Tokens = Tokens(lambda facts: facts.counted.exact("tokens.tools", facts.inline_limit))
    tokens_messages: Tokens = Tokens(lambda facts: facts.counted.exact("earlier", facts.inline_limit) + facts.tokens_latest)
    tokens_latest: Tokens = Tokens(lambda facts: facts.counted.exact("tokens.latest", facts.inline_limit))

    def tokens_above(self, terms: tuple[tuple[str, int | Fraction], ...], constant: int | Fraction) -> bool:
        """Whether a sum is over 0: of token facts (`tokens`, `tokens.latest`, …) times their factors, and a constant.

        Tokenises no more than the answer needs. Raises WouldBlock where that is more than `inline_limit`.
        """
        values = self.__dict__
        known = {name: values[attribute] for name, attribute in _TOKENS if attribute in values}
        return self.counted.above(terms, constant, known, self.inline_limit)

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name."""
        value = self.headers.get(name)
        return value if isinstance(value, str) else None

    def metadata(self, key: str) -> str | None:
        """A text of the body's `metadata`."""
        return text(values.member(self.body, "metadata", key))

    def at_path(self, parts: tuple[str, ...]) -> Json:
        """The JSON value at a path into the body; None where there is none."""
        return values.at_path(self.body, parts)

    def body_number(self, parts: tuple[str, ...]) -> int | Fraction | None:
        """The number at a path into the body."""
        return number(values.at_path(self.body, parts))

    def body_text(self, parts: tuple[str, ...]) -> str | None:
        """The text at a path into the body."""
        return text(values.at_path(self.body, parts))

    def body_bool(self, parts: tuple[str, ...]) -> bool | None:
        """The bool at a path into the body."""
        return boolean(values.at_path(self.body, parts))

    def body_list(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        """The list of text at a path into the body."""
        return texts(values.at_path(self.body, parts))

    def read(self, name: str) -> Value:
        """The value of a fact by its name. Raises KeyError for the name of no fact."""
        value: Value = getattr(self, ATTRIBUTES[name])
        return value

    def source_of(self, name: str) -> str:
        """Where the value of a fact came from in this request. Raises KeyError for the name of no fact."""
        if name in self.overridden:
            return "set outright"
        if self.read(name) is None:
            return "missing"
        descriptor: Lazy[Any] = type(self).__dict__[ATTRIBUTES[name]]
        return descriptor.source_in(self)

    @property
    def counting(self) -> Counting:
        """How the tokens of this request are counted; without a tokenizer that is known once something was counted."""
        counter = self.counter
        return Counting(None if counter.error else counter.encoding, counter.scale_of(self.model), self.correction)

    def values_read(self) -> dict[str, Value]:
        """The facts computed so far, by name."""
        known = self.__dict__
        return {name: known[attribute] for name, attribute in ATTRIBUTES.items() if attribute in known}

    @property
    def request(self) -> Mapping[str, Json]:
        """The body, read-only; empty where the body is no object."""
        return MappingProxyType(self.body)

    def override(self, overrides: Mapping[str, Value]) -> None:
        """Sets facts outright by name."""
        given = {name: value for name, value in overrides.items() if name in ATTRIBUTES and not (value is None and name in _NEVER_MISSING)}
        self.overridden = frozenset(given)
        for name, value in given.items():
            setattr(self, ATTRIBUTES[name], value)
