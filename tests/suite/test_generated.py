"""Generated cases pass on the policy that they were made from, and exercise all that requests can reach."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ccproxy.analysis.cases import cases
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Possible
from ccproxy.facts import observe
from ccproxy.policy import Policy, loads
from ccproxy.suite.additions import additions, covered_by
from ccproxy.suite.case_files import read_case_file
from ccproxy.suite.case_writer import write_cases
from ccproxy.suite.coverage import Coverage
from ccproxy.suite.runner import run_case
from tests.analysis.samples import sampled_request, scaled
from tests.analysis.small_policies import SmallPolicies
from tests.analysis.test_branches import splitting


def exercised(policy: Policy, text: str) -> Coverage:
    """What the cases of a case file exercise; they pass."""
    file = read_case_file(text.encode(), "p.cases.yaml", None)
    assert file.problems == ()
    for case in file.cases:
        assert run_case(policy, case).passed, (case.name, text)
    return covered_by(policy, file.cases)


def test_generated_cases_pass_and_exercise_what_can_be_reached() -> None:
    random, drawn = Random(13), SmallPolicies(79)
    branches = left_out = 0
    for text in splitting(random, (drawn.policy() for _ in range(scaled(40, 600)))):
        policy = loads(text)
        found = cases(policy.checked)
        covered = exercised(policy, write_cases(None, found))
        reach = Reach(policy.checked)
        reachable = {rule + 1 for rule in range(len(policy.router.rules)) if isinstance(reach.wins(rule), Possible)}
        assert reachable <= {case.decision.rule.number for case in found if case.decision.rule is not None}, text
        branches += covered.branches[0] == covered.branches[1]
        chosen = list(additions(policy, Coverage(policy.router), found))
        few = exercised(policy, write_cases(None, chosen))
        assert (few.rules, few.branches, few.sides) == (covered.rules, covered.branches, covered.sides)
        assert list(additions(policy, few, found)) == []
        left_out += len(found) - len(chosen)
    assert branches > scaled(10, 100)
    assert left_out > scaled(50, 500)


def test_no_sampled_request_goes_to_a_branch_that_no_case_goes_to() -> None:
    random, drawn = Random(17), SmallPolicies(83)
    for text in splitting(random, (drawn.policy() for _ in range(scaled(40, 600)))):
        policy = loads(text)
        ends = {case.decision for case in cases(policy.checked)}
        for _ in range(40):
            assert policy.decide_facts(observe(**sampled_request(random))) in ends, text


def test_what_other_cases_exercise_is_left_out(tmp_path: Path) -> None:
    policy = loads("when stream -> 50% a, 50% b by user\ndefault -> c\n")
    one, two, three = cases(policy.checked)
    assert [case.decision.label for case in (one, two, three)] == ["a", "b", "c"]
    for there, rest in (((), (one, two, three)), ((one,), (two, three)), ((two, three), (one,)), ((one, two, three), ())):
        file = read_case_file(write_cases(None, there).encode(), "p.cases.yaml", tmp_path / "p.cases.yaml")
        assert tuple(additions(policy, covered_by(policy, file.cases), [one, two, three])) == rest
