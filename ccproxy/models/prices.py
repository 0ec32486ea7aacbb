"""Prices a request as LiteLLM's calculator does, in exact decimals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final, TypeVar

from ccproxy.frozen import frozen

_T = TypeVar("_T")
_TIERS: Final = {"flex": "flex", "balanced": "balanced", "priority": "priority", "fast": "priority", "ultrafast": "ultrafast"}
"""Service tiers and the end of the names of their prices."""
_TIER_ENDS: Final = ("_ultrafast", "_balanced", "_priority", "_flex", "_auto", "_fast")
_OTHER_ENDS: Final = ("_batches", "_decisions")
_WITH_THRESHOLDS: Final = (
    *("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost"),
    *("cache_creation_input_token_cost", "cache_creation_input_token_cost_above_1hr"),
)
"""The prices that may be others `_above_200k_tokens`."""
_STANDARD_ONLY: Final = ("deepseek", "tencent", "fireworks_ai", "perplexity", "xai", "dashscope", "qwencloud", "qwen_ai_platform")
"""Providers for which LiteLLM knows no service tiers."""
_ALIBABA: Final = ("dashscope", "qwencloud", "qwen_ai_platform")
_FLAT: Final = ("perplexity", *_ALIBABA)
"""Providers for which LiteLLM knows no thresholds; Alibaba's have tables."""
_CHARGED_AT_THE_THRESHOLD: Final = ("xai",)
"""Providers whose higher price begins at the threshold, not above it."""
MOST_TOKENS: Final = 10**15
"""A number of tokens over this is a mistake, and tells nothing of a model."""
_MOST_DIGITS: Final = 1_000
"""Of a price; sums of larger ones could overflow."""
_FIREWORKS_READS: Final = Decimal("0.5")
_XAI_SEARCH: Final = Decimal("0.005")
_GEMINI_SEARCH: Final = Decimal("0.035")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@frozen
class Rates:
    """Dollars per token. `written` is for five minutes, `written_1h` for an hour."""

    new: Decimal
    written: Decimal
    written_1h: Decimal
    read: Decimal
    output: Decimal
    reasoning: Decimal


@frozen
class Paid:
    """What an answer is charged for: tokens of the input by kind, tokens of the output (reasoning among them), web searches."""

    new: int = 0
    written: int = 0
    written_1h: int = 0
    read: int = 0
    output: int = 0
    reasoning: int = 0
    searches: int = 0

    @property
    def input(self) -> int:
        """All tokens of the input, which decide the tier."""
        return self.new + self.written + self.written_1h + self.read


