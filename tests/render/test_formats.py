"""`check --format sarif` and `--format github`: what code hosts read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result

from ccproxy.cli import main
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.render.diagnostics.github import render_github
from ccproxy.render.diagnostics.sarif import render_sarif
from ccproxy.source import Source, Span

from .sarif_schema import SCHEMA

POLICY = """\
when modell == "é, 100%: x" -> think
when stream and thinking or has effort
  -> think
default -> default
"""
BROKEN_PROMISE = """\
when tokens > 100k -> long
when tokens > 200k -> think
default -> default
assert when tokens > 300k -> only think
"""


def check(folder: Path, text: str, shape: str, name: str = "my policy.ccp") -> Result:
    (folder / name).write_text(text, "utf-8")
    return CliRunner().invoke(main, ["check", "--no-config", "--format", shape, str(folder / name)])


def sarif(result: Result) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(log, SCHEMA)
    return log


@pytest.mark.parametrize("text", [POLICY, BROKEN_PROMISE, "default -> default\n", ""])
def test_sarif_is_valid(text: str, tmp_path: Path) -> None:
    log = sarif(check(tmp_path, text, "sarif"))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_tells_places_and_severities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = check(Path(), POLICY, "sarif")
    assert result.exit_code == 1
    first = sarif(result)["runs"][0]["results"][0]
    assert (first["ruleId"], first["level"]) == ("CCP101", "error")
    assert "did you mean model?" in first["message"]["text"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "my%20policy.ccp"},
        "region": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 12},
    }


def test_sarif_suppresses_what_is_acknowledged(tmp_path: Path) -> None:
    log = sarif(
        check(tmp_path, POLICY.replace("modell", "model").replace("-> think\ndefault", "-> think # ccproxy: CCP501\ndefault"), "sarif")
    )
    (mixed,) = log["runs"][0]["results"]
    assert (mixed["ruleId"], mixed["suppressions"]) == ("CCP501", [{"kind": "inSource"}])
    results = sarif(check(tmp_path, POLICY, "sarif"))["runs"][0]["results"]
    assert [result["suppressions"] for result in results] == [[], []]


def test_sarif_has_the_fixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    unknown, mixed = (result["fixes"] for result in sarif(check(Path(), POLICY, "sarif"))["runs"][0]["results"])
    assert unknown == [
        {
            "description": {"text": "replace by model"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "my%20policy.ccp"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 12},
                            "insertedContent": {"text": "model"},
                        }
                    ],
                }
            ],
        }
    ]
    assert mixed[0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "(stream and thinking)"}


def test_sarif_has_related_places_and_the_witness(tmp_path: Path) -> None:
    results = {result["ruleId"]: result for result in sarif(check(tmp_path, BROKEN_PROMISE, "sarif"))["runs"][0]["results"]}
    assert results["CCP401"]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert "body" in results["CCP409"]["properties"]["witness"]
    uri = results["CCP401"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (tmp_path / "my policy.ccp").as_uri()


def test_github_writes_a_command_a_diagnostic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = check(Path(), POLICY, "github")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "::error file=my policy.ccp,line=1,endLine=1,col=6,endColumn=12,title=CCP101 unknown-name"
        "::no fact, let or predicate is called `modell`%0Adid you mean model?"
    )
    assert all(re.match(r"::(error|warning|notice) file=[^,:]+(,\w+=[^,:]*)*::", line) for line in lines)


def test_github_says_nothing_where_all_is_well(tmp_path: Path) -> None:
    result = check(tmp_path, "default -> default\n", "github")
    assert (result.exit_code, result.stdout) == (0, "")


def test_github_escapes_what_would_end_a_command() -> None:
    source = Source("a\nb c", "50%,a:b.ccp")
    text = render_github([Diagnostic(Code.SYNTAX_ERROR, Span(source, 0, 3), "100%\r\nbad: x, y")])
    assert text == "::error file=50%25%2Ca%3Ab.ccp,line=1,endLine=2,title=CCP006 syntax-error::100%25%0D%0Abad: x, y"


def test_sarif_keeps_the_catalogue_order_of_rules() -> None:
    source = Source("abc")
    found = [Diagnostic(code, Span(source, 0, 1), "x") for code in (Code.UNKNOWN_LABEL, Code.BAD_TIME, Code.UNKNOWN_LABEL)]
    log = render_sarif(found)
    jsonschema.validate(log, SCHEMA)
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == ["CCP011", "CCP301"]
    assert [result["ruleIndex"] for result in log["runs"][0]["results"]] == [1, 0, 1]
