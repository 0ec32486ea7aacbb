"""Says which requests a model can take, as conditions of the language: so that they are decided, explained and proved as any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccproxy.frozen import frozen
from ccproxy.models.label_models import Capability, Model, Models

_OWN_MODELS: Final = {
    "openai": "openai",
    "azure": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    **dict.fromkeys(
        ("deepseek", "mistral", "cohere_chat", "groq", "cerebras", "moonshot", "dashscope", "fireworks_ai", "together_ai"), "others"
    ),
}
"""Whose API a provider's is; of a provider that isn't here it depends on the model, or is unknown."""
_MIXED: Final = ("bedrock", "vertex_ai", "azure_ai")
"""Clouds with models of several vendors, each by its own API."""
_SERVER_TOOLS: Final = {
    "anthropic": (
        *("web_search_2*", "web_fetch_2*", "code_execution_2*", "computer_2*", "bash_2*", "text_editor_2*", "memory_2*"),
        *("tool_search_tool_*", "mcp_toolset"),
    ),
    "openai": ("web_search_preview*", "file_search", "code_interpreter", "computer_use_preview*", "image_generation", "mcp", "local_shell"),
}
"""Globs of the types of server tools, by whose they are. Codex offers `web_search` on every turn: whoever can't search leaves it out."""
OR: Final = "\nor "
"""Stands between conditions of deployments: on a line each, since a line has a limit and a label any number of them."""
_BLOCKS: Final[tuple[Capability, ...]] = ("images", "documents", "audio", "video")


@frozen
class Requirement:
    """What a request must be for a model to take it: `condition` in the language; `of` names what the model is short of."""

    of: str
    condition: str


def requirements(model: Model) -> Iterator[Requirement]:
    """All that is known to rule requests out; what is unknown rules nothing out."""
    if model.window is not None:
        yield Requirement("window", f'tokens <= {model.window} or any betas matches "context-1m-*"')
    for blocks in _BLOCKS:
        if model.takes(blocks) is False:
            yield Requirement(blocks, f"not {blocks} > 0")
    if model.takes("tools") is False:
        yield Requirement("tools", "count(tools) == 0")
    if model.takes("tool_choice") is False:
        yield Requirement("tool_choice", 'not has tool_choice or tool_choice in ["auto", "none"]')
    if model.takes("json_schema") is False:
        yield Requirement("json_schema", 'output.format != "json_schema"')
    own = vendor_of(model)
    foreign = [
        glob
        for vendor, types in _SERVER_TOOLS.items()
        for glob in types
        if own is not None and (vendor != own or (glob.startswith("web_search") and model.takes("web_search") is False))
    ]
    if foreign:
        yield Requirement("server tools", f"none tools.types matches /^({'|'.join(map(_as_pattern, foreign))})/")
    if own not in (None, "openai"):
        yield Requirement("compact", 'endpoint != "compact"')


def _as_pattern(glob: str) -> str:
    """A name as a pattern; a star stands at the end of some."""
    return glob.removesuffix("*") if glob.endswith("*") else f"{glob}$"


def vendor_of(model: Model) -> str | None:
    """Whose API a model is asked by: `anthropic`, `openai`, `google` or `others`; None if unknown."""
    if model.provider in _MIXED:
        return "anthropic" if "claude" in model.name.lower() or "claude" in (model.key or "") else None
    return _OWN_MODELS.get(model.provider)


def fits_condition(models: Models, label: str) -> str | None:
    """The condition under which some deployment of a label can take a request; None if nothing is known of the label."""
    found = models.of(label)
    if not any(model.known for model in found):
        return None
    alternatives = list(dict.fromkeys(_all(requirements(model)) for model in found))
    return "true" if "true" in alternatives else OR.join(f"({alternative})" for alternative in alternatives)


def _all(required: Iterator[Requirement]) -> str:
    conditions = [f"({requirement.condition})" for requirement in required]
    return " and ".join(conditions) or "true"
