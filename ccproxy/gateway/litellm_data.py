"""Reads LiteLLM's request data, and applies a decision to it. Knows the format of `data`, and imports nothing of LiteLLM.

`data` is the request's dict: the keys of the body, which LiteLLM has not validated, along with LiteLLM's own. So everything here
accepts any value anywhere, and never raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ccproxy.facts import Request
from ccproxy.facts.endpoint import model_in, of_path
from ccproxy.facts.extra_body import OF_ANOTHER_API, split
from ccproxy.facts.shapes import BY_ENDPOINT
from ccproxy.gateway.call_types import ROUTED

DETOURS = (
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "specific_deployment",
    "deployment_id",
    "models",
)
"""Keys of a body, besides `model`, by which a client can name models and so override the policy."""

BORROWED = ("router_settings_override", "litellm_credential_name", "custom_llm_provider", "azure")
"""Keys by which a client could change the request's path behind the label. LiteLLM sets some of them too; its own are kept."""

LITELLMS_FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
"""The key under which a request has fallbacks that replace those of LiteLLM's config."""

LITELLMS_OWN = ("metadata", "tags")
"""Top-level keys of `data` that are LiteLLM's own, except on APIs for which it uses `litellm_metadata`: there they are the client's."""

MOST_FALLBACKS = 8
"""Maximum number of a client's own fallbacks that are considered."""
LONGEST_NAME = 200
"""Maximum characters of a model's name in a record."""

Data = dict[str, Any]


def read_request(data: Data, key: object, call_type: str, at: datetime | None = None, model: str | None = None) -> Request:
    """The request in LiteLLM's `data`; `key` is LiteLLM's `UserAPIKeyAuth`, `at` the time of arrival. `model`: as if it asked for that.

    The path is one of the API actually used, whatever the name of LiteLLM's route: `/cursor/chat/completions` may be Responses.
    """
    proxied = mapping(data.get("proxy_server_request"))
    headers = {name: value for name, value in mapping(proxied.get("headers")).items() if isinstance(name, str) and isinstance(value, str)}
    path = _path(proxied.get("url"), call_type)
    key_is = key_facts(key)
    body = _client_body(data, proxied, key_is["tags"])
    if model is None:
        return Request(body, headers=headers, path=path, key=key_is, at=at)
    # the path may name a model too
    return Request({**body, "model": model}, headers=headers, path=path, key=key_is, at=at, facts={"model": model})


def asked_model(data: Data) -> object:
    """The model that the client asked for in its path or body; if there is none, the one that LiteLLM filled in."""
    proxied = mapping(data.get("proxy_server_request"))
    url = proxied.get("url")
    named = model_in(url) if isinstance(url, str) else None
    return _client_body(data, proxied).get("model") if named is None else named


def arrival(data: Mapping[str, Any]) -> object:
    """What identifies a request, the same each time LiteLLM runs the hooks for it: its time of arrival."""
    return mapping(data.get("proxy_server_request")).get("arrival_time")


def key_facts(key: object) -> dict[str, Any]:
    """The properties of a virtual key that policies can read."""
    metadata = mapping(getattr(key, "metadata", None))
    return {
        "alias": getattr(key, "key_alias", None),
        "team": getattr(key, "team_alias", None) or getattr(key, "team_id", None),
        "user": getattr(key, "user_id", None),
        "org": getattr(key, "org_id", None),
        "tags": metadata.get("tags"),
        "spend": getattr(key, "spend", None),
        "budget": getattr(key, "max_budget", None),
    }


def remove_detours(data: Data, call_type: str) -> dict[str, list[str]]:
    """Remove what a client may have added to choose models other than the policy's, or to send them what the policy did not see.

    Returns the keys that were removed, each with the models that it named.
    """
    body = mapping(mapping(data.get("proxy_server_request")).get("body"))
    removed = {name: models_named(data.pop(name)) for name in DETOURS if name in data}
    if "extra_body" in data:
        removed |= _open_extra_body(data, call_type)
    endpoint = of_path(ROUTED.get(call_type, ""))
    shape = BY_ENDPOINT.get(endpoint)
    if shape is not None and endpoint != "generate_content":
        # a deployment of another API would take these for its own
        for name in (OF_ANOTHER_API - shape.keys) | shape.spare_keys(data):
            if name in data:
                del data[name]
                removed[name] = []
    for name in BORROWED:
        if name in data and data[name] is body.get(name):
            del data[name]
            removed[name] = []
    return removed


