"""Finds the provider and the entry of a model, whose name is written in many ways, as LiteLLM finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ccproxy.models.model_map import Entry, ModelMap

_BEDROCK: Final = ("bedrock", "bedrock_converse")
_BEDROCK_ROUTES: Final = ("bedrock/", "chat_completions/", "converse/", "invoke/", "openai/", "mantle/", "nova-2/", "nova/")
_BEDROCK_GROUPS: Final = ("global", "us", "eu", "apac", "jp", "au", "us-gov")
"""Groups of AWS regions, which stand before a model's name with a dot."""
_AWS_REGION: Final = r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d+"
_PROVIDERS: Final = {
    "ai21": "ai21_chat",
    "bedrock_converse": "bedrock",
    "openai_compatible": "openai",
    "vertex_ai_beta": "vertex_ai",
}
"""Providers of entries that LiteLLM calls by another name in a request."""
_KNOWN_BARE: Final = (
    *("openai", "text-completion-openai", "anthropic", "cohere", "cohere_chat", "replicate", "openrouter", "maritalk", "ai21"),
    *("aleph_alpha", "baseten", "nlp_cloud", "petals", "bedrock", "bedrock_converse", "watsonx", "empower", "gradient_ai"),
)
"""Providers whose models LiteLLM knows without a prefix, and so Vertex AI's."""
_NAMES_IN_ARNS: Final = (1, 108)
"""The release from which LiteLLM looks for an entry by the whole name at the end of an ARN, its group of regions included."""
_ANY_ENTRY: Final = ("litellm_proxy", "github", "nadir")
"""Providers that lead to other providers' models."""


def provider_of(model: str, stated: str | None, models: ModelMap) -> str:
    """The provider that LiteLLM calls for a deployment's model; "" if it can't tell. `stated` is its `custom_llm_provider`."""
    prefix, slash, name = model.partition("/")
    if prefix == "azure" and slash and _is_someone_elses(name, models):
        return "openai"
    if stated:
        return _PROVIDERS.get(stated, stated)
    own = models.entry(model).get("litellm_provider", "") if models.key(model) == model else ""
    if slash:
        # an entry may stand under a name whose start is no provider's
        return _PROVIDERS.get(prefix, prefix) if not own or _serves({"litellm_provider": own}, prefix) else own
    if "ft:gpt-3.5-turbo" in model or "ft:gpt-4" in model:
        return "openai"
    if own.startswith("vertex_ai"):
        return "vertex_ai"
    return _PROVIDERS.get(own, own) if own in _KNOWN_BARE else models.route(model) or ""


def find_entry(model: str, provider: str, models: ModelMap) -> tuple[str, Entry] | None:
    """The key and the entry that LiteLLM takes for a model of a provider; None if it knows nothing of it.

    A model without an entry of any provider may be covered by LiteLLM's rules for names: its key is then the name that they match.
    """
    candidates: list[str] = []
    someone_elses = False
    for name in _candidates(model, provider, models):
        candidates.append(name)
        key = models.key(name)
        if key is not None and _serves(models.entry(key), provider):
            return key, models.filled(key)
        someone_elses = someone_elses or key is not None
    for name in candidates if not someone_elses else ():
        ruled = models.ruled(name)
        if ruled is not None:
            return name, ruled
    return None


def _candidates(model: str, provider: str, models: ModelMap) -> Iterator[str]:
    """The names under which LiteLLM looks for an entry, in its order."""
    prefix = f"{provider}/"
    start, slash, rest = model.partition("/")
    whole = split = rest if slash and provider and _PROVIDERS.get(start, start) == provider else model
    yield model
    yield prefix + split if provider else model
    if provider in _BEDROCK:
        split = _without_routes(split)
        region, _, behind = split.partition("/")
        arn = behind if re.fullmatch(_AWS_REGION, region) else split
        if arn.startswith("arn:") and (models.release is None or models.release >= _NAMES_IN_ARNS):
            split = arn.rpartition("/")[2]
    if provider == "bedrock_mantle":
        region, slash, name = split.partition("/")
        whole = split = name if slash and re.fullmatch(_AWS_REGION, region) else split
        yield prefix + split
    yield split
    stripped = _strip(whole, provider)
    yield prefix + stripped if provider else stripped
    yield stripped
    if provider == "fireworks_ai":
        yield prefix + (split if split.startswith("accounts/") else f"accounts/fireworks/models/{split}")
    elif provider:
        yield prefix + model


def _strip(name: str, provider: str) -> str:
    """A name without the version, date or place that its provider writes at its end or start."""
    if provider in _BEDROCK:
        return _bedrock_base(name)
    if provider in ("vertex_ai", "gemini", "databricks"):
        return re.sub(r"-\d+$", "", name)
    if "ft:" in name:
        return re.sub(r"(:[^:]*){3}$", "", name)
    return re.sub(r"-\d{4}-\d{2}-\d{2}$", "", name)


def _bedrock_base(name: str) -> str:
    for route in ("bedrock/converse/", "bedrock/", "converse/"):
        if name.startswith(route):
            name = name.removeprefix(route)
            break
    if name.startswith(("nova-2/", "nova/")):
        return "amazon.nova-2-custom" if name.startswith("nova-2/") else "amazon.nova-custom"
    name = _without_routes(name)
    name = name.rpartition("/")[2] if "arn" in name.lower() else name
    name = re.sub(r"\[\w+\]$", "", re.sub(r"(:\d+):\d+k$", r"\1", name))
    group, _, rest = name.partition(".")
    if group in _BEDROCK_GROUPS:
        return rest
    region, _, rest = name.partition("/")
    return rest if rest and re.fullmatch(_AWS_REGION, region) else name


def _without_routes(name: str) -> str:
    for route in _BEDROCK_ROUTES:
        name = name.removeprefix(route)
    return name


def _is_someone_elses(name: str, models: ModelMap) -> bool:
    """Whether a model at Azure is Mistral's or Cohere's, to which LiteLLM talks as to OpenAI."""
    key = models.key(name)
    cohere = key == name and models.entry(name).get("litellm_provider") == "cohere_chat"
    return cohere or models.key(f"mistral/{name}") == f"mistral/{name}"


def _serves(entry: Entry, provider: str) -> bool:
    """Whether LiteLLM takes an entry for a model of a provider."""
    own = entry.get("litellm_provider")
    if not provider or own is None or own == provider or provider in _ANY_ENTRY:
        return True
    if provider == "azure_ai" and own in ("azure", "openai"):
        return True
    return any(provider.startswith(family) and own.startswith(family) for family in ("vertex_ai", "fireworks_ai", "bedrock"))
