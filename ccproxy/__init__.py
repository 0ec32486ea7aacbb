"""ccproxy: a policy language for routing LLM requests, and its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccproxy.decision import Decision, RuleReference, Undecided
    from ccproxy.explanation import Explanation
    from ccproxy.facts.request import Request
    from ccproxy.models.label_models import Models
    from ccproxy.policy import Policy, PolicyError, load, loads

__all__ = ["Decision", "Explanation", "Models", "Policy", "PolicyError", "Request", "RuleReference", "Undecided", "load", "loads"]

_HOMES = {
    "Decision": "decision",
    "RuleReference": "decision",
    "Undecided": "decision",
    "Request": "facts.request",
    "Models": "models.label_models",
}


def __getattr__(name: str) -> object:
    """The public names, imported on first use, so that a command that reads no policy doesn't wait for the parser."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"ccproxy.{_HOMES.get(name, 'policy')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
