"""Indexes the case files beside a policy: values of facts, for completion, and the rules that their requests end at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccproxy.checks import CheckedPolicy
from ccproxy.compiler import compile_policy
from ccproxy.facts import FACTS, TokenCounter, observe_request
from ccproxy.facts.request import EnvelopeError
from ccproxy.facts.schema import Cost
from ccproxy.language.types import Type
from ccproxy.policy import Policy
from ccproxy.regular_files import real_path
from ccproxy.render.picture import hits_of_cases
from ccproxy.suite.case_files import SUFFIX, Case, read_case_file
from ccproxy.yaml_nodes import read_yaml_file

_LONGEST = 80
"""Maximum characters of a value worth completing."""


@dataclass(slots=True)
class Seen:
    """The text values of facts, those of lists one by one; names of headers and metadata, and their values under `header:name`."""

    values: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, value: object) -> None:
        """Record a value."""
        if isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable():
            self.values.setdefault(name, {})[value] = None

    def of(self, name: str) -> Sequence[str]:
        """The values of a fact, in the order seen."""
        return tuple(self.values.get(name, ()))


def cases_of(policy: Path) -> list[Case] | None:
    """The cases of every case file for this policy in its folder; None if there is no such file."""
    found: list[Case] | None = None
    try:
        paths = sorted(policy.parent.glob(f"*{SUFFIX}"))
    except OSError:
        return None
    for path in paths:
        try:
            file = read_case_file(read_yaml_file(path), path.name, path)
        except OSError:
            continue
        if file.policy is not None and real_path(file.policy) == policy:
            found = [*(found or []), *file.cases]
    return found


def values_seen(cases: Sequence[Case]) -> Seen:
    """The values in the requests of cases."""
    seen = Seen()
    for case in cases:
        try:
            request = case.observed
        except EnvelopeError:
            continue
        facts = observe_request(request)
        for name, value in (request.headers or {}).items():
            seen.add("header", name.lower())
            seen.add(f"header:{name.lower()}", value)
        for key, entry in _metadata(request.body):
            seen.add("metadata", key)
            seen.add(f"metadata:{key}", entry)
        for fact in FACTS:
            if fact.type is Type.TEXT and fact.cost < Cost.TEXT:  # text written by people is not worth completing
                seen.add(fact.name, facts.read(fact.name))
            elif fact.type is Type.LIST:
                elements = facts.read(fact.name)
                for element in elements if isinstance(elements, tuple) else ():
                    seen.add(fact.name, element)
        seen.add("label", case.expect.get("label"))
    return seen


def _metadata(body: Any) -> Iterator[tuple[str, object]]:
    metadata = body.get("metadata") if isinstance(body, Mapping) else None
    if isinstance(metadata, Mapping):
        yield from ((name, value) for name, value in metadata.items() if isinstance(name, str))


def hits_of(checked: CheckedPolicy, cases: Sequence[Case], counter: TokenCounter) -> Counter[int] | None:
    """How many cases end at each rule, by its number; `counter` counts their tokens.

    None if the policy has Python predicates: an editor runs no code from the files that it shows.
    """
    if checked.predicates:
        return None
    return hits_of_cases(Policy(checked, compile_policy(checked, {}), counter), cases)
