"""How many examples the properties try: a fixed few, the same every time; `CCPROXY_EXAMPLES=20` tries twenty times as many, at random."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def examples(count: int) -> settings:
    """Settings for about `count` examples."""
    factor = int(os.environ.get("CCPROXY_EXAMPLES", "0"))
    return settings(
        max_examples=count * max(factor, 1),
        derandomize=factor == 0,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
