"""The names that LiteLLM routes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from ccproxy.frozen import frozen
from ccproxy.source import Source, Span

ANY_LABEL = "*"
"""The label of the fallbacks that LiteLLM uses for every model group without its own."""


@frozen
class ConfiguredFallback:
    """A fallback in LiteLLM's own config: if `label` fails, requests go on to `to`. `setting` is its place: `fallbacks`, …"""

    label: str
    to: tuple[str, ...]
    setting: str
    span: Span


@frozen
class ModelList:
    """The names that requests can be routed to.

    `names` maps a label to its model as written in LiteLLM's config (`anthropic/claude-opus-5-5`), the first of several deployments.
    `wildcards` are names with `*`. `source` is the config. `complete` is false if LiteLLM reads more models from its database.
    `fallbacks` are LiteLLM's own, which it uses if a request brings none. `places` says where a label's first `model_name` stands.
    """

    names: dict[str, str]
    wildcards: tuple[str, ...]
    source: Source
    complete: bool = True
    fallbacks: tuple[ConfiguredFallback, ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict)

    def without_fallbacks(self) -> ModelList:
        """The same names without LiteLLM's own fallbacks, for requests that are kept from them."""
        return replace(self, fallbacks=())

    def beyond(self, label: str) -> Mapping[str, ConfiguredFallback]:
        """The labels that LiteLLM's own fallbacks lead to from a label, in order, each with the fallback that leads there."""
        found: dict[str, ConfiguredFallback] = {}
        pending = [label]
        while pending:
            for fallback in self._fallbacks_of(pending.pop()):
                for to in fallback.to:
                    if to != label and to not in found:
                        found[to] = fallback
                        pending.append(to)
        return found

    def _fallbacks_of(self, label: str) -> list[ConfiguredFallback]:
        own = [fallback for fallback in self.fallbacks if fallback.label == label]
        settings = {fallback.setting for fallback in own}
        return own + [fallback for fallback in self.fallbacks if fallback.label == ANY_LABEL and "fallbacks" not in settings]

    def wildcard_for(self, label: str) -> str | None:
        """The first wildcard that matches `label` the way LiteLLM matches: from the start, not necessarily to the end."""
        for wildcard in self.wildcards:
            if _matches(wildcard, label):
                return wildcard
        return None


def _matches(wildcard: str, label: str) -> bool:
    """Whether a wildcard matches the start of a label: each part between stars is taken at its first occurrence."""
    first, *others = wildcard.split("*")
    if not label.startswith(first):
        return False
    at = len(first)
    for part in others:
        at = label.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
