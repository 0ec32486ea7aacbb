"""What stands behind each label: its deployments, what each can take, and what it costs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from ccproxy.frozen import frozen
from ccproxy.models.config_files import ConfigFiles
from ccproxy.models.litellm_config import Deployment, LiteLLMConfig, read_litellm_config
from ccproxy.models.model_key import find_entry, provider_of
from ccproxy.models.model_map import Entry, ModelMap, find_map
from ccproxy.models.own_prices import is_price, with_own_prices
from ccproxy.models.prices import MOST_TOKENS, Prices

Capability = Literal["images", "documents", "audio", "video", "tools", "tool_choice", "json_schema", "web_search", "reasoning"]

_FIELDS: Final[Mapping[Capability, tuple[str, ...]]] = {
    "images": ("supports_vision", "supports_image_input"),
    "documents": ("supports_pdf_input",),
    "audio": ("supports_audio_input",),
    "video": ("supports_video_input",),
    "tools": ("supports_function_calling",),
    "tool_choice": ("supports_tool_choice",),
    "json_schema": ("supports_response_schema", "supports_native_structured_output"),
    "web_search": ("supports_web_search",),
    "reasoning": ("supports_reasoning",),
}
"""The fields of LiteLLM that say whether a model has a capability: one that is true is enough."""
_NO_IF_ABSENT: Final = ("images", "audio", "video")
"""What an entry of the map would name if the model could take it; all else that it doesn't name is unknown."""
_MODALITIES: Final = {"images": "image", "documents": "pdf", "audio": "audio", "video": "video"}
CAPABILITIES: Final = tuple(_FIELDS)
_NOT_OF_THE_MODEL: Final = ("id", "db_model", "base_model", "mode")
"""Fields of a deployment's `model_info` that say nothing of the model."""


@frozen
class Model:
    """One deployment behind a label.

    `name` is the model as LiteLLM is told it. `key` is its entry's in LiteLLM's map, None if nothing there is about it. `info` has
    LiteLLM's fields: the entry's, and over them what the deployment's own `model_info` and `litellm_params` say.
    """

    name: str
    provider: str
    key: str | None
    info: Mapping[str, Any]

    @property
    def known(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.info)

    @property
    def window(self) -> int | None:
        """The most tokens of input; None if unknown."""
        return _count(self.info.get("max_input_tokens"))

    @property
    def output_cap(self) -> int | None:
        """The most tokens of output; None if unknown."""
        return _count(self.info.get("max_output_tokens"))

    def takes(self, capability: Capability) -> bool | None:
        """Whether it has a capability; None if unknown."""
        told = [self.info[name] for name in _FIELDS[capability] if isinstance(self.info.get(name), bool)]
        modalities = self.info.get("supported_modalities")
        if any(told) or (isinstance(modalities, list) and _MODALITIES.get(capability) in modalities):
            return True
        return False if told or (self.key is not None and capability in _NO_IF_ABSENT) else None

    @cached_property
    def prices(self) -> Prices:
        """What it costs."""
        return Prices(self.info, self.provider)

    @property
    def retires(self) -> date | None:
        """The day from which its provider may no longer serve it."""
        try:
            return date.fromisoformat(str(self.info.get("deprecation_date")))
        except ValueError:
            return None

    @property
    def successor(self) -> str | None:
        """The model that its provider names in its stead."""
        metadata = self.info.get("metadata")
        found = metadata.get("successor") if isinstance(metadata, Mapping) else None
        return found if isinstance(found, str) else None


