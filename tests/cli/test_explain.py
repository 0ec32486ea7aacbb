"""`ccproxy explain`: what it prints and how it ends."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from ccproxy.compiler.explain import MAX_DEPTH
from tests.cli.run import CAPTURES, CONFIG, STARTER, answer, ccproxy

POLICY = """\
let chore = agent.class == "auxiliary" and tokens < 20k
when header("x-data-class") == "secret" -> reject "secret data stays here"
when model matches "*haiku*" or chore -> background because "small work"
when time in 22:00..06:00 -> 90% think, 10% default by session fallback default
when key.alias == "ci" -> keep
when max_tokens > 100 -> think
"""
REQUEST = {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "hello"}]}


def _point(*hashed: str) -> float:
    """Where a value falls, as the language says it: the labels of the split, the fact, the value."""
    return int.from_bytes(sha256("\n".join(hashed).encode()).digest()[:8], "big") * 100 / 2**64


IMPLIED = {"number": None, "line": None, "label": "default", "action": "route"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.ccp").write_text(POLICY)
    (tmp_path / "request.json").write_text(json.dumps(REQUEST))
    return tmp_path


def test_json(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG)
    found = answer("explain", "request.json", "--json", "--fact", "max_tokens=200", folder=folder)
    sha256 = found["policy"].pop("sha256")
    assert len(sha256) == 64
    assert found["trace"][1] == {
        "number": 2,
        "file": "policy.ccp",
        "line": 3,
        "holds": False,
        "condition": {
            "text": 'model matches "*haiku*" or chore',
            "holds": False,
            "facts": {},
            "parts": [
                {"text": 'model matches "*haiku*"', "holds": False, "facts": {"model": "claude-opus-5-5"}, "parts": []},
                {
                    "text": "chore",
                    "holds": False,
                    "facts": {},
                    "parts": [
                        {
                            "text": 'agent.class == "auxiliary" and tokens < 20k',
                            "holds": False,
                            "facts": {},
                            "parts": [{"text": 'agent.class == "auxiliary"', "holds": False, "facts": {"agent.class": None}, "parts": []}],
                        }
                    ],
                },
            ],
        },
    }
    assert [step["holds"] for step in found.pop("trace")] == [False, False, False, False, True]
    nearest = found.pop("nearest")
    assert found.pop("behind") == {"window": 1_000_000, "window_left": 999_999, "input_dollars": 4e-06}
    assert {"number": 4, "line": 5, "label": "keep", "change": 'key.alias == "ci" needs key.alias "ci"'} in nearest
    assert found == {
        "action": "route",
        "label": "think",
        "fallbacks": [],
        "message": None,
        "model": "anthropic/claude-opus-5-5",
        "handled": "routed",
        "rule": {"number": 5, "file": "policy.ccp", "line": 6, "text": "when max_tokens > 100 -> think", "because": None},
        "split": None,
        "facts": {
            'header("x-data-class")': None,
            "model": "claude-opus-5-5",
            "agent.class": None,
            "time": None,
            "key.alias": None,
            "max_tokens": 200,
        },
        "also": [IMPLIED],
        "policy": {"file": "policy.ccp"},
    }


@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        ([], ("route", "default", [], None)),
        (["--header", "X-Data-Class: secret"], ("reject", None, [], "secret data stays here")),
        (["--key", "alias=ci"], ("keep", None, [], None)),
        (["--fact", "model=a-haiku"], ("route", "background", [], None)),
        (["--fact", "max_tokens=250k"], ("route", "think", [], None)),
        (["--at", "2026-11-22T23:10"], ("route", "think", ["default"], None)),
        (["--at", "2026-11-22T23:10+04:00"], ("route", "default", [], None)),
        (["--fact", "model=null", "--fact", "max_tokens=null"], ("route", "default", [], None)),
    ],
)
def test_options_say_what_is_around_the_request(folder: Path, arguments: list[str], decision: tuple[object, ...]) -> None:
    found = answer("explain", "request.json", "--json", *arguments, folder=folder)
    assert (found["action"], found["label"], found["fallbacks"], found["message"]) == decision
    if not arguments:
        assert found["rule"] is None


@pytest.mark.parametrize(
    ("session", "split", "told"),
    [
        (
            "f",
            {"by": "session", "value": "f", "point": pytest.approx(_point("think", "default", "session", "f")), "branch": 1, "share": 90},
            'by session "f" (set outright): 89.61 of 100, branch 1 of 2, 90% think (0 to 90)',
        ),
        (
            "k",
            {"by": "session", "value": "k", "point": pytest.approx(_point("think", "default", "session", "k")), "branch": 2, "share": 10},
            'by session "k" (set outright): 96.67 of 100, branch 2 of 2, 10% default (90 to 100)',
        ),
        (
            "null",
            {"by": "session", "value": None, "point": None, "branch": 1, "share": 90},
            "by session, which is missing: the largest share, 90% think",
        ),
    ],
)
def test_the_share_of_a_split(folder: Path, session: str, split: dict[str, object], told: str) -> None:
    arguments = ["explain", "request.json", "--at", "2026-11-22T23:10", "--fact", f"session={session}"]
    found = answer(*arguments, "--json", folder=folder)
    assert found["split"] == split
    assert found["facts"]["session"] == split["value"]
    assert f"\n  split     {told}\n" in ccproxy(*arguments, folder=folder).stdout


def test_the_first_of_equal_shares_and_a_split_by_a_header(folder: Path) -> None:
    split = '30.5% a, 69.5% b by header("X-Canary")'
    (folder / "policy.ccp").write_text(f'when has header("X-Canary") -> {split}\ndefault -> 20% a, 40% b, 40% c by user\n')
    told = ccproxy("explain", "request.json", folder=folder).stdout
    assert "  split     by user, which is missing: the first of the largest shares, 40% b\n" in told
    told = ccproxy("explain", "request.json", "--header", "x-canary: 1", folder=folder).stdout
    point = _point("a", "b", 'header("X-Canary")', "1")
    assert f'  split     by header("X-Canary") "1": {int(point * 100) / 100:.2f} of 100, branch 2 of 2, 69.5% b (30.5 to 100)\n' in told


@pytest.mark.parametrize(
    ("path", "settings", "handled"),
    [
        ("/v1/messages", "", "routed"),
        ("/anthropic/v1/messages", "", "refused"),
        ("/anthropic/v1/messages", "other_calls: {pass_through: pass}\n", "passed"),
        ("/v1/messages/count_tokens", "", "routed"),
        ("/v1/messages/count_tokens", "other_calls: pass\n", "passed"),
    ],
)
def test_what_the_proxy_does_with_a_request_of_that_path(folder: Path, path: str, settings: str, handled: str) -> None:
    (folder / "ccproxy.yaml").write_text(settings)
    (folder / "there.json").write_text(json.dumps({"path": path, "body": {"model": "m"}}))
    assert answer("explain", "there.json", "--json", folder=folder)["handled"] == handled
    assert answer("facts", "there.json", "--json", folder=folder)["handled"] == handled
    verb = {"routed": None, "refused": "the proxy refuses a request", "passed": "the proxy does not route a request"}[handled]
    for command in ("explain", "facts"):
        assert ("the proxy " in (told := ccproxy(command, "there.json", folder=folder).stdout)) is (verb is not None)
        assert verb is None or verb in told


def test_what_the_proxy_does_with_paths_of_litellm_s_config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "config.yaml").write_text("general_settings:\n  pass_through_endpoints: [{path: /bria, target: https://x.test}]\n")
    for path, root, handled in (("/bria", "", "refused"), ("/llm/bria", "", "passed"), ("/llm/bria", "/llm", "refused")):
        monkeypatch.setenv("SERVER_ROOT_PATH", root)
        (folder / "there.json").write_text(json.dumps({"path": path, "body": {"model": "m"}}))
        for command in ("explain", "facts"):
            assert answer(command, "there.json", "--json", folder=folder)["handled"] == handled
        (folder / "one.cases.yaml").write_text(f"cases: [{{name: one, request: {{path: {path}, body: {{}}}}, expect: x}}]")
        tested = ccproxy("test", "one.cases.yaml", "--policy", "policy.ccp", "--format", "json", folder=folder)
        assert json.loads(tested.stdout)["cases"][0]["handled"] == handled


def test_text(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG)
    told = ccproxy("explain", "request.json", "--header", "x-claude-code-request-class: auxiliary", folder=folder).stdout
    assert told.splitlines()[:11] == [
        "background",
        '  rule      2, policy.ccp:3: when model matches "*haiku*" or chore -> background',
        "  because   small work",
        "  tokens    tokens is 1 (estimate: cl100k_base)",
        "  parts     system 0, tools 0, messages 1 (latest 1)",
        '  agent     agent.class is "auxiliary" (header x-claude-code-request-class)',
        "",
        "rules tried",
        '    ✗   1  line 2  header("x-data-class") == "secret"',
        '                     header("x-data-class") is missing',
        '    ✓   2  line 3  model matches "*haiku*" or chore',
    ]


def test_the_first_part_that_failed_and_its_value(folder: Path) -> None:
    (folder / "policy.ccp").write_text("when stream and max_tokens > 10 and not thinking -> a\ndefault -> b\n")
    request = json.dumps({"model": "m", "stream": True, "max_tokens": 3})
    told = ccproxy("explain", "-", folder=folder, input=request).stdout
    assert "max_tokens > 10 does not hold: max_tokens is 3" in told


def test_every_part_that_decided_and_its_value(folder: Path) -> None:
    (folder / "policy.ccp").write_text(
        'let long = max_tokens > 120k and agent.class != "compaction"\n'
        "when stream or thinking -> a\n"
        "when not (stream or thinking) and long -> b\n"
        "default -> c\n"
    )
    shown = ccproxy("explain", "-", folder=folder, input=json.dumps({"model": "m", "max_tokens": 130_000})).stdout
    tried = shown.split("rules tried\n")[1].split("\n\nwould also hold\n")
    assert [line.strip() for line in tried[0].splitlines()] == [
        "✗   1  line 2  stream or thinking",
        "stream does not hold: stream is missing",
        "thinking does not hold: thinking is missing",
        "✓   2  line 3  not (stream or thinking) and long",
        "stream does not hold: stream is missing",
        "thinking does not hold: thinking is missing",
        "max_tokens > 120k holds: max_tokens is 130,000",
        'agent.class != "compaction" holds: agent.class is missing',
    ]
    assert tried[1].splitlines()[0] == "        3  line 4     -> c"


def test_of_many_parts_that_decided_the_first_are_shown(folder: Path) -> None:
    (folder / "policy.ccp").write_text(f"when {' or '.join(f'max_tokens == {number}' for number in range(20))} -> a\ndefault -> b\n")
    shown = ccproxy("explain", "-", folder=folder, input=json.dumps({"model": "m", "max_tokens": 99})).stdout
    assert shown.count("does not hold: max_tokens is 99") == 8
    assert "and 12 more (--json has all)\n" in shown


def test_text_of_the_other_decisions(folder: Path) -> None:
    assert ccproxy("explain", "request.json", "--key", "alias=ci", folder=folder).stdout.startswith("keep: the requested model stays\n")
    rejected = ccproxy("explain", "request.json", "--header", "x-data-class: secret", folder=folder).stdout
    assert rejected.startswith("reject: secret data stays here\n")
    implied = ccproxy("explain", "request.json", folder=folder).stdout
    assert "  rule      none: the policy has no default, so the label is default\n" in implied
    assert "  time      time missing: no time is given" in implied
    night = ccproxy("explain", "request.json", "--at", "2026-11-22T23:10", folder=folder).stdout
    assert "  fallback  default\n" in night
    assert "time is 23:10\n" in night


def test_all_rules_are_evaluated_when_asked(folder: Path) -> None:
    arguments = ["explain", "request.json", "--json", "--fact", "model=haiku", "--fact", "max_tokens=200"]
    assert [step["number"] for step in answer(*arguments, folder=folder)["trace"]] == [1, 2]
    every = answer(*arguments, "--all", folder=folder)
    assert [step["number"] for step in every["trace"]] == [1, 2, 3, 4, 5]
    assert every["also"] == [{"number": 5, "line": 6, "label": "think", "action": "route"}, IMPLIED]
    assert "tokens" in every["facts"]


def test_what_was_read_is_told_by_its_reader(folder: Path) -> None:
    asked = {'header("x-a")': "a", 'metadata("k")': "b", 'body("p.q")': 1.5, 'body("l.*")': ["c", "d"]}
    conditions = [f'{"any " if "*" in one else ""}{one} == "x"' for one in asked]
    (folder / "policy.ccp").write_text(f"when {' or '.join(conditions)} -> a\ndefault -> default\n")
    body = {"metadata": {"k": "b"}, "p": {"q": 1.5}, "l": ["c", "d"]}
    assert answer("explain", "-", "--json", "--header", "X-A: a", folder=folder, input=json.dumps(body))["facts"] == asked


def test_lets_are_followed_a_long_way(folder: Path) -> None:
    lets = ["let x0 = tokens > 5", *(f"let x{n} = not x{n - 1}" for n in range(1, 40))]
    (folder / "policy.ccp").write_text("\n".join([*lets, "when x39 -> a", "default -> default"]))
    condition = answer("explain", "request.json", "--json", folder=folder)["trace"][0]["condition"]
    names = []
    while condition["parts"]:
        names.append(condition["text"])
        (condition,) = condition["parts"]
    assert [name for name in names if name.startswith("x")] == [f"x{39 - n}" for n in range(MAX_DEPTH)]
    assert (condition["text"], condition["holds"]) == (f"x{39 - MAX_DEPTH}", True)


def test_without_a_policy_the_starter_policy_decides(tmp_path: Path) -> None:
    result = ccproxy("explain", CAPTURES / "43-compaction-auto.json", folder=tmp_path)
    assert result.exit_code == 0
    assert result.stdout.startswith("token_count\n")
    assert result.stderr.startswith(f"there is no policy {tmp_path / 'policy.ccp'}: this is the starter policy")


def test_a_policy_that_is_named_and_missing_ends_it(folder: Path) -> None:
    result = ccproxy("explain", "request.json", "-p", "polic.ccp")
    assert (result.exit_code, result.stderr) == (2, "ccproxy: there is no file polic.ccp; did you mean policy.ccp?\n")


def test_a_policy_with_errors_has_its_diagnostics_told(folder: Path) -> None:
    (folder / "policy.ccp").write_text("when tokns > 5 -> a\n")
    result = ccproxy("explain", "request.json", folder=folder)
    assert result.exit_code == 1
    assert "error[CCP101] unknown-name" in result.stdout
    result = ccproxy("explain", "request.json", "--json", folder=folder)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["summary"]["errors"] == 1


def test_lines_of_requests(folder: Path) -> None:
    lines = [json.dumps(REQUEST), "", json.dumps({"body": REQUEST, "headers": {"x-data-class": "secret"}}), '{"model', "[]"]
    (folder / "requests.jsonl").write_text("\n".join(lines))
    result = ccproxy("explain", "requests.jsonl", "--json", folder=folder)
    assert result.exit_code == 2
    assert [json.loads(line)["action"] for line in result.stdout.splitlines()] == ["route", "reject"]
    assert "requests.jsonl:4:2: this is no JSON" in result.stderr
    assert "requests.jsonl:5: a request is a JSON object" in result.stderr
    assert "requests.jsonl:3\nreject: " in ccproxy("explain", "requests.jsonl", folder=folder).stdout


def test_predicates_of_the_folder(folder: Path) -> None:
    (folder / "explain_rules_of_ours.py").write_text("def vip(request):\n    return request['x']\n")
    (folder / "policy.ccp").write_text('predicate vip = "explain_rules_of_ours.vip"\nwhen vip -> think\ndefault -> default\n')
    assert answer("explain", "-", "--json", folder=folder, input='{"x": true}')["label"] == "think"
    result = ccproxy("explain", "-", folder=folder, input="{}")
    assert result.exit_code == 0
    assert result.stderr == "the predicate vip counts as false: it raised: KeyError: 'x'\n"


def test_a_predicate_that_fails_refuses_where_the_settings_say_so(folder: Path) -> None:
    (folder / "failing_rules_of_ours.py").write_text("def vip(request):\n    return request['x']\n")
    (folder / "policy.ccp").write_text('predicate vip = "failing_rules_of_ours.vip"\nwhen vip -> reject "no"\ndefault -> default\n')
    (folder / "ccproxy.yaml").write_text("on_predicate_failure: reject\n")
    told = answer("explain", "-", "--json", folder=folder, input="{}")
    assert (told["action"], told["label"], told["rule"]) == ("reject", None, None)
    assert 'the predicate "vip" of the policy failed' in told["message"]
    assert [step["holds"] for step in told["trace"]] == [None]
    every = answer("explain", "-", "--json", "--all", folder=folder, input="{}")
    assert every["message"] == told["message"]
    assert [step["holds"] for step in every["trace"]] == [None, True]
    assert answer("explain", "-", "--json", folder=folder, input='{"x": false}')["label"] == "default"
    (folder / "policy.cases.yaml").write_text(
        "cases:\n  - {name: refused, request: {}, expect: {action: reject}}\n  - {name: allowed, request: {x: false}, expect: default}\n"
    )
    assert ccproxy("test", folder=folder).exit_code == 0
    (folder / "ccproxy.yaml").write_text("on_predicate_failure: no_match\n")
    assert answer("explain", "-", "--json", folder=folder, input="{}")["label"] == "default"


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────────

BAD_REQUESTS = [
    ("", "<stdin> is empty"),
    ('{"model": 3,\n  x', "<stdin>:2:3: this is no JSON: "),
    ("[1]", "<stdin>:1: a request is a JSON object"),
    ("5", "<stdin>:1: a request is a JSON object"),
    ("[" * 100_000, "nested too deep"),
    ('{"max_tokens": ' + "9" * 5_000 + "}", "too many digits"),
    ('{"body": {}, "headers": 3}', '"headers" of the envelope is an object, not a number'),
    ('{"body": {}, "headers": {"a": 3}}', 'the header "a" of the envelope is a text, not a number'),
    ('{"body": {}, "key": []}', '"key" of the envelope is an object, not an array'),
    ('{"body": {}, "path": true}', '"path" of the envelope is a text, not a bool'),
    ('{"body": {}, "at": "soon"}', "'soon' is no time; write it as 2026-11-22T23:10"),
    (b"\xff\xfe", "<stdin> is not UTF-8 text"),
]


@pytest.mark.parametrize("command", ["explain", "facts"])
@pytest.mark.parametrize(("data", "told"), BAD_REQUESTS)
def test_a_file_that_is_no_request(command: str, data: str | bytes, told: str) -> None:
    result = ccproxy(command, "-", "--policy", STARTER, input=data)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["explain", "facts"])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--at", "soon"], "--at: 'soon' is no time; write it as 2026-11-22T23:10"),
        (["--header", "x"], "'x' is not understood; write --header 'x-data-class: secret'"),
        (["--key", "alias"], "'alias' is not understood; write --key alias=ci"),
        (["--key", "name=x"], "--key: a key has no 'name'; it has alias, team, user, org, tags, spend, budget"),
        (["--key", "spend=much"], "spend of a key is a number of dollars, not 'much': --key spend=12.50"),
        (["--fact", "tokens"], "'tokens' is not understood; write --fact tokens=250000"),
        (["--fact", "tokns=5"], '--fact: there is no fact "tokns"; did you mean tokens?'),
        (["--fact", "tokens=many"], "--fact: the fact tokens is a number, not 'many'; write --fact tokens=250000"),
        (["--fact", "time=ab:cd"], "--fact: the fact time is a time, not 'ab:cd'; write --fact time=22:30"),
        (["--fact", "weekday=someday"], "--fact: the fact weekday is a weekday, not 'someday'; write --fact weekday=mon"),
        (["--fact", "tools=[1"], "'[1' is no JSON array; write a,b or"),
    ],
)
def test_options_that_say_nothing(command: str, arguments: list[str], told: str) -> None:
    result = ccproxy(command, "-", "--policy", STARTER, *arguments, input="{}")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("value", [None, True, 5, 1.5, "text", [], {}, [[[1]]], {"type": 3}])
def test_fields_of_any_type_are_missing_facts(value: object) -> None:
    names = "model stream max_tokens messages system tools tool_choice thinking metadata output_config effort input prompt safeguards speed"
    body = dict.fromkeys(names.split(), value)
    result = ccproxy(
        "explain", "-", "--json", "--policy", STARTER, input=json.dumps({"body": body, "key": {"alias": value, "tags": value}})
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["action"] == "route"


def test_what_a_terminal_can_not_show() -> None:
    result = ccproxy("explain", "-", "--policy", STARTER, input='{"model": "\\ud800\\u001b[31m"}')
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


def test_numbers_that_json_has_not(tmp_path: Path) -> None:
    (tmp_path / "policy.ccp").write_text('when body("x") == "a" -> a\ndefault -> b\n')
    assert answer("explain", "-", "--json", folder=tmp_path, input='{"x": [NaN, {"a": Infinity}]}')["facts"] == {
        'body("x")': [None, {"a": None}]
    }


def test_a_config_that_can_not_be_used_is_told_and_left_out(folder: Path) -> None:
    (folder / "config.yaml").write_text("model_list: [\n")
    result = ccproxy("explain", "request.json", "--json", folder=folder)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model"] is None
    assert "this is not YAML" in result.stderr


def test_labels_are_those_of_the_config_beside_the_policy_that_is_named(tmp_path: Path) -> None:
    beside, folder = tmp_path / "beside", tmp_path / "folder"
    for place, model in ((beside, "openai/gpt-3.5-turbo"), (folder, "anthropic/claude-sonnet-5")):
        place.mkdir()
        (place / "config.yaml").write_text(f"model_list: [{{model_name: a, litellm_params: {{model: {model}}}}}]\n")
        (place / "policy.ccp").write_text("when fits(a) -> a\ndefault -> b\n")
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    request = json.dumps({"model": "x", "messages": [{"role": "user", "content": [image]}]})
    assert answer("explain", "-", "--json", input=request, folder=folder)["label"] == "a"
    assert answer("explain", "-", "--json", "-p", beside / "policy.ccp", input=request, folder=folder)["label"] == "b"
    named = ("--config", folder / "config.yaml")
    assert answer("explain", "-", "--json", "-p", beside / "policy.ccp", *named, input=request, folder=folder)["label"] == "a"


@pytest.mark.parametrize(
    ("target", "changes"), [("default", "max_tokens: 100000 -> 9000"), ("keep", "model: [1m] taken off; max_tokens: 100000 -> 9000")]
)
def test_what_is_fitted_is_the_model_that_the_request_goes_to(folder: Path, target: str, changes: str) -> None:
    """The suffix of the model that the client named is gone where the policy chose another: the proxy has nothing to take off."""
    (folder / "policy.ccp").write_text(f"default -> {target}\n")
    (folder / "config.yaml").write_text(
        "model_list:\n"
        "  - {model_name: default, litellm_params: {model: hosted_vllm/m}, model_info: {max_output_tokens: 9000}}\n"
        "  - {model_name: claude-*, litellm_params: {model: hosted_vllm/claude-*}, model_info: {max_output_tokens: 9000}}\n"
    )
    request = json.dumps({"model": "claude-x[1m]", "max_tokens": 100_000, "messages": []})
    told = ccproxy("explain", "-", "--policy", "policy.ccp", "--fitted", input=request).stdout
    model = "hosted_vllm/m" if target == "default" else "hosted_vllm/claude-x[1m]"
    assert f"fitted to {model}: {changes}\n" in told
    assert answer("explain", "-", "--policy", "policy.ccp", "--fitted", "--json", input=request)["fitted"] == changes.split("; ")


@pytest.mark.parametrize(("setting", "changes"), [("false", 0), ("{think: false}", 1), ("true", 2)])
def test_what_the_settings_leave_is_not_fitted(folder: Path, setting: str, changes: int) -> None:
    (folder / "policy.ccp").write_text("default -> default\n")
    (folder / "ccproxy.yaml").write_text(f"fit: {setting}\n")
    (folder / "config.yaml").write_text(
        "model_list: [{model_name: default, litellm_params: {model: hosted_vllm/m}, model_info: {max_output_tokens: 9000}}]\n"
    )
    request = json.dumps({"max_tokens": 100_000, "thinking": {"type": "enabled", "budget_tokens": 50_000}, "messages": []})
    assert len(answer("explain", "-", "--fitted", "--json", folder=folder, input=request)["fitted"]) == changes
    told = ccproxy("explain", "-", "--fitted", folder=folder, input=request).stdout
    assert ("fitted: nothing, since ccproxy.yaml says fit: false" in told) is (changes == 0)


def test_staying_asks_the_config_what_fits(folder: Path) -> None:
    """As the proxy does, also in a policy that asks by no `fits` of its own."""
    (folder / "policy.ccp").write_text('when has session.label -> stay\nwhen effort == "max" -> blind\ndefault -> default\n')
    blind = "model_list: [{model_name: blind, litellm_params: {model: hosted_vllm/m}, model_info: {supports_vision: false}}]\n"
    (folder / "config.yaml").write_text(blind)
    told = [
        answer("explain", "request.json", "-p", "policy.ccp", "--json", "--fact", "session.label=blind", "--fact", f"images={images}")
        for images in (0, 1)
    ]
    assert [one["label"] for one in told] == ["blind", "default"]
    assert len(told[0]["models"]) == 12


@pytest.mark.parametrize(
    ("path", "told"), [("/v1/messages", "fitted to hosted_vllm/m: max_tokens: 100 -> 9"), ("/v1/messages/count_tokens", None)]
)
def test_what_no_model_answers_is_not_fitted(folder: Path, path: str, told: str | None) -> None:
    (folder / "policy.ccp").write_text('when stream -> reject "no"\ndefault -> default\n')
    (folder / "config.yaml").write_text(
        "model_list: [{model_name: default, litellm_params: {model: hosted_vllm/m}, model_info: {max_output_tokens: 9}}]\n"
    )
    explain = ("explain", "-", "-p", "policy.ccp", "--fitted")
    request = json.dumps({"path": path, "body": {"model": "m", "max_tokens": 100, "messages": []}})
    nothing = "fitted: no model is to answer this, so nothing is changed"
    assert (told or nothing) in ccproxy(*explain, input=request).stdout
    assert nothing in ccproxy(*explain, "--fact", "stream=true", input=request).stdout


def test_the_policy_may_be_standard_input(folder: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text('{"model": "a", "messages": [{"role": "user", "content": "hi"}]}')
    text = "# all of it\ndefault -> think\n"
    found = answer("explain", request, "--policy", "-", "--json", input=text, folder=folder)
    assert (found["label"], found["rule"]["file"], found["rule"]["line"]) == ("think", "<stdin>", 2)


@pytest.mark.parametrize("command", ["explain", "facts"])
def test_standard_input_has_many_requests_where_its_first_line_is_one(folder: Path, command: str) -> None:
    lines = '{"model": "a", "max_tokens": 5}\n\n{"model": "b"}\n'
    found = ccproxy(command, "-", "--json", folder=folder, input=lines).stdout.splitlines()
    assert [json.loads(line)["facts"].get("model") for line in found] == ["a", "b"]
    assert ccproxy(command, "-", folder=folder, input=lines).stdout.startswith("<stdin>:1\n")
    assert "<stdin>" not in ccproxy(command, "-", folder=folder, input='{"model": "a"}\n\n').stdout
    wrong = ccproxy(command, "-", folder=folder, input='{"model": "a"}\nno\n')
    assert (wrong.exit_code, "<stdin>:2:1: this is no JSON" in wrong.stderr) == (2, True)


def test_standard_input_is_one_file_only(folder: Path) -> None:
    result = ccproxy("explain", "-", "--policy", "-", folder=folder, input="{}")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "ccproxy: standard input can be only one of these files\n")


def test_what_is_set_outright_counts_behind_the_label(folder: Path) -> None:
    """A part of a token is one more; of a cost that was set, nothing is calculated."""
    (folder / "config.yaml").write_text(CONFIG)
    facts = ("--fact", "tokens=2.5", "--fact", "max_tokens=200", "--fact", "cost(think)=0.5")
    assert answer("explain", "-", "--json", *facts, folder=folder, input="{}")["behind"] == {
        "window": 1_000_000,
        "window_left": 999_997,
        "input_dollars": 0.5,
    }
    assert (
        "999,997 of 1,000,000 tokens left, this input costs $0.500000" in ccproxy("explain", "-", *facts, folder=folder, input="{}").stdout
    )
