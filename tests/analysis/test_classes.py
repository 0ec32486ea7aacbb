"""Classes against the evaluator: what the space says of its points is what the compiled policy does with their representatives."""

from __future__ import annotations

from random import Random

from ccproxy.analysis.formulas.atoms import Combination, Count, Source, Subject
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.kept import keep
from ccproxy.analysis.space.model import Impossible, Model, Possible
from ccproxy.analysis.space.variables import Choices, Preference
from ccproxy.analysis.witness.candidates import attempts
from ccproxy.analysis.witness.observed import values_of
from ccproxy.facts import Request, TokenCounter, observe_request
from tests.analysis.samples import policies, scaled


def test_representatives_of_classes_take_the_rule_of_their_class() -> None:
    random = Random(7)
    checked_points = 0
    for text, checked in policies(scaled(60, 2_000), start=20_000):
        reach = Reach(checked)
        for _ in range(40):
            point = _point(random, reach.model)
            if point is None:
                continue
            choices: Choices = {}
            try:
                conflict = reach.model._choose(point, choices, Preference())
            except OutOfFuelError:
                continue
            if conflict is not None:
                assert all(point[variable] & mask for variable, mask in conflict)
                continue
            envelope = list(attempts(choices, False, True))[-1]
            if not _has_values(envelope, choices):
                continue  # facts that depend on each other
            expected = next(reach.model.rules_at(reach.view, Possible(keep(point), choices), 0))
            assert reach.replay.rule(envelope) == expected, f"{text}\n{envelope}"
            checked_points += 1
    assert checked_points > 500


def _point(random: Random, model: Model) -> list[int] | None:
    """One class of each variable, with those that stand for formulas set to fit, where no forbidden box has it."""
    full = model.space.fulls
    point = [1 << random.randrange(mask.bit_length()) for mask in full]
    for _ in range(200):
        inside = next(
            (item for item in model.space.forbidden.coverings if all(point[variable] & mask for variable, mask in item.box)), None
        )
        if inside is None:
            return point
        variable, mask = random.choice(inside.box)
        others = full[variable] & ~mask
        if others:
            point[variable] = random.choice([1 << bit for bit in range(others.bit_length()) if others >> bit & 1])
    return None


def _has_values(envelope: dict[str, object], choices: Choices) -> bool:
    """Whether the request has just the values that were chosen."""
    facts = observe_request(Request.from_envelope(envelope), counter=TokenCounter())
    read = values_of(facts, {})

    def same(subject: Subject) -> bool:
        if isinstance(subject.of, Combination | Count) or not isinstance(subject.of, Source):
            return True
        return read(subject) == choices[subject]

    return all(same(subject) for subject in choices)


def test_every_rule_that_can_win_has_a_request_that_ends_there() -> None:
    shown = undecided = 0
    for text, checked in policies(scaled(80, 3_000), start=30_000):
        reach = Reach(checked)
        for number, view in enumerate(reach.rules):
            answer, envelope = reach.confirmed(view.formula, number, False)
            if isinstance(answer, Possible):
                assert envelope is not None
                assert reach.replay.rule(envelope) == number, text
                shown += 1
            elif not isinstance(answer, Impossible):
                undecided += 1
    assert undecided <= shown / 100
