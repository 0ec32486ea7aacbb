"""A request between the calls of the hook: what was decided, and what a client is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import quote

from litellm.proxy._types import ProxyException

from ccproxy.decision import Decision
from ccproxy.frozen import frozen
from ccproxy.gateway.decider import Decider
from ccproxy.gateway.litellm_data import arrival
from ccproxy.gateway.memory import Ticket
from ccproxy.gateway.records import new_id

SENT_SECONDS = 0.005
"""In about this time LiteLLM has sent a request on."""
HEADER_SAFE = " !#$&'()*+,/:;<=>?@[]^`{|}~"
"""Characters that are not percent-encoded in a response header, besides letters, digits, `_`, `.`, `-`."""


@dataclass(slots=True)
class Course:
    """What has become of a routed request so far: the label `tried` last, what had to be `fitted` for it, whether the answer is recorded.

    `vendor` is whose model was tried last, None if unknown. `ticket` is what it has to do with memory. `ended` is true as well where there
    will be no answer. `unsettled` is what is still to be done of the decision.
    """

    tried: str | None = None
    vendor: str | None = None
    ticket: Ticket | None = None
    fitted: tuple[str, ...] = ()
    ended: bool = False
    unsettled: Callable[[], None] | None = None

    def later(self, work: Callable[[], None]) -> None:
        """Have something done that the client need not wait for: while the provider answers, at the latest by `settle`."""
        self.unsettled = work
        asyncio.get_running_loop().call_later(SENT_SECONDS, self.settle)

    def settle(self) -> None:
        """Do now what was to be done later."""
        work, self.unsettled = self.unsettled, None
        if work is not None:
            work()

    def goes_to(self, label: str | None, vendor: str | None) -> None:
        """Note the label that is tried next, None where LiteLLM doesn't say; what another one took doesn't count any more."""
        if label is None:
            return
        self.vendor = vendor
        if label != self.tried:
            self.tried, self.fitted = label, ()

    def note(self, changes: tuple[str, ...]) -> None:
        """Note what was changed for it, each once: LiteLLM makes one call of another, and tries again."""
        self.fitted = tuple(dict.fromkeys((*self.fitted, *changes)))


@frozen
class Routed:
    """The result of a request's first pass through the hook.

    `arrival` identifies the request. `label` is the model that it goes to, None if it is rejected. `rule` is the place of the
    rule, `policy.ccp:12`, None if no rule decided. `id` is that of its records, `since` the time of its arrival in seconds, `kept`
    whether it keeps its model. `models` is the hash of what is known of the labels that the policy asks about.
    """

    arrival: object
    label: str | None
    fallbacks: tuple[str, ...]
    rule: str | None
    policy: str
    kept: bool
    models: str | None = None
    since: float = 0.0
    id: str = field(default_factory=new_id)
    course: Course = field(default_factory=Course)

    @classmethod
    def by(
        cls, decision: Decision, decider: Decider, arrived: object, asked: Any, *, kept: Sequence[str] = (), since: float = 0.0
    ) -> Routed:
        """The result of what this decider decided on a request for the model `asked`; `kept` are fallbacks of the client's own."""
        rule, policy, fallbacks = place_of_rule(decision), decider.policy, (*decision.fallbacks, *kept)
        keeps = decision.action == "keep"
        return cls(arrived, decision.model_for(asked), fallbacks, rule, policy.sha256[:12], keeps, policy.models_hash, since)

    def headers(self) -> dict[str, str]:
        """The response headers that inform the client."""
        tried = self.course.tried
        served = None if tried == self.label else tried
        named = {
            "x-ccproxy-label": self.label,
            "x-ccproxy-served": served,
            "x-ccproxy-rule": self.rule,
            "x-ccproxy-policy": self.policy,
            "x-ccproxy-fitted": "; ".join(self.course.fitted) or None,
        }
        return {name: quote(value, safe=HEADER_SAFE) for name, value in named.items() if value is not None}


def place_of_rule(decision: Decision) -> str | None:
    """The place of the rule that decided: `policy.ccp:12`; None if no rule did."""
    return None if decision.rule is None else f"{decision.rule.file}:{decision.rule.line}"


_routed: ContextVar[Routed | None] = ContextVar("ccproxy_routed", default=None)


def remember(routed: Routed) -> None:
    """Keep the result for the later calls of the hook in this request."""
    _routed.set(routed)


def routed_before(data: Mapping[str, Any]) -> Routed | None:
    """The result of this request's first pass; None during that pass."""
    routed = _routed.get()
    if routed is None or routed.arrival is None:
        return None
    # with pipelined requests on one connection, the value may be that of the previous request
    return routed if routed.arrival == arrival(data) else None


def forbidden(key: Any, refused: str, routed: Routed) -> str:
    """The error message for a key that may not use the label; `refused` is the reason, as given by `refusal`."""
    alias = getattr(key, "key_alias", None)
    who = f'the key "{alias}"' if alias else "this key"
    why = f", where {routed.rule} sends this request" if routed.rule else ""
    return f'{who} {refused} "{routed.label}"{why}'


def forbid(key: Any, refused: str, routed: Routed) -> NoReturn:
    """Refuse a request because its key may not use the label."""
    refuse(403, forbidden(key, refused, routed), routed)


def rejected_headers(routed: Routed) -> dict[str, str]:
    """The response headers of a rejected request."""
    return {name: value for name, value in routed.headers().items() if name != "x-ccproxy-label"}


def refuse(status: int, message: str, routed: Routed) -> NoReturn:
    """Raise the error that answers the client in the format of the API that it called."""
    # the headers of an HTTPException would not reach a client of /v1/messages
    kind = "permission_error" if status == 403 else "invalid_request_error"
    raise ProxyException(message=message, type=kind, param=None, code=status, headers=rejected_headers(routed))
