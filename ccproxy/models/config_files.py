"""Reads the files of LiteLLM's config, each once for all who ask something of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.source import Source
from ccproxy.yaml_cache import node_of, value_of
from ccproxy.yaml_nodes import Node, read_yaml_text


@frozen
class ConfigFile:
    """One file: its node, None where there is nothing in it, and its value, None where that can't be had of the node."""

    source: Source
    root: Node | None
    value: Any


class ConfigFiles:
    """The files that were read so far. `cache` is the folder of a `YamlCache`, for processes that end soon."""

    def __init__(self, cache: Path | None = None) -> None:
        self.cache = cache
        self._read: dict[Path, ConfigFile] = {}

    def read(self, path: Path) -> ConfigFile:
        """The file at a path. Raises OSError, UnicodeDecodeError and NotYamlError."""
        if path not in self._read:
            self._read[path] = self._read_file(Source(read_yaml_text(path), path.name, path))
        return self._read[path]

    def _read_file(self, source: Source) -> ConfigFile:
        root = node_of(source, self.cache)
        try:
            return ConfigFile(source, root, None if root is None else value_of(root))
        except ValueError:
            # it got to where merge keys are resolved in the nodes, and left some out: who reads those has to find them
            return ConfigFile(source, node_of(source), None)
