"""Turns a syntax tree into a checked policy, which can be compiled, or into diagnostics."""

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.statements import check

__all__ = ["CheckedPolicy", "check"]
