"""Facts of one request, each computed when it is first read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ccproxy.facts import circumstances, claude_code, codex, opencode, values
from ccproxy.facts.counting.counter import Counting, TokenCounter
from ccproxy.facts.counting.request_tokens import RequestTokens
from ccproxy.facts.definitions import FACTS, TOKEN_COUNTS
from ccproxy.facts.endpoint import model_in, streamed_by
from ccproxy.facts.extra_body import merged
from ccproxy.facts.given import Given, Header, Key, Marked, Offered, Remembered, Shaped, Spoken, Told
from ccproxy.facts.headers import first_filled, session_header
from ccproxy.facts.lazy import Lazy, Located, sourced
from ccproxy.facts.readers import asked_of_label
from ccproxy.facts.request import Request
from ccproxy.facts.schema import Presence
from ccproxy.facts.sender import Sender
from ccproxy.facts.shapes import conversation as talk
from ccproxy.facts.shapes.tools import names_of
from ccproxy.facts.values import Json, Value, number, text, texts

ATTRIBUTES: Mapping[str, str] = MappingProxyType({fact.name: fact.name.replace(".", "_") for fact in FACTS})
"""The attribute of `Facts` that holds a fact, by the fact's name."""

_PLACES = {attribute: (place, name, attribute) for place, (name, attribute) in enumerate(ATTRIBUTES.items())}
"""By attribute: the place of a fact among all, and its name."""
_CLASS_SOURCE = f"header {claude_code.CLASS_HEADER}"
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

    `body` is any JSON value; its `extra_body` is read at the top level. `headers` may be in any case. `path` may be a URL and hold a
    query. `key` has `alias`, `team`, `user`, `org`, `tags`, `spend` and `budget` of the virtual key. `at` without an offset is wall time
    in `zone`. `overrides` sets facts outright by name, to values of their types or None for missing; unknown names, and None for a fact
    that is never missing, are ignored. `counter` counts tokens, a new one without it; sharing one shares what it has counted.
    """
    facts = Facts()
    facts.path = path
    if isinstance(body, dict):
        facts.is_object = True
        facts.body = body
        if "extra_body" in body:
            facts.body = merged(body, facts.api)
    else:
        facts.is_object = False
        facts.body = {}
    facts._headers = headers
    facts._key = key
    facts._at = at
    facts._zone = zone
    facts._counter = counter
    if overrides:
        facts.override(overrides)
    return facts


def observe_request(request: Request, *, zone: tzinfo = UTC, counter: TokenCounter | None = None) -> Facts:
    """The facts of a request; `zone` and `counter` as for `observe`."""
    return observe(
        request.body,
        headers=request.headers,
        path=request.path,
        key=request.key,
        at=request.at,
        zone=zone,
        overrides=request.facts,
        counter=counter,
    )


class Tokens(Lazy[int]):
    """A token count."""

    def source_in(self, facts: Facts) -> str:
        return str(facts.counting)


class Facts(Given):
    """Facts of one request: an attribute for each fact, its dots as underscores; None is missing.

    Made by `observe`. Not for several threads at once.
    """

    _counter: TokenCounter | None

    overridden: frozenset[str] = frozenset()
    """The names of the facts that were set outright."""
    compared: tuple[tuple[tuple[tuple[str, int | Fraction], ...], bool], ...] = ()
    """The sums of token facts that were compared with 0, and whether they are above it."""
    labelled: Mapping[str, Value] = MappingProxyType({})
    """What functions of labels are, by their canonical texts: those set outright, and those computed so far."""
    inline_limit: int | None = None
    """The bytes of new text that may be tokenised before WouldBlock is raised; None: any number."""

    # ── The request ──────────────────────────────────────────────────────────────────────────────────────────────────

    max_tokens = Shaped[int | Fraction]()
    thinking = Shaped[bool]()
    thinking_type = Shaped[str]()
    thinking_budget = Shaped[int | Fraction]()
    tools_types = Shaped[tuple[str, ...]]()
    tool_choice = Shaped[str]()
    output_format = Shaped[str]()
    speed = Shaped[str]()

    @Located
    def model(self) -> tuple[str | None, str]:
        """The path's where it names one, else the body's."""
        if isinstance(self.path, str) and (named := model_in(self.path)) is not None:
            return named, "the path"
        value = self.body.get("model")
        return (value, "body `model`") if isinstance(value, str) else (None, "")

    @Located
    def stream(self) -> tuple[bool | None, str]:
        """As the body says; where the path says it, the path."""
        shape = self.shape
        if shape.streams_by_path and isinstance(self.path, str) and (told := streamed_by(self.path)) is not None:
            return told, "the path"
        return shape.stream.located(self.body)

    @Marked
    def endpoint(self) -> str | None:
        """By the path; without one, by the body."""
        return self.api

    @Located
    def effort(self) -> tuple[str | None, str]:
        """Of the last message that has one, else of the request."""
        shape = self.shape
        if shape.item_efforts and (items := self.sent_items) and (told := talk.effort_in(items, shape.item_efforts)) is not None:
            return told, "the last message with an `output_config.effort`"
        return shape.request_effort.located(self.body)

    @Offered
    def tools(self) -> tuple[str, ...] | None:
        """The names of the tools offered."""
        shape = self.shape
        offered = shape.tools_offered.first(self.body)
        return None if offered is None else names_of(offered, shape.tool_names, shape.tools_within)

    @Located
    def mode(self) -> tuple[str | None, str]:
        """As the client says; for Claude Code without a word of it, as its reminder of plan mode tells."""
        told, source = self.shape.mode.located(self.body)
        if told is None and self.sender is Sender.CLAUDE_CODE and self.items and claude_code.has_plan_reminder(self.items):
            return "plan", "a reminder in the last user message"
        return told, source

    # ── The conversation ─────────────────────────────────────────────────────────────────────────────────────────────

    @Spoken
    def messages(self) -> int | None:
        """How many there are."""
        items = self.items
        return None if items is None or (conversation := self.conversation) is None else conversation.count(items)

    @Spoken
    def turns(self) -> int | None:
        """How many messages in which a person says or shows something."""
        return None if self.items is None else talk.turns_of(self.items, self.by_hand)

    @Spoken
    def turn_step(self) -> int | None:
        """How many messages the assistant has made of its turn."""
        if self.items is None or self.turns is None:
            return None
        return talk.step_of(self.items, self.by_hand, self.conversation is not None and self.conversation.runs)

    @Spoken
    def tools_called(self) -> tuple[str, ...] | None:
        """What the assistant called last."""
        if self.items is None or self.conversation is None or not self.shape.calls:
            return None
        return talk.called_in(self.items, self.shape.calls, self.conversation.runs)

    @Spoken
    def images(self) -> int | None:
        """How many there are."""
        return self.earlier_media.images + self.latest_media.images if self.is_object else None

    @Spoken
    def images_latest(self) -> int | None:
        """How many the latest messages have."""
        return self.latest_media.images if self.is_object else None

    @Spoken
    def documents(self) -> int | None:
        """How many there are."""
        return self.earlier_media.documents + self.latest_media.documents if self.is_object else None

    @Spoken
    def audio(self) -> int | None:
        """How many blocks of sound there are."""
        return self.earlier_media.audio + self.latest_media.audio if self.is_object else None

    @Spoken
    def video(self) -> int | None:
        """How many blocks of video there are."""
        return self.earlier_media.video + self.latest_media.video if self.is_object else None

    @Located
    def prompt(self) -> tuple[str | None, str]:
        """What a person wrote last."""
        if self.items is not None:
            return talk.prompt_of(self.items, self.by_hand), f"body `{self.conversation.key}`" if self.conversation else ""
        given, source = self.shape.text.located(self.body)
        return talk.human_text(talk.as_blocks(given), self.by_hand), source

    @Located
    def system(self) -> tuple[str | None, str]:
        """The texts of the system prompt, beside the messages and among them."""
        given, source = self.shape.system_prompt.located(self.body)
        parts = talk.text_parts(given)
        sources = [source] if parts else []
        among = talk.instructions_in(self.items or [])
        if among:
            sources.append("messages of role system or developer")
        parts.extend(among)
        return ("\n".join(parts) if parts else None), ", ".join(sources)

    # ── The client ───────────────────────────────────────────────────────────────────────────────────────────────────

    @Located
    def session(self) -> tuple[str | None, str]:
        """Of a header, else of `metadata.user_id`; of Codex also of the body's `prompt_cache_key`."""
        names = [claude_code.SESSION_HEADER]
        if self.sender is Sender.CODEX:
            names.extend(codex.SESSION_HEADERS)
        elif self.sender is Sender.OPENCODE:
            names += [opencode.PARENT_HEADER, opencode.SESSION_HEADER]
        name = first_filled(self.headers, names)
        if name is None and self.sender is Sender.CODEX:
            key, source = self.shape.cache_key.located(self.body)
            if key:
                return key, source
        name = name or session_header(self.headers)
        if name is not None:
            return self.header(name), f"header {name}"
        return claude_code.session_of(self.user_id) if self.user_id else None, "body `metadata.user_id`"

    @Located
    def user(self) -> tuple[str | None, str]:
        """Of `metadata.user_id`; OpenAI's `user`."""
        if self.user_id is not None:
            return claude_code.user_of(self.user_id), "body `metadata.user_id`"
        return self.shape.body_user.located(self.body)

    @Located
    def agent_class(self) -> tuple[str | None, str]:
        """As the client says, each in its own way; for Claude Code without hint headers, as the request's marks tell."""
        told = self.header(claude_code.CLASS_HEADER)
        if told is not None:
            return told, _CLASS_SOURCE
        match self.sender:
            case None:
                return None, ""
            case Sender.CODEX:
                return self.class_by_codex
            case Sender.OPENCODE:
                return opencode.class_of(self.headers, self.tools)
            case Sender.CLAUDE_CODE:
                pass
        if self.endpoint == "count_tokens":
            return "auxiliary", "fallback: the path is count_tokens"
        return claude_code.class_by_marks(self.tools, self.tools_types, self.agent_id, self.shape.system_prompt.first(self.body))

    @Told
    def agent_type(self) -> tuple[str | None, str]:
        """By Codex' marks."""
        return codex.type_of(self.codex_turn, self.headers) if self.sender is Sender.CODEX else (None, "")

    @Told
    def agent_id(self) -> tuple[str | None, str]:
        """By the headers of Codex' and opencode's subagents."""
        name = {Sender.CODEX: codex.THREAD_HEADER, Sender.OPENCODE: opencode.SESSION_HEADER}.get(self.sender) if self.sender else None
        if name is None or self.agent_class != "subagent":
            return None, ""
        return self.header(name), f"header {name}"

    @Told
    def agent_parent(self) -> tuple[str | None, str]:
        """By the headers of Codex and opencode."""
        name = {Sender.CODEX: codex.PARENT_HEADER, Sender.OPENCODE: opencode.PARENT_HEADER}.get(self.sender) if self.sender else None
        return (None, "") if name is None else (self.header(name), f"header {name}")

    @Told
    def compaction(self) -> tuple[str | None, str]:
        """By Codex' metadata of the turn."""
        return codex.compaction_of(self.codex_turn) if self.sender is Sender.CODEX else (None, "")

    client = Header()

    @sourced("header anthropic-beta, body `betas`")
    def betas(self) -> tuple[str, ...] | None:
        """Those of the header, then those of the body, each once."""
        header, listed = self.header("anthropic-beta"), self.shape.body_betas.first(self.body)
        if header is None and listed is None:
            return None
        names = [*(header or "").split(","), *[name for name in listed or () if isinstance(name, str)]]
        return tuple(dict.fromkeys([name for name in map(str.strip, names) if name]))

    @Located
    def tags(self) -> tuple[tuple[str, ...] | None, str]:
        """Those of the header, then those of the body and of its `metadata`, each once."""
        header = self.header("x-litellm-tags")
        given = [
            ("header x-litellm-tags", None if header is None else tuple(header.split(","))),
            ("body `tags`", texts(self.body.get("tags"))),
            ("body `metadata.tags`", texts(values.member(self.body, "metadata", "tags"))),
        ]
        there = [(source, names) for source, names in given if names is not None]
        if not there:
            return None, ""
        trimmed = [name.strip() for _, names in there for name in names]
        return tuple(dict.fromkeys(filter(None, trimmed))), ", ".join(source for source, _ in there)

    # ── The virtual key and the time ─────────────────────────────────────────────────────────────────────────────────

    key_alias = Key(text)
    key_team = Key(text)
    key_user = Key(text)
    key_org = Key(text)
    key_tags = Key(texts)
    key_spend = Key[int | Fraction](number)
    key_budget = Key[int | Fraction](number)

    @sourced("the virtual key")
    def key_budget_used(self) -> int | Fraction | None:
        """The spend in percent of the budget."""
        return circumstances.percent(self.key_spend, self.key_budget)

    @sourced("the time given")
    def time(self) -> int | None:
        """Minutes since midnight."""
        return self.moment.hour * 60 + self.moment.minute if self.moment else None

    @sourced("the time given")
    def weekday(self) -> int | None:
        """Days since Monday."""
        return self.moment.weekday() if self.moment else None

    # ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────────
    # known only where they are given

    session_label = Remembered[str]()
    session_idle = Remembered[int | Fraction]()
    session_requests = Remembered[int | Fraction]()
    session_spend = Remembered[int | Fraction]()
    cache_tokens = Remembered[int | Fraction]()

    # ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @Lazy
    def counter(self) -> TokenCounter:
        """What counts tokens."""
        return TokenCounter() if self._counter is None else self._counter

    @Lazy
    def counted(self) -> RequestTokens:
        """The parts of the request that tokens are counted in."""
        return self.counted_by(self.scale)

    @Lazy
    def correction(self) -> Fraction | None:
        """What the answers of this model's provider have taught of our counts."""
        return self.counter.correction(self.model) if self.counter.correction else None

    @Lazy
    def scale(self) -> Fraction:
        """The factor from tokens of our encoding to the model's."""
        return self.counter.scale_of(self.model) * (self.correction or 1) if self.counter.scales else Fraction(1)

    @Tokens
    def tokens(self) -> int:
        """Of the whole request."""
        return self.tokens_system + self.tokens_tools + self.tokens_messages

    @Tokens
    def tokens_system(self) -> int:
        """Of the system prompt."""
        return self.counted.exact("tokens.system", self.inline_limit)

    @Tokens
    def tokens_tools(self) -> int:
        """Of the tools offered."""
        return self.counted.exact("tokens.tools", self.inline_limit)

    @Tokens
    def tokens_messages(self) -> int:
        """Of all the rest."""
        return self.counted.exact("earlier", self.inline_limit) + self.tokens_latest

    @Tokens
    def tokens_latest(self) -> int:
        """Of what came after the assistant's last message."""
        return self.counted.exact("tokens.latest", self.inline_limit)

    def counted_by(self, scale: Fraction) -> RequestTokens:
        """The parts of the request that tokens are counted in, by a scale."""
        return RequestTokens(self.shape, self.body, self.items, self.latest_start, counter=self.counter, scale=scale)

    def tokens_above(self, terms: tuple[tuple[str, int | Fraction], ...], constant: int | Fraction) -> bool:
        """Whether a sum is over 0: of token facts (`tokens`, `tokens.latest`, …) times their factors, and a constant.

        Tokenises no more than the answer needs. Raises WouldBlock where that is more than `inline_limit`.
        """
        values = self.__dict__
        known = {name: values[attribute] for name, attribute in _TOKENS if attribute in values}
        above = self.counted.above(terms, constant, known, self.inline_limit)
        self.compared = (*self.compared, (terms, above))
        return above

    def token_bounds(self) -> dict[str, int | dict[str, int]]:
        """The token facts that were compared and not read: the count, or where that took none, the bounds that decided.

        `at_least` is such a bound, `at_most` another.
        """
        read = self.values_read()
        found: dict[str, int | dict[str, int]] = {}
        for terms, above in self.compared:
            for name, factor in terms:
                if name in read:
                    continue
                least, most = self.counted.bounds(name)
                bound = {"at_least": least} if (factor > 0) == above else {"at_most": most}
                before = found.get(name, {})
                found[name] = least if least == most or isinstance(before, int) else before | bound
        return found

    # ── All of them ──────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, name: str) -> Value:
        """The value of a fact by its name, of a function of a label by its canonical text. Raises KeyError for any other name.

        A function of a label is what was set or computed: computing it is up to the policy, which knows the models.
        """
        if name not in ATTRIBUTES and (asked := asked_of_label(name)) is not None:
            return self.labelled.get(name, asked[0].unknown)
        value: Value = getattr(self, ATTRIBUTES[name])
        return value

    def source_of(self, name: str) -> str:
        """Where the value of a fact, or of a function of a label, came from. Raises KeyError for any other name."""
        if name in self.overridden:
            return "set outright"
        if self.read(name) is None:
            return "missing"
        if name not in ATTRIBUTES:
            return ""
        descriptor: Lazy[Any] = getattr(type(self), ATTRIBUTES[name])
        return descriptor.source_in(self)

    @property
    def counting(self) -> Counting:
        """How the tokens of this request are counted; without a tokenizer that is known once something was counted."""
        counter = self.counter
        return Counting(None if counter.error else counter.encoding, counter.scale_of(self.model), self.correction)

    def values_read(self) -> dict[str, Value]:
        """The facts computed so far, by name; functions of labels by their canonical texts."""
        known = self.__dict__
        read = sorted([_PLACES[attribute] for attribute in known if attribute in _PLACES])
        return {name: known[attribute] for _, name, attribute in read} | dict(self.labelled)

    def of_label(self, key: str, compute: Callable[[], Value]) -> Value:
        """The value of a function of a label by its canonical text, computed where nobody set it, and kept."""
        if key not in self.labelled:
            self.labelled = {**self.labelled, key: compute()}
        return self.labelled[key]

    def remember(self, values: Mapping[str, Value]) -> None:
        """Sets what is remembered of the conversation, and of labels by canonical text; nothing of it counts as set outright."""
        for name, value in values.items():
            if name in ATTRIBUTES:
                setattr(self, ATTRIBUTES[name], value)
            else:
                self.labelled = {**self.labelled, name: value}

    def told_of_label(self, key: str, otherwise: Value) -> Value:
        """The value of a function of a label that nothing computes: what was set, else this."""
        return self.labelled.get(key, otherwise)

    def override(self, overrides: Mapping[str, Value]) -> None:
        """Sets facts outright by name, functions of labels by their canonical texts."""
        values, labelled, names = self.__dict__, {}, []
        for name, value in overrides.items():
            if value is None and _is_never_missing(name):
                continue
            attribute = ATTRIBUTES.get(name)
            if attribute is not None:
                values[attribute] = value
            elif asked_of_label(name):
                labelled[name] = value
            else:
                continue
            names.append(name)
        self.labelled = labelled
        self.overridden = frozenset(names)


def _is_never_missing(name: str) -> bool:
    asked = asked_of_label(name)
    return name in _NEVER_MISSING or (asked is not None and asked[0].presence is Presence.ALWAYS)
