"""Reads the files of LiteLLM's config, each once for all who ask something of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ccproxy.frozen import frozen
from ccproxy.source import Source
from ccproxy.yaml_reader import compose, construct, read_yaml_text


@frozen
class ConfigFile:
    """One file: its node, None where there is nothing in it, and its value, None where that can't be had of the node."""

    source: Source
    root: yaml.Node | None
    value: Any


class ConfigFiles:
    """The files that were read so far."""

    def __init__(self) -> None:
        self._read: dict[Path, ConfigFile] = {}

    def read(self, path: Path) -> ConfigFile:
        """The file at a path. Raises OSError, UnicodeDecodeError and NotYamlError."""
        if path not in self._read:
            self._read[path] = _read(Source(read_yaml_text(path), path.name, path))
        return self._read[path]


def _read(source: Source) -> ConfigFile:
    root = compose(source)
    try:
        return ConfigFile(source, root, None if root is None else construct(root))
    except (yaml.YAMLError, ValueError):
        # it got to where merge keys are resolved in the nodes, and left some out: who reads those has to find them
        return ConfigFile(source, compose(source), None)
