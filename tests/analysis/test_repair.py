"""`ccproxy check --fix`: what is proved to change nothing goes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.analysis.difference import difference
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.repair import FixedFile, HasErrors, fix_policy
from ccproxy.checks import CheckedPolicy
from ccproxy.diagnostics import Edit, Fix
from ccproxy.policy import check_file
from tests.cli.run import STARTER, ccproxy
from tests.language.profile import examples

POLICY = """\
# the long ones
when tokens > 100 -> a
when tokens > 200 -> b
when tokens > 50 and tokens > 20 -> c
# kept

# goes
  # with its rule
when model == "x"  # as this
  -> d # and this does
default -> d
"""
FIXED = """\
# the long ones
when tokens > 100 -> a
when tokens > 50 -> c
# kept

default -> d
"""


def fixed(path: Path) -> list[FixedFile]:
    """What is changed in a policy, which has to be without errors."""
    files = fix_policy(path)
    assert not isinstance(files, HasErrors)
    return files


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("p.ccp")
    path.write_text(POLICY, "utf-8")
    return path


def test_it_writes_what_is_proved(policy: Path) -> None:
    result = ccproxy("check", "--fix", "--no-config", policy)
    assert result.exit_code == 0
    assert policy.read_text("utf-8") == FIXED
    assert "p.ccp: leave out the rule on line 3" in result.stderr
    assert "p.ccp: fine, 3 rules" in result.stdout
    again = policy.stat().st_mtime_ns
    assert ccproxy("check", "--fix", "--no-config", policy).stderr == ""
    assert policy.stat().st_mtime_ns == again


def test_diff_writes_nothing(policy: Path) -> None:
    result = ccproxy("check", "--fix", "--diff", policy)
    assert result.exit_code == 1
    assert "-when tokens > 200 -> b\n" in result.stdout
    assert policy.read_text("utf-8") == POLICY
    assert ccproxy("check", "--fix", "--diff", STARTER).exit_code == 0
    assert ccproxy("check", "--diff", policy).exit_code == 2
    assert ccproxy("check", "--fix", "-", input=POLICY).exit_code == 2
    assert ccproxy("check", "--fix", "lost.ccp").exit_code == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# of the file\nwhen stream -> d\ndefault -> d\n", "# of the file\ndefault -> d\n"),
        ("when stream -> d # a\n# b\ndefault -> d\n", "# b\ndefault -> d\n"),
        ("when stream -> d when thinking -> d # a\ndefault -> d\n", None),
    ],
)
def test_comments_go_with_the_rule_that_they_are_about(before: str, after: str | None, policy: Path) -> None:
    policy.write_text(before, "utf-8")
    assert [file.after.decode() for file in fixed(policy)] == ([after] if after is not None else [])


def test_includes_are_fixed_where_they_stand(policy: Path) -> None:
    Path("more.ccp").write_bytes(b"\xef\xbb\xbfwhen tokens > 200 -> b\r\nwhen stream -> s\r\n")
    policy.write_text('when tokens > 100 -> a\ninclude "more.ccp"\ndefault -> d\n', "utf-8")
    [file] = fixed(policy)
    assert (file.path.name, file.after) == ("more.ccp", b"\xef\xbb\xbfwhen stream -> s\r\n")


def test_a_file_that_is_there_twice_is_edited_once_or_not_at_all(policy: Path) -> None:
    Path("more.ccp").write_text("when tokens > 200 -> b\n", "utf-8")
    policy.write_text('include "more.ccp"\nwhen tokens > 100 -> a\ninclude "more.ccp"\ndefault -> d\n', "utf-8")
    assert fixed(policy) == []


def test_a_policy_with_errors_is_left(policy: Path) -> None:
    text = "when tokens > 5 && stream -> a\nwhen tokens > -> a\n"
    policy.write_text(text, "utf-8")
    found = fix_policy(policy)
    assert isinstance(found, HasErrors)
    assert (len(found.errors), found.fixable) == (2, 1)
    for more in (), ("--diff",):
        result = ccproxy("check", "--fix", *more, policy)
        assert result.exit_code == (0 if more else 1)
        assert "p.ccp: nothing was changed: there are errors (2; fixes for 1, to be made by hand)" in result.stderr
    assert policy.read_text("utf-8") == text


def test_an_edit_that_changes_decisions_is_not_made(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the analysis were wrong once, the proof of the whole stands in the way."""

    def wrong(checked: CheckedPolicy, _work: Fuel) -> list[Fix]:
        rules = [rule for rule in checked.rules if rule.condition is not None]
        return [Fix("leave out a rule", (Edit(rule.span, ""),), safe=True) for rule in rules]

    monkeypatch.setattr("ccproxy.analysis.repair.safe_fixes", wrong)
    [file] = fixed(policy)
    assert b"> 100 -> a" in file.after
    assert b"> 20 -> c" in file.after
    assert b"> 200 -> b" not in file.after


CONDITIONS = ["tokens > 10", "tokens > 20", "tokens <= 20", 'model == "x"', "stream", 'model in ["x", "y"]']


@examples(40)
@given(rules=st.lists(st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3), min_size=1, max_size=5))
def test_decisions_stay(rules: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "random.ccp"
    labels = ["a", "b", "default"]
    lines = [f"when {' and '.join(parts)} -> {labels[index % 3]}" for index, parts in enumerate(rules)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    before = check_file(path)[1]
    for file in fixed(path):
        path.write_bytes(file.after)
    after = check_file(path)[1]
    assert before is not None
    assert after is not None
    assert difference(before, after).verdict == "same"
    assert fixed(path) == []
