"""Runs one target in this process until its bounds: `python -m tests.fuzzing.engine TARGET`, and libFuzzer's own arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["ccproxy"]):
    from tests.fuzzing.targets import TARGETS, Target


def mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """What atheris asks for a new input: the target's own way, or libFuzzer's, which aims at comparisons that the code makes."""
    seeds: Sequence[bytes] = target.seeds()

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        changed: Any = target.mutate(data, chance, seeds) if chance.randrange(4) else atheris.Mutate(data, len(data))
        return bytes(changed[:most])

    return mutate


def main() -> None:
    """Fuzz; ends the process."""
    target = next(target for target in TARGETS if target.name == sys.argv[1])
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.run, custom_mutator=mutator(target))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
