"""What a stranger's pull request holds is neither run nor printed where it could do harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccproxy.render.terminal import neutral
from tests.cli.run import ccproxy

SECRET = "hush:x:0:0:nobodys"
FINE = "default -> default\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a repository, beside it a file that is nobody's business, and in it the folder of policies."""
    (tmp_path / "passwd").write_text(f"{SECRET}\n")
    (tmp_path / "secret.ccp").write_text(f"{SECRET}\n")
    (tmp_path / "secret.json").write_text(json.dumps({"model": SECRET}))
    folder = tmp_path / "repository" / "policies"
    folder.mkdir(parents=True)
    (folder / "request.json").write_text("{}")
    monkeypatch.chdir(folder.parent)
    return folder.parent


@pytest.mark.parametrize("policy", ["../../passwd", "../../secret.ccp", "/etc/passwd", "link.ccp", "local.txt"])
def test_a_case_file_names_no_policy_elsewhere(repository: Path, policy: str) -> None:
    (repository / "policies" / "link.ccp").symlink_to(repository.parent / "passwd")
    (repository / "policies" / "local.txt").write_text(SECRET)
    cases = repository / "policies" / "a.cases.yaml"
    cases.write_text(f"policy: {policy}\ncases: [{{name: a, request: request.json, expect: default}}]\n")
    for shape in ("text", "json", "junit"):
        result = ccproxy("test", cases, "--format", shape)
        assert result.exit_code == 1
        assert "hush" not in result.output


def test_a_case_file_names_no_request_elsewhere(repository: Path) -> None:
    (repository / "policies" / "a.ccp").write_text('when model == "x" -> other\n' + FINE)
    cases = repository / "policies" / "a.cases.yaml"
    cases.write_text("cases: [{name: a, request: ../../secret.json, expect: other}]\n")
    result = ccproxy("test", cases)
    assert (result.exit_code, "hush" in result.output) == (1, False)
    assert "the path leads out of the folder of the case file" in result.output


def test_a_case_file_names_what_the_repository_has(repository: Path) -> None:
    (repository / "shared.ccp").write_text(FINE)
    (repository / "shared.json").write_text("{}")
    cases = repository / "policies" / "a.cases.yaml"
    cases.write_text("policy: ../shared.ccp\ncases: [{name: a, request: ../shared.json, expect: default}]\n")
    assert ccproxy("test", cases).exit_code == 0


def test_a_policy_is_no_link_to_another_file(repository: Path) -> None:
    link = repository / "policies" / "link.ccp"
    link.symlink_to(repository.parent / "passwd")
    (repository / "policies" / "config").write_text(SECRET)
    (repository / "policies" / "a.ccp").write_text('include "config"\n' + FINE)
    for command, name in (("check", "link.ccp"), ("fmt", "link.ccp"), ("graph", "link.ccp"), ("check", "a.ccp"), ("graph", "a.ccp")):
        result = ccproxy(command, repository / "policies" / name)
        assert (result.exit_code != 0, "hush" in result.output) == (True, False)


def test_no_circle_of_links_leads_elsewhere(repository: Path) -> None:
    """Python follows no link behind a circle, and takes `circle/..` off the path."""
    policies = repository / "policies"
    (policies / "circle").symlink_to("circle")
    (policies / "elsewhere").symlink_to(repository.parent)
    (repository.parent / "other.ccp").write_text(SECRET)
    (policies / "a.ccp").write_text('include "circle/../elsewhere/other.ccp"\n' + FINE)
    (policies / "a.cases.yaml").write_text(
        "policy: circle/../elsewhere/other.ccp\ncases: [{name: a, request: circle/../elsewhere/secret.json, expect: default}]\n"
    )
    for command, name in (("check", "a.ccp"), ("graph", "a.ccp"), ("test", "a.cases.yaml")):
        result = ccproxy(command, policies / name)
        assert result.exit_code != 0
        assert "can't be followed" in result.output
        assert "hush" not in result.output


def test_nothing_that_is_printed_gives_orders(repository: Path) -> None:
    name = "\x1b]0;title\x07\x1b[2J\r\n::error::planted\n ##[error]planted \u202e"
    (repository / "a.ccp").write_text('when model == "x" -> reject "a\\u{1B}[2J\\n::warning::planted"\n' + FINE)
    (repository / "a.cases.yaml").write_text(json.dumps({"cases": [{"name": name, "request": {"model": "x"}, "expect": "b"}]}))
    for shape in ("text", "json", "junit"):
        result = ccproxy("test", "a.cases.yaml", "--format", shape)
        assert result.exit_code == 1
        assert not any(sign in result.output for sign in "\x1b\x07\r\u202e"), shape
        assert not any(line.strip().startswith("::") for line in result.output.split("\n")), shape
        assert "##[" not in result.output, shape
    assert json.loads(ccproxy("test", "a.cases.yaml", "--format", "json").stdout)["cases"][0]["name"] == name
    (repository / "request.json").write_text('{"model": "x"}')
    told = ccproxy("explain", "request.json", "--policy", "a.ccp").output
    assert "\x1b" not in told
    assert "\n::" not in told


