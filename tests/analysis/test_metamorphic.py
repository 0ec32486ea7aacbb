"""Changes of a policy's text that change nothing, and one that does: `difference` has to say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from ccproxy.analysis.difference import Difference, difference
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.repair import safe_fixes
from ccproxy.analysis.space.model import Impossible, Possible
from ccproxy.checks import CheckedPolicy
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.language import syntax
from tests.analysis.samples import behind, policies, scaled
from tests.analysis.small_policies import SmallPolicies


def _difference(old: CheckedPolicy, text: str) -> Difference:
    return difference(old, behind(text))


def _conditions(checked: CheckedPolicy) -> Iterator[tuple[int, syntax.Expression]]:
    for number, rule in enumerate(checked.rules):
        if rule.condition is not None:
            yield number, rule.condition


def _replaced(text: str, old: syntax.Node, new: str) -> str:
    return text[: old.span.start] + new + text[old.span.end :]


def test_double_negation_changes_nothing() -> None:
    for text, checked in policies(scaled(25, 1_000), start=50_000):
        for _, condition in _conditions(checked):
            changed = _replaced(text, condition, f"not (not ({condition.span.text}))")
            assert _difference(checked, changed).verdict == "same", changed


def test_de_morgans_laws_change_nothing() -> None:
    for text, checked in policies(scaled(25, 1_000), start=51_000):
        for _, condition in _conditions(checked):
            match condition:
                case syntax.And(operands=operands):
                    word = " or "
                case syntax.Or(operands=operands):
                    word = " and "
                case _:
                    continue
            other = word.join(f"(not ({operand.span.text}))" for operand in operands)
            changed = _replaced(text, condition, f"not ({other})")
            assert _difference(checked, changed).verdict == "same", changed


def test_inlining_a_let_changes_nothing() -> None:
    tried = 0
    for text, checked in policies(scaled(50, 1_500), start=52_000):
        for name, let in checked.lets.items():
            before, after = text[: let.span.start], text[let.span.end :]
            changed = before + re.sub(rf"\b{name}\b", lambda match, let=let: f"({let.value.span.text})", after)  # type: ignore[misc]
            tried += 1
            assert _difference(checked, changed).verdict == "same", changed
    assert tried > 15


def test_leaving_out_an_unreachable_rule_changes_nothing() -> None:
    tried = 0
    for text, checked in policies(scaled(50, 1_500), start=53_000):
        reach = Reach(checked)
        for number, view in enumerate(reach.rules):
            if view.rule is None or view.rule.condition is None or not isinstance(reach.wins(number), Impossible):
                continue
            without = _replaced(text, view.rule, "")
            if "-> stay" not in without or set(behind(without).stay_labels) == set(checked.stay_labels):
                tried += 1
                assert _difference(checked, without).verdict == "same", (text, number)
    assert tried > 15


def test_splitting_a_rule_on_any_atom_changes_nothing() -> None:
    drawn = SmallPolicies(9)
    for text, checked in policies(scaled(25, 1_000), start=54_000):
        for number, condition in _conditions(checked):
            rule = checked.rules[number]
            target, atom = rule.target.span.text, drawn.atom([])
            both = f"when ({condition.span.text}) and ({atom}) -> {target}\nwhen ({condition.span.text}) and not ({atom}) -> {target}"
            changed = _replaced(text, rule, both)
            assert _difference(checked, changed).verdict == "same", changed


def stays(rule: syntax.Rule | None) -> bool:
    return rule is not None and isinstance(rule.target, syntax.Stay)


def test_another_label_for_a_reachable_rule_is_found() -> None:
    random = Random(10)
    tried = 0
    for text, checked in policies(scaled(50, 1_500), start=55_000):
        reach = Reach(checked)
        reachable = [
            (number, view.rule)
            for number, view in enumerate(reach.rules)
            if view.rule is not None and not stays(view.rule) and isinstance(reach.confirmed(view.formula, number, True)[0], Possible)
        ]
        if not reachable:
            continue
        number, rule = random.choice(reachable)
        found = _difference(checked, _replaced(text, rule.target, "another"))
        tried += 1
        assert found.verdict == "different", (text, number)
        # what stays can change too: there is another label to stay at, and perhaps one less
        (change,) = [one for one in found.changes if not stays(one.old_rule) and not stays(one.new_rule)]
        assert change.old_rule == rule
        assert change.old.rule is not None
        assert change.old.rule.number == number + 1
        assert change.new.label == "another"
        assert change.classes is None or change.classes > 0
    assert tried > 25


def test_fixes_change_nothing_and_leave_nothing_to_fix() -> None:
    edited = 0
    for text, checked in policies(scaled(60, 2_000), start=56_000):
        edits = [edit for fix in safe_fixes(checked) for edit in fix.edits]
        changed = apply_edits(edits, text)
        edited += len(edits)
        assert _difference(checked, changed).verdict == "same", f"{text}\n{changed}"
    assert edited > 40
