"""A policy that is being written: its statements with their comments, and what could not be moved into it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccproxy.checks import check
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.facts.definitions import FACT_NAMES
from ccproxy.facts.readers import FUNCTIONS
from ccproxy.frozen import frozen
from ccproxy.language.formatter.verified import format_source
from ccproxy.language.literals import is_forbidden, is_name, write_label, write_pattern, write_text
from ccproxy.language.loader import load_text
from ccproxy.models.litellm_config import HOOK
from ccproxy.source import Source

WIDTH = 118
"""Characters of a line of comments."""
LONGEST = 200
"""Characters of a name or text of an old configuration that a policy takes."""


@frozen
class Part:
    """Statements in the policy's text, under comments; without statements the comments tell what can't be moved and would stand there."""

    comments: tuple[str, ...]
    statements: tuple[str, ...] = ()


@frozen
class Draft:
    """A policy in parts. `origin` says what it is made of.

    `left` is what of the old configuration is not in it, each in a sentence; `config` the values of LiteLLM's config that its labels
    are model_names of, None if it is made by something else.
    """

    origin: str
    parts: tuple[Part, ...]
    left: tuple[str, ...] = ()
    config: Mapping[str, Any] | None = None

    @property
    def not_moved(self) -> tuple[str, ...]:
        """All that is not in the policy, rules that it would have too."""
        return (*self.left, *(comment for part in self.parts if not part.statements for comment in part.comments))


class DraftError(Exception):
    """Raised where a draft makes no policy: the old configuration has what no policy can say. The diagnostics tell of its text."""

    def __init__(self, text: str, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.text = text
        self.diagnostics = tuple(diagnostics)


def policy_text(draft: Draft) -> str:
    """The text of a policy in its canonical layout, without an error. Raises DraftError."""
    lines = [*_commented(draft.origin), *(line for left in draft.left for line in _commented(f"Not moved: {left}"))]
    for part in draft.parts:
        start = "" if part.statements else "Not moved: "
        lines += ["", *(line for comment in part.comments for line in _commented(start + comment)), *part.statements]
    formatted = format_source(Source("\n".join(lines) + "\n"))
    text = formatted.text
    if text is None:
        raise DraftError("\n".join(lines), formatted.diagnostics)
    diagnostics, _ = check(load_text(text))
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    if errors:
        raise DraftError(text, errors)
    return text


def _commented(comment: str) -> Iterator[str]:
    for line in comment.split("\n"):
        yield from textwrap.wrap(line, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def rule(condition: str, target: str) -> str:
    """`when CONDITION -> TARGET`."""
    return f"when {condition} -> {target}"


def label(name: str) -> str:
    """A label as a target."""
    return write_label(name)


def text(value: str) -> str:
    """A text as a literal."""
    return write_text(value)


def found_in_any_case(value: str) -> str:
    """The pattern that is found where this text is, in any case."""
    return write_pattern(re.sub(r"[.*+?^${}()|\[\]\\]", r"\\\g<0>", value), "i")


def can_be_written(value: str) -> bool:
    """Whether a name or text of an old configuration can stand in a policy: it is short, and has no control characters."""
    return 0 < len(value) <= LONGEST and not any(is_forbidden(character) or character in "\n\t" for character in value)


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """A name for a predicate that is like a label, and no fact's and nobody else's."""
    name = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")
    name = name if name and name[0].isalpha() else f"rule_{name}".strip("_")
    names = [name, f"{name}_rule", *(f"{name}_rule_{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if is_name(one) and one not in _TAKEN and one not in taken)


_TAKEN = frozenset(fact.partition(".")[0] for fact in FACT_NAMES) | {function.name for function in FUNCTIONS} | {"count"}
"""First parts of facts, and functions: no predicate can have these names."""


def with_hook(config: Mapping[str, Any], master_key: str) -> dict[str, Any]:
    """LiteLLM's config with this ccproxy's hook in place of an earlier one's, and a master key if it has none."""
    settings, general = _section(config, "litellm_settings"), _section(config, "general_settings")
    named = settings.get("callbacks")
    kept = [name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str) and not _is_earlier(name)]
    settings["callbacks"] = [HOOK, *kept]
    general.setdefault("master_key", master_key)
    return {**config, "litellm_settings": settings, "general_settings": general}


def _section(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = config.get(name)
    return dict(section) if isinstance(section, dict) else {}


def _is_earlier(callback: str) -> bool:
    return callback.startswith(("ccproxy.", "custom_callbacks."))
