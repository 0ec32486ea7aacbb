"""`ccproxy selftest`: the suite that was installed, and one that something is wrong with."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from ccproxy.diagnostics import Code
from tests.cli.run import answer, ccproxy, process
from tests.conformance.suite_files import cases, expectations

CASES = """
cases:
  - {name: long, request: {max_tokens: 9}, expect: long}
  - {name: short, request: {max_tokens: 2}, expect: long}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with a case that fails, a policy with other diagnostics than expected, and one with those that are expected."""
    (tmp_path / "topic").mkdir()
    (tmp_path / "topic" / "lengths.ccp").write_text("when max_tokens > 5 -> long\ndefault -> short\n")
    (tmp_path / "topic" / "lengths.cases.yaml").write_text(CASES)
    (tmp_path / "names.ccp").write_text('when modell == "a" -> b\ndefault -> c\n')
    (tmp_path / "names.expected").write_text("1:7 CCP101 unknown-name error\n")
    (tmp_path / "fine.ccp").write_text('when modell == "a" -> b\ndefault -> c\n')
    (tmp_path / "fine.expected").write_text("1:6 CCP101 unknown-name error\n")
    return tmp_path


def test_what_is_installed_is_as_the_language_demands() -> None:
    found = answer("selftest", "--json")
    assert found["cases"] == {"passed": len([*cases()]), "failed": 0}
    assert found["diagnostics"] == {"passed": len([*expectations()]), "failed": 0}
    assert found["wrong"] == {}
    assert {name: found["versions"][name] for name in ("litellm", "tiktoken")} == {name: version(name) for name in ("litellm", "tiktoken")}


def test_it_runs_anywhere_and_reads_no_settings(tmp_path: Path) -> None:
    (tmp_path / "ccproxy.yaml").write_text("tokens: nonsense\n")
    result = process(["--config-dir", tmp_path, "selftest"], cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    first, *rest = result.stdout.decode().splitlines()
    assert first.startswith(f"ccproxy-policy {version('ccproxy-policy')}, litellm ")
    assert rest == [
        f"{len([*cases()]):,} cases decided as the language demands",
        f"{len([*expectations()]):,} policies checked as the language demands",
    ]


def test_what_is_wrong_is_told_with_its_place(suite: Path) -> None:
    result = ccproxy("selftest", "--suite", suite)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()[1:]
    assert lines[:5] == [
        "topic/lengths.cases.yaml",
        "  short",
        "  topic/lengths.cases.yaml:4",
        "  expected  long",
        "  got       action: route, label: short, line: 2",
    ]
    assert lines[-5:] == [
        "names.expected",
        "  expected  1:7 CCP101 unknown-name error",
        "  got       names.ccp 1:6 CCP101 unknown-name error",
        "1 cases decided as the language demands, 1 otherwise",
        "1 policies checked as the language demands, 1 otherwise",
    ]


def test_a_policy_with_errors_and_a_line_that_is_no_expectation(suite: Path) -> None:
    (suite / "topic" / "lengths.ccp").write_text("when max_tokens -> long\n")
    (suite / "fine.expected").write_text("somewhere\n")
    result = ccproxy("selftest", "--json", "--suite", suite)
    assert result.exit_code == 1
    assert Code.NOT_A_CONDITION.number in result.stdout
    assert "'somewhere' is not `LINE:COLUMN CODE NAME SEVERITY`" in result.stdout


def test_a_folder_without_a_suite(tmp_path: Path) -> None:
    result = ccproxy("selftest", "--suite", tmp_path)
    assert result.exit_code == 2
    assert "there is no suite in" in result.stderr
