"""Domains that are kept, thousands of them over thousands of variables: only where they differ from one that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ccproxy.analysis.space.solver import Domain
from ccproxy.frozen import frozen

_CHUNK = 128
"""Variables that are compared at once: most are alike."""


@frozen
class Kept:
    """A domain: that of the `base`, but for the variables in `apart`, and those behind it, which are in `rest`."""

    base: Sequence[int]
    apart: Mapping[int, int]
    rest: tuple[int, ...]

    @property
    def domain(self) -> Domain:
        """All of it."""
        domain = [*self.base, *self.rest]
        for variable, mask in self.apart.items():
            domain[variable] = mask
        return domain


def keep(domain: Sequence[int], base: Sequence[int] = ()) -> Kept:
    """The domain, kept by its differences from the base, which must not change."""
    return Kept(base, {variable: domain[variable] for variable in apart(domain, base)}, tuple(domain[len(base) :]))


def apart(domain: Sequence[int], base: Sequence[int]) -> Iterator[int]:
    """The variables in which two domains differ, as far as both go."""
    for start in range(0, min(len(domain), len(base)), _CHUNK):
        mine, others = domain[start : start + _CHUNK], base[start : start + _CHUNK]
        if mine != others:
            for place, (one, other) in enumerate(zip(mine, others, strict=False)):
                if one != other:
                    yield start + place
