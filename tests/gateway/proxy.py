"""Real LiteLLM proxies on loopback, for the tests."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import yaml

from ccproxy.service.litellm_process import free_port, start_proxy, stop_proxy, wait_until_ready

from .upstream import Upstream

LABELS = ("default", "think", "background", "token_count", "web_search")
"""Each is a deployment `anthropic/up-LABEL` of its own name, and an `openai/up-LABEL` called `o-LABEL`."""


@dataclass(frozen=True)
class Proxy:
    """A running proxy and the provider behind it."""

    url: str
    master_key: str
    log: Path
    upstream: Upstream
    client: httpx.Client

    def anthropic(self, key: str | None = None, **options: Any) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self.url, api_key=key or self.master_key, max_retries=0, **options)

    def openai(self, key: str | None = None, **options: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url + "/v1", api_key=key or self.master_key, max_retries=0, **options)

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None, key: str | None = None) -> httpx.Response:
        """One request as it stands: a body that is bytes goes out unchanged."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        sent = {"authorization": f"Bearer {key or self.master_key}", "content-type": "application/json", **(headers or {})}
        return self.client.post(self.url + path, headers=sent, **content)

    def message(self, *, headers: Mapping[str, str] | None = None, key: str | None = None, **fields: Any) -> httpx.Response:
        """A small `/v1/messages` request."""
        body = {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], **fields}
        return self.post("/v1/messages", body, headers, key)

    def log_text(self) -> str:
        return self.log.read_text("utf-8", errors="replace")


@contextmanager
def running_proxy(
    folder: Path,
    upstream: Upstream,
    policy: str | None,
    *,
    callbacks: Sequence[str] = ("ccproxy.gateway.hook.handler",),
    files: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    measured: bool = False,
    model_list: Sequence[Mapping[str, Any]] | None = None,
) -> Iterator[Proxy]:
    """A proxy with `policy` (None: without the hook), ended at the end of the block.

    `files` are written beside its config; `settings` are merged into it, section by section. `arguments` and `environment` are added
    to those of the process. Coverage is taken of `measured` ones: it makes LiteLLM take twice as long.
    `model_list` replaces that of all labels.
    """
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")} if measured else {}
    master_key = "sk-" + secrets.token_hex(16)
    config = proxy_config(upstream, master_key, callbacks if policy is not None else callbacks[1:])
    if model_list is not None:
        config["model_list"] = list(model_list)
    for section, values in (settings or {}).items():
        config.setdefault(section, {}).update(values)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    if policy is not None:
        (folder / "policy.ccp").write_text(policy, "utf-8")
    for name, text in (files or {}).items():
        (folder / name).write_text(text, "utf-8")
    whole = coverage | dict(environment or {})
    with serving(folder / "config.yaml", upstream, master_key, home=folder, arguments=arguments, environment=whole) as proxy:
        yield proxy


@contextmanager
def serving(
    config: Path,
    upstream: Upstream,
    master_key: str,
    *,
    home: Path,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Proxy]:
    """LiteLLM with a config that is there already, its log in `home`; ended at the end of the block."""
    whole = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        **(environment or {}),
    }
    log = home / "litellm.log"
    proxy = start_proxy(config, host="127.0.0.1", port=free_port(), log=log, environment=whole, arguments=arguments)
    try:
        wait_until_ready(proxy)
        # one for all: to make one is more work than a request. Each request has a connection of its own all the same
        with httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)) as client:
            yield Proxy(proxy.url, master_key, proxy.log, upstream, client)
    finally:
        stop_proxy(proxy)


def proxy_config(upstream: Upstream, master_key: str, callbacks: Sequence[str] = ("ccproxy.gateway.hook.handler",)) -> dict[str, Any]:
    """A config of LiteLLM with the deployments of all labels."""
    return {
        "model_list": [deployment for label in LABELS for deployment in deployments(label, upstream)],
        "litellm_settings": {"callbacks": list(callbacks), "num_retries": 0},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": master_key},
    }


def deployments(label: str, upstream: Upstream) -> list[dict[str, Any]]:
    claude = {"model": f"anthropic/up-{label}", "api_base": upstream.url, "api_key": "k"}
    gpt = {"model": f"openai/up-{label}", "api_base": upstream.url + "/v1", "api_key": "k"}
    return [{"model_name": label, "litellm_params": claude}, {"model_name": f"o-{label}", "litellm_params": gpt}]


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    """Return once it is so; fail where it never will be."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)
