"""From an old configuration to a running proxy by two commands: `import` and `start`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ccproxy.service.litellm_process import free_port
from tests.migration.old_files import EARLIER

from ..gateway.upstream import Upstream
from .home import Home, home_at

HELLO = [{"role": "user", "content": "hi"}]
OLD_LABELS = ("default", "think", "background", "token_count", "web_search")


@pytest.fixture
def upstream(provider: Upstream) -> Upstream:
    provider.clear()
    return provider


@contextmanager
def proxy_from(name: str, text: str, path: Path, others: dict[str, str] | None = None) -> Iterator[Home]:
    """A home whose proxy was started by the two commands."""
    with home_at(path, measured=False) as home:
        (path / "old").mkdir()
        for file, content in {name: text, **(others or {})}.items():
            (path / "old" / file).write_text(content, "utf-8")
        environment = {"ANTHROPIC_API_KEY": "k", "OLD_KEY": "k", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        imported = home.run("import", f"old/{name}", "-o", ".ccproxy/policy.ccp")
        assert imported.returncode == 0, imported.stderr
        started = home.run("start", "--detach", "--", "--port", str(free_port()), environment=environment)
        assert started.returncode == 0, started.stdout + started.stderr
        yield home


def served(home: Home, upstream: Upstream, body: dict[str, Any], headers: dict[str, str] | None = None) -> str:
    """The model that the provider was asked for."""
    upstream.clear()
    whole = {"max_tokens": 5, "messages": HELLO, **body}
    sent = {"authorization": f"Bearer {home.key}", **(headers or {})}
    answer = httpx.post(f"{home.url}/v1/messages", json=whole, headers=sent, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    (model,) = upstream.models()
    return model


def test_an_earlier_ccproxy(upstream: Upstream, tmp_path: Path) -> None:
    real = [
        {"model_name": f"real-{name}", "litellm_params": {"model": f"anthropic/up-{name}", "api_base": upstream.url, "api_key": "k"}}
        for name in OLD_LABELS
    ]
    config = {
        "model_list": [*({"model_name": name, "litellm_params": {"model": f"real-{name}"}} for name in OLD_LABELS), *real],
        "litellm_settings": {"callbacks": ["custom_callbacks.proxy_handler_instance"]},
    }
    with proxy_from("ccproxy.yaml", EARLIER, tmp_path / "home", {"config.yaml": yaml.safe_dump(config)}) as home:
        assert served(home, upstream, {"model": "claude-sonnet-5"}) == "up-default"
        assert served(home, upstream, {"model": "claude-haiku-5-5"}) == "up-background"
        assert served(home, upstream, {"model": "claude-opus-5-5", "output_config": {"effort": "max"}}) == "up-think"
        assert served(home, upstream, {"model": "claude-opus-5-5", "thinking": {"type": "adaptive"}}) == "up-default"


@pytest.fixture
def code_router(upstream: Upstream) -> str:
    models = ["up-default", "up-think", "up-background", "up-long", "Up-Named"]
    return json.dumps(
        {
            "Providers": [
                {"name": "Local", "api_base_url": f"{upstream.url}/v1/chat/completions", "api_key": "$OLD_KEY", "models": models}
            ],
            "Router": {
                "default": "Local,up-default",
                "background": "Local,up-background",
                "think": "Local,up-think",
                "longContext": "Local,up-long",
                "longContextThreshold": 5_000,
            },
        }
    )


def test_claude_code_router(code_router: str, upstream: Upstream, tmp_path: Path) -> None:
    with proxy_from("config.json", code_router, tmp_path / "home") as home:
        assert served(home, upstream, {"model": "claude-sonnet-5"}) == "up-default"
        assert served(home, upstream, {"model": "claude-haiku-5-5"}) == "up-background"
        assert served(home, upstream, {"model": "claude-opus-5-5", "output_config": {"effort": "max"}}) == "up-think"
        long = [{"role": "user", "content": "some words " * 4_000}]
        assert served(home, upstream, {"model": "claude-opus-5-5", "messages": long}) == "up-long"
        assert served(home, upstream, {"model": "local,up-named"}) == "Up-Named"


def test_tags_of_litellm(upstream: Upstream, tmp_path: Path) -> None:
    def deployment(model: str, *tags: str) -> dict[str, Any]:
        parameters = {"model": f"anthropic/{model}", "api_base": upstream.url, "api_key": "k", "tags": list(tags)}
        return {"model_name": "claude-opus-5-5", "litellm_params": parameters}

    config = {
        "model_list": [deployment("up-free", "free"), deployment("up-paid", "paid"), deployment("up-default", "default")],
        "router_settings": {"enable_tag_filtering": True},
    }
    with proxy_from("config.yaml", yaml.safe_dump(config), tmp_path / "home") as home:
        for tags, model in (("", "up-default"), ("free", "up-free"), ("paid", "up-paid"), ("other", "up-default")):
            assert served(home, upstream, {"model": "claude-opus-5-5"}, {"x-litellm-tags": tags} if tags else None) == model
