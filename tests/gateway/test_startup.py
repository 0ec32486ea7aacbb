"""What the hook does when LiteLLM loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_no_policy(policy: Path) -> None:
    with pytest.raises(PolicyStartError, match=str(policy)):
        Worker(read_start())


def test_settings_that_can_t_be_read(policy: Path) -> None:
    (policy.parent / "ccproxy.yaml").write_text("[")
    with pytest.raises(PolicyStartError, match=r"ccproxy\.yaml"):
        Worker(read_start())
