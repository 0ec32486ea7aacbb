"""Keeps Python from searching all that the process has for garbage while much is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEVER = 1_000_000_000
"""More collections than there will be before the next one of everything."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Search only what is new for garbage within the block, in all threads.

    A policy is made of so many objects that Python would look through everything again and again: a third of the time of loading.
    """
    young, middle, whole = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        # of two blocks at once the one that began first ends it for both, so that it always ends
        if whole != _NEVER:
            gc.set_threshold(young, middle, whole)
