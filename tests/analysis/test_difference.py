"""`ccproxy diff` as people run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccproxy.analysis.difference import difference
from tests.analysis.samples import checked_policy
from tests.cli.run import CAPTURES, ROOT, STARTER, ccproxy, process

CONFORMANCE = ROOT / "tests" / "conformance"

OLD = 'when tokens > 100 -> long\nwhen model == "a" -> one\ndefault -> default\n'


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "old.ccp"
    path.write_text(OLD, "utf-8")
    return Path("old.ccp")


def new(old: Path, *changes: tuple[str, str]) -> Path:
    text = old.read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path = old.with_name("new.ccp")
    path.write_text(text, "utf-8")
    return path


def test_the_same(old: Path) -> None:
    other = new(old, ("default -> default\n", ""), ("tokens > 100", "not tokens <= 100"))
    result = ccproxy("diff", old, other)
    assert (result.exit_code, result.stdout) == (0, "the same for every request\n")


def test_different(old: Path) -> None:
    result = ccproxy("diff", old, new(old, ("-> one", "-> two fallback one")))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:5] == [
        "different: requests change in 1 way",
        "",
        "1. one -> two (fallback one)",
        '   old: old.ccp:2: when model == "a" -> one',
        '   new: new.ccp:2: when model == "a" -> two fallback one',
    ]
    assert json.loads(lines[-1])["body"]["model"] == "a"


def test_json(old: Path) -> None:
    other = new(old, ("default -> default\n", ""), ("> 100 -> long", '> 100 -> reject "no"'))
    result = ccproxy("diff", old, other, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["verdict"] == "different"
    [change] = report["changes"]
    assert change["old"] == {"action": "route", "label": "long", "fallbacks": [], "message": None, "line": 1, "file": "old.ccp"}
    assert (change["new"]["action"], change["new"]["label"], change["new"]["message"]) == ("reject", None, "no")
    for policy, side in ((old, "old"), (other, "new")):
        Path("request.json").write_text(json.dumps(change["request"]), "utf-8")
        facts = [f"--fact={name}={value}" for name, value in change["request"].get("facts", {}).items()]
        told = json.loads(ccproxy("explain", "request.json", "--policy", policy, "--json", *facts).stdout)
        assert (told["action"], told["label"]) == (change[side]["action"], change[side]["label"])


def test_undecided_is_no_success(old: Path) -> None:
    hostile = "".join(f'when prompt contains "a{number}" and prompt contains "b{number}" -> l{number % 7}\n' for number in range(60))
    old.write_text(hostile, "utf-8")
    other = new(old, ('"a59" and prompt contains "b59"', '"b59" and prompt contains "a59"'))
    result = ccproxy("diff", old, other, "--json")
    report = json.loads(result.stdout)
    assert report["verdict"] in ("same", "undecided")
    assert result.exit_code == {"same": 0, "undecided": 2}[report["verdict"]]
    assert bool(report["undecided"]) == (report["verdict"] == "undecided")


def test_errors_can_not_be_compared(old: Path) -> None:
    other = new(old, ("-> one", "->"))
    for pair in ((old, other), (other, old)):
        result = ccproxy("diff", *pair)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "new.ccp:3" in result.stderr
    result = ccproxy("diff", old, "lost.ccp")
    assert result.exit_code == 2
    assert "there is no file lost.ccp" in result.stderr


def test_standard_input(old: Path) -> None:
    assert ccproxy("diff", old, "-", input=OLD).exit_code == 0
    assert ccproxy("diff", "-", old, input=OLD.replace("one", "two")).exit_code == 1
    assert ccproxy("diff", "-", "-", input=OLD).exit_code == 2
    assert ccproxy("diff", old, "-", "--requests", "r.json", input=OLD).exit_code == 2


# ── Real requests ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changes_are_counted(old: Path) -> None:
    Path("r").mkdir()
    requests = [
        {"model": "a"},
        {"model": "b"},
        {"body": {"model": "a"}, "facts": {"tokens": 200}},
        *[{"model": "a", "n": n} for n in range(4)],
    ]
    Path("r/one.jsonl").write_text("\n".join(map(json.dumps, requests)), "utf-8")
    Path("r/two.json").write_text('{"model": "b"}', "utf-8")
    other = new(old, ("-> one", "-> two"))
    result = ccproxy("diff", old, other, "--requests", "r")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-5:] == [
        "5 of 8 requests change (62.5%)",
        "       5  one -> two",
        '          old: old.ccp:2: when model == "a" -> one',
        '          new: new.ccp:2: when model == "a" -> two',
        "          r/one.jsonl:1, r/one.jsonl:4, r/one.jsonl:5, …",
    ]
    counted = json.loads(ccproxy("diff", old, other, "--json", "--requests", "r/one.jsonl", "r/two.json").stdout)["requests"]
    assert (counted["total"], counted["changed"], counted["changes"][0]["count"]) == (8, 5, 5)
    assert ccproxy("diff", old, other, "r/two.json").exit_code == 2


def test_requests_that_can_not_be_read(old: Path) -> None:
    Path("r.jsonl").write_text('{"model": "a"}\nnonsense\n{"body": {}, "at": "noon"}\n', "utf-8")
    result = ccproxy("diff", old, old, "--requests", "r.jsonl")
    assert result.exit_code == 2
    assert "r.jsonl:2" in result.stderr
    assert "r.jsonl:3: 'noon' is no time" in result.stderr
    assert "0 of 1 requests change (0.0%)" in result.stdout
    assert ccproxy("diff", old, old, "--requests", "lost.jsonl").exit_code == 2
    Path("empty").mkdir()
    assert "no requests to count" in ccproxy("diff", old, old, "--requests", "empty").stdout


def test_the_captures(tmp_path: Path) -> None:
    other = tmp_path / "new.ccp"
    other.write_text(STARTER.read_text("utf-8").replace('mode == "plan"', 'mode == "planned"'), "utf-8")
    result = ccproxy("diff", STARTER, other, "--json", "--requests", CAPTURES)
    report = json.loads(result.stdout)["requests"]
    assert report["total"] == len(list(CAPTURES.glob("*.json")))
    [change] = report["changes"]
    assert (change["old"]["label"], change["new"]["label"], change["count"]) == ("think", "default", 1)
    assert "plan" in change["places"][0]


def test_sums_of_both_policies_are_related() -> None:
    folder = Path(__file__).parents[1] / "conformance" / "facts-tokens"
    result = ccproxy("diff", "--json", folder / "parts.ccp", folder / "set.ccp")
    told = json.loads(result.stdout)
    pairs = {(change["old"]["label"], change["new"]["label"]) for change in told["changes"]}
    assert told["verdict"] == "different"
    assert {("system", "fixed"), ("tools", "fixed"), ("everything", "latest"), ("none_latest", "small")} <= pairs
    assert "not decided" not in ccproxy("diff", folder / "parts.ccp", folder / "set.ccp").stdout


def test_only_classes_that_a_request_can_have_are_counted() -> None:
    """With images there are 0, some or many messages, without any many: with no number of messages there are no images either."""
    old, new = (checked_policy(f"when images > 0 or messages > 5 -> {label}\ndefault -> default\n") for label in "ab")
    assert [change.classes for change in difference(old, new).changes] == [4]


def test_what_is_not_decided_names_the_rules(old: Path) -> None:
    other = new(old, ("-> one", "-> 99.9999999% one, 0.0000001% two by user"))
    result = ccproxy("diff", old, other)
    assert (result.exit_code, result.stdout) == (
        2,
        "not decided: no request was found that changes, and it was not proved that there is none\n"
        "\n"
        "not decided: no value was found that its split sends there\n"
        '   old: old.ccp:2: when model == "a" -> one\n'
        '   new: new.ccp:2: when model == "a" -> 99.9999999% one, 0.0000001% two by user\n',
    )
    report = json.loads(ccproxy("diff", old, other, "--json").stdout)
    assert report["verdict"] == "undecided"
    assert report["changes"] == []
    (doubt,) = report["undecided"]
    assert (doubt["old"], doubt["new"]) == ({"line": 2, "file": "old.ccp"}, {"line": 2, "file": "new.ccp"})
    assert doubt["reason"] == "no value was found that its split sends there"


def test_every_pair_of_labels_is_shown(old: Path) -> None:
    ramp = [old.read_text("utf-8").replace("-> one", f"-> {shares} by user") for shares in ("90% one, 10% two", "50% one, 50% two")]
    old.write_text(ramp[0], "utf-8")
    Path("new.ccp").write_text(ramp[1], "utf-8")
    result = ccproxy("diff", old, "new.ccp")
    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if line[:1].isdigit()] == ["1. one -> two"]
    Path("new.ccp").write_text(ramp[1].replace("one, 50% two", "three, 50% one"), "utf-8")
    result = ccproxy("diff", old, "new.ccp")
    assert [line for line in result.stdout.splitlines() if line[:1].isdigit()] == [
        "1. one -> three",
        "2. two -> three",
        "3. two -> one",
    ]


def test_the_same_answer_whatever_the_hash_seed() -> None:
    # sets of subjects have another order with each seed: the search must not follow it
    policies = [CONFORMANCE / "facts-key" / "key.ccp", CONFORMANCE / "facts-media" / "media.ccp"]
    runs = [process(["diff", *policies, "--json"], environment={"PYTHONHASHSEED": seed}).stdout for seed in ("0", "1", "2")]
    assert runs[0] == runs[1] == runs[2]
    assert json.loads(runs[0])["undecided"] == []


def test_a_body_that_is_no_object_is_shown_where_nothing_else_shows_it(old: Path) -> None:
    old.write_text("when not has images -> absent\nwhen images > 2 -> many\ndefault -> few\n", "utf-8")
    other = new(old, ("-> absent", "-> other"), ("-> many", "-> lots"))
    result = ccproxy("diff", old, other, "--json")
    absent, many = json.loads(result.stdout)["changes"]
    assert absent["request"] == {"body": None}
    assert many["request"]["body"]["messages"]


def test_no_betas_are_shown_by_the_header_where_the_api_has_none_in_its_body(old: Path) -> None:
    old.write_text('when endpoint == "chat" and has betas and count(betas) == 0 -> bare\ndefault -> rest\n', "utf-8")
    result = ccproxy("diff", old, new(old, ("-> bare", "-> other")), "--json")
    [change] = json.loads(result.stdout)["changes"]
    assert change["request"]["headers"] == {"anthropic-beta": ""}


def test_both_are_compared_by_the_config_beside_the_new_one(old: Path) -> None:
    """What no request can do with the models behind the labels is no difference."""
    old.write_text("when images > 0 and fits(blind) -> long\ndefault -> default\n", "utf-8")
    other = old.with_name("new") / "new.ccp"
    other.parent.mkdir()
    other.write_text("default -> default\n", "utf-8")
    assert ccproxy("diff", old, other).exit_code == 1
    for sees, verdict in (("true", "different: requests change in 1 way"), ("false", "the same for every request")):
        models = f"model_list: [{{model_name: blind, litellm_params: {{model: hosted_vllm/m}}, model_info: {{supports_vision: {sees}}}}}]\n"
        other.with_name("config.yaml").write_text(models, "utf-8")
        result = ccproxy("diff", old, other, "--requests", CAPTURES)
        assert result.stdout.startswith(f"{verdict}\n")
        assert ("\n0 of " in result.stdout) == (sees == "false")
