"""Domains that are kept, thousands of them over thousands of variables: only where they differ from one that all share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from operator import ne

from ccproxy.analysis.space.solver import Domain
from ccproxy.frozen import frozen


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
    apart = compress(range(len(base)), map(ne, domain, base))
    return Kept(base, {variable: domain[variable] for variable in apart}, tuple(domain[len(base) :]))
