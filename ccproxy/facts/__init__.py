"""Facts of a request: the table of them, their values, and token counting."""

from ccproxy.facts.functions import FUNCTIONS, REFUSED_BODY_PARTS, REFUSED_HEADERS, Function
from ccproxy.facts.observation import Facts, observe
from ccproxy.facts.schema import FACTS, Fact, Presence, fact_named
from ccproxy.facts.tokens import ENCODINGS, Counting, TokenCounter, TokenizerError, TokenStats, WouldBlock, check_vocabulary
from ccproxy.facts.values import Value
from ccproxy.language.types import Type

__all__ = [
    "ENCODINGS",
    "FACTS",
    "FUNCTIONS",
    "REFUSED_BODY_PARTS",
    "REFUSED_HEADERS",
    "Counting",
    "Fact",
    "Facts",
    "Function",
    "Presence",
    "TokenCounter",
    "TokenStats",
    "TokenizerError",
    "Value",
    "WouldBlock",
    "check_vocabulary",
    "fact_named",
    "observe",
]
