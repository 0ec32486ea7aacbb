"""ccproxy: a policy language, and its tools, for routing LLM requests."""

from ccproxy.decision import Decision, RuleReference
from ccproxy.policy import Policy, PolicyError, load, loads

__all__ = ["Decision", "Policy", "PolicyError", "RuleReference", "load", "loads"]
