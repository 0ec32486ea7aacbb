"""What facts are made of: a request's body, headers, key and time, and the ways to read them by place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ccproxy.facts import claude_code, codex, values
from ccproxy.facts.circumstances import in_zone
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.endpoint import NO_MARK, of_path, shape_at, shape_of
from ccproxy.facts.headers import by_name, header_of
from ccproxy.facts.lazy import Lazy, Located
from ccproxy.facts.schema import InKey
from ccproxy.facts.sender import BY_HAND, Sender, sender_of
from ccproxy.facts.shapes import BY_KEY
from ccproxy.facts.shapes import conversation as talk
from ccproxy.facts.shapes.conversation import ByHand, Media
from ccproxy.facts.shapes.responses import RESPONSES
from ccproxy.facts.shapes.shape import Conversation, Places, Shape
from ccproxy.facts.values import Json, boolean, number, text, texts

if TYPE_CHECKING:
    from typing import Self

V = TypeVar("V")


class Given:
    """What a request gives, and what all its facts are made of."""

    is_object: bool
    body: dict[str, Json]
    path: str | None
    _headers: Any
    _key: Any
    _at: Any
    _zone: tzinfo

    # ── What facts are made of ───────────────────────────────────────────────────────────────────────────────────────

    @Lazy
    def headers(self) -> Mapping[str, Any]:
        """The headers by lower-case name."""
        return by_name(self._headers)

    @Lazy
    def key(self) -> Mapping[str, Any]:
        """The properties of the virtual key."""
        return dict(self._key) if isinstance(self._key, Mapping) else {}

    @Lazy
    def moment(self) -> datetime | None:
        """The time of the request in the policy's zone."""
        return in_zone(self._at, self._zone)

    @Lazy
    def user_id(self) -> str | None:
        """`metadata.user_id`, in which Claude Code names account, device and session."""
        return self.metadata("user_id")

    @Lazy
    def api(self) -> str | None:
        """The endpoint that the path names, without a path the body."""
        if isinstance(self.path, str) and self.path:
            return of_path(self.path)
        return self.shape.endpoints[0][1] if self.is_object else None

    @Lazy
    def shape(self) -> Shape:
        """How the body is read: as its API is; by key where nothing tells that."""
        path = self.path
        if isinstance(path, str) and path:
            return shape_at(path)
        return shape_of(self.body)[0] if self.is_object else BY_KEY

    @Lazy
    def sent_items(self) -> list[Json] | None:
        """The conversation as sent; None without one."""
        return self.shape.items(self.body)

    @Lazy
    def items(self) -> list[Json] | None:
        """The conversation; None without one. To a subagent of Codex what another agent tells it is a message of its user."""
        sent = self.sent_items
        if sent and self.shape is RESPONSES and self.sender is Sender.CODEX and self.api == "responses":
            kind = self.header(claude_code.CLASS_HEADER) or self.class_by_codex[0]
            return codex.heard(sent) if kind == "subagent" else sent
        return sent

    @Lazy
    def sender(self) -> Sender | None:
        """The client, where it is one that marks its requests."""
        return sender_of(self.headers)

    @Lazy
    def codex_turn(self) -> Mapping[str, Json]:
        """What Codex tells of the turn."""
        return codex.turn_of(self.headers)

    @Lazy
    def class_by_codex(self) -> tuple[str, str]:
        """The class of the agent by the marks of Codex, and the mark that tells."""
        return codex.class_of(self.codex_turn, self.headers, self.api, self.sent_items or [])

    @Lazy
    def by_hand(self) -> ByHand:
        """What a person wrote of a text of this client."""
        return BY_HAND[self.sender]

    @Lazy
    def conversation(self) -> Conversation | None:
        """Where the conversation stands."""
        return self.shape.conversation(self.body)

    @Lazy
    def latest_start(self) -> int:
        """The index of the item after the assistant's last."""
        return talk.latest_start(self.items or [])

    @Lazy
    def earlier_media(self) -> Media:
        """Images, documents, sounds and videos before `latest_start`."""
        return talk.media_in((self.items or [])[: self.latest_start])

    @Lazy
    def latest_media(self) -> Media:
        """Images, documents, sounds and videos from `latest_start` on."""
        return talk.media_in((self.items or [])[self.latest_start :])

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name."""
        value = self.headers.get(name)
        return value if isinstance(value, str) else None

    def metadata(self, key: str) -> str | None:
        """A text of the body's `metadata`."""
        data = self.body.get("metadata")
        value = data.get(key) if isinstance(data, dict) else None
        return value if isinstance(value, str) else None

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

    @property
    def request(self) -> Mapping[str, Json]:
        """The body, read-only; empty where the body is no object."""
        return MappingProxyType(self.body)


class Shaped(Lazy[V | None]):
    """A fact of the body: the first value at the places that the request's shape has under this name."""

    def __init__(self) -> None:
        super().__init__(lambda facts: facts.shape.readers[self.attribute](facts.body))

    @overload
    def __get__(self, facts: None, owner: Any) -> Self: ...

    @overload
    def __get__(self, facts: object, owner: Any) -> V | None: ...

    def __get__(self, facts: Any, owner: Any = None) -> V | Self | None:
        # as in Lazy, without a call for the sake of it: most facts that policies read are read here
        if facts is None:
            return self
        value: V | None = facts.shape.readers[self.attribute](facts.body)
        setattr(facts, self.attribute, value)
        return value

    def source_in(self, facts: Given) -> str:
        places: Places[V] = getattr(facts.shape, self.attribute)
        return places.located(facts.body)[1]


class Header(Lazy[str | None]):
    """The header that the fact's row names."""

    def __init__(self) -> None:
        super().__init__(lambda facts: facts.header(self._name))

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self._name = header_of(name.replace("_", "."))
        self.source = f"header {self._name}"


class Told(Located[str | None]):
    """The header that the fact's row names; where it is missing, what `otherwise` finds, and where. A decorator of a method."""

    def __init__(self, otherwise: Callable[[Any], tuple[str | None, str]]) -> None:
        super().__init__(lambda facts: self._header_of(facts) or otherwise(facts))

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self._name = header_of(name.replace("_", "."))

    def _header_of(self, facts: Given) -> tuple[str, str] | None:
        told = facts.header(self._name)
        return None if told is None else (told, f"header {self._name}")


class Key(Lazy[V | None]):
    """The property of the LiteLLM virtual key that the fact's row names."""

    def __init__(self, read: Callable[[Json], V | None]) -> None:
        super().__init__(lambda facts: None if facts._key is None else read(facts.key.get(self._name)), "the virtual key")

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        place = BY_NAME[name.replace("_", ".")].place
        if not isinstance(place, InKey):
            raise TypeError(f"{name} is in no key")
        self._name = place.name


class Remembered(Lazy[V | None]):
    """A fact that no request has: what the proxy remembers, or was told outright."""

    def __init__(self) -> None:
        super().__init__(lambda facts: None, "memory")


class Marked(Lazy[V]):
    """A fact that the path tells, without a path a mark in the body."""

    def source_in(self, facts: Given) -> str:
        return "the path" if isinstance(facts.path, str) and facts.path else facts.shape.mark(facts.body) or NO_MARK


class Offered(Lazy[V]):
    """A fact of the tools that the request offers."""

    def source_in(self, facts: Given) -> str:
        return facts.shape.tools_offered.located(facts.body)[1]


class Spoken(Lazy[V]):
    """A fact of the conversation."""

    def source_in(self, facts: Given) -> str:
        return f"body `{facts.conversation.key}`" if facts.conversation else ""