def _open_extra_body(data: Data, call_type: str) -> dict[str, list[str]]:
    """Move the content of `extra_body`, which would replace keys of the finished request, to where rules see it.

    Returns the detours that it had.
    """
    extra = data.pop("extra_body")
    if not isinstance(extra, Mapping):
        return {}
    moved, left = split(extra, of_path(ROUTED.get(call_type, "")))
    for name in LITELLMS_OWN:
        if name in moved and "litellm_metadata" not in data:
            left[name] = moved.pop(name)
    data.update(moved)
    removed = {name: models_named(left.pop(name)) for name in DETOURS if name in left}
    if left:
        data["extra_body"] = left
    return removed


def models_named(value: object) -> list[str]:
    """The models that the value of a detour names."""
    listed = value if isinstance(value, list) else [value]
    named = [mapping(one).get("model", one) for one in listed[:MOST_FALLBACKS]]
    return [model[:LONGEST_NAME] for model in named if isinstance(model, str)]


def own_fallbacks(data: Data, model: object) -> list[str]:
    """The fallbacks for `model` that a client has named itself, in either form of LiteLLM's; not more than `MOST_FALLBACKS`.

    A list of models, or of objects with a `model`, whose other keys would change the request behind the policy's back and don't
    count; or a list of objects that give a model, or `*`, a list of models.
    """
    listed = data.get("fallbacks")
    if not isinstance(listed, list):
        return []
    named = [other if isinstance(other, str) else mapping(other).get("model") for other in listed]
    found = [other for other in named if isinstance(other, str)]
    if not found:
        names = (model, "*") if isinstance(model, str) else ("*",)
        chains = [chain for name in names for one in listed if isinstance(chain := mapping(one).get(name), list)]
        found = [other for other in chains[0] if isinstance(other, str)] if chains else []
    return found[:MOST_FALLBACKS]


def set_fallbacks(data: Data, fallbacks: Sequence[str], *, alone: bool) -> None:
    """Set the rule's fallbacks on this request; `alone`: LiteLLM's own don't apply, even if the rule has none."""
    if fallbacks:
        data["fallbacks"] = list(fallbacks)
    elif alone:
        for name in LITELLMS_FALLBACKS:
            data[name] = []


def _path(url: object, call_type: str) -> str | None:
    path = ROUTED.get(call_type)
    return url if isinstance(url, str) and (path is None or of_path(url) == of_path(path)) else path


def _client_body(data: Data, proxied: Mapping[str, Any], key_tags: object = None) -> Mapping[str, Any]:
    original = proxied.get("body")
    body = dict(original) if isinstance(original, Mapping) else dict(data)
    for name in _LITELLM_KEYS:
        body.pop(name, None)
    if "litellm_metadata" not in data:
        # on chat, completions and embeddings LiteLLM writes into the client's `metadata`
        metadata = _client_metadata(mapping(data.get("metadata")), key_tags)
        body.pop("metadata", None)
        if metadata:
            body["metadata"] = metadata
    if not isinstance(body.get("model"), str):
        body["model"] = data.get("model")
    return body


def _client_metadata(metadata: Mapping[str, Any], key_tags: object) -> dict[str, Any]:
    """The client's `metadata`. Without the key's tags, which LiteLLM adds for its budgets before it keeps what was sent."""
    sent = mapping(metadata.get("requester_metadata"))
    found = {name: value for name, value in sent.items() if name not in _LITELLM_METADATA}
    tags = found.get("tags")
    if isinstance(tags, list) and isinstance(key_tags, list):
        found["tags"] = [tag for tag in tags if tag not in key_tags]
        if not found["tags"]:
            del found["tags"]
    return found


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else _NOTHING


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LITELLM_KEYS = ("litellm_metadata", "litellm_call_id", "litellm_logging_obj", "proxy_server_request", "secret_fields")
_LITELLM_METADATA = frozenset({"headers", "used_client_oauth_token", "spend_logs_metadata", "requester_metadata"})
