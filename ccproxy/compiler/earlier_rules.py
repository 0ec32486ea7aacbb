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


def missing_rule(dotted: str) -> tuple[str, str] | None:
    """What there is to say of the dotted name of one of those classes: that nothing is there, and what to write."""
    module, _, name = dotted.rpartition(".")
    if module != EARLIER_RULES:
        return None
    rule = _CONDITIONS.get(name)
    whole = "ccproxy import writes a policy for a whole ccproxy.yaml of an earlier ccproxy"
    told = f"there is nothing at `{dotted}`: it was a rule of an earlier ccproxy"
    return told, f"a condition says it now: {rule}; {whole}" if rule else whole
