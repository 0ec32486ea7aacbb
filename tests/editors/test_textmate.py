"""The TextMate grammar highlights what the language says: judged by VS Code's own tokenizer, and by Python where npm is not there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ccproxy.facts import FACTS, FUNCTIONS
from ccproxy.language.literals import RESERVED
from ccproxy.language.tokens import Kind, Token, tokens

ROOT = Path(__file__).parents[2]
GRAMMAR = ROOT / "grammar" / "ccp.tmLanguage.json"
POLICIES = sorted((ROOT / "policies").glob("*.ccp"))
TOKENISER = Path(__file__).with_name("tokenise.cjs")
LOADER = Path(__file__).with_name("load.cjs")

HARD = """\
version 1
include "a.ccp" # comment -> when
predicate vip = "a.B"(1, "x", key=true)
let sizes = [60k, 1.5M, 1_000]
when vip and tokens in sizes and not (1k < tokens <= 2k) # -> not a target
  -> gemini/2.5-pro fallback "my model" fallback claude-sonnet-4-5-20250929 because "why -> not \\"\\u{1F600}\\""
when time in 22:00..24:00 or weekday in sat..sun -> 12.5% a, 87.5% default by header("x-user") fallback default
when any tools.types matches "web_*" and count(tools) > 0 or prompt matches /a\\/b|#"/i -> keep
when has body("a.0.b") -> reject "no -> way"
when fits(default) and not healthy(when-not) and cost("a b") > 0.5 -> a
when stream -> 50% when-not, 50% b by user
assert when effort not in ["low", "x"] -> never a, default, "b"
assert when user starts with "a" -> only default
default -> default
"""
"""Only a default whose arrow stands on a later line is beyond a grammar that sees one line at a time."""

EXPECTED = {
    Kind.COMMENT: "comment.",
    Kind.TEXT: "string.quoted.",
    Kind.PATTERN: "string.regexp.",
    Kind.NUMBER: "constant.numeric.",
    Kind.LABEL: "entity.name.label.",
}
FACT_NAMES = {fact.name for fact in FACTS}
FUNCTION_NAMES = {function.name for function in FUNCTIONS} | {"count"}


def scope_of(token: Token) -> str:
    """How the scope of a token starts."""
    if token.kind in EXPECTED:
        return EXPECTED[token.kind]
    word = token.text
    if token.kind is Kind.SIGN:
        return "keyword.operator." if word[0] in "=!<>+-*." else "punctuation."
    if word in FUNCTION_NAMES:
        return "support.function."
    if word in ("true", "false", "mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        return "constant.language."
    if word in RESERVED:
        return "keyword."
    return "support.variable.fact." if word in FACT_NAMES else ""


@cache
def grammar() -> dict[str, Any]:
    text: dict[str, Any] = json.loads(GRAMMAR.read_text("utf-8"))
    return text


def rules(node: Any) -> Iterator[dict[str, Any]]:
    """Every rule of the grammar, wherever it stands."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from rules(value)
    elif isinstance(node, list):
        for item in node:
            yield from rules(item)


def with_scope(name: str) -> list[str]:
    """The patterns that give this scope."""
    return [rule["match"] for rule in rules(grammar()) if rule.get("name") == name and "match" in rule]


# ── With the reference tokenizer ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def textmate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with vscode-textmate in it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed: the reference tokenizer comes from there")
    folder = tmp_path_factory.mktemp("textmate")
    (folder / "package.json").write_text("{}")
    wanted = ["vscode-textmate@9", "vscode-oniguruma@2"]
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", *wanted]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm can't install vscode-textmate here: {done.stderr.strip()[-200:]}")
    return folder


def highlighted(textmate: Path, files: list[Path]) -> list[list[list[tuple[int, int, list[str]]]]]:
    done = subprocess.run(["node", TOKENISER, GRAMMAR, *files], cwd=textmate, capture_output=True, text=True, check=True, timeout=60)
    told: list[list[list[tuple[int, int, list[str]]]]] = json.loads(done.stdout)
    return told


