"""Reads the names and fallbacks of LiteLLM's config file, with their places. Doesn't import LiteLLM."""

from __future__ import annotations

import os
import re
from collections import abc
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import replace
from ccproxy.frozen import frozen, mutable
from ccproxy.models.config_files import ConfigFiles
from ccproxy.models.litellm_config import BASES, ENVIRONMENT_PREFIX, Deployment, resolve
from ccproxy.models.model_list import ANY_LABEL, ConfiguredFallback, ModelList
from ccproxy.regular_files import is_file
from ccproxy.source import Source, Span
from ccproxy.yaml_nodes import TAG, Node, NotYamlError, is_mapping, is_null, is_scalar, is_sequence, is_text, kind_of, span_of

Mapping = dict[str, Node]
FALLBACK_SETTINGS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
DEFAULT_FALLBACKS = "default_fallbacks"
Environment = abc.Mapping[str, str]
_SHELL_VARIABLE = r"\$\{([A-Za-z_]\w*)\}"


def read_model_list(
    path: Path, environment: Environment = os.environ, files: ConfigFiles | None = None
) -> tuple[ModelList | None, list[Diagnostic]]:
    """The names in LiteLLM's config at `path` (and in the files that it includes), and the diagnostics.

    What can't be understood is reported (`bad-config`) and skipped; the list is None if the file as a whole can't be used. An
    `anthropic/` model at a third party's address is reported too (`foreign-api-base`), and `${NAME}`, which LiteLLM doesn't expand
    (`shell-variable`); `os.environ/NAME` is looked up in `environment`. `files` has those that were read for something else.
    """
    reader = _Reader(environment, files or ConfigFiles())
    main = reader.read(path)
    if main is None:
        return None, reader.diagnostics
    reader.report_foreign()
    if not reader.found_models and reader.complete:
        reader.report(main, None, "there is no model_list", "LiteLLM's config names its models under model_list")
    found = ModelList(reader.names, tuple(reader.wildcards), main, reader.complete, tuple(reader.fallbacks), reader.places)
    return found, reader.diagnostics


@frozen
class _Foreign:
    """The deployments of the provider `anthropic` at one third party's address: the place of the first, and all names."""

    span: Span
    names: list[str] = field(default_factory=list)


