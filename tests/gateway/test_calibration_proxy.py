"""A real proxy learns from the usage of real answers, and with `calibrate: true` decides by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.config.calibration import read_groups
from ccproxy.service.status import read_status

from .proxy import Proxy, running_proxy
from .upstream import Upstream

POLICY = 'when header("x-keep") == "yes" -> keep\nwhen tokens > 25k -> think\ndefault -> default\n'
LONG = [{"role": "user", "content": "many words " * 10_000}]
"""20,001 tokens as we count them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibrated")


@pytest.fixture(scope="module")
def running(provider: Upstream, folder: Path) -> Iterator[Proxy]:
    with running_proxy(folder, provider, POLICY, files={"ccproxy.yaml": "calibrate: true\n"}) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def learnt(folder: Path, group: str, answers: int) -> float:
    """The ratio of a group once it has so many answers."""
    for _ in range(200):
        seen = read_status(folder, {}).calibration.get(group, {})
        if seen.get("answers", 0) >= answers:
            return seen["ratio"]
        time.sleep(0.05)
    raise AssertionError(f"{group} never had {answers} answers")


@pytest.mark.parametrize(("stream", "answers"), [(False, 1), (True, 2)])
def test_usage_teaches_and_moves_decisions(proxy: Proxy, folder: Path, stream: bool, answers: int) -> None:
    proxy.upstream.usage.update(input_tokens=3, cache_creation_input_tokens=10_000, cache_read_input_tokens=29_997)
    if answers == 1:
        assert proxy.message(messages=LONG, stream=stream).headers["x-ccproxy-label"] == "default"
        assert learnt(folder, "default", 1) == 1.667
    # what `think` counts is told of its own group; the next request still names `default`
    assert proxy.message(messages=LONG, stream=stream).headers["x-ccproxy-label"] == "think"
    assert learnt(folder, "think", answers) > 1.5


def test_a_stream_without_usage_teaches_nothing(proxy: Proxy, folder: Path) -> None:
    """LiteLLM counts for itself then, and tells its own count as usage."""
    body = {"model": "o-default", "messages": LONG}
    assert proxy.post("/v1/chat/completions", {**body, "stream": True}, {"x-keep": "yes"}).headers["x-ccproxy-label"] == "o-default"
    assert proxy.post("/v1/chat/completions", body, {"x-keep": "yes"}).status_code == 200
    assert learnt(folder, "o-default", 1) == 0.5  # 3 tokens, taken for a quarter of ours
    assert read_groups(folder)["o-default"].answers == 1


def test_explain_names_the_ratio(proxy: Proxy, folder: Path) -> None:
    learnt(folder, "default", 1)
    request = folder / "request.json"
    request.write_text('{"model": "default", "messages": [{"role": "user", "content": "hi"}]}')
    told = CliRunner().invoke(main, ["--config-dir", str(folder), "explain", str(request)]).stdout
    assert "(estimate: cl100k_base × 1.667 (calibrated))" in told
