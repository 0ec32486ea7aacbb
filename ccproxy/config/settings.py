"""The settings of `ccproxy.yaml`, with their defaults. Knows nothing of LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from ccproxy.facts.calls import Kind
from ccproxy.frozen import frozen
from ccproxy.source import Problem

SETTINGS_NAME = "ccproxy.yaml"
ON_FAILURE = ("default", "keep")
"""Where a request goes when the hook itself fails: the policy's default, or the model that the client named."""
ON_PREDICATE_FAILURE = ("no_match", "reject")
"""What becomes of a request whose decision depends on a predicate that fails: the predicate is false, or the request is refused."""
LITELLM_FALLBACKS = ("use", "ignore")
"""Whether LiteLLM's own fallbacks may lead a request on whose rule has none."""

KEY_FACTS = ("alias", "team", "user", "org", "tags")
"""What decision records may tell of a virtual key."""

OTHER_CALLS = ("refuse", "pass")
"""What becomes of calls to a chat model that can't be routed."""


@frozen
class LiteLLMSettings:
    """LiteLLM's own: the path of its config from the config folder, and further arguments of its command line."""

    config: str = "config.yaml"
    arguments: tuple[str, ...] = ()


@frozen
class TokenSettings:
    """How tokens are counted: as `TokenCounter` takes it, its cache bounded in megabytes."""

    encoding: str = "cl100k_base"
    scale: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    cache_megabytes: int = 16


@frozen
class RecordSettings:
    """Decision records: `folder` is a path from the config folder, None for that folder itself; both bounds are over all files together.

    `key` are the facts of a virtual key, without `key.`, that may be recorded.
    """

    enabled: bool = True
    folder: str | None = None
    max_megabytes: int = 64
    max_days: int = 30
    key: tuple[str, ...] = KEY_FACTS


@frozen
class FitSettings:
    """Whether requests are fitted to the model that they go to, and whether what they say of thinking is too."""

    enabled: bool = True
    think: bool = True


MEMORY_KINDS = ("auto", "sqlite", "redis", "off")
"""Where what is remembered of conversations is kept: in a database in the config folder, in LiteLLM's Redis, or nowhere.

`auto` is the Redis where LiteLLM has one, else the database.
"""


@frozen
class MemorySettings:
    """What is remembered of conversations, each for so many `hours` after it was last written; `entries` are the most in a database."""

    kind: str = "auto"
    entries: int = 100_000
    hours: int = 24


@frozen
class ShadowSettings:
    """The candidate that decides too, a path from the config folder, and whether its Python predicates are asked."""

    policy: str
    predicates: bool = False


@frozen
class Settings:
    """The settings of a config folder; without `ccproxy.yaml`, these defaults. `policy` is a path from the config folder.

    `other_calls` are the kinds of calls that go round the policy.
    """

    policy: str | None = None
    host: str = "127.0.0.1"
    port: int = 4000
    workers: int = 1
    debug: bool = False
    on_failure: str = "default"
    on_predicate_failure: Literal["no_match", "reject"] = "no_match"
    litellm_fallbacks: str = "use"
    other_calls: frozenset[Kind] = frozenset()
    calibrate: bool = False
    fit: FitSettings = field(default_factory=FitSettings)
    litellm: LiteLLMSettings = field(default_factory=LiteLLMSettings)
    shadow: ShadowSettings | None = None
    tokens: TokenSettings = field(default_factory=TokenSettings)
    records: RecordSettings = field(default_factory=RecordSettings)
    memory: MemorySettings = field(default_factory=MemorySettings)


class SettingsError(Exception):
    """`ccproxy.yaml` is there and can't be used: a line for each of the `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
