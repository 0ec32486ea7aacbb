"""Policies that change under real proxies."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import yaml

from .proxy import Proxy, proxy_config, running_proxy, serving
from .upstream import Upstream

FASTER = """
from ccproxy.gateway import reload
from litellm.integrations.custom_logger import CustomLogger

reload.POLL_SECONDS = reload.SETTLE_SECONDS = 0.005
own = CustomLogger()
"""

REPLACEMENTS = 200
LABELS = ("think", "background", "web_search")


def text_of(number: int) -> str:
    """Version `number` of the policy; every third is broken."""
    if number % 3 == 2:
        return f"when broken_{number} -> think\ndefault -> default\n"
    return f"# {number}\ndefault -> {LABELS[number % 7 % 3]}\n"


def sha256(*texts: str) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest()


GOOD = {sha256(text_of(number))[:12]: LABELS[number % 7 % 3] for number in range(REPLACEMENTS + 1) if number % 3 != 2}


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    """Return once it is so; fail where it never will be."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def replace(path: Path, text: str) -> None:
    new = path.with_name("new")
    new.write_text(text)
    new.replace(path)


def ask(client: httpx.Client, proxy: Proxy, headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    sent = {"authorization": f"Bearer {proxy.master_key}", **(headers or {})}
    return client.post(proxy.url + "/v1/messages", json=body, headers=sent)


def test_a_policy_replaced_many_times_under_load(upstream: Upstream, tmp_path: Path) -> None:
    callbacks = ("ccproxy.gateway.hook.handler", "faster.own")
    seen: list[tuple[int, str | None, str | None, list[str]]] = []
    done = threading.Event()

    def keep_asking(proxy: Proxy) -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            while not done.is_set():
                answer = ask(client, proxy)
                text = [block["text"] for block in answer.json().get("content", [])]
                seen.append((answer.status_code, answer.headers.get("x-ccproxy-policy"), answer.headers.get("x-ccproxy-label"), text))

    with (
        running_proxy(tmp_path, upstream, text_of(0), callbacks=callbacks, files={"faster.py": FASTER}) as proxy,
        ThreadPoolExecutor(2) as pool,
        httpx.Client(trust_env=False, timeout=30) as own,
    ):
        clients = [pool.submit(keep_asking, proxy) for _ in range(2)]
        try:
            for number in range(1, REPLACEMENTS + 1):
                replace(tmp_path / "policy.ccp", text_of(number))
                said = f"broken_{number}" if number % 3 == 2 else f"({sha256(text_of(number))[:12]})"
                wait_for(lambda said=said: said in proxy.log_text())  # type: ignore[misc]
                # the next request has the version that was said to be in force, the last good one where this one is broken
                good = number - 1 if number % 3 == 2 else number
                assert ask(own, proxy).headers["x-ccproxy-policy"] == sha256(text_of(good))[:12]
        finally:
            done.set()
        for client in clients:
            client.result()
        log = proxy.log_text()
    assert {status for status, *_ in seen} == {200}
    # each of one policy from start to end: the hash, the label and where it went belong together
    for _, policy, label, text in seen:
        assert GOOD[str(policy)] == label
        assert text == [f"hello from up-{label}"]
    assert seen
    assert all(log.count(f"unknown-name: unknown name `broken_{number}`") <= 1 for number in range(REPLACEMENTS))


# ── Several hosts ────────────────────────────────────────────────────────────────────────────────────────────────────────

MAIN = 'include "rules.ccp"\ndefault -> default\n'
FIRST = 'when header("x-split") == "yes" -> 50% think, 50% background by session\n'
SECOND = 'when header("x-split") == "yes" -> 20% think, 80% web_search by session\n'


def mount(folder: Path, config: dict[str, Any]) -> None:
    """A folder as Kubernetes mounts one: files are links by way of `..data`."""
    for name, text in (("first", FIRST), ("second", SECOND), ("broken", "when nonsense -> think\n")):
        version = folder / f"..{name}"
        version.mkdir(parents=True)
        (version / "rules.ccp").write_text(text)
        (version / "policy.ccp").write_text(MAIN)
        (version / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "..data").symlink_to("..first")
    for name in ("rules.ccp", "policy.ccp", "config.yaml"):
        (folder / name).symlink_to(f"..data/{name}")


def swap(folder: Path, version: str) -> None:
    folder.chmod(0o755)
    (folder / "..data_tmp").symlink_to(f"..{version}")
    (folder / "..data_tmp").rename(folder / "..data")
    folder.chmod(0o555)


def labels(client: httpx.Client, proxy: Proxy) -> list[str]:
    """Where a proxy sends 24 sessions."""
    return [ask(client, proxy, {"x-split": "yes", "x-my-session-id": f"s{number}"}).headers["x-ccproxy-label"] for number in range(24)]


def test_two_proxies_over_one_read_only_folder(upstream: Upstream, tmp_path: Path) -> None:
    master_key = "sk-shared"
    folder = tmp_path / "mounted"
    folder.mkdir()
    mount(folder, proxy_config(upstream, master_key))
    # root can write to any folder: only these two tell it no
    (folder / "ccproxy.yaml").write_text("records: {folder: /proc/nowhere}\n")
    (folder / "status").write_text("no folder")
    folder.chmod(0o555)
    before = sorted(path.name for path in folder.iterdir())

    def start(stack: ExitStack, name: str) -> Proxy:
        (tmp_path / name).mkdir()
        return stack.enter_context(serving(folder / "config.yaml", upstream, master_key, home=tmp_path / name))

    with ExitStack() as first, ExitStack() as second, ThreadPoolExecutor(2) as pool, httpx.Client(trust_env=False, timeout=30) as client:
        proxies = list(pool.map(start, (first, second), ("one", "two")))
        assert len({proxy.url for proxy in proxies}) == 2

        def in_force(text: str) -> bool:
            digest = sha256(MAIN, text)[:12]
            return all(ask(client, proxy).headers["x-ccproxy-policy"] == digest for proxy in proxies)

        assert in_force(FIRST)
        sent = [labels(client, proxy) for proxy in proxies]
        assert sent[0] == sent[1]
        assert set(sent[0]) == {"think", "background"}
        swap(folder, "second")
        wait_for(lambda: in_force(SECOND))
        sent = [labels(client, proxy) for proxy in proxies]
        assert sent[0] == sent[1]
        assert set(sent[0]) == {"think", "web_search"}
        swap(folder, "broken")
        wait_for(lambda: all("rules.ccp:1:6: error unknown-name" in proxy.log_text() for proxy in proxies))
        assert in_force(SECOND)
        swap(folder, "first")
        wait_for(lambda: in_force(FIRST))
        logs = [proxy.log_text() for proxy in proxies]
    assert os.geteuid() == 0 or sorted(path.name for path in folder.iterdir()) == before
    for log in logs:
        assert log.count("decision records can't be written to /proc/nowhere") == 1
        assert log.count("the status can't be written") == 1
