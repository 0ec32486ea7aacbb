"""Reads what the service and its clients need of LiteLLM's config: deployments, callbacks, the master key. Doesn't import LiteLLM.

What can't be understood is skipped here; `read_model_list` reports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.models.addresses import is_anthropic_address
from ccproxy.models.config_files import ConfigFiles
from ccproxy.yaml_nodes import NotYamlError

HOOK = "ccproxy.gateway.hook.handler"
BASES = ("api_base", "base_url")
"""The keys that can hold a deployment's address."""
ENVIRONMENT_PREFIX = "os.environ/"


@frozen
class Deployment:
    """One entry of the model_list; `references` are the environment variables that it refers to.

    `parameters` are its `litellm_params` and `info` its `model_info`, as written.
    """

    name: str
    model: str
    api_base: str | None = None
    references: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    info: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def provider(self) -> str:
        """`anthropic`, `openai`, …; of models without a prefix, Claude's are recognised by name, all others are ""."""
        prefix, slash, _ = self.model.partition("/")
        return prefix if slash else "anthropic" if self.model.startswith("claude") else ""

    @property
    def is_foreign(self) -> bool:
        """Whether it is of the provider `anthropic` but at a third party's address, to which LiteLLM on its own sends users' logins."""
        return self.provider == "anthropic" and not self.is_anthropic

    @property
    def is_anthropic(self) -> bool:
        """Whether it is served by Anthropic's own API."""
        return self.provider == "anthropic" and (self.api_base is None or is_anthropic_address(self.api_base))


@frozen
class LiteLLMConfig:
    """The values of a config and its includes. `master_key` is as written, possibly `os.environ/NAME`.

    `passed_through` are the paths that it passes to a provider unchanged. `groups` are its routing groups: a name for several labels.
    `complete` is false if LiteLLM reads more models from its database. `redis` are the settings that name a Redis by which replicas are
    coordinated; `redis_of_router` is whether its Router has one.
    """

    deployments: tuple[Deployment, ...] = ()
    callbacks: tuple[str, ...] = ()
    master_key: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    passed_through: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True
    redis: tuple[str, ...] = ()
    redis_of_router: bool = False

    def of_label(self, label: str) -> tuple[Deployment, ...]:
        """The deployments behind a label or an alias; wildcards are not considered."""
        name = self.aliases.get(label, label)
        return tuple(deployment for deployment in self.deployments if deployment.name == name)


def read_litellm_config(path: Path, environment: Mapping[str, str], files: ConfigFiles | None = None) -> LiteLLMConfig:
    """Read a config; one that can't be read has no values. `os.environ/NAME` in an api_base is looked up in `environment`.

    `files` has those that were read for something else.
    """
    deployments: list[Deployment] = []
    callbacks: list[str] = []
    aliases: dict[str, str] = {}
    master_key: str | None = None
    passed_through: list[str] = []
    groups: dict[str, tuple[str, ...]] = {}
    redis: list[str] = []
    complete, redis_of_router = True, False
    for config in _documents(path, set(), files or ConfigFiles()):
        deployments += [found for entry in _list(config, "model_list") if (found := _deployment(entry, environment)) is not None]
        settings = _mapping(config.get("litellm_settings"))
        named = settings.get("callbacks")
        callbacks += [
            name for name in ([named] if isinstance(named, str) else named if isinstance(named, list) else []) if isinstance(name, str)
        ]
        general = _mapping(config.get("general_settings"))
        own = [_mapping(entry).get("path") for entry in _list(general, "pass_through_endpoints")]
        passed_through += [path for path in own if isinstance(path, str) and path.startswith("/")]
        key = general.get("master_key")
        master_key = key if isinstance(key, str) and key and master_key is None else master_key
        complete = complete and str(general.get("store_model_in_db")).lower() != "true"
        redis += ["coordination_redis"] if _mapping(general.get("coordination_redis")) else []
        cache = _mapping(settings.get("cache_params"))
        redis += ["cache"] if settings.get("cache") is True and cache.get("type", "redis") == "redis" else []
        router = _mapping(config.get("router_settings"))
        redis_of_router = redis_of_router or bool(router.get("redis_host") or router.get("redis_url"))
        for group in map(_mapping, _list(router, "routing_groups")):
            groups[str(group.get("group_name"))] = tuple(name for name in _list(group, "models") if isinstance(name, str))
        for alias, target in _mapping(router.get("model_group_alias")).items():
            model = target.get("model") if isinstance(target, dict) else target
            if isinstance(model, str):
                aliases[str(alias)] = model
    rest = (tuple(passed_through), groups, complete, tuple(redis), redis_of_router)
    return LiteLLMConfig(tuple(deployments), tuple(callbacks), master_key, aliases, *rest)


def resolve(value: str | None, environment: Mapping[str, str]) -> str | None:
    """Resolve a value of the config: `os.environ/NAME` is that variable, None if it is not set."""
    if value is not None and value.startswith(ENVIRONMENT_PREFIX):
        return environment.get(value.removeprefix(ENVIRONMENT_PREFIX)) or None
    return value


def master_key_of(config: LiteLLMConfig, environment: Mapping[str, str]) -> str | None:
    """The master key that LiteLLM will use: the config's, else `$LITELLM_MASTER_KEY`."""
    if config.master_key is not None:
        return resolve(config.master_key, environment)
    return environment.get("LITELLM_MASTER_KEY") or None


def _documents(path: Path, visited: set[Path], files: ConfigFiles) -> Iterator[dict[str, Any]]:
    visited.add(path.absolute())
    try:
        config = files.read(path).value
    except (OSError, UnicodeDecodeError, NotYamlError):
        return
    if not isinstance(config, dict):
        return
    yield config
    for name in _list(config, "include"):
        included = (path.parent / name).absolute() if isinstance(name, str) else None
        if included is not None and included not in visited:
            yield from _documents(included, visited, files)


def _deployment(entry: object, environment: Mapping[str, str]) -> Deployment | None:
    name, parameters = _mapping(entry).get("model_name"), _mapping(_mapping(entry).get("litellm_params"))
    model, base = parameters.get("model"), next(filter(None, map(parameters.get, BASES)), None)
    if not isinstance(name, str) or not isinstance(model, str):
        return None
    references = [value.removeprefix(ENVIRONMENT_PREFIX) for value in parameters.values() if _is_reference(value)]
    address = resolve(base, environment) if isinstance(base, str) else None
    return Deployment(name, model, address, tuple(references), parameters, _mapping(_mapping(entry).get("model_info")))


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith(ENVIRONMENT_PREFIX)


def _mapping(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(config: Mapping[str, Any], name: str) -> list[Any]:
    found = config.get(name)
    return found if isinstance(found, list) else []
