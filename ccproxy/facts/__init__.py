"""Turns a request into facts: the table of them, their values, and token counting."""

from ccproxy.facts.counting import (
    ENCODINGS,
    Counting,
    RecurringValues,
    TokenCounter,
    TokenizerError,
    TokenStats,
    WouldBlock,
    check_vocabulary,
)
from ccproxy.facts.definitions import FACT_NAMES, FACTS, fact_named
from ccproxy.facts.facts import Facts, observe, observe_request
from ccproxy.facts.readers import FUNCTIONS, REFUSED_BODY_PARTS, REFUSED_HEADERS, Function
from ccproxy.facts.request import EnvelopeError, Request
from ccproxy.facts.schema import Fact, Presence
from ccproxy.facts.values import Value

__all__ = [
    "ENCODINGS",
    "FACTS",
    "FACT_NAMES",
    "FUNCTIONS",
    "REFUSED_BODY_PARTS",
    "REFUSED_HEADERS",
    "Counting",
    "EnvelopeError",
    "Fact",
    "Facts",
    "Function",
    "Presence",
    "RecurringValues",
    "Request",
    "TokenCounter",
    "TokenStats",
    "TokenizerError",
    "Value",
    "WouldBlock",
    "check_vocabulary",
    "fact_named",
    "observe",
    "observe_request",
]
