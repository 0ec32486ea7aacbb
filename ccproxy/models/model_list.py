"""The names that LiteLLM routes to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ccproxy.source import Source


@dataclass(frozen=True, slots=True)
class ModelList:
    """The names that requests can be routed to.

    `names` is label -> the model behind it, as LiteLLM's config has it (`anthropic/claude-opus-5-5`); for a name with several deployments
    the first. `wildcards` are names with `*`. `source` is the config. `complete` is false where LiteLLM reads more models from its
    database.
    """

    names: dict[str, str]
    wildcards: tuple[str, ...]
    source: Source
    complete: bool = True

    def wildcard_for(self, label: str) -> str | None:
        """The first wildcard that matches `label` as LiteLLM matches: from the start, not necessarily to the end."""
        for wildcard in self.wildcards:
            if re.match(re.escape(wildcard).replace(r"\*", ".*"), label):
                return wildcard
        return None
