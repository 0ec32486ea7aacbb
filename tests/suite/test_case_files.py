"""What case files say, and what is told of those that say something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.suite.case_files import CaseFile, read_case_file
from tests.language.profile import examples


def read(text: str, folder: Path = Path()) -> CaseFile:
    return read_case_file(text.encode(), "p.cases.yaml", folder / "p.cases.yaml")


CASE = "cases:\n  - name: a\n    request: {model: x}\n    expect: default\n"


def test_a_case() -> None:
    file = read(CASE)
    assert file.problems == ()
    assert file.policy == Path("p.ccp")
    [case] = file.cases
    assert (case.name, case.line, case.request, case.facts, case.reads) == ("a", 2, {"model": "x"}, {}, None)
    assert case.expect == {"action": "route", "label": "default"}


@pytest.mark.parametrize(
    ("expect", "values"),
    [
        ("4", {"action": "route", "label": "4"}),
        ("on", {"action": "route", "label": "on"}),
        ('"null"', {"action": "route", "label": "null"}),
        ("{action: reject, message: no}", {"action": "reject", "message": "no"}),
        ("{label: 4, fallbacks: [a, 5], line: 3, file: a/b.ccp}", {"label": "4", "fallbacks": ["a", "5"], "line": 3, "file": "a/b.ccp"}),
        ("{action: keep, label: null}", {"action": "keep", "label": None}),
    ],
)
def test_expectations(expect: str, values: dict[str, object]) -> None:
    file = read(CASE.replace("default", expect))
    assert file.problems == ()
    assert file.cases[0].expect == values


def test_times_are_the_texts_that_they_look_like() -> None:
    file = read(CASE.replace("{model: x}", "{body: {day: 2026-11-24}, at: 2026-11-24T10:00:00}"))
    assert file.cases[0].request == {"body": {"day": "2026-11-24"}, "at": "2026-11-24T10:00:00"}


def test_anchors_and_merges() -> None:
    text = "cases:\n  - &one {name: a, request: &r {model: x}, expect: default}\n  - {<<: *one, name: b, request: *r}\n"
    file = read(text)
    assert file.problems == ()
    assert [(case.name, case.request, case.expect["label"]) for case in file.cases] == [
        ("a", {"model": "x"}, "default"),
        ("b", {"model": "x"}, "default"),
    ]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"body": {"model": "y"}}', "utf-8")
    file = read("policy: sub/q.ccp\n" + CASE.replace("{model: x}", "r.json"), tmp_path)
    assert file.policy == tmp_path / "sub" / "q.ccp"
    assert file.cases[0].request == {"body": {"model": "y"}}
    assert file.cases[0].reads == tmp_path / "r.json"


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("session: abc", {"session": "abc"}),
        ("session: 0123", {"session": "0123"}),
        ('session: ""', {"session": None}),
        ("session: null", {"session": None}),
        ("session: a, facts: {tokens: 3}", {"tokens": 3, "session": "a"}),
    ],
)
def test_a_session_is_a_fact_set_outright(said: str, facts: dict[str, object]) -> None:
    file = read(f"cases:\n  - {{request: {{model: x}}, {said}, expect: a}}\n")
    assert file.problems == ()
    assert file.cases[0].facts == facts


PROBLEMS = {
    "cases:\n  - {request: {}, session: a, facts: {session: a}, expect: a}\n": "2:19: session is there twice: here, and among the facts",
    "cases:\n  - {request: {}, session: [a], expect: a}\n": "2:28: session is a text, not a list",
    "cases:\n  - {request: {}, sesion: a, expect: a}\n": "2:19: a case has no 'sesion'; did you mean session?",
    "policies: x\ncases: []\n": "1:1: a case file has no 'policies'; did you mean policy?",
    "case: []\n": "1:1: a case file has no 'case'; did you mean cases?",
    "cases:\n\t- {request: {}, expect: a}\n": "2:1: this is not YAML: the line is indented by a tab; write spaces",
    "cases:\n  - {requst: {}, expct: a}\n": "2:6: a case has no 'requst'; did you mean request?\n"
    "2:18: a case has no 'expct'; did you mean expect?",
    "policy: p.ccp\n": "1:1: a case file has cases: [{name: …, request: …, expect: …}]",
    "policy: [x]\ncases: []\n": "1:9: policy is the path of a policy, not a list",
    "- x\n": "1:1: a case file is a mapping (cases: [{name: …, request: …, expect: …}]), not a list",
    "cases: {a: b}\n": "1:8: cases is a list, not a mapping",
    "cases:\n  - 3\n": "2:5: a case is a mapping (name, request, session, facts, expect), not '3'",
    "cases:\n  - [unclosed\n": "3:1: this is not YAML: did not find expected ',' or ']'",
    "cases:\n  - {request: {}, expect: a, request: {}}\n": "2:30: request is there twice",
    "cases:\n  - {request: {}}\n": "2:5: the case expects nothing: expect is a label, or {action: …, label: …, …}",
    "cases:\n  - {request: {}, expect: null}\n": "2:27: the case expects nothing: expect is a label, or {action: …, label: …, …}",
    "cases:\n  - {request: {}, expect: {}}\n": "2:27: the case expects nothing: name some of action, label, fallbacks, message, line, file",
    "cases:\n  - {request: {}, expect: [a]}\n": "2:27: expect is a mapping (a label, or {action: …, label: …, …}), not a list",
    "cases:\n  - {request: {}, expect: {lable: a}}\n": "2:28: expect has no 'lable'; did you mean label?",
    "cases:\n  - {request: {}, expect: {action: deny}}\n": "2:36: there is no action 'deny'; it is route, keep or reject",
    "cases:\n  - {request: {}, expect: {action: rejct}}\n": "2:36: there is no action 'rejct'; did you mean reject?",
    "cases:\n  - {request: {}, expect: {fallbacks: a}}\n": "2:39: fallbacks is a list of labels, not 'a'",
    "cases:\n  - {request: {}, expect: {line: true}}\n": "2:34: line is the number of a line, not 'true'",
    "cases:\n  - {request: {}, expect: {label: [a]}}\n": "2:35: label is a text, not a list",
    "cases:\n  - {name: [a], request: {}, expect: a}\n": "2:12: name is a text, not a list",
    "cases:\n  - {nam: a, request: {}, expect: a}\n": "2:6: a case has no 'nam'; did you mean name?",
    "cases:\n  - {expect: a}\n": "2:5: the case has no request: the path of a request file, or the request itself",
    "cases:\n  - {request: [], expect: a}\n": "2:15: a request is the path of a file, or an object, not a list",
    "cases:\n  - {request: 3, expect: a}\n": "2:15: a request is the path of a file, or an object, not '3'",
    "cases:\n  - {request: list.json, expect: a}\n": "2:15: a request is the path of a file, or an object, not what that file has",
    "cases:\n  - {request: lost.json, expect: a}\n": "2:15: there is no request file lost.json; did you mean list.json?",
    "cases:\n  - {request: ., expect: a}\n": "2:15: the request file . can't be read: Is a directory",
    "cases:\n  - {request: {body: {}, headers: 3}, expect: a}\n": '2:15: "headers" of the envelope is an object, not a number',
    "cases:\n  - {request: {body: {}, at: noon}, expect: a}\n": "2:15: 'noon' is no time; "
    "write it as 2026-11-22T23:10, with an offset such "
    "as +01:00 if you like",
    "cases:\n  - {request: {}, facts: {tokns: 3}, expect: a}\n": '2:27: there is no fact "tokns"; did you mean tokens?',
    "cases:\n  - {request: {}, facts: {tokens: many}, expect: a}\n": "2:27: the fact tokens is a number, not 'many'",
    "cases:\n  - {request: {}, facts: [a], expect: a}\n": "2:26: facts is a mapping (tokens: 250000), not a list",
    "cases:\n  - {request: {body: {}, key: {teem: legal}}, expect: a}\n": "2:15: a key has no 'teem'; did you mean team?",
    "cases:\n  - {request: {? [a] : b}, expect: a}\n": "2:15: JSON has no such value: found unhashable key",
    "cases:\n  - {request: &a {x: *a}, expect: a}\n": "2:22: this is not YAML: *a stands in what it names",
    "cases:\n  - {request: {x: !!binary aGk=}, expect: a}\n": "2:15: JSON has no such value: Object of type bytes is not JSON serializable",
    "cases:\n  - {? [a] : b, request: {}, expect: a}\n": "2:8: a key of a case is a text, not a list",
    "cases:\n  - {<<: 3, request: {}, expect: a}\n": "2:5: this is not YAML: "
    "expected a mapping or list of mappings for merging, but found scalar",
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.items())
def test_problems_have_their_place(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]", "utf-8")
    file = read(text, tmp_path)
    assert [str(found) for found in file.problems] == [f"p.cases.yaml:{line}" for line in problem.split("\n")]
    assert file.cases == ()


def test_one_bad_case_hides_no_other() -> None:
    file = read(CASE + "  - {nam: b, request: {}, expect: a}\n  - {request: {}, expect: b}\n")
    assert [case.name for case in file.cases] == ["a", "the case on line 6"]
    assert [problem.span.line for problem in file.problems] == [5]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "behind a byte order mark"])
def test_what_is_no_text(mark: bytes) -> None:
    for data, place in ((b"cases:\n- \xff", "x:2:1"), (b"*\xbb", "x:1:1")):
        assert [str(found) for found in read_case_file(mark + data, "x", None).problems] == [f"{place}: this is not UTF-8 text"]
    assert "this is not YAML" in str(read("cases: \x00").problems[0])
    assert read("").problems == ()
    assert read("").cases == ()
    assert "nested more than 100 deep" in str(read("[" * 5000).problems[0])


@examples(150)
@given(st.text(st.sampled_from("cases:policyrequestexpect \n-{}[],\"'&*<!?|>#0"), max_size=80), st.booleans())
def test_any_text_is_read_or_told_of(text: str, within: bool) -> None:
    file = read("cases:\n  - " + text if within else text)
    assert isinstance(file, CaseFile)
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(problem.span.source.text)
