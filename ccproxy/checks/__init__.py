"""Turns a syntax tree into a checked policy, which can be compiled, or into diagnostics."""

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.statements import check
from ccproxy.checks.with_models import with_models

__all__ = ["CheckedPolicy", "check", "with_models"]
