"""What Claude Code says that its sessions cost, and what of it stands in no record of theirs: titles, compactions, other such calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from ccproxy.models.prices import Paid
from ccproxy.replay.bill import Bill
from ccproxy.replay.recorded import mapping, text
from ccproxy.replay.usage import paid_of_account

_KINDS = tuple(kind.name for kind in fields(Paid))

Usage = Mapping[str, Paid]
"""Tokens by model."""


@dataclass(slots=True)
class Accounts:
    """The client's accounts of sessions (`cost-state`), and the tokens of the answers that were recorded.

    An account goes on where a session is resumed; that of a fork begins with what its source had cost by then.
    """

    _told: dict[str, list[Usage]] = field(default_factory=dict)
    _answered: dict[str, dict[str, Paid]] = field(default_factory=dict)
    _kin: dict[str, str] = field(default_factory=dict)

    def tell(self, record: Mapping[str, Any]) -> None:
        """Take a `cost-state`."""
        session, usage = text(record.get("sessionId")), mapping(record.get("modelUsage"))
        if session is not None:
            self._told.setdefault(session, []).append({model: paid_of_account(mapping(told)) for model, told in usage.items()})

    def answer(self, session: str, model: str, paid: Paid) -> None:
        """Take an answer; one that several sessions have is given once."""
        _add(self._answered.setdefault(session, {}), {model: paid})

    def repeat(self, session: str, other: str) -> None:
        """Take that two sessions have the same answer: one is a fork of the other, or both are."""
        first, second = self._first_of(session), self._first_of(other)
        if first != second:
            self._kin[first] = second

    def join(self, other: Accounts) -> None:
        """Take what was taken elsewhere, of requests that come later."""
        for session, told in other._told.items():
            self._told.setdefault(session, []).extend(told)
        for session, answered in other._answered.items():
            _add(self._answered.setdefault(session, {}), answered)
        for session, kin in other._kin.items():
            self.repeat(session, kin)

    def unrecorded(self, bill: Bill) -> Decimal | None:
        """What sessions with accounts cost beside their recorded answers; None without any account. Models without prices cost nothing."""
        if not self._told:
            return None
        total = Decimal(0)
        for kin in self._families():
            for name, paid in _less(self._cost(kin, bill), self._answers(kin, bill)).items():
                priced = bill.of_recorded(name)
                # of many calls, each of them small
                total += (None if priced is None else priced.prices.dollars(paid, each=1)) or 0
        return total

    def _first_of(self, session: str) -> str:
        while session in self._kin:
            session = self._kin[session]
        return session

    def _families(self) -> Iterator[list[str]]:
        """The sessions of which one is another's fork, where any has an account."""
        found: dict[str, list[str]] = {}
        for session in dict.fromkeys([*self._told, *self._answered]):
            found.setdefault(self._first_of(session), []).append(session)
        return (kin for kin in found.values() if not self._told.keys().isdisjoint(kin))

    def _cost(self, kin: list[str], bill: Bill) -> Usage:
        """What these sessions cost together: what an account began with is another's."""
        accounts = {name: [_by_key(usage, bill) for usage in self._told[name]] for name in kin if name in self._told}
        total: dict[str, Paid] = {}
        earlier: list[Usage] = []
        # what an account began with is smaller, and so there already
        for name in sorted(accounts, key=lambda name: (_size(accounts[name][0]), name)):
            first, last = accounts[name][0], accounts[name][-1]
            begun = max((usage for usage in earlier if not _less(usage, first)), key=_size, default={})
            _add(total, _less(last, begun))
            earlier += accounts[name]
        return total

    def _answers(self, kin: list[str], bill: Bill) -> Usage:
        total: dict[str, Paid] = {}
        for name in kin:
            _add(total, _by_key(self._answered.get(name, {}), bill))
        return total


def _by_key(usage: Usage, bill: Bill) -> Usage:
    """Tokens by the names under which their models have prices: a client may name one with and without its date."""
    found: dict[str, Paid] = {}
    for name, paid in usage.items():
        priced = bill.of_recorded(name)
        _add(found, {name if priced is None or priced.key is None else priced.key: paid})
    return found


def _add(total: dict[str, Paid], usage: Usage) -> None:
    for name, paid in usage.items():
        before = total.get(name, Paid())
        total[name] = Paid(**{kind: getattr(before, kind) + getattr(paid, kind) for kind in _KINDS})


def _less(usage: Usage, other: Usage) -> dict[str, Paid]:
    """What one has more than the other, by model and kind; a model that has nothing more is left out."""
    found = {}
    for name, paid in usage.items():
        before = other.get(name, Paid())
        rest = Paid(**{kind: max(0, getattr(paid, kind) - getattr(before, kind)) for kind in _KINDS})
        if rest != Paid():
            found[name] = rest
    return found


def _size(usage: Usage) -> int:
    return sum(paid.input + paid.output for paid in usage.values())
