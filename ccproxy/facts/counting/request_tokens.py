"""The parts of one request that tokens are counted in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ccproxy.facts.counting.blocks import Pieces
from ccproxy.facts.counting.bounds import Budget, Part, is_positive
from ccproxy.facts.counting.counter import TokenCounter
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.shapes.shape import Body, Shape
from ccproxy.facts.values import Json

PARTS = ("tokens.system", "tokens.tools", "earlier", "tokens.latest")
"""What a request is counted in; together they are `tokens`."""

_SUMS = {"tokens": BY_NAME["tokens"].parts, "tokens.messages": ("earlier", "tokens.latest")}


class RequestTokens:
    """The token counts of a request: the parts `tokens.system`, `tokens.tools`, `tokens.latest`, and `earlier`, the rest.

    `body` is read by `shape`, and `items` is the conversation in it, None without one; `latest_start` is the index of its latest
    messages. Parts are made when needed, and
    what is counted of one stays counted. Where `limit` is given, WouldBlock is raised rather than that more bytes of text are
    tokenised for this request in all.
    """

    def __init__(
        self, shape: Shape, body: Body, items: list[Json] | None, latest_start: int, *, counter: TokenCounter, scale: Fraction
    ) -> None:
        self._shape = shape
        self._body = body
        self._items = items
        self._latest_start = latest_start
        self._counter = counter
        self._scale = scale
        self._budget = Budget()
        self._parts: dict[str, Part] = {}

    def exact(self, name: str, limit: int | None = None) -> int:
        """The tokens of a part. KeyError for any other name."""
        self._budget.limit = limit
        return self._part(name).exact()

    def above(
        self, terms: Sequence[tuple[str, int | Fraction]], constant: int | Fraction, known: Mapping[str, int], limit: int | None = None
    ) -> bool:
        """Whether the sum of each token fact times its factor, and the constant, is over 0; `known` are facts that need no counting.

        KeyError for a name that is neither known nor a part, or the sum of some.
        """
        self._budget.limit = limit
        factors: dict[str, int | Fraction] = {}
        pending = list(terms)
        while pending:
            name, factor = pending.pop()
            if name in known:
                constant += factor * known[name]
            elif name in _SUMS:
                pending.extend([(part, factor) for part in _SUMS[name]])
            else:
                factors[name] = factors.get(name, 0) + factor
        return is_positive([(self._part(name), factor) for name, factor in factors.items() if factor], constant)

    def bounds(self, name: str) -> tuple[int, int]:
        """What is known of a token fact without counting any more: at least, and at most, so many. KeyError for any other name."""
        parts = [self._part(part) for part in _parts_of(name)]
        return sum(part.lower for part in parts), sum(part.upper for part in parts)

    def _part(self, name: str) -> Part:
        part = self._parts.get(name)
        if part is None:
            add = Pieces.add_tool if name == "tokens.tools" else Pieces.add
            part = self._parts[name] = Part(
                self._values(name), add, self._counter, self._scale, self._budget, conversation=name == "earlier"
            )
        return part

    def _values(self, name: str) -> list[Json]:
        """What a part consists of."""
        shape, body, items = self._shape, self._body, self._items
        match name:
            case "tokens.system":
                return [shape.system_prompt.first(body)]
            case "tokens.tools":
                tools = shape.tools_offered.first(body)
                return tools if isinstance(tools, list) else []
            case "tokens.latest":
                return [shape.text.first(body)] if items is None else items[self._latest_start :]
            case "earlier":
                # what grows stands last
                return [] if items is None else [*shape.beside(body), *items[: self._latest_start]]
            case _:
                raise KeyError(name)


def _parts_of(name: str) -> tuple[str, ...]:
    return tuple(found for part in _SUMS[name] for found in _parts_of(part)) if name in _SUMS else (name,)
