"""Makes a policy of claude-code-router's `config.json`: a model for each of six kinds of requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ccproxy.language.literals import is_within_limits, write_number
from ccproxy.migration import draft, today
from ccproxy.migration.draft import Draft, Part
from ccproxy.node_reader import Reader
from ccproxy.yaml_nodes import Node, is_mapping, is_null, is_sequence

LABELS = {
    "default": "default",
    "background": "background",
    "think": "think",
    "longContext": "token_count",
    "webSearch": "web_search",
    "image": "image",
}
"""The kinds of requests, each with its label: those of the starter policy."""
_THRESHOLD = 60_000
_HOSTS = {
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.openai.com": "openai",
    "generativelanguage.googleapis.com": "gemini",
    "openrouter.ai": "openrouter",
}
"""Hosts of providers that LiteLLM knows by a name."""
_TEXT_TOKENS = "ccproxy.migration.text_tokens.CodeRouterText"


def draft_of(reader: Reader, root: Mapping[str, Node], faithful: bool) -> Draft:
    """The policy of a file whose keys these are; what is wrong with it is reported to the reader."""
    router = {key.value: node for key, node in reader.entries(root["Router"], "Router")}
    models = {kind: model for kind in LABELS if (model := _model(reader, router, kind)) is not None}
    if "default" not in models:
        reader.report(root["Router"], "Router has no default", 'write "default": "provider,model"')
    threshold = _threshold(reader, router.get("longContextThreshold"))
    providers = _providers(reader, root.get("Providers") or root.get("providers"))
    _demand_providers(reader, router, models, providers)
    labels = _labels(models, providers)
    parts = dict((_faithful if faithful else _meant)(threshold))
    written = [parts["image"]] if "image" in models else []
    written += [_named(labels), *(part for kind, part in parts.items() if kind in models and kind != "image")]
    aim = "what it really did" if faithful else "what it was meant to do"
    served = "\n".join(f"  {LABELS[kind]}: {model}" for kind, model in models.items())
    origin = f"Made by ccproxy import of claude-code-router's {reader.source.name}: {aim}. Its models, by label:\n{served}"
    return Draft(
        origin, (*written, Part((), ("default -> default",))), tuple(_left(reader, root, models)), _config(models, labels, providers)
    )


def _model(reader: Reader, router: Mapping[str, Node], kind: str) -> str | None:
    """The model of a kind of requests; None without one, which an empty text says too."""
    node = router.get(kind)
    value = None if node is None else reader.value(node)
    if node is None or value is None or value == "":
        return None
    if isinstance(value, str) and draft.can_be_written(value):
        return value
    reader.wrong(node, kind, f"a provider and its model with a comma between, of at most {draft.LONGEST} characters")
    return None


def _threshold(reader: Reader, node: Node | None) -> int:
    value = None if node is None else reader.value(node)
    if node is None or not value:
        return _THRESHOLD
    number = int(value) if isinstance(value, str) and value.isdecimal() and value.isascii() else value
    if isinstance(number, int) and not isinstance(number, bool) and number > 0 and is_within_limits(number):
        return number
    reader.wrong(node, "longContextThreshold", "a number of tokens")
    return _THRESHOLD


def _meant(threshold: int) -> Iterator[tuple[str, Part]]:
    yield _part("image", "It looked at the last message: images.latest are all since the last answer.", "images.latest > 0")
    comment = "It counted no images or documents, and went by what the last answer had used too. tokens is the whole request."
    yield _part("longContext", comment, f"tokens > {write_number(threshold)}")
    yield _part("background", "It asked for claude and haiku in the model's name.", today.SMALL_MODEL)
    comment = f"It took every request that offers a web search, and some clients offer one in each. {today.SEARCHES}"
    yield _part("webSearch", comment, today.SEARCH)
    yield _part("think", today.THINKING, today.HARD_TASK)


def _faithful(threshold: int) -> Iterator[tuple[str, Part]]:
    last = "messages.last.content.*"
    image = f'any body("{last}.type") == "image" or any body("{last}.content.*.type") == "image"'
    condition = f'body("messages.last.role") == "user" and ({image})'
    yield _part("image", "An image in the last message, or in a result of a tool there.", condition)
    long = f'predicate long_text = "{_TEXT_TOKENS}"({write_number(threshold)})'
    comment = "Text, tool uses and their results, system prompt and tools, in tokens of cl100k_base."
    yield "longContext", Part((f"longContext: {comment}",), (long, draft.rule("long_text", LABELS["longContext"])))
    yield _part("background", "", 'model contains "claude" and model contains "haiku"')
    yield _part("webSearch", "A web search among the tools that are offered.", 'any body("tools.*.type") starts with "web_search"')
    yield _part("think", today.EVERY_THINKING, today.EVERY_THINKING_CONDITION)


def _part(kind: str, comment: str, condition: str) -> tuple[str, Part]:
    return kind, Part((f"{kind}: {comment}" if comment else kind,), (draft.rule(condition, LABELS[kind]),))


def _named(labels: Mapping[str, str]) -> Part:
    """The rules for models that a client names itself, in lower case or as they are written."""
    asked: dict[str, list[str]] = {}
    for named, label in labels.items():
        asked.setdefault(label, []).extend(dict.fromkeys((named.lower(), named)))
    rules = [draft.rule(_is_one_of(names), draft.label(label)) for label, names in asked.items()]
    other = draft.rule('model contains ","', 'reject "no provider has this model"')
    return Part(("A client may name a provider and its model itself: /model provider,model.",), (*rules, other))


def _is_one_of(names: list[str]) -> str:
    return f"model == {draft.text(names[0])}" if len(names) == 1 else f"model in [{', '.join(map(draft.text, names))}]"


def _labels(models: Mapping[str, str], providers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The label of each `provider,model`: of a kind of requests, else a name of its own."""
    labels: dict[str, str] = {}
    for kind, model in models.items():
        labels.setdefault(model, LABELS[kind])
    for provider in providers.values():
        listed = provider.get("models")
        for model in listed if isinstance(listed, list) else ():
            if isinstance(model, str) and draft.can_be_written(named := f"{provider['name']},{model}"):
                labels.setdefault(named, f"{provider['name']}/{model}")
    return labels