@mutable
class _Reader:
    """Collects from the files of a config."""

    environment: Environment
    files: ConfigFiles
    names: dict[str, str] = field(default_factory=dict)
    wildcards: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    visited: set[Path] = field(default_factory=set)
    foreign: dict[str, _Foreign] = field(default_factory=dict)
    fallbacks: list[ConfiguredFallback] = field(default_factory=list)
    places: dict[str, Span] = field(default_factory=dict)
    found_models: bool = False
    complete: bool = True

    def read(self, path: Path) -> Source | None:
        """Read one file and its includes; returns its source, None if it can't be used."""
        self.visited.add(path.absolute())
        try:
            file = self.files.read(path)
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
            self.report(Source("", path.name, path), None, f"{path} can't be read: {reason}")
            return None
        except NotYamlError as error:
            self.report(error.span.source, error.span, str(error))
            return None
        source = file.source
        config = self.mapping(source, file.root, "the config") if file.root is not None else {}
        if config is None:
            return None
        self._gather(source, config)
        for included in self._includes(source, config):
            self.read(included)
        return source

    def _gather(self, source: Source, config: Mapping) -> None:
        if "model_list" in config:
            self.found_models = True
            for entry in self._sequence(source, config["model_list"], "model_list"):
                self._deployment(source, entry)
        router = self._section(source, config, "router_settings")
        for alias, target in self._section(source, router, "model_group_alias").items():
            self._alias(source, alias, target)
        for group in self._sequence(source, router.get("routing_groups"), "routing_groups"):
            self._routing_group(source, group)
        for section in (router, self._section(source, config, "litellm_settings")):
            self._fallbacks(source, section)
        general = self._section(source, config, "general_settings")
        self._variable(source, "master_key", general.get("master_key"))
        stored = general.get("store_model_in_db")
        if is_scalar(stored) and stored.value.lower() == "true":
            self.complete = False

    def _deployment(self, source: Source, node: Node) -> None:
        entry = self.mapping(source, node, "an entry of model_list")
        if entry is None:
            return
        name = self._text(source, entry.get("model_name"), node, "model_name")
        parameters = entry.get("litellm_params")
        if parameters is None:
            self.report(source, span_of(source, node), "the entry has no litellm_params")
            return
        settings = self.mapping(source, parameters, "litellm_params")
        model = self._text(source, settings.get("model"), parameters, "model") if settings is not None else None
        if name is None or model is None or settings is None:
            return
        for parameter, value in settings.items():
            self._variable(source, parameter, value)
        base = self._base(settings)
        address = None if base is None else resolve(base.value, self.environment)
        if base is not None and address is not None and Deployment(name, model, address).is_foreign:
            self.foreign.setdefault(address, _Foreign(span_of(source, base))).names.append(name)
        if "*" in name:
            self.wildcards.append(name)
        else:
            self.names.setdefault(name, model)
            self.places.setdefault(name, span_of(source, entry["model_name"]))

    def _variable(self, source: Source, parameter: str, node: Node | None) -> None:
        """Report a shell's way of writing a variable, which LiteLLM sends to the provider as it stands."""
        found = re.search(_SHELL_VARIABLE, node.value) if is_scalar(node) and "${" in node.value else None
        if node is None or found is None:
            return
        span = span_of(source, node)
        reference = f"{ENVIRONMENT_PREFIX}{found[1]}"
        message = f"LiteLLM doesn't expand `{found[0]}`: the {parameter} is taken as it is written"
        whole = found[0] == node.value
        help_text = f"write {reference}" if whole else f"LiteLLM reads a variable only as a whole value, {reference}: put all of it there"
        self.diagnostics.append(
            Diagnostic(Code.SHELL_VARIABLE, span, message, help_text, fixes=(replace(span, reference),) if whole else ())
        )

    def _base(self, settings: Mapping) -> Node | None:
        """The node of a deployment's address."""
        return next((node for name in BASES if is_scalar(node := settings.get(name)) and not is_null(node)), None)

    def report_foreign(self) -> None:
        """Report a `foreign-api-base` for each address that is not Anthropic's, at the first deployment that has it."""
        for address, found in self.foreign.items():
            names = ", ".join(dict.fromkeys(f'"{name}"' for name in found.names))
            are, them = ("is an anthropic/ model", "it") if len(found.names) == 1 else ("are anthropic/ models", "them")
            where = f"at {address}, which is no https address of Anthropic's"
            message = f"{names} {are} {where}: the login of a Claude subscription is kept from {them}"
            help_text = "set an api_key of that host there: without one LiteLLM sends $ANTHROPIC_API_KEY"
            self.diagnostics.append(Diagnostic(Code.FOREIGN_API_BASE, found.span, message, help_text))

    def _alias(self, source: Source, alias: str, node: Node) -> None:
        entry = self.mapping(source, node, "an alias") if is_mapping(node) else {"model": node}
        if entry is None:
            return
        target = entry.get("model")
        name = self._text(source, target, node, "model")
        if name is not None:
            self.names.setdefault(alias, self.names.get(name, name))

    def _routing_group(self, source: Source, node: Node) -> None:
        group = self.mapping(source, node, "a routing group") or {}
        name = self._text(source, group.get("group_name"), node, "group_name")
        members = [item.value for item in self._sequence(source, group.get("models"), "models") if is_scalar(item)]
        if name is not None and members:
            self.names.setdefault(name, self.names.get(members[0], members[0]))

    def _fallbacks(self, source: Source, section: Mapping) -> None:
        """Read LiteLLM's own fallbacks: lists of mappings from a model group to others, and one list for all groups."""
        for setting in FALLBACK_SETTINGS:
            for node in self._sequence(source, section.get(setting), setting):
                for label, to in (self.mapping(source, node, f"an entry of {setting}") or {}).items():
                    self._fallback(source, label, setting, to)
        default = section.get(DEFAULT_FALLBACKS)
        if default is not None and not is_null(default):
            self._fallback(source, ANY_LABEL, DEFAULT_FALLBACKS, default)

    def _fallback(self, source: Source, label: str, setting: str, node: Node) -> None:
        to = tuple(item.value for item in self._sequence(source, node, setting) if is_scalar(item))
        if to:
            self.fallbacks.append(ConfiguredFallback(label, to, setting, span_of(source, node)))

    def _includes(self, source: Source, config: Mapping) -> Iterator[Path]:
        folder = source.path.parent if source.path is not None else Path()
        for node in self._sequence(source, config.get("include"), "include"):
            name = self._text(source, node, node, "an include")
            if name is None:
                continue
            path = (folder / name).absolute()
            if not is_file(path):
                self.report(source, span_of(source, node), f"there is no file {path}")
            elif path not in self.visited:
                yield path

    def _section(self, source: Source, config: Mapping, name: str) -> Mapping:
        node = config.get(name)
        return {} if node is None or is_null(node) else self.mapping(source, node, name) or {}

    def mapping(self, source: Source, node: Node, what: str) -> Mapping | None:
        """The entries of a mapping, YAML's merge keys resolved; for any other node, reports it and returns None."""
        if not is_mapping(node):
            self.report(source, span_of(source, node), f"{what} is a mapping, not {kind_of(node)}")
            return None
        why = _merge(node) if any(key.tag == f"{TAG}merge" for key, _ in node.value) else None
        if why is not None:
            self.report(source, span_of(source, node), f"{what} can't be merged: {why}")
            return None
        return {key.value: value for key, value in node.value if is_scalar(key)}

    def _sequence(self, source: Source, node: Node | None, what: str) -> list[Node]:
        if node is None or is_null(node):
            return []
        if not is_sequence(node):
            self.report(source, span_of(source, node), f"{what} is a list, not {kind_of(node)}")
            return []
        return list(node.value)

    def _text(self, source: Source, node: Node | None, parent: Node, what: str) -> str | None:
        if node is None:
            self.report(source, span_of(source, parent), f"the entry has no {what}")
            return None
        if is_text(node) and node.value:
            return str(node.value)
        help_text = "put quotes around it" if is_scalar(node) and node.value else None
        self.report(source, span_of(source, node), f"{what} is text, not {kind_of(node)}", help_text)
        return None

    def report(self, source: Source, span: Span | None, message: str, help_text: str | None = None) -> None:
        """Report a `bad-config`, at the start of the file if there is no better place."""
        self.diagnostics.append(Diagnostic(Code.BAD_CONFIG, span or Span(source, 0, 0), message, help_text))


def _merge(node: Any) -> str | None:
    """Resolve the merge keys of a mapping that PyYAML made; why that can't be done."""
    from yaml import MarkedYAMLError

    from ccproxy.yaml_reader import flatten

    try:
        flatten(node)
    except MarkedYAMLError as error:
        return error.problem
    return None
