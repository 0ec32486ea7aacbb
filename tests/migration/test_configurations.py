"""What a policy for an old configuration says, and what is said of mistakes in one."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccproxy.checks import check
from ccproxy.diagnostics import Severity
from ccproxy.language.formatter.verified import format_source
from ccproxy.language.loader import load_text
from ccproxy.migration.configurations import NothingToImportError, draft_of_text
from ccproxy.migration.draft import Draft, DraftError, policy_text

from .old_files import CODE_ROUTER, EARLIER, FILES, LATER, TAGS


def draft(text: str, name: str = "old.yaml", *, faithful: bool = False) -> Draft:
    return draft_of_text(text, name, None, faithful=faithful)


def statements(text: str, *, faithful: bool = False) -> list[str]:
    """The policy without its comments, a statement a line."""
    written = policy_text(draft(text, faithful=faithful)).replace("\n    ", " ")
    return [" ".join(line.split()) for line in written.splitlines() if line and not line.startswith("#")]


def comments(text: str, *, faithful: bool = False) -> str:
    return " ".join(line.removeprefix("# ") for line in policy_text(draft(text, faithful=faithful)).splitlines() if line.startswith("#"))


def problems(text: str) -> list[str]:
    with pytest.raises(NothingToImportError) as caught:
        draft(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_policy_has_no_error_and_is_laid_out(name: str, faithful: bool) -> None:
    text = policy_text(draft(FILES[name], name, faithful=faithful))
    found, checked = check(load_text(text))
    assert checked is not None
    assert [item for item in found if item.severity is not Severity.NOTE] == []
    assert format_source(checked.policy.sources[0]).text == text
    assert name in text.splitlines()[0]


# ── An earlier ccproxy ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_rules_of_an_earlier_ccproxy_were_for() -> None:
    assert statements(EARLIER) == [
        "when tokens > 60k -> token_count",
        "when model matches /haiku/i -> background",
        'when effort in ["xhigh", "max"] -> think',
        'when count(tools) <= 1 and any tools.types matches "web_search*" -> web_search',
        "default -> default",
    ]
    told = comments(EARLIER)
    for rule in ("TokenCountRule(threshold=60k)", 'MatchModelRule(model_name="claude-3-5-haiku-20241022")', "ThinkingRule()"):
        assert rule in told
    for missed in (
        "the text of messages alone",
        "this very text",
        "every request with a thinking key",
        "every request that offers the tool",
    ):
        assert missed in told
    assert "host, port and workers" in told


def test_what_the_rules_of_an_earlier_ccproxy_really_did() -> None:
    assert statements(EARLIER, faithful=True) == [
        'predicate token_count = "ccproxy.migration.text_tokens.MessageText"(60k)',
        "when token_count -> token_count",
        'when model contains "claude-3-5-haiku-20241022" -> background',
        'when has body("thinking") -> think',
        'when any body("tools.*.name") matches /WebSearch/i or any body("tools.*.function.name") matches /WebSearch/i -> web_search',
        "default -> default",
    ]


def test_names_parameters_by_place_and_classes_of_ones_own() -> None:
    assert statements(LATER) == [
        "when tokens > 60k -> high-token-count",
        'when model contains "sonnet-4" -> "sonnet 4.5"',
        "when any tools.called matches /WebFetch/i -> web",
        'predicate tags_rule = "my_rules.VipUser"("gold", 3, true)',
        "when tags_rule -> tags",
        'predicate tokens_rule = "my_rules.pkg.Deep"(tier="gold", level=0.5)',
        "when tokens_rule -> tokens",
        'predicate plain = "my_rules.Plain"',
        "when plain -> plain",
        "default -> default",
    ]
    told = comments(LATER)
    assert "Not moved: never: Lists(users=['ada', 'grace']): a predicate takes numbers from 0, texts, true and false." in told
    assert "Not moved: the hook my_hooks.inject" in told
    assert "Not moved: oat_sources" in told
    assert "Not moved: inspector, which is not known here." in told
    assert "forward_oauth" not in told


@pytest.mark.parametrize(
    ("section", "target"),
    [
        ("{rules: [{label: a, rule: m.A}]}", "default"),
        ("{rules: [{name: a, rule: m.A}]}", "keep"),
        ("{default_model_passthrough: true, rules: [{label: a, rule: m.A}]}", "keep"),
        ("{default_model_passthrough: false, rules: [{name: a, rule: m.A}]}", "default"),
        ("{}", "default"),
        ("", "default"),
    ],
)
def test_where_all_other_requests_go(section: str, target: str) -> None:
    assert statements(f"ccproxy: {section}")[-1] == f"default -> {target}"


def test_two_haikus_are_told_apart() -> None:
    rules = ", ".join(f"{{label: {name}, rule: ccproxy.rules.MatchModelRule, params: [{name}]}}" for name in ("haiku-3", "haiku-4"))
    assert statements(f"ccproxy: {{rules: [{rules}]}}")[:2] == [
        'when model contains "haiku-3" -> haiku-3',
        'when model contains "haiku-4" -> haiku-4',
    ]


def test_any_label_has_a_predicate_of_its_own() -> None:
    labels = [
        "cost",
        "body",
        "fits",
        "count",
        "header",
        "tokens",
        "session",
        "default",
        "when",
        "stay",
        "42",
        "é",
        "A b",
        "a_b",
        "a-b",
        "a_b_rule",
    ]
    rules = [{"label": name, "rule": "m.A"} for name in (*labels, *labels)]
    written = statements(json.dumps({"ccproxy": {"rules": rules}}))
    names = [line.split()[1] for line in written if line.startswith("predicate")]
    assert len(set(names)) == len(names) == len(rules)


# ── claude-code-router ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_claude_code_router_was_for() -> None:
    assert statements(CODE_ROUTER) == [
        "when images.latest > 0 -> image",
        'when model == "glm,glm-4.6" -> default',
        'when model == "ollama,qwen2.5-coder:latest" -> background',
        'when model == "openrouter,google/gemini-2.5-pro-preview" -> token_count',
        'when model == "openrouter,anthropic/claude-sonnet-4" -> image',
        'when model contains "," -> reject "no provider has this model"',
        "when tokens > 80k -> token_count",
        "when model matches /haiku/i -> background",
        'when effort in ["xhigh", "max"] -> think',
        "default -> default",
    ]
    assert 'Not moved: the custom router "/home/ada/custom-router.js"' in comments(CODE_ROUTER)
    assert 'Not moved: "review" of Router' in comments(CODE_ROUTER)
    for setting in ("HOST, PORT and APIKEY", "PROXY_URL", "API_TIMEOUT_MS"):
        assert f"Not moved: {setting}" in comments(CODE_ROUTER)
    assert "REWRITE_SYSTEM_PROMPT" not in comments(CODE_ROUTER)


def test_litellm_has_the_models_of_claude_code_router() -> None:
    config = draft(CODE_ROUTER).config
    assert config is not None
    assert {one["model_name"]: one["litellm_params"] for one in config["model_list"]} == {
        "default": {"model": "anthropic/glm-4.6", "api_base": "https://api.z.example/api/anthropic", "api_key": "os.environ/GLM_KEY"},
        "background": {"model": "openai/qwen2.5-coder:latest", "api_base": "http://localhost:11434/v1", "api_key": "ollama"},
        "think": {"model": "anthropic/glm-4.6", "api_base": "https://api.z.example/api/anthropic", "api_key": "os.environ/GLM_KEY"},
        "token_count": {"model": "openrouter/google/gemini-2.5-pro-preview", "api_key": "os.environ/OPENROUTER_API_KEY"},
        "image": {"model": "openrouter/anthropic/claude-sonnet-4", "api_key": "os.environ/OPENROUTER_API_KEY"},
        "claude-*": {"model": "anthropic/glm-4.6", "api_base": "https://api.z.example/api/anthropic", "api_key": "os.environ/GLM_KEY"},
    }


def test_no_key_is_in_a_policy() -> None:
    keyed = CODE_ROUTER.replace("$OPENROUTER_API_KEY", "sk-secret-of-mine").replace("${GLM_KEY}", "sk-secret-of-mine")
    assert "sk-secret" not in policy_text(draft(keyed))


# ── LiteLLM ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tags() -> None:
    assert statements(TAGS) == [
        'when model == "gpt-5" and (any tags == "free" or any key.tags == "free") -> gpt-5-free',
        'when model == "gpt-5" and (any tags in ["paid", "team-a"] or any key.tags in ["paid", "team-a"]) -> gpt-5-paid-team-a',
        "default -> keep",
    ]
    told = comments(TAGS)
    assert 'Not moved: "smart", a complexity router of LiteLLM' in told
    assert 'Not moved: "near", a semantic router of LiteLLM' in told
    config = draft(TAGS).config
    assert config is not None
    named = [(one["model_name"], one["litellm_params"]["model"]) for one in config["model_list"]]
    assert named[:3] == [("gpt-5", "openai/gpt-5-mini"), ("gpt-5-free", "openai/small"), ("gpt-5-paid-team-a", "openai/gpt-5")]
    assert named[3:] == [("plain", "openai/plain"), ("smart", "auto_router/complexity_router"), ("near", "auto_router/near")]
    assert config["model_list"][0]["model_info"] == {"max_input_tokens": 5}
    assert config["router_settings"] == {"num_retries": 2}


# ── Mistakes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "old.yaml:1:1: the file is empty; an earlier ccproxy's ccproxy.yaml has ccproxy: at the top"),
        ("- a\n", "old.yaml:1:1: the file is a list; "),
        ("default -> a\n" * 9, "old.yaml:1:1: the file is 'default -> a default -> a default -> a default -> a default…'; "),
        ("rules: []\n", "old.yaml:1:1: this is no configuration of a router that is known here; "),
        ("a: [\n", "old.yaml:2:1: this is not YAML: "),
        ("ccproxy: 5\n", "old.yaml:1:10: ccproxy is a mapping, not '5'"),
        ("ccproxy:\n  rules: {a: 1}\n", "old.yaml:2:10: rules is a list, not a mapping"),
        (
            "ccproxy:\n  rules:\n  - rule: m.A\n",
            "old.yaml:3:5: the rule has no label; write it as label: think, rule: ccproxy.rules.ThinkingRule",
        ),
        ("ccproxy:\n  rules:\n  - label: a\n", "old.yaml:3:5: the rule has no rule; "),
        (
            "ccproxy:\n  rules:\n  - {label: 5, rule: m.A}\n",
            "old.yaml:3:13: label is a text of at most 200 characters on one line, not '5'; put quotes",
        ),
        ("ccproxy:\n  rules:\n  - {label: a, name: b, rule: m.A}\n", "old.yaml:3:13: the rule has two labels; keep one"),
        ("ccproxy:\n  rules:\n  - {label: a, rule: A}\n", 'old.yaml:3:22: "A" is no path of a class; write package.module.Class'),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.TokenRule}\n",
            'old.yaml:3:5: there was no class "ccproxy.rules.TokenRule"; did you mean TokenCountRule?',
        ),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.TokenCountRule}\n",
            "old.yaml:3:5: TokenCountRule has one parameter, threshold; params: [{threshold: 60000}]",
        ),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.TokenCountRule, params: [{limit: 5}]}\n",
            'old.yaml:3:5: TokenCountRule has no parameter "limit"; params: [{threshold: 60000}]',
        ),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.TokenCountRule, params: [many]}\n",
            'old.yaml:3:5: threshold is a number of tokens, not "many"; ',
        ),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.MatchModelRule, params: ['']}\n",
            'old.yaml:3:5: model_name is a text of at most 200 characters on one line, not ""; an empty text would be in every name',
        ),
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.ThinkingRule, params: [5]}\n",
            "old.yaml:3:5: ThinkingRule has no parameters; leave params out",
        ),
        ("ccproxy: {default_model_passthrough: maybe}\n", "old.yaml:1:38: default_model_passthrough is true or false, not 'maybe'"),
        ('{"Router": {}}', 'old.yaml:1:12: Router has no default; write "default": "provider,model"'),
        ('{"Router": {"default": 5}}', "old.yaml:1:24: default is a provider and its model with a comma between"),
        ('{"Router": {"default": "chat"}}', 'old.yaml:1:24: default names no provider; write it as "provider,chat"'),
        (
            '{\n\t"Providers": [{"name": "deepseek"}],\n\t"Router": {"default": "deepsek,chat"}}',
            'old.yaml:3:24: there is no provider "deepsek"; the providers are: "deepseek"',
        ),
        ('{"Providers": 1, "Router": {"default": "a,b"}}', "old.yaml:1:15: Providers is a list, not '1'"),
        ('{"Providers": [{}], "Router": {"default": "a,b"}}', 'old.yaml:1:16: the provider has no name; write "name": "openrouter"'),
        (
            '{"Providers": [{"name": "a"}], "Router": {"default": "a,b", "longContextThreshold": "many"}}',
            "old.yaml:1:85: longContextThreshold is a number of tokens, not 'many'",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: b}}]",
            "old.yaml:1:13: LiteLLM doesn't route by this config: no deployment has tags; ",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: b, tags: [c]}}]",
            "old.yaml:1:13: LiteLLM doesn't route by this config: enable_tag_filtering is not set",
        ),
        ("model_list: 5", "old.yaml:1:13: model_list is a list, not '5'"),
        ("model_list: [{model_name: a}]", "old.yaml:1:14: the entry is no deployment; "),
        ("model_list: [{model_name: a, litellm_params: {tags: b}}]", 'old.yaml:1:14: tags is a list of texts; write tags: ["free"]'),
    ],
)
def test_mistakes(text: str, told: str) -> None:
    found = problems(text)
    assert found[0].startswith(told), found


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems("ccproxy:\n  rules:\n  - {label: 1, rule: m.A}\n  - {label: a, rule: A}\n  - 5\n")) == 3


def test_any_junk_in_a_configuration_is_told_or_harmless() -> None:
    junk: list[Any] = [
        None,
        5,
        -1.5,
        True,
        "",
        "a\nb",
        "x" * 3_000,
        "\u202e",
        "\x07",
        [],
        {},
        [[]],
        [{"a": {}}],
        {"a": [1]},
        {5: 6},
        float("inf"),
    ]
    source = random.Random(5)

    def spoilt(value: Any) -> Any:
        if source.random() < 0.03:
            return source.choice(junk)
        if isinstance(value, dict):
            return {key: spoilt(item) for key, item in value.items() if source.random() > 0.01}
        return [spoilt(item) for item in value] if isinstance(value, list) else value

    for text in (
        EARLIER,
        LATER,
        TAGS,
        CODE_ROUTER.replace("\t", " ").replace("// my router", "").replace('/* "webSearch": "gemini" */', ""),
    ):
        whole = yaml.safe_load(text)
        made = 0
        for number in range(400):
            try:
                policy_text(draft(json.dumps(spoilt(whole)), faithful=number % 2 == 0))
            except (NothingToImportError, DraftError):
                continue
            made += 1
        assert made > 10


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ccproxy.yaml"
    with pytest.raises(NothingToImportError) as caught:
        draft_of_text("ccproxy: 5", path.name, path, faithful=False)
    assert str(caught.value).startswith(f"{path}:1:10: ")
