"""Fixes: what a diagnostic suggests, done, and the diagnostic is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccproxy.checks import check
from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.language.loader import load_text
from ccproxy.language.parser import parse
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.source import Source
from tests.reference.running import diagnostics_of

CONFIG = "model_list:\n  - {model_name: default, litellm_params: {model: a/b}}\n  - {model_name: my model, litellm_params: {model: a/c}}\n"

FIXES = [
    ("when modell == \"a\" -> default", "CCP101", "when model == \"a\" -> default"),
    ("when model == haiku -> default", "CCP101", 'when model == "haiku" -> default'),
    ("when headr(\"a\") == \"a\" -> default", "CCP113", "when header(\"a\") == \"a\" -> default"),
    ("when tokens = 5 -> default", "CCP006", "when tokens == 5 -> default"),
    ("when stream => default", "CCP006", "when stream -> default"),
    ("when tokens => 5 -> default", "CCP006", "when tokens >= 5 -> default"),
    ("when tokens =< 5 -> default", "CCP006", "when tokens <= 5 -> default"),
    ("when model <> \"a\" -> default", "CCP006", "when model != \"a\" -> default"),
    ("when stream ==> default", "CCP006", "when stream -> default"),
    ("let big == tokens > 5", "CCP006", "let big = tokens > 5"),
    ("default = default", "CCP006", "default -> default"),
    ("when stream && thinking -> default", "CCP006", "when stream and thinking -> default"),
    ("when user startswith \"a\" -> default", "CCP006", "when user starts with \"a\" -> default"),
    ("When stream -> default", "CCP006", "when stream -> default"),
    ("when time > 7:30 -> default", "CCP011", "when time > 07:30 -> default"),
    ("let Big = tokens > 5", "CCP104", "let big = tokens > 5"),
    ("when effort == \"a\" -> never", "CCP014", "when effort == \"a\" -> \"never\""),
    ("when stream -> claude-opus-5-5[1m] fallback default", "CCP013", "when stream -> \"claude-opus-5-5[1m]\" fallback default"),
    ("when stream -> 50% us.claude:1[1m], 50% default", "CCP013", "when stream -> 50% \"us.claude:1[1m]\", 50% default"),
    ("when model == claude-opus-5-5[1m] -> default", "CCP006", "when model == \"claude-opus-5-5[1m]\" -> default"),
    ("when model in [\"a\", claude-opus-5-5[1m]] -> default", "CCP006", "when model in [\"a\", \"claude-opus-5-5[1m]\"] -> default"),
    ("when tokens == \"5\" -> default", "CCP202", "when tokens == 5 -> default"),
    ("when model == 5 -> default", "CCP202", "when model == \"5\" -> default"),
    ("timezone \"Europe/Brelin\"", "CCP107", 'timezone "Europe/Berlin"'),
    ("when stream -> defualt", "CCP301", "when stream -> default"),
    ("when stream -> my_model", "CCP301", 'when stream -> "my model"'),
    ("include \"parts/othr.ccp\"", "CCP017", 'include "parts/other.ccp"'),
    ("when stream or thinking and has effort -> default", "CCP501", "when stream or (thinking and has effort) -> default"),
    ("when effort != \"a\" -> default", "CCP502", "when has effort and effort != \"a\" -> default"),
    ("when stream and effort != \"a\" -> default", "CCP502", "when stream and (has effort and effort != \"a\") -> default"),
    ("when all tools == \"a\" -> default", "CCP503", "when count(tools) > 0 and all tools == \"a\" -> default"),
    ("when model matches \"*[1m]\" -> default", "CCP504", "when model matches \"*[[]1m]\" -> default"),
    ("when model matches \"\\u{61}*b[1m]*\" -> default", "CCP504", "when model matches \"\\u{61}*b[[]1m]*\" -> default"),
    ("when model != \"*haiku*\" -> default", "CCP506", "when not (model matches \"*haiku*\") -> default"),
    ("when model in [\"a\", \"*haiku*\"] -> default", "CCP506", "when (model == \"a\" or model matches \"*haiku*\") -> default"),
    ("when any tools == \"mcp__*\" -> default", "CCP506", "when any tools matches \"mcp__*\" -> default"),
    ("when model starts with \"claude-*\" -> default", "CCP506", "when model starts with \"claude-\" -> default"),
    ("when model matches \"opus\" -> default", "CCP506", "when model matches \"*opus*\" -> default"),
    ("when model matches \"^claude/.*\" -> default", "CCP506", "when model matches /^claude\\/.*/ -> default"),
    ("when endpoint in [\"response\", \"chat\"] -> default", "CCP507", "when endpoint in [\"responses\", \"chat\"] -> default"),
    ("when has images -> default", "CCP508", "when images > 0 -> default"),
    ("when body(\"m.-1.a\") == \"b\" -> default", "CCP509", "when body(\"m.last.a\") == \"b\" -> default"),
    ("when stream -> 60% default, 40% \"my model\"", "CCP505", "when has session and stream -> 60% default, 40% \"my model\""),
    ("when stream or thinking -> 60% default, 40% \"my model\" by header(\"X-A\")", "CCP505",
     "when has header(\"X-A\") and (stream or thinking) -> 60% default, 40% \"my model\" by header(\"X-A\")"),
    ("default -> 40% default, 60% \"my model\" by user fallback default because \"x\" # y", "CCP505",
     "when has user -> 40% default, 60% \"my model\" by user fallback default\n"
     "default -> \"my model\" fallback default because \"x\" # y"),
    ("let unused = tokens > 5\nwhen stream -> default", "CCP106", "when stream -> default"),
    ("  predicate unused = \"a.b\"  \nwhen stream -> default", "CCP116", "when stream -> default"),
    ("when tokens > 5 -> default\nwhen tokens > 9 -> \"my model\"\n", "CCP401", "when tokens > 5 -> default\n"),
    ("timezone \"UTC\" timezone \"UTC\"", "CCP108", 'timezone "UTC" '),
    ("version 2\nwhen stream -> default", "CCP015", "version 1\nwhen stream -> default"),
    ("when stream; -> default", "CCP006", "when stream -> default"),
    ("if stream -> default", "CCP006", "when stream -> default"),
    ("when tokens > 250,000 -> default", "CCP006", "when tokens > 250_000 -> default"),
    ("when tokens > 60K -> default", "CCP010", "when tokens > 60k -> default"),
    ("when tokens > 5m -> default", "CCP010", "when tokens > 5M -> default"),
    ("when user == \"a\\d\" -> default", "CCP009", "when user == \"a\\\\d\" -> default"),
    ("when model matches \"a[b\" -> default", "CCP024", "when model matches \"a[[]b\" -> default"),
    ("when time > 06:00 and 24:00 > time -> default", "CCP011", "when time > 06:00 and 00:00 > time -> default"),
    ("when tokens -> default", "CCP201", "when tokens > 0 -> default"),
    ("when stream and effort -> default", "CCP201", "when stream and has effort -> default"),
    ("when not tools -> default", "CCP201", "when not count(tools) > 0 -> default"),
    ("when stream == true -> default", "CCP203", "when stream -> default"),
    ("when false == stream -> default", "CCP203", "when not stream -> default"),
    ("when tokens > \"5k\" -> default", "CCP203", "when tokens > 5k -> default"),
    ("when tools == \"Bash\" -> default", "CCP203", "when any tools == \"Bash\" -> default"),
    ("when tools contains \"a\" -> default", "CCP203", "when any tools contains \"a\" -> default"),
    ("when tools in [\"a\"] -> default", "CCP203", "when any tools in [\"a\"] -> default"),
    ("when tools + 1 > 5 -> default", "CCP203", "when count(tools) + 1 > 5 -> default"),
    ("when any model == \"a\" -> default", "CCP209", "when model == \"a\" -> default"),
    ("when time == \"07:30\" -> default", "CCP202", "when time == 07:30 -> default"),
    ("when weekday == \"mon\" -> default", "CCP202", "when weekday == mon -> default"),
    ("when stream -> 90% default, 20% \"my model\" by session", "CCP303", "when stream -> 90% default, 10% \"my model\" by session"),
    ("when stream -> 99.5% default, 0.2% think by session", "CCP303", "when stream -> 99.5% default, 0.5% think by session"),
    ("default -> default\ndefault -> default\n", "CCP111", "default -> default\n"),
    ("default -> default\nwhen stream -> default\n", "CCP110", "when stream -> default"),
    ("when stream -> default\x07", "CCP005", "when stream -> default"),
    ("when tokens > 9 and tokens > 5 -> \"my model\"", "CCP407", "when tokens > 9 -> \"my model\""),
    ("when tokens > 5 and tokens > 9 -> \"my model\"", "CCP407", "when tokens > 9 -> \"my model\""),
    ("when stream -> default", "CCP405", "default -> default\n"),
    ("when stream -> default\nwhen stream -> \"my model\"\n", "CCP408", "when stream -> default\n"),
]  # fmt: skip


def first(diagnostics: list[Diagnostic], code: str) -> Diagnostic:
    return next(item for item in diagnostics if item.code.number == code)


def apply(fix: Fix) -> str:
    return apply_edits(fix.edits, fix.edits[0].span.source.text)


@pytest.mark.parametrize(("before", "code", "after"), FIXES, ids=[f"{code} {number}" for number, (_, code, _) in enumerate(FIXES)])
def test_fix(before: str, code: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "other.ccp").touch()
    (tmp_path / "config.yaml").write_text(CONFIG)
    policy = tmp_path / "policy.ccp"
    policy.write_text(f"{before}\ndefault -> default\n" if "default ->" not in before else before)
    diagnostic = first(diagnostics_of(policy), code)
    fix = diagnostic.fixes[0]
    fixed = apply(fix)
    assert fixed.removesuffix("\ndefault -> default\n") == after
    policy.write_text(fixed)
    assert code not in [item.code.number for item in diagnostics_of(policy) if item.span.source.path == policy]


@pytest.mark.parametrize(
    ("text", "code"), [("", "CCP117"), ("  \n", "CCP117"), ("when stream -> a", "CCP112"), ("when stream -> a # comment\n", "CCP112")]
)
def test_the_default_that_is_implied_is_written(text: str, code: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.ccp"
    policy.write_text(text)
    diagnostic = first(diagnostics_of(policy), code)
    (fix,) = diagnostic.fixes
    policy.write_text(apply(fix))
    assert code not in [item.code.number for item in diagnostics_of(policy)]


def test_a_choice_where_several_names_may_be_meant() -> None:
    diagnostic = check(load_text('when agent.kind == "main" -> a\ndefault -> b\n'))[0][0]
    assert [fix.title for fix in diagnostic.fixes][:2] == ["replace by agent.class", "replace by agent.type"]
    assert apply(diagnostic.fixes[0]) == 'when agent.class == "main" -> a\ndefault -> b\n'


def test_no_fix_where_nothing_is_suggested() -> None:
    diagnostics = parse(Source("when (stream -> a")).diagnostics
    assert [item.fixes for item in diagnostics] == [()]


@pytest.mark.parametrize(
    "condition", ['model == header("x") or "b"', 'model == "a" and "b"', 'model != header("x") and "b"', 'not stream or "b"']
)
def test_no_list_where_the_values_are_no_list(condition: str) -> None:
    (found,) = [one for one in check(load_text(f"when {condition} -> a\ndefault -> a\n"))[0] if one.code is Code.NOT_A_CONDITION]
    assert not found.fixes
    assert " in [" not in (found.help or "")


def test_the_config_is_read_as_the_command_reads_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    models, problems = read_model_list(tmp_path / "config.yaml")
    assert models is not None
    assert set(models.names) == {"default", "my model"}
    assert problems == []


GOLDENS = sorted(Path(__file__).parent.glob("*.ccp"))
NAMED = re.compile(
    r'did you mean [^,]+\?|(?:.*[,:;] )?write (?:starts with|ends with|[^ …,]+)|(?:.*[,;] )?quote it: "[^…].*'
    r"|.* without quotes: \d\S*|write one of .*"
)
"""Help that names what is to be written."""
LEFT = frozenset({'write "package.module.Thing"'})
"""Help that names an example."""


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_help_that_names_a_replacement_has_it_as_a_fix(path: Path) -> None:
    named = [item for item in diagnostics_of(path) if item.help is not None and NAMED.fullmatch(item.help) and item.help not in LEFT]
    assert [(item.code.slug, item.help) for item in named if not item.fixes] == []
    assert all(edit.span.source is item.span.source for item in named for fix in item.fixes for edit in fix.edits)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_a_fix_changes_the_text(path: Path) -> None:
    for item in diagnostics_of(path):
        for fix in item.fixes:
            assert fix.title
            assert apply(fix) != fix.edits[0].span.source.text
