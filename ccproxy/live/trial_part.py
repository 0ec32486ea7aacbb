"""Shows what an edited policy would have done with the last requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from nicegui import ui

from ccproxy.live.colours import Colours
from ccproxy.live.elements import Sums, Text, counted, dollars, opened
from ccproxy.live.now import COLUMNS, row_of
from ccproxy.live.rows import Rows
from ccproxy.live.what_if import Move, Trial
from ccproxy.live.window import Seen

SHOWN_MOVES = 20
SHOWN_REQUESTS = 200


@dataclass
class TrialPart:
    """The sums of a trial and its moves; `opened` shows one of the requests."""

    colours: Colours
    opened: Callable[[Seen], None]
    _shown: object = None
    _lists: dict[tuple[str, str] | None, list[Seen]] = field(default_factory=dict)

    def build(self) -> None:
        """Make the elements."""
        with ui.element("div").props("role=status"):
            self._sums = Sums()
            self._told = Text("p", css="told")
        self._moves = ui.element("ul").classes("moves")

    def tell(self, text: str) -> None:
        """Say something in place of sums."""
        self._sums.set_visibility(False)
        self._told.set_text(text)
        self._moves.clear()
        self._shown = None

    def show(self, trial: Trial) -> None:
        """Show a trial."""
        if not trial.requests and not trial.unreadable:
            self.tell("No request is recorded yet that this text could be tried on.")
            return
        self._sums.show(
            {
                "would move": f"{trial.moved:,}",
                "stay": f"{trial.requests - trial.moved - len(trial.undecided):,}",
                "undecided": f"{len(trial.undecided):,}",
                "dollars": _more(float(trial.dollars - trial.paid)),
            }
        )
        self._sums.set_visibility(True)
        self._told.set_text(told(trial))
        moves = sorted(trial.moves.items(), key=lambda item: -len(item[1].requests))
        self._lists = {names: move.requests for names, move in moves} | {None: trial.undecided}
        shown = [(names, len(move.requests), move.dollars) for names, move in moves], len(trial.undecided)
        if shown == self._shown:  # elements that have the focus keep it
            return
        self._shown = shown
        self._moves.clear()
        with self._moves:
            for names, move in moves[:SHOWN_MOVES]:
                self._item(f"{names[0]} \N{RIGHTWARDS ARROW} {names[1]}", len(move.requests), _price(move), names)
            if len(moves) > SHOWN_MOVES:
                Text("li", f"and {len(moves) - SHOWN_MOVES:,} more kinds of move")
            if trial.undecided:
                causes = ", ".join(f"{cause} in {count:,}" for cause, count in trial.causes.most_common(5))
                self._item(f"undecided, as records have no {causes}", len(trial.undecided), "", None)

    def _item(self, text: str, count: int, price: str, key: tuple[str, str] | None) -> None:
        with ui.element("li"), ui.element("button").props("type=button").classes("move") as button:
            Text("span", text, css="move-names")
            Text("span", counted(count, "request"))
            Text("span", price, css="move-price")
        button.on("click", lambda: self._list(text, self._lists.get(key, [])))

    def _list(self, title: str, requests: Sequence[Seen]) -> None:
        """Show which requests these are."""
        held = {seen.id: seen for seen in requests[-SHOWN_REQUESTS:]}

        def chosen(name: str) -> None:
            if name in held:
                self.opened(held[name])

        with opened("list-title", title):
            if len(held) < len(requests):
                Text("p", f"The newest {len(held):,} of {counted(len(requests), 'request')}", css="quiet")
            Rows("These requests", COLUMNS, chosen).show(
                [row_of(seen, "", self.colours.of(seen.label)) for seen in reversed(held.values())]
            )


def _more(amount: float) -> str:
    return f"{'+' if amount > 0 else ''}{dollars(amount)}"


def _price(move: Move) -> str:
    """What a move costs more."""
    if move.unpriced == len(move.requests):
        return "no price known"
    more = _more(float(move.dollars))
    return f"{more}, {move.unpriced:,} without a price" if move.unpriced else more


def told(trial: Trial) -> str:
    """Which sums these are, in a sentence."""
    of = f"Had this text decided the last {counted(trial.requests, 'recorded request')}"
    parts = [f"{of}: {dollars(float(trial.dollars))} instead of {dollars(float(trial.paid))}"]
    if caches := trial.dollars - trial.paid - sum((move.dollars for move in trial.moves.values()), Decimal(0)):
        parts.append(f"{_more(float(caches))} of it by the prompt caches of those that stay")
    if trial.unpriced:
        parts.append(f"{trial.unpriced:,} more go where no price is known")
    if trial.unreadable:
        parts.append(f"{trial.unreadable:,} can't be read")
    return "; ".join(parts)
