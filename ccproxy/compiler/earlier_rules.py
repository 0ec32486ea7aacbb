"""The rule classes of earlier ccproxys, which are conditions of the language now."""

from __future__ import annotations

from types import MappingProxyType

EARLIER_RULES = "ccproxy.rules"
"""The module that they were in."""

_CONDITIONS = MappingProxyType(
    {
        "TokenCountRule": "when tokens > 60k -> LABEL",
        "MatchModelRule": "when model matches /haiku/i -> LABEL",
        "ThinkingRule": 'when effort in ["xhigh", "max"] -> LABEL',
        "MatchToolRule": 'when any tools.called == "WebFetch" -> LABEL',
    }
)
"""Each with a rule that asks what it was for."""

EARLIER_CLASSES = tuple(_CONDITIONS)


def advice_for(name: str) -> str:
    """What to write for a class of that module."""
    rule = _CONDITIONS.get(name)
    whole = "ccproxy import writes a policy for a whole ccproxy.yaml of an earlier ccproxy"
    return f"a condition says it now: {rule}; {whole}" if rule else whole