def _left(reader: Reader, root: Mapping[str, Node], models: Mapping[str, str]) -> Iterator[str]:
    custom = root.get("CUSTOM_ROUTER_PATH")
    path = None if custom is None else reader.value(custom)
    if isinstance(path, str) and path:
        where = draft.text(path[: draft.LONGEST])
        yield f"the custom router {where}: it is JavaScript. Write what it decides as rules, or as a predicate in Python."
    if not _is_nothing(root.get("fallback")):
        yield "fallback: say it behind the label of a rule: when … -> think fallback default."
    if not _is_nothing(root.get("transformers")):
        yield "transformers: LiteLLM speaks the languages of its providers itself."
    if not _is_nothing(root.get("REWRITE_SYSTEM_PROMPT")):
        yield "REWRITE_SYSTEM_PROMPT: a policy routes requests and doesn't change them."
    if not _is_nothing(root.get("PROXY_URL")):
        yield "PROXY_URL: LiteLLM goes to providers by the HTTPS_PROXY of its environment."
    if not _is_nothing(root.get("API_TIMEOUT_MS")):
        yield "API_TIMEOUT_MS: request_timeout under litellm_settings of config.yaml, in seconds."
    router = {key.value for key, _ in root["Router"].value} if is_mapping(root["Router"]) else set()
    for key in sorted(name for name in router - {*LABELS, "longContextThreshold"} if draft.can_be_written(name)):
        yield f"{draft.text(key)} of Router, which is not known here."
    if any(not _is_nothing(root.get(key)) for key in ("HOST", "PORT", "APIKEY")):
        yield "HOST, PORT and APIKEY: host and port stand in ccproxy.yaml, the key of the proxy is master_key in config.yaml."
    if "longContext" in models:
        yield "that a request of over 20,000 tokens went to longContext too after an answer that had used more than the threshold."
    if "image" in models:
        yield "the image agent, which gave a model without eyes a tool to ask the model of image about earlier images."
    yield "a model in a <CCR-SUBAGENT-MODEL> tag of the prompt; when agent.type == … takes a subagent by its kind."
    yield "configurations of single projects and sessions."


def _is_nothing(node: Node | None) -> bool:
    return node is None or is_null(node) or not node.value


def _providers(reader: Reader, node: Node | None) -> dict[str, Mapping[str, Any]]:
    """The providers by name, in lower case."""
    if node is not None and not is_null(node) and not is_sequence(node):
        reader.wrong(node, "Providers", "a list")
    found: dict[str, Mapping[str, Any]] = {}
    for item in node.value if is_sequence(node) else ():
        provider = reader.value(item)
        name = provider.get("name") if isinstance(provider, dict) else None
        if isinstance(name, str) and draft.can_be_written(name):
            found[name.lower()] = provider
        else:
            reader.report(item, "the provider has no name", 'write "name": "openrouter"')
    return found


def _demand_providers(
    reader: Reader, router: Mapping[str, Node], models: Mapping[str, str], providers: Mapping[str, Mapping[str, Any]]
) -> None:
    """Report models of providers that are not there."""
    known = ", ".join(draft.text(str(provider["name"])) for provider in providers.values())
    for kind, named in models.items():
        name, comma, _ = named.partition(",")
        if not comma:
            reader.report(router[kind], f"{kind} names no provider", f'write it as "provider,{name}"')
        elif name.lower() not in providers:
            reader.report(
                router[kind], f'there is no provider "{name}"', f"the providers are: {known}" if known else "name it in Providers"
            )


def _config(models: Mapping[str, str], labels: Mapping[str, str], providers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """LiteLLM's config with a deployment for each label, and one for the names of Claude Code, which LiteLLM has to know."""
    served = {LABELS[kind]: model for kind, model in models.items()}
    served |= {label: model for model, label in labels.items() if label not in served}
    served |= {"claude-*": models.get("default", "")}
    model_list = []
    for label, named in served.items():
        name, _, model = named.partition(",")
        model_list.append({"model_name": label, "litellm_params": _deployment(providers.get(name.lower(), {}), model)})
    # LiteLLM would speak OpenAI's Responses to these, which few of them know
    return {"model_list": model_list, "litellm_settings": {"use_chat_completions_url_for_anthropic_messages": True}}


def _deployment(provider: Mapping[str, Any], model: str) -> dict[str, Any]:
    """A model of a provider as LiteLLM has it: by the provider's address, and the language that is spoken there."""
    address = str(provider.get("api_base_url") or "")
    host = re.match(r"https?://([^/:?#]+)", address)
    known = _HOSTS.get(host[1]) if host else None
    if known is not None:
        found = {"model": f"{known}/{model}"}
    elif address.rstrip("/").endswith("/v1/messages") or "anthropic" in str(provider.get("transformer")).lower():
        found = {"model": f"anthropic/{model}", "api_base": re.sub(r"/v1/messages/?$", "", address)}
    else:
        found = {"model": f"openai/{model}", "api_base": re.sub(r"/chat/completions/?$", "", address)}
    key = provider.get("api_key")
    if isinstance(key, str) and key:
        variable = re.fullmatch(r"\$\{?(\w+)\}?", key)
        found["api_key"] = f"os.environ/{variable[1]}" if variable else key
    return found
