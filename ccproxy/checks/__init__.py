"""Checks the names and types of a policy: turns a syntax tree into a checked policy that can be compiled."""

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.statements import check

__all__ = ["CheckedPolicy", "check"]
