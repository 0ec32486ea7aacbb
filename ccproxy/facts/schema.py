"""What a fact is: one row says all of it, and whoever has to know a fact reads its row."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

from ccproxy.frozen import frozen
from ccproxy.language.types import Type


class Presence(StrEnum):
    """Whether a request has the fact."""

    ALWAYS = "always"
    """Never missing."""
    USUALLY = "usually"
    """Missing only from a malformed request, or where the caller gave no time."""
    SOMETIMES = "sometimes"
    """Many real requests do not have it."""


class Cost(IntEnum):
    """What it takes to find the value. Operands are tried in this order, the cheap ones first."""

    LOOK_UP = 0
    WALK = 1
    """Goes through messages or tools once."""
    TEXT = 2
    """Reads the text of the body."""
    TOKENS = 3
    """Tokenises text. A number of this cost is one of `RequestTokens`: it is compared with bounds first."""


# ── Where a request has it ───────────────────────────────────────────────────────────────────────────────────────────


@frozen
class InHeader:
    """A header by its lower-case name. With `alone` the fact is that header as it stands, so `header("…")` of it is the same fact."""

    name: str
    alone: bool = True


@frozen
class InBody:
    """A path into the body: keys of objects, numbers of elements."""

    path: tuple[str | int, ...]


@frozen
class InKey:
    """A property of the virtual key."""

    name: str


@frozen
class InPath:
    """The path of the URL: each value, and a path that stands for it; `{model}` in it is the model's name."""

    paths: tuple[tuple[str, str], ...]


class Made(Enum):
    """A place that several facts share, or that takes more than a path to tell: the analysis writes it from the values of all of them."""

    CONVERSATION = "conversation"
    """The messages, and all that is counted and found in them."""
    THINKING = "thinking"
    TOOLS = "tools"
    TOOL_CHOICE = "tool_choice"
    BETAS = "betas"
    """A header and a key of the body together."""
    TAGS = "tags"
    """A header and two places of the body together."""
    BUDGET = "budget"
    """Follows from the spend and the budget of the virtual key."""
    CLOCK = "clock"
    """The time of the request."""
    MEMORY = "memory"
    """What the proxy remembers of the conversation: set in the `facts` of a request file, for nothing in a request has it."""
    OUTRIGHT = "outright"
    """Set in the `facts` of a request file: nobody wants to read a request that would have it, or none can."""


Place = InHeader | InBody | InKey | InPath | Made
"""Where a request has a fact: where a witness puts it. What comes from several sources is put into one of them."""

_MADE_IN_THE_BODY = frozenset({Made.CONVERSATION, Made.THINKING, Made.TOOLS, Made.TOOL_CHOICE})


# ── What values it has ───────────────────────────────────────────────────────────────────────────────────────────────


@frozen
class Bounds:
    """What a number can be: with `whole` no fractions, nothing below `least`, and nothing above the fact that `most` names."""

    whole: bool = False
    least: int | None = None
    most: str | None = None


@frozen
class Texts:
    """What a text, or an element of a list, can be.

    `values` are those that have a meaning of their own: all that there are where it is `closed`, all that are known where it is
    `listed` (a request may have others), else the usual ones. It is none of `never`; with `filled` it is not empty, with `trimmed` it
    neither begins nor ends with white space, and is not empty.
    """

    values: tuple[str, ...] = ()
    closed: bool = False
    listed: bool = False
    never: tuple[str, ...] = ()
    filled: bool = False
    trimmed: bool = False


ANY_NUMBER = Bounds()
ANY_TEXT = Texts()


@frozen(eq=False, kw_only=True)
class Fact:
    """One row of the table.

    `source` says in words where the value is read, `place` where a request that shall have it is given it. `unit` is what a number
    counts, in the plural. `parts` are the facts whose sum it is. `needs` are facts that are there wherever this one is;
    `in_every_body` marks those that are there wherever the body is an object. A `distinct` list has no element twice. `example` is a
    text that an ordinary request has. `recorded` marks texts that decision records have (numbers and bools they always have), and
    `doubtful` what a client says of itself, or marks tell of it: explanations say where it came from.
    """

    name: str
    type: Type
    presence: Presence
    cost: Cost
    place: Place
    source: str
    meaning: str
    unit: str = ""
    bounds: Bounds = ANY_NUMBER
    parts: tuple[str, ...] = ()
    texts: Texts = ANY_TEXT
    distinct: bool = False
    example: str | None = None
    needs: tuple[str, ...] = ()
    in_every_body: bool = False
    recorded: bool = False
    doubtful: bool = False

    @property
    def is_of_the_body(self) -> bool:
        """Whether it is read of the body alone, so that a body which is no object has none."""
        return isinstance(self.place, InBody) or self.place in _MADE_IN_THE_BODY
