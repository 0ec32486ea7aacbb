"""Checks of a policy's names and types: what has to be right before it can be compiled."""

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.statements import check

__all__ = ["CheckedPolicy", "check"]
