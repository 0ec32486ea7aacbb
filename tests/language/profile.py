"""How many examples the properties try: a fixed few, the same every time.

`CCPROXY_EXAMPLES=20` tries twenty times as many, at random, and keeps those that fail in `.hypothesis`; hypofuzz needs it to be set, too.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

UNHEALTHY = frozenset(HealthCheck) - {HealthCheck.nested_given}
"""What is no fault here; hypofuzz leaves out tests that might nest one another."""


def examples(count: int) -> settings:
    """Settings for about `count` examples."""
    if factor := int(os.environ.get("CCPROXY_EXAMPLES", "0")):
        return settings(max_examples=count * factor, deadline=None, suppress_health_check=UNHEALTHY)
    return settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=UNHEALTHY)
