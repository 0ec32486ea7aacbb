"""Writes cases as the text of a case file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import yaml

from ccproxy.analysis.cases import Case
from ccproxy.decision import Decision
from ccproxy.facts.written import plain


def write_cases(policy: str | None, cases: Iterable[Case], *, quoted: bool = False) -> str:
    """A case file with these cases; `policy` is the policy's path from the case file.

    `quoted`: each text in double quotes, on one line and in ASCII, so that no part of it is a command for a terminal or a CI system.
    """
    document: dict[str, Any] = {} if policy is None else {"policy": policy}
    document["cases"] = [_case(case) for case in cases]
    if quoted:
        return _dump(document, _QuotingDumper, allow_unicode=False, width=math.inf).replace("##", "#\\x23")
    return _dump(document, _Dumper, allow_unicode=True, width=140)


def _dump(document: Any, dumper: type[yaml.SafeDumper], **layout: Any) -> str:
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, default_flow_style=None, **layout)
    return text


class _Dumper(yaml.SafeDumper):
    """A YAML dumper that writes out every value, because a case file without anchors is easier to edit."""

    def ignore_aliases(self, data: Any) -> bool:
        """Ignore all aliases."""
        return True


class _QuotingDumper(_Dumper):
    """The same, with every text in double quotes."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text, in quotes."""
        return self.represent_scalar("tag:yaml.org,2002:str", data, style='"')


_QuotingDumper.add_representer(str, _QuotingDumper.represent_str)


def _case(case: Case) -> dict[str, Any]:
    written: dict[str, Any] = {"name": case.name, "request": case.request}
    facts = {name: plain(name, value) for name, value in case.facts.items()}
    if "session" in facts:
        written["session"] = facts.pop("session")
    if facts:
        written["facts"] = facts
    return {**written, "expect": _expect(case.decision)}


def _expect(decision: Decision) -> str | dict[str, Any]:
    match decision.action:
        case "route" if decision.fallbacks:
            return {"label": decision.label, "fallbacks": list(decision.fallbacks)}
        case "route":
            return decision.label or ""
        case "keep":
            return {"action": "keep"}
        case "reject":
            return {"action": "reject", "message": decision.message}