@frozen
class Prices:
    """The prices of one deployment: `info` has LiteLLM's fields."""

    info: Mapping[str, Any]
    provider: str

    @cached_property
    def known(self) -> bool:
        """Whether tokens of the input have a price."""
        return number(self.info.get("input_cost_per_token")) is not None or bool(self._tiers)

    def dollars(
        self, paid: Paid, *, tier: str | None = None, fast: bool = False, at: datetime | None = None, each: int | None = None
    ) -> Decimal | None:
        """What LiteLLM counts for an answer; None without prices.

        `tier` is the service tier that served it, `fast` is for Anthropic's dearer way; `at`, when it was, decides off-peak hours.
        `each`: the tokens are of several answers, each with so many of input.
        """
        if not self.known:
            return None
        if self.provider == "perplexity":  # knows no cache
            paid = Paid(paid.input, output=paid.output, reasoning=paid.reasoning, searches=paid.searches)
        rates = self.rates(paid.input if each is None else each, tier=tier, at=at)
        found = paid.new * rates.new + paid.written * rates.written + paid.written_1h * rates.written_1h + paid.read * rates.read
        found += (paid.output - paid.reasoning) * rates.output + paid.reasoning * rates.reasoning
        entry = self.info.get("provider_specific_entry")
        if fast and self.provider == "anthropic" and isinstance(entry, Mapping):
            found *= number(entry.get("fast")) or 1
        return found + self._searches(paid.searches)

    def rates(self, tokens: int, *, tier: str | None = None, at: datetime | None = None) -> Rates:
        """The rates of a request with so many tokens of input; a rate that isn't known is 0, as to LiteLLM."""
        end = "" if self.provider in _STANDARD_ONLY else _TIERS.get((tier or "").lower(), "")
        off_peak = self._off_peak(at)
        step = next(self._steps_of(tokens), None)
        passed = 0 if step is not None else sum(self._is_passed(count, tokens) for _, count in self._above(end))
        # nothing else makes a difference
        key = (end, bool(off_peak), id(step), passed)
        found = self._known_rates.get(key)
        if found is None:
            found = self._known_rates[key] = self._rates(step, passed, end, off_peak)
        return found

    @cached_property
    def _known_rates(self) -> dict[tuple[str, bool, int, int], Rates]:
        return {}

    def _rates(self, step: Mapping[str, Any] | None, passed: int, end: str, off_peak: Mapping[str, Any]) -> Rates:
        standard = self._of_step(step) if step is not None else self._of_thresholds(passed, end, off_peak)
        reasoning = self._reasoning(step, end)
        standard |= {name: price for name in standard if (price := number(off_peak.get(name))) is not None}
        written = standard["cache_creation_input_token_cost"]
        hour = standard.pop("cache_creation_input_token_cost_above_1hr", None)
        if self.provider in _ALIBABA:
            hour = written
        if self.provider == "xai":
            reasoning = standard["output_cost_per_token"]
        off_reasoning = number(off_peak.get("output_cost_per_reasoning_token"))
        if off_reasoning is None:
            off_reasoning = standard["output_cost_per_token"] if reasoning is None else reasoning
        return Rates(
            new=standard["input_cost_per_token"],
            written=written,
            written_1h=written if hour is None else hour,
            read=standard["cache_read_input_token_cost"],
            output=standard["output_cost_per_token"],
            reasoning=off_reasoning,
        )

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """The numbers of input tokens above which other standard rates hold, ascending: what holds at one, holds up to it."""
        if self._tiers:
            found = {int(step["range"][0]) for step in self._tiers if step["range"][0] > 0}
        else:
            one = 1 if self.provider in _CHARGED_AT_THE_THRESHOLD else 0
            found = {count - one for _, count in self._above("")}
        return tuple(sorted(count for count in found if count <= MOST_TOKENS))

    @cached_property
    def _tiers(self) -> tuple[Mapping[str, Any], ...]:
        """The steps of a table of prices, by range."""
        steps = self.info.get("tiered_pricing")
        valid = [step for step in steps if _has_range(step)] if isinstance(steps, list) else []
        return tuple(sorted(valid, key=lambda step: number(step["range"][0]) or 0))

    def _steps_of(self, tokens: int) -> Iterator[Mapping[str, Any]]:
        if tokens > 0 and self._tiers:
            step = next((step for step in self._tiers if step["range"][0] < tokens <= step["range"][1]), self._tiers[-1])
            if "input_cost_per_token" in step:
                yield step

    def _of_step(self, step: Mapping[str, Any]) -> dict[str, Decimal]:
        """One step holds for all tokens; what it doesn't name costs as its input, but output as elsewhere."""
        new = number(step.get("input_cost_per_token")) or Decimal(0)
        written = _first(step, "cache_creation_input_token_cost", new)
        return {
            "input_cost_per_token": new,
            "output_cost_per_token": _first(step if "output_cost_per_token" in step else self.info, "output_cost_per_token", Decimal(0)),
            "cache_creation_input_token_cost": written,
            "cache_creation_input_token_cost_above_1hr": _first(step, "cache_creation_input_token_cost_above_1hr", written) or written,
            "cache_read_input_token_cost": _first(step, "cache_read_input_token_cost", new),
        }

    def _is_passed(self, threshold: int, tokens: int) -> bool:
        return tokens > threshold or (tokens == threshold and self.provider in _CHARGED_AT_THE_THRESHOLD)

    def _of_thresholds(self, passed: int, end: str, off_peak: Mapping[str, Any]) -> dict[str, Decimal]:
        """The prices with those of the thresholds that are passed put over them, from the lowest on."""
        found: dict[str, Decimal | None] = {
            name: self._price(name, end)
            for name in ("input_cost_per_token", "output_cost_per_token", "cache_creation_input_token_cost", "cache_read_input_token_cost")
        }
        found["cache_creation_input_token_cost_above_1hr"] = number(self.info.get("cache_creation_input_token_cost_above_1hr"))
        if not found["output_cost_per_token"]:
            found["output_cost_per_token"] = number(self.info.get("output_cost_per_image_token"))
        if self.provider == "fireworks_ai" and found["cache_read_input_token_cost"] is None:
            new = number(off_peak.get("input_cost_per_token")) or found["input_cost_per_token"]
            found["cache_read_input_token_cost"] = None if new is None else new * _FIREWORKS_READS
        for written, _ in self._above(end)[:passed]:
            for name, price in found.items():
                above = self._price(f"{name}_above_{written}_tokens", end)
                found[name] = price if above is None else above
        base = number(off_peak.get("input_cost_per_token"))
        base = found["input_cost_per_token"] or Decimal(0) if base is None else base
        hour = found.pop("cache_creation_input_token_cost_above_1hr")
        for name in ("cache_creation_input_token_cost", "cache_read_input_token_cost"):
            found[name] = base if found[name] is None else found[name]
        prices = {name: price or Decimal(0) for name, price in found.items()}
        return prices if hour is None else {**prices, "cache_creation_input_token_cost_above_1hr": hour}

    def _above(self, end: str) -> list[tuple[str, int]]:
        """The thresholds, as written in the names of prices and as numbers, ascending."""
        known = self._known_thresholds.get(end)
        if known is None:
            known = self._known_thresholds[end] = self._find_thresholds(end)
        return known

    @cached_property
    def _known_thresholds(self) -> dict[str, list[tuple[str, int]]]:
        return {}

    def _find_thresholds(self, end: str) -> list[tuple[str, int]]:
        found = set()
        for name, price in self.info.items() if self.provider not in _FLAT else ():
            written = _threshold(name) if "_above_" in name else None
            if written is None or price is None:
                continue
            if not name.endswith((*_TIER_ENDS, *_OTHER_ENDS)) or (end and name.endswith(f"_{end}")):
                found.add((written, int(written.removesuffix("k")) * (1000 if written.endswith("k") else 1)))
        return sorted(found, key=lambda threshold: threshold[1])

    def _price(self, name: str, end: str) -> Decimal | None:
        """A price of a service tier, else the standard one."""
        own = number(self.info.get(f"{name}_{end}")) if end else None
        return number(self.info.get(name)) if own is None else own

    def _reasoning(self, step: Mapping[str, Any] | None, end: str) -> Decimal | None:
        """The price of reasoning; None where it is that of all output."""
        if step is not None:
            own = _first(step, "output_cost_per_reasoning_token", number(step.get("output_cost_per_token")))
            if own is not None or self.provider in _ALIBABA:
                return own if own is not None else number(self.info.get("output_cost_per_reasoning_token"))
        if end:
            own = number(self.info.get(f"output_cost_per_reasoning_token_{end}"))
            if own is not None or self.info.get(f"output_cost_per_token_{end}") is not None:
                return own
        return number(self.info.get("output_cost_per_reasoning_token"))

    def _searches(self, count: int) -> Decimal:
        """The price of web searches; of three sizes of context the middle one, which is the default."""
        stated = self.info.get("search_context_cost_per_query")
        sizes = stated if isinstance(stated, Mapping) else {}
        size = {name: number(sizes.get(f"search_context_size_{name}")) for name in ("medium", "low", "high")}
        if not count:
            return Decimal(0)
        if self.provider == "xai":
            return count * next((price for price in size.values() if price), _XAI_SEARCH)
        if self.provider in ("gemini", "vertex_ai") and not self._is_claude:
            price = _GEMINI_SEARCH if size["medium"] is None else size["medium"]
            return price * (count if self.info.get("web_search_billing_unit") == "per_query" else 1)
        return count * (size["low" if self.provider == "perplexity" else "medium"] or Decimal(0))

    @property
    def _is_claude(self) -> bool:
        return str(self.info.get("litellm_provider", "")).endswith("anthropic_models")

    def _off_peak(self, at: datetime | None) -> Mapping[str, Any]:
        """The prices off peak, where it is off peak."""
        block = self.info.get("off_peak_pricing")
        if at is None or not isinstance(block, Mapping):
            return {}
        now = at.astimezone(UTC)
        windows = [(block.get("hours_utc"), None), *((rule.get("hours_utc"), rule.get("weekdays")) for rule in _rules(block))]
        zone = _zone(block.get("weekday_timezone"))
        return block if any(_within(hours, now) and _on(days, now.astimezone(zone)) for hours, days in windows) else {}


