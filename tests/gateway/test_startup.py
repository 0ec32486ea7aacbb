"""What the hook does when LiteLLM loads it."""

from __future__ import annotations

import logging
import pwd
from pathlib import Path

import pytest
import yaml

from ccproxy.facts import observe
from ccproxy.facts.counting import tokenizer
from ccproxy.gateway.startup import PolicyStartError, read_start
from ccproxy.gateway.worker import Worker


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the policy that is to be used; nothing is there yet."""
    monkeypatch.delenv("CCPROXY_POLICY", raising=False)
    monkeypatch.setenv("CCPROXY_CONFIG_DIR", str(tmp_path))
    return tmp_path / "policy.ccp"


def test_a_good_policy(policy: Path) -> None:
    policy.write_text("default -> think\n")
    assert Worker(read_start()).decider.policy.default_label == "think"


def test_a_broken_policy_ends_the_start_with_its_diagnostics(policy: Path) -> None:
    policy.write_text("when tokens -> think\nwhen nonsense -> think\n")
    with pytest.raises(PolicyStartError) as caught:
        Worker(read_start())
    lines = str(caught.value).splitlines()
    assert lines[0] == f"ccproxy can't use the policy {policy}:"
    assert lines[1].startswith("policy.ccp:1:6: error not-a-condition: ")
    assert lines[2].startswith("policy.ccp:2:6: error unknown-name: ")


@pytest.mark.usefixtures("policy")
def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CCPROXY_CONFIG_DIR", "HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(PolicyStartError, match=r"name the config folder, by \$CCPROXY_CONFIG_DIR"):
        read_start()


def test_no_policy(policy: Path) -> None:
    with pytest.raises(PolicyStartError, match=str(policy)):
        Worker(read_start())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# nothing\n", "neither a rule nor a default"),
        ("assert when stream -> never b\nwhen stream -> b\ndefault -> a\n", "assertion-broken"),
        ("when stream -> chaep\ndefault -> a\n", "unknown-label"),
    ],
)
def test_what_check_calls_an_error_ends_the_start(policy: Path, text: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = policy.with_name("config.yaml")
    models = [{"model_name": name, "litellm_params": {"model": f"anthropic/{name}"}} for name in "ab"]
    config.write_text(yaml.safe_dump({"model_list": models}))
    monkeypatch.setenv("CONFIG_FILE_PATH", str(config))
    policy.write_text(text)
    with pytest.raises(PolicyStartError, match=told):
        Worker(read_start())


def test_settings_that_can_t_be_read(policy: Path) -> None:
    (policy.parent / "ccproxy.yaml").write_text("[")
    with pytest.raises(PolicyStartError, match=r"ccproxy\.yaml"):
        Worker(read_start())


@pytest.mark.parametrize("damaged", [False, True])
def test_without_its_vocabulary_it_says_so_and_routes(
    policy: Path, damaged: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    policy.write_text("when tokens > 100 -> think\ndefault -> default\n")
    folder = policy.parent / "tokenizers"
    folder.mkdir()
    if damaged:
        (folder / tokenizer.VOCABULARIES["cl100k_base"].file).write_bytes(b"IQ== 0\n")
    monkeypatch.setattr(tokenizer, "shipped_folder", lambda: folder)
    worker = Worker(read_start())
    with caplog.at_level(logging.WARNING, "ccproxy"):
        worker.load_tokenizer()
    assert ("is damaged" if damaged else "cannot read the vocabulary of cl100k_base") in caplog.text
    decided = [worker.decider.policy.decide({"prompt": "x" * length}).label for length in (100, 400, 401)]
    assert decided == ["default", "default", "think"]
    assert observe({"prompt": "x" * 400}, counter=worker.decider.policy.counter).tokens == 100


def test_tokens_are_counted_as_the_settings_say(policy: Path) -> None:
    policy.write_text("default -> think\n")
    (policy.parent / "ccproxy.yaml").write_text(
        'tokens:\n  encoding: o200k_base\n  scale: {"claude-*": 1.1}\n  cache_megabytes: 0\ncalibrate: true\n'
    )
    (policy.parent / "calibration.json").write_text('{"claude-x": {"answers": 9, "provider": 1200000, "ours": 1000000}}')
    facts = Worker(read_start()).decider.policy.observe({"model": "claude-x", "prompt": "hello world"})
    assert facts.source_of("tokens") == "estimate: o200k_base × 1.1 × 1.198 (calibrated)"
    assert facts.tokens == 3


def test_the_status_tells_of_kept_and_tokenised_texts(policy: Path) -> None:
    policy.write_text("when tokens == 2 -> think\n")
    worker = Worker(read_start())
    for _ in range(3):
        worker.decider.policy.decide({"prompt": "hello world"})
    assert worker.status()["tokens"] == {"hits": 2, "misses": 1, "characters": 11}
