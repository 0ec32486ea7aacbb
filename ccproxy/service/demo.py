"""Runs the whole path without an API key: a real LiteLLM on loopback, mock models, requests in the shapes of Claude Code."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from email.message import Message
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import yaml

import ccproxy
from ccproxy.config.locations import LITELLM_CONFIG_NAME
from ccproxy.frozen import frozen
from ccproxy.service.demo_requests import DemoRequest, demo_requests
from ccproxy.service.litellm_process import (
    ProxyProcess,
    ProxyStartError,
    cleaning_up_when_told_to_end,
    free_port,
    start_proxy,
    stop_proxy,
    wait_until_ready,
)
from ccproxy.service.processes import Waiting

HOST = "127.0.0.1"
TIMEOUT = 30.0
"""Seconds that an answer may take."""
PAUSES = (0.3, 1.5)
"""Seconds between requests that keep coming."""
LONG = 100_000
"""Characters of a request that is sent more rarely, as it takes a while to count."""
COLUMNS = "{:<34} {:<14} {:<20} {}"


@frozen
class DemoProxy:
    """A proxy that runs in a temporary folder, by a copy of a policy there."""

    process: ProxyProcess
    key: str
    folder: Path
    policy: Path


@frozen
class Row:
    """One line of the table: the label and the rule as given in the proxy's response."""

    request: str
    label: str
    rule: str
    why: str


def run_demo(
    write: Callable[[str], None], *, policy: Path | None = None, waiting: Callable[[str, float], None] = lambda what, waited: None
) -> int:
    """Start a proxy with a policy (by default the starter policy), send it requests, show each decision, stop the proxy.

    `write` gets one line at a time, rows as they come; `waiting` gets what is waited for, and for how many seconds so far. Returns 0,
    1 if a request was not routed, 2 if the proxy did not start. Raises PolicyError. Writes only to a temporary folder, and talks only
    to loopback.
    """
    if policy is None:
        with starter_policy() as starter:
            return run_demo(write, policy=starter, waiting=waiting)
    loaded = ccproxy.load(policy)
    write(f"starting LiteLLM on {HOST} with {policy.name} and pretended models for: {', '.join(sorted(loaded.labels))}")
    try:
        with cleaning_up_when_told_to_end(), demo_proxy(policy, loaded.labels, partial(waiting, "LiteLLM starts")) as demo:
            write(COLUMNS.format("REQUEST", "LABEL", "RULE", "WHY"))
            routed = 0
            for request in demo_requests():
                row = _ask(demo, request, loaded)
                write(COLUMNS.format(row.request, row.label, row.rule, row.why).rstrip())
                routed += row.label != ""
    except ProxyStartError as error:
        write(f"the proxy did not start: {error}")
        return 2
    write("stopped")
    return 0 if routed == len(demo_requests()) else 1


def starter_policy() -> AbstractContextManager[Path]:
    """The starter policy as a file."""
    return as_file(files("ccproxy.policies") / "claude-code.ccp")


@contextmanager
def demo_proxy(policy: Path, labels: Iterable[str], waiting: Waiting) -> Iterator[DemoProxy]:
    """A running proxy, for the duration of the block. Raises ProxyStartError."""
    key = "sk-" + secrets.token_hex(24)
    with tempfile.TemporaryDirectory(prefix="ccproxy-demo-") as name:
        folder = Path(name)
        config, copied = folder / LITELLM_CONFIG_NAME, folder / policy.name
        config.write_text(yaml.safe_dump(demo_config(labels)), "utf-8")
        shutil.copyfile(policy, copied)
        environment = _environment(folder, copied, key)
        proxy = start_proxy(config, host=HOST, port=free_port(HOST), log=folder / "litellm.log", environment=environment)
        try:
            wait_until_ready(proxy, waiting=waiting)
            yield DemoProxy(proxy, key, folder, copied)
        finally:
            stop_proxy(proxy)


@contextmanager
def asked_again_and_again(demo: DemoProxy) -> Iterator[None]:
    """The requests come one after the other, by chance and as fast as people might send them, for the duration of the block."""
    ended = Event()

    def ask() -> None:
        # streams of pretended models tell no tokens, and so no dollars
        requests = [replace(request, body={**request.body, "stream": False}) for request in demo_requests()]
        likely = [1 if len(str(request.body)) > LONG else 4 for request in requests]
        # nobody is to be kept from guessing it
        by_chance = Random(1)  # noqa: S311  # nosec B311
        while not ended.wait(by_chance.uniform(*PAUSES)):
            with suppress(OSError):  # a proxy that is ending
                _send(demo, by_chance.choices(requests, likely)[0])

    thread = Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(TIMEOUT)


def demo_config(labels: Iterable[str]) -> dict[str, Any]:
    """A LiteLLM config of mock models: one for each label, at the price of the starter's, and one for any other name of a client."""
    starter = yaml.safe_load((files("ccproxy.service") / "templates" / LITELLM_CONFIG_NAME).read_text("utf-8"))
    behind = {model["model_name"]: model["litellm_params"]["model"] for model in starter["model_list"]}
    pretended = {
        name: {"model": behind.get(name, f"anthropic/{name}"), "api_key": "none", "mock_response": f"I am {name}."}
        for name in [*sorted(labels), "claude-*"]
    }
    return {
        "model_list": [{"model_name": name, "litellm_params": parameters} for name, parameters in pretended.items()],
        "litellm_settings": {"callbacks": ["ccproxy.gateway.hook.handler"]},
    }


def _environment(folder: Path, policy: Path, key: str) -> dict[str, str]:
    # nothing else is passed on: no provider's key, no database and no HTTP proxy from the user's shell gets into the demo
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "CCPROXY_CONFIG_DIR": str(folder),
        "CCPROXY_POLICY": str(policy.absolute()),
        "LITELLM_MASTER_KEY": key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOCAL_BLOG_POSTS": "True",
    }


def _ask(demo: DemoProxy, request: DemoRequest, policy: ccproxy.Policy) -> Row:
    try:
        told = _send(demo, request)
    except urllib.error.HTTPError as error:
        return Row(request.name, "", "", f"the proxy answered {error.code}: {error.read(200).decode('utf-8', errors='replace')}")
    except OSError as error:
        return Row(request.name, "", "", f"no answer: {error}")
    label, rule = told.get("x-ccproxy-label", ""), told.get("x-ccproxy-rule", "")
    return Row(request.name, label, rule or "the implied default", _why(request, policy))


def _send(demo: DemoProxy, request: DemoRequest) -> Message:
    """The headers of the answer. Raises OSError."""
    url, headers = demo.process.url + request.path, request.headers | {"authorization": f"Bearer {demo.key}"}
    body = json.dumps(request.body).encode()
    sent = urllib.request.Request(url, body, headers | {"content-type": "application/json"}, method="POST")  # noqa: S310 - our own proxy
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(sent, timeout=TIMEOUT) as response:
        response.read()
        told: Message = response.headers
        return told


def _why(request: DemoRequest, policy: ccproxy.Policy) -> str:
    explanation = policy.explain(request.body, headers=request.headers, path=request.path).to_dict()
    rule = explanation["rule"]
    if rule is None:
        return "no rule holds"
    because: str = rule["because"] or rule["text"].partition(" ->")[0]
    return because
