"""`ccproxy check`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import CONFIG, STARTER, answer, ccproxy

FINE = "when stream -> think\ndefault -> default\n"
WARNED = "let big = tokens > 100k\n" + FINE
WRONG = "when tokns > 5 -> think\ndefault -> default\n"
NOTED = "when stream -> think\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"fine": FINE, "warned": WARNED, "wrong": WRONG, "noted": NOTED}.items():
        (tmp_path / f"{name}.ccp").write_text(text)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "last"),
    [
        (["fine.ccp"], 0, "fine.ccp: fine, 2 rules"),
        (["noted.ccp"], 0, "noted.ccp: fine, 1 rule, 1 note"),
        (["warned.ccp"], 0, "warned.ccp: 1 warning"),
        (["warned.ccp", "--strict"], 1, "warned.ccp: 1 warning"),
        (["noted.ccp", "--strict"], 0, "noted.ccp: fine, 1 rule, 1 note"),
        (["wrong.ccp"], 1, "wrong.ccp: 1 error"),
        (["wrong.ccp", "fine.ccp"], 1, "fine.ccp: fine, 2 rules"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_exit_code_and_summary(arguments: list[str], code: int, last: str) -> None:
    result = ccproxy("check", *arguments)
    used = f"labels are looked for in {Path('config.yaml').absolute()}\n"
    assert (result.exit_code, result.stdout.splitlines()[-1], result.stderr) == (code, last, used)


MEANT = 'when effort != "low" -> think # ccproxy: CCP502\nlet unused = stream # ccproxy: CCP106\ndefault -> default\n'


@pytest.mark.usefixtures("folder")
def test_what_is_acknowledged_is_counted_and_not_shown() -> None:
    Path("meant.ccp").write_text(MEANT)
    result = ccproxy("check", "meant.ccp", "--strict")
    assert (result.exit_code, result.stdout) == (0, "meant.ccp: fine, 2 rules, 2 acknowledged\n")
    Path("meant.ccp").write_text(MEANT + "# ccproxy: CCP106\n")
    result = ccproxy("check", "meant.ccp", "--strict")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "meant.ccp: 1 warning, 2 acknowledged")
    assert ccproxy("check", "-", "--format", "github", input=MEANT).stdout == ""


def test_what_is_acknowledged_is_marked_for_programs() -> None:
    found = answer("check", "-", "--format", "json", input=MEANT)
    assert [(item["code"], item["acknowledged"]) for item in found["diagnostics"]] == [("CCP502", True), ("CCP106", True)]
    assert found["summary"] == {"errors": 0, "warnings": 0, "acknowledged": 2}


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("when stream -> think # ccproxy: CCP302\ndefault -> default\n", ["--no-config"]),
        ("when stream -> think # ccproxy: CCP401\ndefault -> default\n", ["--budget", "1"]),
        ("when stream -> think # ccproxy: CCP502\nwhen tokns > 5 -> think\ndefault -> default\n", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_comment_is_not_told_of_where_its_finding_may_be_there(text: str, arguments: list[str]) -> None:
    assert "CCP510" not in ccproxy("check", "-", *arguments, input=text).stdout
    assert "CCP510" in ccproxy("check", "-", "--config", "config.yaml", input=text.replace("tokns", "tokens")).stdout


PROVED = "assert when stream -> never wrong\nassert when not stream -> only a, b\nwhen stream -> a\ndefault -> b\n"


@pytest.mark.parametrize(
    ("budget", "last"),
    [([], "p.ccp: fine, 2 rules, 2 assertions proved"), (["--budget", "1"], "p.ccp: fine, 2 rules, 1 note")],
)
def test_what_is_proved_is_said(budget: list[str], last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.ccp").write_text(PROVED)
    assert ccproxy("check", "p.ccp", "--no-config", *budget).stdout.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fin.ccp"], "there is no file fin.ccp; did you mean fine.ccp?"),
        (["."], ". is a folder, not a file"),
        ([], "there is no policy no-such-folder/policy.ccp; name one: ccproxy check policy.ccp"),
        (["fine.ccp", "--config", "nope.yaml"], "there is no LiteLLM config nope.yaml"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_can_not_run(arguments: list[str], told: str) -> None:
    result = ccproxy("check", *arguments)
    assert (result.exit_code, result.stderr) == (2, f"ccproxy: {told}\n")


@pytest.mark.usefixtures("folder")
def test_other_files_are_told_beside_a_missing_one() -> None:
    result = ccproxy("check", "nope.ccp", "wrong.ccp")
    assert result.exit_code == 2
    assert "error[CCP101] unknown-name" in result.stdout


def test_json(folder: Path) -> None:
    (folder / "double.ccp").write_text('timezone "UTC"\ntimezone "UTC"\nwhen tokns > 5 -> think\ndefault -> default\n')
    result = ccproxy("check", "double.ccp", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "diagnostics": [
            {
                "code": "CCP108",
                "name": "duplicate-timezone",
                "severity": "error",
                "acknowledged": False,
                "message": "a policy has one timezone",
                "file": "double.ccp",
                "line": 2,
                "column": 1,
                "end_line": 2,
                "end_column": 15,
                "help": "take one of them out",
                "notes": [{"message": "the first timezone", "file": "double.ccp", "line": 1}],
                "witness": None,
                "fixes": [
                    {
                        "title": "leave it out",
                        "safe": False,
                        "edits": [
                            {"file": "double.ccp", "line": 2, "column": 1, "end_line": 3, "end_column": 1, "replacement": ""},
                        ],
                    },
                ],
            },
            {
                "code": "CCP101",
                "name": "unknown-name",
                "severity": "error",
                "acknowledged": False,
                "message": "no fact, let or predicate is called `tokns`",
                "file": "double.ccp",
                "line": 3,
                "column": 6,
                "end_line": 3,
                "end_column": 11,
                "help": "did you mean tokens?",
                "notes": [],
                "witness": None,
                "fixes": [
                    {
                        "title": "replace by tokens",
                        "safe": False,
                        "edits": [
                            {"file": "double.ccp", "line": 3, "column": 6, "end_line": 3, "end_column": 11, "replacement": "tokens"},
                        ],
                    },
                ],
            },
        ],
        "summary": {"errors": 2, "warnings": 0, "acknowledged": 0},
    }


@pytest.mark.usefixtures("folder")
def test_json_of_a_fine_policy() -> None:
    assert answer("check", "fine.ccp", "--format", "json") == {
        "diagnostics": [],
        "summary": {"errors": 0, "warnings": 0, "acknowledged": 0},
    }


@pytest.mark.usefixtures("folder")
def test_json_of_a_missing_file() -> None:
    result = ccproxy("check", "nothing.ccp", "--format", "json")
    assert result.exit_code == 2
    (diagnostic,) = json.loads(result.stdout)["diagnostics"]
    assert (diagnostic["code"], diagnostic["file"], diagnostic["line"]) == ("CCP001", "nothing.ccp", 1)


def test_what_the_analyses_prove_comes_with_a_request() -> None:
    text = "when tokens > 5k -> think\ndefault -> default\nassert when tokens > 1k -> never default\n"
    result = ccproxy("check", "-", "--format", "json", input=text)
    assert result.exit_code == 1
    (diagnostic,) = json.loads(result.stdout)["diagnostics"]
    assert (diagnostic["name"], diagnostic["line"]) == ("assertion-broken", 3)
    assert 1_000 < diagnostic["witness"]["facts"]["tokens"] <= 5_000
    shown = ccproxy("check", "-", input=text).stdout
    assert '= request: {"' in shown


def test_an_unreachable_rule() -> None:
    found = answer("check", "-", "--format", "json", input="when tokens > 5 -> a\nwhen tokens > 6 -> b\ndefault -> default\n")
    (diagnostic,) = found["diagnostics"]
    assert (diagnostic["code"], diagnostic["notes"][0]["line"]) == ("CCP401", 1)
    assert found["summary"] == {"errors": 0, "warnings": 1, "acknowledged": 0}


# ── Where policies and configs are found ─────────────────────────────────────────────────────────────────────────────────


def test_the_policy_and_the_config_of_the_folder(folder: Path) -> None:
    (folder / "policy.ccp").write_text("when stream -> thnk\ndefault -> default\n")
    result = ccproxy("check", folder=folder)
    assert result.exit_code == 1
    assert 'config.yaml has no model_name "thnk"' in result.stdout
    assert ccproxy("check", "--no-config", folder=folder).exit_code == 0


def test_the_policy_that_settings_name(folder: Path) -> None:
    (folder / "ccproxy.yaml").write_text("policy: wrong.ccp\n")
    assert ccproxy("check", folder=folder).exit_code == 1


def test_settings_that_can_not_be_used(folder: Path) -> None:
    (folder / "ccproxy.yaml").write_text("policy: [1\n")
    result = ccproxy("check", folder=folder)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"ccproxy: {folder / 'ccproxy.yaml'}:2:1: this is not YAML")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("general_settings: {}\n", "there is no model_list"),
        ("model_list: 5\n", "model_list is a list, not '5'"),
        ("model_list: [\n", "this is not YAML"),
        (b"\xff\xfe", "it is not UTF-8 text"),
    ],
)
def test_a_config_that_can_not_be_used(folder: Path, config: str | bytes, told: str) -> None:
    (folder / "config.yaml").write_bytes(config if isinstance(config, bytes) else config.encode())
    result = ccproxy("check", "fine.ccp", "--config", "config.yaml")
    assert result.exit_code == 1
    assert "error[CCP306] bad-config: " in result.stdout
    assert told in result.stdout


def test_standard_input() -> None:
    result = ccproxy("check", "-", input=WRONG)
    assert result.exit_code == 1
    assert " --> <stdin>:1:6\n" in result.stdout
    assert ccproxy("check", "-", input=b"when \xff").exit_code == 1


def test_includes_are_called_by_their_path(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "a.ccp").write_text(WRONG)
    (folder / "main.ccp").write_text('include "parts/a.ccp"\n')
    assert f" --> {Path('parts', 'a.ccp')}:1:6\n" in ccproxy("check", "main.ccp").stdout


# ── Python predicates ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_predicates_are_looked_for_beside_the_policy_and_imported_only_when_asked(folder: Path) -> None:
    (folder / "check_rules_of_ours.py").write_text("class Vip: ...\nraise RuntimeError('imported')\n")
    (folder / "vip.ccp").write_text('predicate vip = "check_rules_of_ours.Vip"\nwhen vip -> think\ndefault -> default\n')
    assert ccproxy("check", "vip.ccp").exit_code == 0
    result = ccproxy("check", "vip.ccp", "--load-predicates")
    assert result.exit_code == 1
    assert "error[CCP114] predicate-not-found: " in result.stdout


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(range(256)) * 40, "CCP002"),
        (b'when model == "' + b"a" * 1_000_000 + b'" -> a\n', "CCP004"),
        (b"#" * 1_100_000, "CCP003"),
        (b"when " + b"(" * 2_000 + b"stream" + b")" * 2_000 + b" -> a\n", "CCP012"),
        (b"when " + b"(\n" * 200_000 + b"stream" + b")\n" * 200_000 + b" -> a\n", "CCP012"),
        (b"when " + b"not\n" * 200_000 + b"stream -> a\n", "CCP012"),
        (b"\x00" * 100, "CCP005"),
    ],
)
def test_a_file_that_is_no_policy(folder: Path, data: bytes, code: str) -> None:
    (folder / "bad.ccp").write_bytes(data)
    result = ccproxy("check", "bad.ccp")
    assert result.exit_code == 1
    assert f"error[{code}]" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 250


def test_the_starter_policies_are_fine() -> None:
    for path in STARTER.parent.glob("*.ccp"):
        assert ccproxy("check", path, "--strict").exit_code == 0, path


def test_labels_are_looked_for_beside_the_policy_first(tmp_path: Path) -> None:
    folder, beside = tmp_path / "folder", tmp_path / "beside"
    for place, label in ((folder, "own"), (beside, "shared")):
        place.mkdir()
        (place / "config.yaml").write_text(f"model_list: [{{model_name: {label}, litellm_params: {{model: anthropic/x}}}}]\n")
    (beside / "policy.ccp").write_text("default -> shared\n")
    (tmp_path / "alone.ccp").write_text("default -> shared\n")
    good = ccproxy("check", beside / "policy.ccp", folder=folder)
    assert (good.exit_code, good.stderr) == (0, f"labels are looked for in {beside / 'config.yaml'}\n")
    bad = ccproxy("check", tmp_path / "alone.ccp", folder=folder)
    assert bad.exit_code == 1
    assert "CCP301" in bad.stdout
    assert bad.stderr == f"labels are looked for in {folder / 'config.yaml'}\n"
    both = ccproxy("check", beside / "policy.ccp", tmp_path / "alone.ccp", folder=folder)
    assert len(both.stderr.splitlines()) == 2
    named = ccproxy("check", beside / "policy.ccp", "--config", folder / "config.yaml", folder=folder)
    assert (named.exit_code, named.stderr) == (1, "")
