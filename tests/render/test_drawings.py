"""`ccproxy graph`: the policy as a picture."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import ccproxy
from ccproxy.cli import main
from ccproxy.render.mermaid import mermaid
from ccproxy.render.picture import Picture, Step, hits_of_records
from ccproxy.render.svg import svg
from tests.language.profile import examples

POLICIES = sorted((Path(__file__).parents[2] / "policies").glob("*.ccp"))
POLICY = """\
when tokens > 50k and effort == "max" -> long fallback default because "it is <hard> & long"
when tokens > 100k and effort == "max" -> think
when any tools matches "mcp__*" -> 50% a, 50% "b c"
"""
CASES = """\
cases:
  - {name: one, request: {}, facts: {tokens: 60000, effort: max}, expect: long}
  - {name: two, request: {}, facts: {tokens: 70000, effort: max}, expect: long}
  - {name: other, request: {}, facts: {tokens: 5}, expect: default}
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.ccp"
    path.write_text(POLICY)
    path.with_name("policy.cases.yaml").write_text(CASES)
    return path


def graph(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["graph", *map(str, words)])


def texts(picture: str) -> list[str]:
    """What an SVG says, line by line; it is well formed."""
    return ["".join(item.itertext()) for item in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def nodes(picture: str) -> dict[str, str]:
    """The nodes of a flowchart by name, codes resolved."""
    found = re.findall(r'^  ([rt][0-9]+)\["(.*)"\]$', picture, re.MULTILINE)
    return {name: html.unescape(re.sub(r"#(\d+);", r"&#\1;", text)) for name, text in found}


def test_mermaid_has_the_rules_in_order(policy: Path) -> None:
    result = graph(policy)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "flowchart TD"
    assert nodes(result.stdout) == {
        "r1": '1 · when tokens > 50k and effort == "max"<br/>it is <hard> & long',
        "t1": "long fallback default",
        "r2": '2 · when tokens > 100k and effort == "max"<br/>no request ends here',
        "t2": "think",
        "r3": '3 · when any tools matches "mcp__*"',
        "t3": '50% a, 50% "b c"',
        "r0": "default (implied)",
        "t0": "default",
    }
    edges = [line.strip() for line in lines if "-->" in line]
    assert edges[:4] == ["request --> r1", "r1 -->|yes| t1", "r1 -->|no| r2", "r2 -->|yes| t2"]
    assert edges[-1] == "r0 -->|all others| t0"
    assert [line.strip() for line in lines if line.startswith("  class ")] == ["class r2,t2 unreachable"]


def test_svg_has_the_rules_in_order(policy: Path) -> None:
    result = graph(policy, "--format", "svg")
    told = texts(result.stdout)
    assert [line for line in told if "when" in line or "default (" in line] == [
        '1 · when tokens > 50k and effort == "max"',
        '2 · when tokens > 100k and effort == "max"',
        '3 · when any tools matches "mcp__*"',
        "default (implied)",
    ]
    assert "it is <hard> & long" in told
    assert result.stdout.count('stroke-dasharray="4 3"') == 2
    assert told.count("no") == 3


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_the_starter_policies(path: Path) -> None:
    rules = [rule.rule for rule in ccproxy.load(path).router.rules]
    drawn = graph(path).stdout
    assert len(nodes(drawn)) == 2 * len(rules)
    assert "unreachable" not in drawn.replace("classDef unreachable", "")
    assert texts(graph(path, "--format", "svg").stdout)


def test_output_goes_to_a_file_that_tells_its_format(policy: Path, tmp_path: Path) -> None:
    assert graph(policy, "-o", tmp_path / "a.svg").stdout == ""
    assert texts((tmp_path / "a.svg").read_text("utf-8"))
    assert graph(policy, "-o", tmp_path / "a.mmd").exit_code == 0
    assert (tmp_path / "a.mmd").read_text("utf-8").startswith("flowchart TD\n")
    assert graph(policy, "--format", "mermaid", "-o", tmp_path / "a.md").exit_code == 0
    result = graph(policy, "-o", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "a.png ends neither in .svg nor in .mmd nor in .mermaid: say how to draw it by --format" in result.stderr
    assert not (tmp_path / "a.png").exists()
    result = graph(policy, "-o", tmp_path / "nowhere" / "a.svg")
    assert result.exit_code == 2
    assert "can't be written" in result.stderr


def test_coverage_colours_by_cases(policy: Path) -> None:
    drawn = graph(policy, "--coverage").stdout
    assert "2 requests" in nodes(drawn)["r1"]
    assert "0 requests" in nodes(drawn)["r3"]
    assert "1 request" in nodes(drawn)["r0"]
    classes = [line.strip() for line in drawn.splitlines() if line.startswith("  class ")]
    assert classes == ["class r1,t1 hit", "class r2,t2 unreachable", "class r3,t3 missed", "class r0,t0 hit"]


def test_hits_come_from_a_decision_log(policy: Path, tmp_path: Path) -> None:
    sha256 = ccproxy.load(policy).sha256
    log = tmp_path / "decisions.jsonl"
    records = [
        {"policy": sha256[:12], "rule": "policy.ccp:1", "label": "long"},
        {"policy": sha256[:12], "rule": "policy.ccp:3", "label": "a"},
        {"policy": sha256[:12], "rule": None, "label": "default"},
        {"policy": "0123456789ab", "rule": "policy.ccp:1", "label": "long"},
        {"answer": "0f", "status": 200},
    ]
    log.write_text("\n".join([*map(json.dumps, records), "no JSON", "[]", "", '{"policy": 5}']))
    result = graph(policy, "--hits", log)
    assert "1 request" in nodes(result.stdout)["r1"]
    assert "1 request" in nodes(result.stdout)["r0"]
    assert "4 lines are no records of this policy as it stands" in result.stderr
    both = graph(policy, "--hits", log, "--coverage").stdout
    assert "3 requests" in nodes(both)["r1"]


@pytest.mark.parametrize("line", ["{}", "null", "[" * 5000, '{"policy": "", "rule": null}', '{"policy": "zz", "rule": []}'])
def test_lines_that_are_no_records(line: str) -> None:
    hits, others = hits_of_records(ccproxy.loads("default -> default"), [line, " \n"])
    assert (dict(hits), others) == ({}, 1)


def test_a_policy_with_errors(tmp_path: Path) -> None:
    path = tmp_path / "bad.ccp"
    path.write_text("when tokns > 5 -> a")
    result = graph(path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "CCP101" in result.stderr


@pytest.mark.parametrize("word", ["policy", "--hits"])
def test_files_that_are_not_there(word: str, policy: Path, tmp_path: Path) -> None:
    result = graph(tmp_path / "nowhere.ccp") if word == "policy" else graph(policy, "--hits", tmp_path / "nowhere.jsonl")
    assert result.exit_code == 2
    assert "there is no file" in result.stderr


def test_standard_input_can_be_drawn_but_not_counted() -> None:
    result = CliRunner().invoke(main, ["graph", "-"], input="default -> a\n")
    assert result.stdout.startswith("flowchart TD\n")
    result = CliRunner().invoke(main, ["graph", "-", "--coverage"], input="default -> a\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "save the one from standard input" in result.stderr


def test_cases_with_problems_are_told(policy: Path) -> None:
    policy.with_name("policy.cases.yaml").write_text("cases: [{nam: x}]\n")
    result = graph(policy, "--coverage")
    assert result.exit_code == 0
    assert "did you mean name?" in result.stderr


@pytest.mark.parametrize("asks", ["a " + "x" * 200, "a " * 40 + "and " + "x" * 200, " " * 200 + "x" * 200, "a and " + "x" * 64 + " and b"])
def test_a_word_longer_than_a_line_is_cut(asks: str) -> None:
    drawn = "".join(texts(svg(Picture("p", (Step(1, "p:1", asks, "a", None, True, None),)))))
    assert asks.replace(" ", "") in drawn.replace(" ", "")


@examples(100)
@given(st.text(), st.text(max_size=300), st.text(), st.booleans(), st.none() | st.integers(0, 5))
def test_any_text_can_be_drawn(asks: str, target: str, because: str, reachable: bool, hits: int | None) -> None:
    picture = Picture("p", (Step(1, "p:1", asks, target, because or None, reachable, hits), Step(0, "", "", "default", None, True, None)))
    assert texts(svg(picture))
    drawn = mermaid(picture)
    (first,) = re.findall(r'^  r1\["(.*)"\]$', drawn, re.MULTILINE)
    assert not set('"<>`&#;') & set(re.sub(r"#\d+;|<br/>", "", first))
