"""A case is added to a case file, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import ccproxy
from ccproxy.suite.case_appender import CaseFileError, append_case
from ccproxy.suite.case_files import read_case_file
from ccproxy.suite.runner import run_case

TEXT = "when tokens > 5 -> a\ndefault -> b\n"
REQUEST = {"path": "/v1/messages", "body": {"model": "m", "messages": [{"role": "user", "content": "many more words than five of them"}]}}
ONE = "- {name: one, request: {body: {model: m}}, expect: b}\n"


def added(folder: Path, before: str | None) -> str:
    """What the file has after a case was added, all of whose cases pass."""
    path = folder / "policy.ccp"
    path.write_text(TEXT)
    if before is not None:
        (folder / "policy.cases.yaml").write_text(before)
    policy = ccproxy.load(path)
    file = append_case(path, policy, REQUEST, "a finding")
    read = read_case_file(file.read_bytes(), file.name, file)
    assert read.problems == ()
    assert all(run_case(policy, case).passed for case in read.cases)
    assert read.cases[-1].name.startswith("a finding")
    return file.read_text()


@pytest.mark.parametrize(
    "before",
    [
        f"cases:\n{ONE}",
        f"cases:\n{ONE}".rstrip("\n"),
        f"# about\npolicy: policy.ccp\ncases:\n  {ONE}  # the end\n",
        "cases:\n    - name: one\n      request: {body: {model: m}}\n      expect: b\n",
        f"cases:\n{ONE}\n\n",
    ],
)
def test_all_that_was_there_stays(tmp_path: Path, before: str) -> None:
    after = added(tmp_path, before)
    assert after.startswith(before.rstrip("\n"))
    assert added(tmp_path, after).count("a finding") == 2


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert added(tmp_path, None).startswith("cases:\n")


def test_keys_behind_the_cases_stay_behind_them(tmp_path: Path) -> None:
    after = added(tmp_path, f"cases:\n{ONE}# of the policy\npolicy: policy.ccp\n")
    assert after.startswith(f"cases:\n{ONE}")
    assert "policy: policy.ccp" in after


@pytest.mark.parametrize("before", ["cases: []\n", "cases: [{name: one, request: {body: {}}, expect: b}]\n", "cases:\n- nonsense\n", "{"])
def test_what_can_not_be_added_to_stays_as_it_is(tmp_path: Path, before: str) -> None:
    with pytest.raises(CaseFileError):
        added(tmp_path, before)
    assert (tmp_path / "policy.cases.yaml").read_text() == before
