"""Reads the files of LiteLLM's config, each once for all who ask something of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.source import Source
from ccproxy.yaml_cache import YamlCache
from ccproxy.yaml_nodes import Node, read_yaml_text


@frozen
class ConfigFile:
    """One file: its node, None where there is nothing in it, and its value, None where that can't be had of the node."""

    source: Source
    root: Node | None
    value: Any


class ConfigFiles:
    """The files that were read so far, and, for processes that end soon, a cache of those that others have read."""

    def __init__(self, cache: YamlCache | None = None) -> None:
        self._read: dict[Path, ConfigFile] = {}
        self._cache = cache

    def read(self, path: Path) -> ConfigFile:
        """The file at a path. Raises OSError, UnicodeDecodeError and NotYamlError."""
        if path not in self._read:
            self._read[path] = self._read_file(Source(read_yaml_text(path), path.name, path))
        return self._read[path]

    def _read_file(self, source: Source) -> ConfigFile:
        if self._cache is None:
            return _parse(source)
        kept = self._cache.find(source)
        if kept is not None:
            return ConfigFile(source, *kept)
        file = _parse(source)
        if file.root is not None and file.value is not None:
            self._cache.keep(source, file.root, file.value)
        return file


def _parse(source: Source) -> ConfigFile:
    # takes its time to import
    from yaml import YAMLError

    from ccproxy.yaml_reader import compose, construct

    root: Any = compose(source)
    try:
        return ConfigFile(source, root, None if root is None else construct(root))
    except (YAMLError, ValueError):
        # it got to where merge keys are resolved in the nodes, and left some out: who reads those has to find them
        return ConfigFile(source, compose(source), None)
