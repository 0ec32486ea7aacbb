"""The engine against cvc5 on random small policies: no verdict may differ."""

from __future__ import annotations

from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible, Possible
from tests.analysis.oracle import Oracle
from tests.analysis.samples import policies, scaled


def test_no_verdict_differs_from_cvc5() -> None:
    compared = unknown = 0
    for text, checked in policies(scaled(30, 1_000), start=10_000):
        reach = Reach(checked)
        oracle = Oracle(checked)
        earlier: list[object] = []
        for number, view in enumerate(reach.rules):
            condition = None if view.rule is None else checked.condition_of(view.rule)
            formula = oracle.all_of([]) if condition is None else oracle.condition(condition)
            outside = [oracle.no(condition) for condition in earlier]
            questions = (
                (reach.holds(number), (formula,)),
                (reach.wins(number), (formula, *outside)),
                (reach.model.ask(-view.formula), (oracle.no(formula),)),
            )
            for answer, formulas in questions:
                expected = oracle.possible(*formulas)
                if expected is None or not isinstance(answer, Possible | Impossible):
                    unknown += 1
                    continue
                compared += 1
                assert isinstance(answer, Possible) == expected, f"rule {number + 1} of\n{text}\nengine: {answer}\ncvc5: {expected}"
            earlier.append(formula)
    print(f"{compared} verdicts agree with cvc5; {unknown} were not decided by one of the two")
    assert unknown < compared / 20
