"""A short run of each fuzzing target: its own inputs, and some made of them, the same every time."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.targets import TARGETS, Target
from tests.language.profile import examples


@cache
def seeds_of(target: Target) -> list[bytes]:
    return target.seeds()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@examples(60)
@given(seed=st.integers(0, 2**64 - 1))
def test_any_input_is_taken(target: Target, seed: int) -> None:
    seeds, chance = seeds_of(target), Random(seed)
    data = chance.choice(seeds)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        data = target.mutate(data, chance, seeds)
    target.run(data)
