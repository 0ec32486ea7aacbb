"""Writes cases as the text of a case file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from ccproxy.analysis.cases import Case
from ccproxy.decision import Decision
from ccproxy.facts.written import plain


def write_cases(policy: str | None, cases: Iterable[Case]) -> str:
    """A case file with these cases; `policy` is the policy's path from the case file."""
    document: dict[str, Any] = {} if policy is None else {"policy": policy}
    document["cases"] = [_case(case) for case in cases]
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)


class _Dumper(yaml.SafeDumper):
    """A YAML dumper that writes out every value, because a case file without anchors is easier to edit."""

    def ignore_aliases(self, data: Any) -> bool:
        """Ignore all aliases."""
        return True


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
