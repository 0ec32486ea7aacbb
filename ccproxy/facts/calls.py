"""What the proxy does with a request of a path: the ways to a chat model that it routes, and those that it can't."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from functools import cache, lru_cache
from urllib.parse import urlsplit

from ccproxy.facts.endpoint import of_path
from ccproxy.frozen import frozen


class Kind(StrEnum):
    """The calls that go to a chat model and can't be routed: each may be refused or passed by the setting `other_calls`."""

    WEBSOCKET = "websocket"
    """OpenAI's Responses over a WebSocket."""
    REALTIME = "realtime"
    PASS_THROUGH = "pass_through"  # noqa: S105  # nosec B105 - a kind of calls, no password
    """What LiteLLM hands to a provider as it stands: `/anthropic/…`, `/vllm/…`, and `pass_through_endpoints` of its config."""
    INTERACTIONS = "interactions"
    """Google's."""
    BATCHES = "batches"
    RAG = "rag"
    COUNT = "count"
    """Counting tokens at a provider: decided like the request that is counted, unless it is passed."""
    OTHER = "other"
    """LiteLLM's queue, threads of assistants, A2A agents, runs of evals, decisions, helpers of its pages, and calls yet unknown."""


class Handled(StrEnum):
    """What becomes of a request."""

    ROUTED = "routed"
    REFUSED = "refused"
    PASSED = "passed"


@frozen
class Passage:
    """What makes one proxy handle a path otherwise than another.

    The kinds of calls that are `passed`; the paths that LiteLLM's config passes `through` to a provider; and the `root` below which all
    paths stand, LiteLLM's SERVER_ROOT_PATH.
    """

    passed: Collection[Kind] = ()
    through: tuple[str, ...] = ()
    root: str = ""

    def kind_of(self, path: str) -> Kind | None:
        """The kind of the calls to a path, as `kind_of_path` has it."""
        root = self.root.rstrip("/")
        route = _route(path)
        route = route.removeprefix(root) if route.startswith(f"{root}/") else route
        through = [one.rstrip("/") for one in self.through if one != "/" and not re.fullmatch(_TAKEN, one)]
        return Kind.PASS_THROUGH if any(f"{route}/".startswith(f"{one}/") for one in through) else kind_of_path(route)


AS_INSTALLED = Passage()
"""Of a proxy whose settings say nothing of it."""

PROVIDERS = [
    "anthropic",
    "assemblyai",
    "azure",
    "azure_ai",
    "azure_speech",
    "bedrock",
    "bespoke",
    "cohere",
    "comprehendmedical",
    "cursor",
    "deepgram",
    "eu.assemblyai",
    "fal_ai",
    "gemini",
    "gigachat",
    "langfuse",
    "laya",
    "milvus",
    "mistral",
    "nvidia_nim",
    "openai",
    "openai_passthrough",
    "openrouter",
    "tinyfish",
    "transcribe",
    "typesafe",
    "vertex-ai",
    "vertex_ai",
    "vllm",
    "watsonx",
]
"""The first parts of the paths that LiteLLM passes through."""

_TAKEN = r"(?:/v[12])?/(?:messages|(?:chat/)?completions|embeddings|responses|rerank|moderations|images/.+|audio/.+)"
"""Paths of LiteLLM's own: it doesn't pass them through, whatever its config says."""
_KINDS: tuple[tuple[str, Kind | None], ...] = (
    (r"(?:.*/messages/count_tokens|.*/responses/input_tokens|.*/models/.+:countTokens)/?", Kind.COUNT),
    # LiteLLM's own below what else is a provider's
    (r"/openai/deployments/.+/(?:chat/completions|completions|embeddings|images/generations|images/edits)/?", None),
    (r"/openai/v1/responses(?:/.*)?", None),
    (r"/cursor/(?:chat/completions|(?:v1/)?models)/?", None),
    (r"(?:/openai)?(?:/v1)?/realtime(?:/.*)?", Kind.REALTIME),
    (rf"/(?:{'|'.join(map(re.escape, PROVIDERS))})(?:/.*)?", Kind.PASS_THROUGH),
    (r"(?:/v1beta)?/interactions/?", Kind.INTERACTIONS),
    (r"(?:/[^/]+)?(?:/v1)?/batches/?", Kind.BATCHES),
    (r"(?:/v1)?/rag/(?:query|ingest)/?", Kind.RAG),
    (r"/queue/chat/completions/?", Kind.OTHER),
    (r"(?:/v1)?/threads/[^/]+/runs/?", Kind.OTHER),
    (r"(?:/v1)?/a2a/[^/]+(?:/message/send)?/?", Kind.OTHER),
    (r"/v1/evals/[^/]+/runs/?", Kind.OTHER),
    (r"(?:/v1)?/(?:decisions|systemone)/?", Kind.OTHER),
    (r"/usage/ai/chat/?|/policy/templates/(?:enrich|enrich/stream|suggest|test)/?", Kind.OTHER),
)
"""The first pattern that a path has tells the kind of its calls."""
_LONGEST_KEPT = 200
"""The longest path, in characters, of which the kind is kept: anybody can ask for any path, and it stays in memory."""


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], Kind | None], ...]:
    """The patterns compiled, which most processes don't need."""
    return tuple((re.compile(pattern), kind) for pattern, kind in _KINDS)


def kind_of_path(path: str) -> Kind | None:
    """The kind of the calls that are POSTed to a path, which may be a URL; None for what is routed, or reaches no chat model."""
    route = _route(path)
    return _kind_of_route(route) if len(route) <= _LONGEST_KEPT else _first_kind(route)


@lru_cache(maxsize=256)
def _kind_of_route(route: str) -> Kind | None:
    # a proxy asks this of every request, and nearly all are of a few routes
    return _first_kind(route)


def _first_kind(route: str) -> Kind | None:
    return next((kind for pattern, kind in _kinds() if pattern.fullmatch(route)), None)


def _route(path: str) -> str:
    """The path of a URL, or of a path with a query."""
    return urlsplit(path).path if "://" in path else path.partition("?")[0]


def handled(path: str | None, passage: Passage = AS_INSTALLED) -> Handled:
    """What a proxy does with a request of a path; without a path, with one of an API that is routed."""
    if not path:
        return Handled.ROUTED
    kind = passage.kind_of(path)
    if kind is not None and kind in passage.passed:
        return Handled.PASSED
    if kind is Kind.COUNT:
        return Handled.ROUTED
    if kind is not None:
        return Handled.REFUSED
    return Handled.PASSED if of_path(path) is None else Handled.ROUTED