def test_names_of_files_give_no_orders_either(repository: Path) -> None:
    for name in ("\x1b[2J.ccp", "\n::error::planted.ccp"):
        (repository / name).write_text("when tokns > 5 -> a\n")
        for shape in ("text", "github"):
            told = ccproxy("check", name, "--format", shape).output
            assert "\x1b" not in told
            assert "\n::error::planted" not in told


@pytest.fixture
def planted(repository: Path) -> Path:
    """A policy whose predicate leaves a mark when it is imported."""
    (repository / "planted_rules.py").write_text(f"open({str(repository / 'mark')!r}, 'w')\ndef yes(request): return True\n")
    (repository / "a.ccp").write_text('predicate yes = "planted_rules.yes"\nwhen model == "x" -> first\nwhen yes -> other\n' + FINE)
    (repository / "x.json").write_text('{"model": "x"}')
    (repository / "y.json").write_text('{"model": "y"}')
    return repository


def test_explain_imports_nothing_where_it_may_not(planted: Path) -> None:
    result = ccproxy("explain", "x.json", "--policy", "a.ccp", "--no-predicates")
    assert (result.exit_code, result.stdout.split("\n")[0]) == (0, "first")
    result = ccproxy("explain", "x.json", "--policy", "a.ccp", "--no-predicates", "--all")
    assert "yes is unknown" in result.stdout or "?   2" in result.stdout
    result = ccproxy("explain", "y.json", "--policy", "a.ccp", "--no-predicates")
    assert result.exit_code == 2
    assert "not decided: it depends on the predicate yes" in result.stderr
    assert not (planted / "mark").exists()


def test_a_case_that_depends_on_a_predicate_fails(planted: Path) -> None:
    (planted / "a.cases.yaml").write_text(
        "cases:\n- {name: one, request: x.json, expect: first}\n- {name: two, request: y.json, expect: other}\n"
    )
    result = ccproxy("test", "a.cases.yaml", "--no-predicates", "--coverage")
    assert result.exit_code == 1
    assert "a.cases.yaml:3:1: not decided: it depends on the predicate yes" in result.stdout
    assert "1 passed, 1 problem" in result.stdout
    assert not (planted / "mark").exists()


def test_help_says_that_predicates_are_run() -> None:
    for command in ("explain", "test"):
        assert "--no-predicates" in ccproxy(command, "--help").output
        assert "imported and run" in " ".join(ccproxy(command, "--help").output.split())


def test_check_takes_a_budget(repository: Path) -> None:
    (repository / "a.ccp").write_text("".join(f'when model == "m{n}" -> l\n' for n in range(500)) + FINE)
    assert "5,000 steps were not enough" in ccproxy("check", "a.ccp", "--budget", "5000").output
    assert "not decided" not in ccproxy("check", "a.ccp").output


def test_generated_cases_give_no_orders_and_pass(repository: Path) -> None:
    policy = repository / "policies" / "a.ccp"
    policy.write_text(
        r'when prompt contains "\n::error::x ##[error]y" or header("x") == "\u{9b}2J\u{202e}" or model == "\u{1b}[2J" or tokens > 5 -> a'
        "\ndefault -> default\n"
    )
    generated = ccproxy("test", "--generate", policy)
    assert generated.exit_code == 0
    assert "::error::x" in generated.stdout
    assert neutral(generated.stdout) == generated.stdout
    cases = policy.with_suffix(".cases.yaml")
    cases.write_text(generated.stdout)
    result = ccproxy("test", cases)
    assert result.exit_code == 0
    assert neutral(result.stdout) == result.stdout


def test_a_text_without_anything_unsafe_is_printed_as_it_is() -> None:
    printable = "".join(filter(str.isprintable, map(chr, range(0x11000))))
    assert neutral(printable) == printable
    assert neutral(f"{printable}\x1b") == f"{printable}\\x1b"
    assert neutral(": :: #[ a#b") == ": :: #[ a#b"
    assert neutral(" ::error:: ##[error] ##vso[x]") == " : :error:: # #[error] # #vso[x]"
