"""A candidate that decides beside the policy of a real proxy: what is told of it, and that no request goes by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccproxy.service.status import Status, read_status

from ..cli.run import ccproxy as run_ccproxy
from .policies import ROUTES
from .proxy import Proxy, running_proxy, wait_for
from .upstream import Upstream

NEXT = 'when header("x-next") == "think" -> think\nwhen header("x-next") == "no" -> reject "not then"\n' + ROUTES
PREDICATE = 'predicate told = "told_rules.told"\nwhen told -> think\n'
RULES = """
def told(request):
    said = request["messages"][0]["content"]
    if said == "exit":
        raise SystemExit
    return said == "think"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxy")


@pytest.fixture(scope="module")
def running(provider: Upstream, folder: Path) -> Iterator[Proxy]:
    files = {"ccproxy.yaml": "shadow: {policy: next.ccp, predicates: true}\n", "told_rules.py": RULES}
    with running_proxy(folder, provider, ROUTES, files=files) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def decisions(folder: Path) -> list[dict[str, Any]]:
    path = folder / "decisions.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    told: set[str] = set()
    for line in lines:
        # an answer is never told before its decision
        assert "answer" not in line or line["answer"] in told
        told.add(line.get("id", ""))
    return [line for line in lines if "id" in line]


def asked(proxy: Proxy, folder: Path, **more: Any) -> tuple[Any, dict[str, Any]]:
    """The response to a request, and the record of its decision."""
    before = len(decisions(folder))
    response = proxy.message(**more)
    wait_for(lambda: len(decisions(folder)) > before)
    return response, decisions(folder)[-1]


def take_up(proxy: Proxy, folder: Path, text: str) -> str:
    """Put a candidate in place; its hash, once it is taken up."""
    path = folder / "new.ccp"
    path.write_text(text)
    path.replace(folder / "next.ccp")
    found = re.compile(r"shadow policy \S+next\.ccp is in force as changed \((\w{12})\)")
    before = len(found.findall(proxy.log_text()))
    wait_for(lambda: len(found.findall(proxy.log_text())) > before)
    return str(found.findall(proxy.log_text())[-1])


def shadow_of(folder: Path) -> dict[str, Any]:
    status: Status = read_status(folder, {})
    assert status.shadow is not None
    return dict(status.shadow)


def compared(folder: Path, requests: int) -> dict[str, Any]:
    wait_for(lambda: shadow_of(folder)["requests"] == requests)
    return shadow_of(folder)


def test_without_the_file_requests_go(proxy: Proxy, folder: Path) -> None:
    wait_for(lambda: "the shadow policy" in proxy.log_text())
    response, decision = asked(proxy, folder, headers={"x-route": "background"})
    assert response.headers["x-ccproxy-label"] == decision["label"] == "background"
    assert "shadow" not in decision
    wait_for(lambda: shadow_of(folder)["error"] is not None)
    told = run_ccproxy("--config-dir", str(folder), "status").stdout
    assert re.search(r"shadow    next\.ccp failed at \S+; nothing is compared with it:\n {10}the file can't be read: No such file", told)


def test_what_it_decides_is_told_and_changes_nothing(proxy: Proxy, folder: Path) -> None:
    sha256 = take_up(proxy, folder, NEXT)
    expected = {
        "": {"rule": "next.ccp:8", "action": "route", "label": "background"},
        "think": {"rule": "next.ccp:1", "action": "route", "label": "think"},
        "no": {"rule": "next.ccp:2", "action": "reject", "label": None},
    }
    for said, there in expected.items():
        response, decision = asked(proxy, folder, headers={"x-route": "background", "x-next": said})
        assert response.status_code == 200
        assert response.json()["content"][0]["text"] == "hello from up-background"
        assert decision["label"] == response.headers["x-ccproxy-label"] == "background"
        told = dict(decision["shadow"])
        assert told.pop("policy") == sha256
        if said:
            assert told == there
        else:
            assert (told["action"], told["label"]) == ("route", "background")
    found = compared(folder, 3)
    assert (found["elsewhere"], found["failed"], found["undecided"], found["error"]) == (2, 0, {}, None)
    shown = run_ccproxy("--config-dir", str(folder), "status").stdout
    assert "shadow    next.ccp: 2 of 3 requests would go elsewhere\n" in shown
    assert json.loads(run_ccproxy("--config-dir", str(folder), "status", "--json").stdout)["shadow"] == found
    # it is counted apart from the policy's own decisions
    assert read_status(folder, {}).labels["background"] >= 3


def test_a_refused_request_is_compared_too(proxy: Proxy, folder: Path) -> None:
    take_up(proxy, folder, "default -> think\n")
    response, decision = asked(proxy, folder, headers={"x-route": "reject"})
    assert response.status_code == 400
    assert (decision["action"], decision["shadow"]["label"]) == ("reject", "think")


def test_a_broken_one_leaves_the_one_before(proxy: Proxy, folder: Path) -> None:
    before = take_up(proxy, folder, NEXT)
    (folder / "next.ccp").write_text("when nonsense -> think\n")
    wait_for(lambda: shadow_of(folder)["error"] is not None)
    response, decision = asked(proxy, folder)
    assert response.status_code == 200
    assert decision["shadow"]["policy"] == before
    told = run_ccproxy("--config-dir", str(folder), "status").stdout
    assert "the one before it stays:\n          next.ccp:1:6: error unknown-name" in told
    doctor = run_ccproxy("--config-dir", str(folder), "doctor").stdout
    assert re.search(r"warning +shadow: \S+next\.ccp:1:6: .*`nonsense`", doctor)


def test_its_failures_touch_no_request(proxy: Proxy, folder: Path) -> None:
    take_up(proxy, folder, PREDICATE)
    failures = read_status(folder, {}).failures
    for said, label in (("think", "think"), ("hi", "default"), ("exit", "default")):
        response, decision = asked(proxy, folder, messages=[{"role": "user", "content": said}])
        assert response.status_code == 200
        assert decision["shadow"]["label"] == label
    assert 'predicate "told" (it raised) failed: SystemExit' in proxy.log_text()
    assert compared(folder, 3)["elsewhere"] == 1
    assert read_status(folder, {}).failures == failures


def test_what_it_can_t_know_is_undecided(proxy: Proxy, folder: Path) -> None:
    """The policy in force asks for nothing that is remembered, so that nothing was looked up."""
    take_up(proxy, folder, "when session.requests > 3 -> think\ndefault -> default\n")
    _, decision = asked(proxy, folder)
    assert decision["shadow"]["undecided"] == ["session.requests"]
    assert compared(folder, 1)["undecided"] == {"session.requests": 1}
    told = run_ccproxy("--config-dir", str(folder), "status").stdout
    assert "          1 undecided: session.requests is unknown to it\n" in told