def assert_highlights(text: str, lines: list[list[tuple[int, int, list[str]]]]) -> None:
    """Every token of the text has the scope that it should have, at each of its characters (they are all of one UTF-16 unit)."""
    for token in tokens(text):
        line = text.count("\n", 0, token.start)
        at = token.start - (text.rfind("\n", 0, token.start) + 1)
        for offset in range(at, at + len(token.text)):
            scopes = next(scopes for start, end, scopes in lines[line] if start <= offset < end)
            assert any(scope.startswith(scope_of(token)) for scope in scopes), f"line {line + 1}: {token.text!r} is {scopes}"
            assert not any(scope.startswith("invalid") for scope in scopes), f"line {line + 1}: {token.text!r} is {scopes}"


def test_the_starter_policies_are_highlighted(textmate: Path) -> None:
    for path, lines in zip(POLICIES, highlighted(textmate, POLICIES), strict=True):
        assert_highlights(path.read_text("utf-8"), lines)


def test_hard_places_are_highlighted(textmate: Path, tmp_path: Path) -> None:
    path = tmp_path / "hard.ccp"
    path.write_text(HARD)
    (lines,) = highlighted(textmate, [path])
    assert_highlights(HARD, lines)


def test_a_bad_escape_is_marked(textmate: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.ccp"
    path.write_text('when user == "a\\qb" -> a\n')
    ((line, *_),) = highlighted(textmate, [path])
    assert any("invalid.illegal.escape.ccp" in scopes for _, _, scopes in line)


def test_the_extension_for_vs_code_can_be_built(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path / "grammar"
    shutil.copytree(ROOT / "grammar", folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(install, cwd=folder / "vscode", capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm can't install here: {done.stderr.strip()[-200:]}")
    subprocess.run(["npm", "run", "build"], cwd=folder / "vscode", capture_output=True, text=True, check=True, timeout=120)
    loaded = subprocess.run(
        ["node", LOADER, folder / "vscode" / "dist" / "extension.js"], capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout == "activate deactivate\n"
    package = json.loads((folder / "vscode" / "package.json").read_text("utf-8"))
    (contributed,) = package["contributes"]["grammars"]
    assert json.loads((folder / "vscode" / contributed["path"]).read_text("utf-8")) == grammar()


# ── Without ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_pattern_is_one_that_python_takes_too() -> None:
    for rule in rules(grammar()):
        for name in ("match", "begin", "end"):
            if isinstance(rule.get(name), str):
                re.compile(rule[name])


def test_every_include_is_there() -> None:
    included = {rule["include"] for rule in rules(grammar()) if isinstance(rule.get("include"), str)}
    assert included == {f"#{name}" for name in grammar()["repository"]}


def test_every_reserved_word_has_a_scope() -> None:
    words = [
        rule["match"]
        for rule in rules(grammar())
        if "match" in rule and str(rule.get("name", "")).startswith(("keyword", "constant.language"))
    ]
    functions = with_scope("support.function.ccp")
    for word in RESERVED:
        assert any(re.fullmatch(pattern, word) for pattern in words) or any(re.match(pattern, f"{word}(") for pattern in functions), word


def test_the_facts_are_those_of_the_table() -> None:
    (pattern,) = with_scope("support.variable.fact.ccp")
    listed = pattern[pattern.index("(?:") + 3 : pattern.index(")(?!")].replace("\\", "").split("|")
    assert sorted(listed) == sorted(FACT_NAMES)
    assert all(re.fullmatch(pattern, name) for name in FACT_NAMES)


@pytest.mark.parametrize(
    ("scope", "right", "wrong"),
    [
        ("constant.numeric.ccp", ["5", "60k", "1.5M", "1_000"], ["5x", "k", "1__0"]),
        ("constant.numeric.time.ccp", ["22:00"], ["2:00"]),
        ("constant.numeric.percent.ccp", ["12.5%"], ["12"]),
        ("entity.name.label.ccp", ["gemini/2.5-pro", "@a", "1", "claude-sonnet-4-5-20250929"], ["-a", "a-", "a b"]),
        ("string.regexp.ccp", ["/a/", "/a\\/b/ims"], ["/", "//"]),
    ],
)
def test_literals(scope: str, right: list[str], wrong: list[str]) -> None:
    patterns = with_scope(scope)
    for word in right:
        assert any(re.fullmatch(pattern, word) for pattern in patterns), word
    for word in wrong:
        assert not any(re.fullmatch(pattern, word) for pattern in patterns), word
