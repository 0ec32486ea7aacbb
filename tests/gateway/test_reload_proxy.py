"""Policies that change under real proxies."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from .proxy import Proxy, running_proxy, wait_for
from .upstream import Upstream

FASTER = """
import sys

from ccproxy.gateway import reload
from litellm.integrations.custom_logger import CustomLogger

reload.POLL_SECONDS = reload.SETTLE_SECONDS = 0.005
# a busy event loop gives the thread that reloads its turn only this often
sys.setswitchinterval(0.0005)
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
                if number % 3 == 2:
                    # what was said to be in force is, and this broken one changes nothing
                    assert ask(own, proxy).headers["x-ccproxy-policy"] == sha256(text_of(number - 1))[:12]
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
    assert len({policy for _, policy, *_ in seen}) > REPLACEMENTS / 10
    assert all(log.count(f"unknown-name: unknown name `broken_{number}`") <= 1 for number in range(REPLACEMENTS))