def number(value: object) -> Decimal | None:
    """A price as LiteLLM reads it: a number, or a text that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found.adjusted() < _MOST_DIGITS else None


def _threshold(name: str) -> str | None:
    """The number of tokens above which a price holds, as written in its name: `200k`."""
    for price in _WITH_THRESHOLDS:
        written, behind, _ = name.removeprefix(f"{price}_above_").partition("_tokens")
        if name.startswith(f"{price}_above_") and behind and written.removesuffix("k").isdecimal():
            return written
    return None


def _first(prices: Mapping[str, Any], name: str, otherwise: _T) -> Decimal | _T:
    price = number(prices.get(name))
    return otherwise if price is None else price


def _has_range(step: object) -> bool:
    ends = step.get("range") if isinstance(step, Mapping) else None
    return (
        isinstance(ends, list)
        and len(ends) == 2
        and all(isinstance(end, int | float | Decimal) and number(end) is not None for end in ends)
    )


def _rules(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rules = block.get("windows")
    return [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, list) else []


def _zone(name: object) -> tzinfo:
    from zoneinfo import ZoneInfo  # few prices depend on the hour, and the zones take their time to load

    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ValueError, KeyError):
        return UTC


def _on(weekdays: object, now: datetime) -> bool:
    if weekdays is None:
        return True
    days = weekdays if isinstance(weekdays, list) else []
    return any(day == now.isoweekday() or (isinstance(day, str) and day.lower()[:3] == _WEEKDAYS[now.weekday()]) for day in days)


def _within(windows: object, now: datetime) -> bool:
    """Whether a moment is in one of some `HH:MM-HH:MM`, which may pass midnight."""
    for window in [windows] if isinstance(windows, str) else windows if isinstance(windows, list) else []:
        try:
            start, end = (time.fromisoformat(part.strip()) for part in window.split("-"))
        except ValueError:
            continue
        if start <= now.time() < end if start < end else now.time() >= start or now.time() < end:
            return True
    return False
