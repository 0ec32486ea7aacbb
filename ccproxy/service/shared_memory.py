"""Examines whether all who serve a policy that asks for what is remembered share it: workers of a host, and replicas."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ccproxy.config.settings import MemorySettings
from ccproxy.models.litellm_config import LiteLLMConfig
from ccproxy.policy import check_file
from ccproxy.service.examined import Finding, Level
from ccproxy.service.preflight import Plan, settings_of

_REDIS_VARIABLES = ("REDIS_HOST", "REDIS_URL", "REDIS_CLUSTER_NODES", "REDIS_SENTINEL_NODES")
"""By any of these LiteLLM knows a Redis that its config doesn't name."""
_COORDINATION = "general_settings: {coordination_redis: {host: …, port: …}} in LiteLLM's config"


def examine_memory(plan: Plan, config: LiteLLMConfig, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Where what is remembered is kept, and who shares it; nothing for a policy that asks for nothing of it."""
    if not _is_asked_for(plan.policy):
        return
    settings = settings_of(plan.folder).memory
    named = [*config.redis, *(name for name in _REDIS_VARIABLES if environment.get(name))]
    if settings.kind == "off":
        message = "the policy asks for what is remembered of conversations, and memory: is off: these facts are missing"
        yield Finding(Level.WARNING, "memory", message, "take memory: {kind: off} out of ccproxy.yaml")
    elif settings.kind != "sqlite" and named:
        yield Finding(Level.FINE, "memory", f"is kept in LiteLLM's Redis ({named[0]}), for all replicas")
    else:
        yield from _without_redis(plan, config, settings, environment, named)


def _without_redis(
    plan: Plan, config: LiteLLMConfig, settings: MemorySettings, environment: Mapping[str, str], named: list[str]
) -> Iterator[Finding]:
    if config.redis_of_router and not named:
        message = "the Redis of router_settings is the Router's alone: what is remembered is not kept there"
        yield Finding(Level.WARNING, "memory", message, f"name it as {_COORDINATION} too")
    if settings.kind == "redis":
        message = "memory: wants LiteLLM's Redis, and LiteLLM has none: nothing is remembered"
        yield Finding(Level.PROBLEM, "memory", message, f"{_COORDINATION}, or memory: {{kind: auto}}")
    elif not os.access(plan.folder, os.W_OK):
        alone = "and is lost when it ends" if plan.workers == 1 else f"and not by the other{'s' if plan.workers > 2 else ''}"
        message = f"{plan.folder} can't be written: what is remembered is known to one worker alone, {alone}"
        yield Finding(Level.WARNING, "memory", message, f"let it be written, or {_COORDINATION}")
    elif settings.kind == "sqlite" and named:
        message = f"is kept in memory.sqlite, which replicas on other hosts don't share, though LiteLLM has a Redis ({named[0]})"
        yield Finding(Level.WARNING, "memory", message, "memory: {kind: auto} in ccproxy.yaml")
    elif "KUBERNETES_SERVICE_HOST" in environment:
        message = "is kept in memory.sqlite, which other replicas don't share, and which ends with this one"
        yield Finding(Level.WARNING, "memory", message, _COORDINATION)
    else:
        workers = "" if plan.workers == 1 else f" for the {plan.workers} workers"
        message = f"is kept in memory.sqlite{workers}; replicas on other hosts would not share it"
        yield Finding(Level.NOTE, "memory", message, f"where there are several: {_COORDINATION}")


def _is_asked_for(policy: Path) -> bool:
    try:
        _, checked = check_file(policy)
    except OSError:
        return False
    return checked is not None and checked.remembers