@frozen
class Models:
    """The models behind the labels of LiteLLM's config. `complete` is false if LiteLLM reads more of them from its database."""

    config: LiteLLMConfig = field(default_factory=LiteLLMConfig)
    map: ModelMap = field(default_factory=lambda: ModelMap(b""))

    @classmethod
    def read(
        cls,
        config: str | Path,
        *,
        environment: Mapping[str, str] = os.environ,
        map_path: Path | None = None,
        briefly: bool = False,
        files: ConfigFiles | None = None,
    ) -> Models:
        """Read LiteLLM's config, and the map of the installed LiteLLM if no other is given; what can't be read is unknown.

        `briefly` is for processes that end soon: see `ModelMap.mapped`. `files` has those that were read for something else.
        """
        found = read_litellm_config(Path(config), environment, files)
        path = map_path or find_map()
        if not briefly:
            return cls(found, ModelMap.read(path))
        models = [deployment.model for deployment in found.deployments if "*" not in deployment.model]
        # most entries stand under the model's name, or under what follows its provider
        return cls(found, ModelMap.mapped(path, {*models, *(model.partition("/")[2] or model for model in models)}))

    @classmethod
    def without_config(cls, map_path: Path | None = None) -> Models:
        """No label, but what the map of the installed LiteLLM, or another, knows of models."""
        return cls(map=ModelMap.read(map_path or find_map()))

    @property
    def complete(self) -> bool:
        """Whether a label that the config doesn't name leads nowhere."""
        return self.config.complete

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels that the config names, without wildcards, in its order; aliases and groups after the others."""
        named = (deployment.name for deployment in self.config.deployments)
        return tuple(dict.fromkeys(name for name in (*named, *self.config.aliases, *self.config.groups) if "*" not in name))

    def of(self, label: str) -> tuple[Model, ...]:
        """The models behind a label, in the config's order; none if it leads nowhere."""
        if label not in self._found:
            self._found[label] = tuple(self._models(label))
        return self._found[label]

    def hash_of(self, labels: tuple[str, ...]) -> str:
        """12 digits of the hash over all that is known of some labels."""
        known = {label: [[model.name, model.provider, model.key, model.info] for model in self.of(label)] for label in sorted(labels)}
        from hashlib import sha256  # OpenSSL takes its time to load

        return sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()[:12]

    @cached_property
    def _found(self) -> dict[str, tuple[Model, ...]]:
        return {}

    def _models(self, label: str) -> Iterator[Model]:
        for deployment, model in self._deployments(label):
            yield _resolve(deployment, model, self.map)

    def _deployments(self, label: str) -> Iterator[tuple[Deployment, str]]:
        """The deployments of a label, an alias or a group, each with its model; else of the wildcard that LiteLLM tries first."""
        found = [deployment for name in self.config.groups.get(label, (label,)) for deployment in self.config.of_label(name)]
        if found:
            yield from ((deployment, deployment.model) for deployment in found)
            return
        patterns = {deployment.name: _pattern(deployment.name) for deployment in self.config.deployments if "*" in deployment.name}
        name = self.config.aliases.get(label, label)
        for wildcard in sorted(patterns, key=lambda one: _specificity(patterns[one]), reverse=True):
            match = re.match(patterns[wildcard], name)
            if match is not None:
                yield from ((one, _filled(one.model, match)) for one in self.config.deployments if one.name == wildcard)
                return


def _resolve(deployment: Deployment, model: str, models: ModelMap) -> Model:
    stated = deployment.parameters.get("custom_llm_provider")
    provider = provider_of(model, stated if isinstance(stated, str) else None, models)
    base = deployment.info.get("base_model") or deployment.parameters.get("base_model")
    found = _find_base(base, provider, models) if isinstance(base, str) else find_entry(model, provider, models)
    key, entry = (None, {}) if found is None else found
    own = {name: value for name, value in _stated(deployment.info) if name not in _NOT_OF_THE_MODEL}
    # the hours off peak LiteLLM takes from the model_info alone
    parameters = {name: value for name, value in _stated(deployment.parameters) if name != "off_peak_pricing"}
    prices = {name: value for fields in (own, parameters) for name, value in fields.items() if is_price(name)}
    said = {name: value for name, value in own.items() if name not in prices}
    if not provider:
        provider = str(entry.get("litellm_provider", ""))
    return Model(model, provider, key, {**with_own_prices(entry, prices), **said})


def _find_base(base: str, provider: str, models: ModelMap) -> tuple[str, Entry] | None:
    """The entry of a `base_model`: the deployment's provider's, or that of the model's own if only that one has prices, as for LiteLLM."""
    found = find_entry(base, provider, models)
    if found is not None and any(map(is_price, found[1])):
        return found
    own = find_entry(base, provider_of(base, None, models), models)
    return own if own is not None and (found is None or any(map(is_price, own[1]))) else found


def _stated(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    return ((name, value) for name, value in fields.items() if isinstance(name, str) and value is not None)


def _pattern(wildcard: str) -> str:
    return re.escape(wildcard).replace(r"\*", "(.*)")


def _specificity(pattern: str) -> tuple[int, int]:
    """LiteLLM tries the longest pattern first, of two the one with more special characters."""
    return len(pattern), sum(map(pattern.count, "*+?\\^$|()"))


def _filled(model: str, match: re.Match[str]) -> str:
    """The model of a wildcard's deployment, its stars replaced by what the label's stood for."""
    parts = match.groups()
    if "*" not in model:
        return model
    if len(parts) > model.count("*"):
        return match.string
    for part in parts:
        model = model.replace("*", part, 1)
    return model


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = int(value)
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found <= MOST_TOKENS else None
