"""Prices that a deployment states itself, in place of those that LiteLLM's map has for its model: which of these still count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Fields = Mapping[str, Any]

_SEARCHES: Final = "search_context_cost_per_query"
_TABLES: Final = ("tiered_pricing", "off_peak_pricing", _SEARCHES)
_BY_THE_TOKEN: Final = ("cost_per", "token")
"""What the names of prices have in them that make a deployment's own count."""
_STARTS: Final = ("input_", "output_", "cache_read_", "cache_creation_")
_BESIDE: Final = ("provider_specific_entry", "web_search_billing_unit")
"""What else belongs to the map's prices: factors of theirs, and what a search is."""
_INPUT: Final = "input_cost_per_token"
_BY_THE_SECOND: Final = ("input_cost_per_second", "output_cost_per_second")
_BASES: Final = (_INPUT, *_BY_THE_SECOND[:1], "tiered_pricing")
"""A deployment that states its hours off peak, and none of these, has all other prices of the map."""
_INHERITED: Final = (
    *("cache_creation_input_token_cost", "cache_creation_input_token_cost_above_1hr", "cache_read_input_token_cost"),
    *("cache_creation_input_token_cost_above_200k_tokens", "cache_read_input_token_cost_above_200k_tokens"),
)
"""The prices of the cache that the map fills in where the input's is stated."""
_TIER_ENDS: Final = ("_balanced", "_flex", "_priority", "_ultrafast")
"""How the prices of service tiers end, which the map fills in where the input's or the output's is stated."""


def with_own_prices(entry: Fields, own: Fields) -> Fields:
    """The fields of a map's entry, with the prices that LiteLLM counts for a deployment that states some of its `own`.

    A price by the token replaces all of the map's, but for a few that are filled in: what is not stated then costs nothing. By the second,
    no price is known before the answer. Prices of the cache alone are not looked at. As LiteLLM's router registers a deployment
    (`_deployment_model_cost_payload`).
    """
    if not own:
        return entry
    if own.get("off_peak_pricing") and not any(own.get(name) is not None for name in _BASES):
        return {**entry, **own}
    rest = {name: value for name, value in entry.items() if not is_price(name) and name not in _BESIDE}
    if "tiered_pricing" not in own and not any(all(part in name for part in _BY_THE_TOKEN) for name in own):
        if any(name in own for name in _BY_THE_SECOND):
            return {**rest, **own}
        return {**entry, **{name: value for name, value in own.items() if name == _SEARCHES}}
    return {**rest, _INPUT: 0, **dict(_filled_in(entry, own)), **own}


def is_price(name: str) -> bool:
    """Whether a field of LiteLLM's is a price, or a table of prices."""
    return name in _TABLES or (name.startswith(_STARTS) and "cost" in name)


def _filled_in(entry: Fields, own: Fields) -> Iterator[tuple[str, Any]]:
    new, output = own.get(_INPUT), own.get("output_cost_per_token")
    for name, price in entry.items():
        cached = name in _INHERITED and new is not None
        tier = name.endswith(_TIER_ENDS) and (new is not None or output is not None)
        if price is not None and (cached or tier):
            yield name, price
    steps = own.get("tiered_pricing")
    if isinstance(steps, list) and not all(isinstance(step, Mapping) and "output_cost_per_token" in step for step in steps):
        yield "output_cost_per_token", entry.get("output_cost_per_token")
