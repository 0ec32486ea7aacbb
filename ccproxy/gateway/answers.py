"""Reads what LiteLLM says of an answer. Accepts any value anywhere, and never raises."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.gateway.litellm_data import mapping


@frozen
class Answer:
    """An answer: the model group that `served` it, its tokens by kind, and its price as LiteLLM calculated it. None: unknown."""

    served: str | None
    tokens: Mapping[str, int]
    dollars: float | None


NO_ANSWER = Answer(None, MappingProxyType({}), None)
"""What is known of an answer that failed."""


def read_answer(event: Mapping[str, Any]) -> Answer:
    """The answer that LiteLLM's success event is about."""
    told = mapping(event.get("standard_logging_object"))
    served, dollars = told.get("model_group"), told.get("response_cost")
    usage = mapping(mapping(told.get("metadata")).get("usage_object"))
    return Answer(served if isinstance(served, str) else None, _tokens(usage), float(dollars) if isinstance(dollars, int | float) else None)


def status_of(error: BaseException) -> int:
    """The HTTP status with which LiteLLM answers an error."""
    for told in (getattr(error, "status_code", None), getattr(error, "code", None)):
        text = str(told)
        if len(text) == 3 and text.isdecimal():
            return int(text)
    return 500


def group_tried(kwargs: Mapping[str, Any]) -> str | None:
    """The model group that a call to a deployment is made for."""
    for name in ("litellm_metadata", "metadata"):
        group = mapping(kwargs.get(name)).get("model_group")
        if isinstance(group, str):
            return group
    return None


def deployment_tried(kwargs: Mapping[str, Any]) -> str | None:
    """The model of the deployment that a call is made to, as LiteLLM is told it."""
    for name in ("litellm_metadata", "metadata"):
        deployment = mapping(kwargs.get(name)).get("deployment")
        if isinstance(deployment, str):
            return deployment
    return None


def deployment_id(event: Mapping[str, Any]) -> str | None:
    """LiteLLM's id of the deployment that an event is about."""
    told = mapping(event.get("standard_logging_object")).get("model_id")
    found = told or mapping(mapping(event.get("litellm_params")).get("model_info")).get("id")
    return found if isinstance(found, str) else None


def headers_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The headers of the provider's answer: those of the error where there is one."""
    error = event.get("exception")
    held = (getattr(error, "litellm_response_headers", None), getattr(getattr(error, "response", None), "headers", None))
    hidden = mapping(mapping(event.get("standard_logging_object")).get("hidden_params")).get("additional_headers")
    for one in (*held, event.get("response_headers"), hidden):
        try:
            if one:
                return dict(one)
        except (TypeError, ValueError):
            continue
    return {}


def _tokens(usage: Mapping[str, Any]) -> dict[str, int]:
    """LiteLLM counts what was read from a cache, and written to it, as input too."""
    if not usage:
        return {}
    details = mapping(usage.get("prompt_tokens_details"))
    read = _count(details.get("cached_tokens")) or _count(usage.get("cache_read_input_tokens"))
    written = _count(details.get("cache_creation_tokens")) or _count(usage.get("cache_creation_input_tokens"))
    an_hour = _count(mapping(details.get("cache_creation_token_details")).get("ephemeral_1h_input_tokens"))
    return {
        "input": max(0, _count(usage.get("prompt_tokens")) - read - written),
        "cache_write_5m": max(0, written - an_hour),
        "cache_write_1h": an_hour,
        "cache_read": read,
        "output": _count(usage.get("completion_tokens")),
    }


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
