"""The proxy from nothing to its end, with one real LiteLLM: a request, what is told of it, the commands of a client, a restart."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from ssl import SSLContext
from typing import Any

import anthropic
import httpx
import psutil
import pytest

from ccproxy.service.litellm_process import free_port
from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.status import read_status

from ..gateway.upstream import Upstream, fake_upstream
from .anthropic_host import HOST, ON_LOOPBACK, tls
from .claude_code import MAIN_TASK, QUIET, claude_code, kind_of, model
from .home import Home, command, home_at, processes_of, wait_until

PROVIDER_KEY = "sk-ant-of-the-proxy"
OAUTH = "sk-ant-oat01-of-the-user"
OTHERS_KEY = "of-somebody-else"
OWN_CALLBACK = (
    ON_LOOPBACK
    + """
from litellm.integrations.custom_logger import CustomLogger


class Own(CustomLogger):
    async def async_post_call_response_headers_hook(self, data, user_api_key_dict, response, request_headers=None):
        return {"x-own-callback": "1"}


own = Own()
"""
)
ASK = """
import anthropic, os
headers = dict(line.split(": ") for line in os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").splitlines())
client = anthropic.Anthropic(max_retries=0, default_headers=headers)
print(client.messages.create(model="claude-opus-5-5", max_tokens=5, messages=[{"role": "user", "content": "hi"}]).content[0].text)
"""
UNKNOWN = (
    f"ccproxy: warning: {Path(sys.executable).name} is no client that ccproxy knows; "
    "it goes to the proxy only if it heeds OPENAI_BASE_URL, ANTHROPIC_BASE_URL or GOOGLE_GEMINI_BASE_URL\n"
)
BY_KIND = """
when agent.class == "subagent" and agent.type == "general-purpose" -> background
when agent.class == "main" and count(tools.called) > 0             -> think
when agent.class == "main"                                         -> web_search
default                                                            -> default
"""


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[SSLContext, Path]:
    """TLS of Anthropic's own host, and the certificate to trust."""
    return tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def provider(certified: tuple[SSLContext, Path]) -> Iterator[Upstream]:
    """Anthropic, as far as anybody here can tell."""
    with fake_upstream(HOST, certified[0]) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def somebody() -> Iterator[Upstream]:
    """A provider with Anthropic's API that is not Anthropic."""
    with fake_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def home(somebody: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose proxy was started by one command where there was nothing at all; `somebody` stands for Anthropic."""
    with home_at(tmp_path_factory.mktemp("home"), measured=False) as home:
        # a shell that is full of traps
        trapped = {
            "DEBUG": "express:*",
            "PORT": "1",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
            "ANTHROPIC_API_BASE": somebody.url,
            "ANTHROPIC_API_KEY": PROVIDER_KEY,
        }
        project = home.path / "work" / "project"
        project.mkdir(parents=True)
        for folder in (home.path, project):
            (folder / "yaml.py").write_text("raise SystemExit('the wrong yaml')")
        arguments = ("--port", str(free_port()), "--request_timeout", "77")
        told = home.run("start", "--detach", "--", *arguments, environment=trapped, folder="work/project")
        (home.path / "yaml.py").unlink()
        assert told.returncode == 0, told.stdout + told.stderr
        for name in ("policy.ccp", "ccproxy.yaml", "config.yaml"):
            assert f"wrote {home.folder / name}\n" in told.stdout
        assert f"listens on {home.url}" in told.stdout
        assert "ccproxy run claude" in told.stdout
        assert home.key not in told.stdout + told.stderr
        yield home


@pytest.fixture(scope="module")
def changed(home: Home, provider: Upstream, somebody: Upstream, certified: tuple[SSLContext, Path]) -> Home:
    """The same home, its proxy started anew with other models and a callback of the user's."""
    home.use(provider.url)
    home.settings(debug=True)
    config = home.config()
    config["litellm_settings"]["callbacks"].append("own.own")
    config["router_settings"] = {"num_retries": 0, "disable_cooldowns": True}
    elsewhere = {"model": "anthropic/up-elsewhere", "api_base": somebody.url, "api_key": OTHERS_KEY}
    config["model_list"].append({"model_name": "elsewhere", "litellm_params": elsewhere})
    home.config(config)
    (home.folder / "own.py").write_text(OWN_CALLBACK)
    before = read_pid_file(home.folder)
    told = home.run("restart", environment={"SSL_CERT_FILE": str(certified[1]), "ANTHROPIC_API_KEY": PROVIDER_KEY})
    assert told.returncode == 0, told.stderr
    assert f'"elsewhere" is an anthropic/ model at {somebody.url}' in told.stderr
    after = read_pid_file(home.folder)
    assert before is not None
    assert after is not None
    assert f"stopped the proxy (pid {before.pid})" in told.stdout
    assert after.pid != before.pid
    assert after.arguments == before.arguments
    return home


def ask(home: Home, **fields: Any) -> httpx.Response:
    body = {"model": "claude-sonnet-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], **fields}
    return httpx.post(home.url + "/v1/messages", json=body, headers={"x-api-key": home.key}, timeout=30, trust_env=False)


def test_a_request_of_the_sdk_is_routed(home: Home, somebody: Upstream) -> None:
    client = anthropic.Anthropic(base_url=home.url, api_key=home.key, max_retries=0)
    answer = client.messages.create(model="claude-sonnet-5", max_tokens=5, messages=[{"role": "user", "content": "hi"}])
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "hello from claude-sonnet-5"
    assert somebody.received[-1].headers["x-api-key"] == PROVIDER_KEY


def test_names_of_claude_code_can_be_counted(home: Home) -> None:
    client = anthropic.Anthropic(base_url=home.url, api_key=home.key, max_retries=0)
    assert client.messages.count_tokens(model="claude-opus-5-5", messages=[{"role": "user", "content": "hi"}]).input_tokens == 7


def test_arguments_reach_litellm(home: Home) -> None:
    running = read_pid_file(home.folder)
    assert running is not None
    assert running.arguments[2:] == ("--request_timeout", "77")
    process = psutil.Process(running.pid)
    words = process.cmdline()
    assert words[words.index("--request_timeout") + 1] == "77"
    assert os.getsid(running.pid) == running.pid
    assert process.cwd() == str(home.folder)


def test_a_second_start_says_that_it_runs(home: Home) -> None:
    pid = home.status()[1]["pid"]
    for arguments in (["start"], ["start", "--detach"]):
        told = home.run(*arguments)
        assert told.returncode == 0
        assert "runs already" in told.stdout
    assert home.status()[1]["pid"] == pid


def test_status(home: Home) -> None:
    before = home.status()[1]
    assert ask(home, model="claude-haiku-5-5").headers["x-ccproxy-label"] == "background"
    assert wait_until(lambda: read_status(home.folder, {}).requests == before["requests"] + 1)
    code, status = home.status()
    assert code == 0
    assert set(status) >= {
        "running",
        "pid",
        "host",
        "port",
        "workers",
        "healthy",
        "policy",
        "reload",
        "requests",
        "failures",
        "unrecorded",
        "labels",
        "rules",
    }
    assert (status["running"], status["healthy"], status["host"], status["workers"]) == (True, True, "127.0.0.1", 1)
    assert status["labels"]["background"] == 1
    assert sum(status["labels"].values()) == sum(status["rules"].values()) == status["requests"]
    assert all(rule.startswith("policy.ccp:") for rule in status["rules"])
    assert status["policy"]["file"] == str(home.folder / "policy.ccp")
    assert ask(home).headers["x-ccproxy-policy"] == status["policy"]["sha256"][:12]
    text = home.run("status").stdout
    assert f"{home.url} answers (pid {status['pid']}, 1 worker)" in text
    assert "anthropic/claude-haiku-5-5" in text


def test_logs(home: Home) -> None:
    assert "Application startup complete" in home.run("logs", "-n", "5000").stdout
    assert len(home.run("logs", "-n", "2").stdout.splitlines()) == 2
    # a shell that runs the tests in the background has them ignore SIGINT, and what they start would inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    following = subprocess.Popen([*command(), "logs", "-f", "-n", "0"], env=home.environment(), stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    with following:
        try:
            assert following.stdout is not None
            # it says nothing until it follows, so the proxy is asked until it does
            assert wait_until(lambda: httpx.get(home.url + "/health/liveliness", trust_env=False) and _ready(following))
            assert "liveliness" in following.stdout.readline()
            following.send_signal(signal.SIGINT)
            assert following.wait(10) == 0
        finally:
            following.kill()


def _ready(child: subprocess.Popen[str]) -> bool:
    assert child.stdout is not None
    return bool(select.select([child.stdout], [], [], 0.2)[0])


def test_a_restart_that_can_t_be_leaves_the_proxy_alone(home: Home) -> None:
    pid = home.status()[1]["pid"]
    good = (home.folder / "ccproxy.yaml").read_text()
    (home.folder / "ccproxy.yaml").write_text("workers: many\n")
    told = home.run("restart")
    (home.folder / "ccproxy.yaml").write_text(good)
    assert told.returncode == 2
    assert "workers is a whole number" in told.stderr
    assert f"the proxy that runs (pid {pid}) goes on as it is" in told.stderr
    assert home.status()[1]["pid"] == pid
    assert ask(home).status_code == 200


def test_callbacks_of_the_user_work(changed: Home) -> None:
    answer = ask(changed)
    assert answer.headers["x-own-callback"] == "1"
    assert answer.headers["x-ccproxy-label"] == "default"


def run_python(home: Home, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return home.run("run", sys.executable, "-c", ASK, environment=environment)


def test_a_command_goes_by_the_key_of_the_proxy(changed: Home, provider: Upstream) -> None:
    told = run_python(changed, {"ANTHROPIC_API_KEY": "sk-ant-of-the-user"})
    assert (told.stdout, told.stderr) == ("hello from up-default\n", UNKNOWN)
    assert not any("sk-ant-of-the-user" in value for value in provider.received[-1].headers.values())


def test_the_login_of_a_subscription_reaches_the_provider_untouched(changed: Home, provider: Upstream) -> None:
    told = run_python(changed, {"ANTHROPIC_AUTH_TOKEN": OAUTH})
    assert told.stdout == "hello from up-default\n"
    headers = provider.received[-1].headers
    assert PROVIDER_KEY not in headers.values()
    assert headers["authorization"] == f"Bearer {OAUTH}"
    assert "x-litellm-api-key" not in headers
    assert not any(changed.key in value for value in headers.values())
    assert told.stderr == UNKNOWN


def put_in_force(home: Home, policy: str) -> None:
    """Replace the policy, and return once the proxy has it."""
    new = home.folder / "new"
    new.write_text(policy, "utf-8")
    new.replace(home.folder / "policy.ccp")
    digest = hashlib.sha256(policy.encode()).hexdigest()[:12]
    assert wait_until(lambda: ask(home).headers["x-ccproxy-policy"] == digest)


ELSEWHERE = """
when header("x-try") == "fallback" -> think fallback elsewhere
default                            -> elsewhere
"""


def test_the_login_of_a_subscription_reaches_nobody_else(changed: Home, provider: Upstream, somebody: Upstream) -> None:
    login = {"authorization": f"Bearer {OAUTH}", "x-litellm-api-key": f"Bearer {changed.key}"}
    before = (changed.folder / "policy.ccp").read_text("utf-8")
    put_in_force(changed, ELSEWHERE)
    for received in (provider, somebody):
        received.clear()
    provider.failures["up-think"] = 500
    chat = {"model": "claude-sonnet-5", "messages": [{"role": "user", "content": "hi"}]}
    try:
        with httpx.Client(base_url=changed.url, headers=login, timeout=30, trust_env=False) as client:
            for path, headers in (
                ("/v1/messages", {}),
                ("/v1/chat/completions", {}),
                ("/v1/messages", {"x-try": "fallback"}),
                ("/v1/chat/completions", {"x-try": "fallback"}),
            ):
                assert client.post(path, json={**chat, "max_tokens": 5}, headers=headers).status_code == 200
        told = run_python(changed, {"ANTHROPIC_AUTH_TOKEN": OAUTH})
    finally:
        attempts, others = list(provider.received), list(somebody.received)
        provider.clear()
        put_in_force(changed, before)
    assert told.stdout == "hello from up-elsewhere\n"
    assert f'"elsewhere" is at {somebody.url}: your subscription is not used there' in told.stderr
    assert [request.headers["authorization"] for request in attempts] == [f"Bearer {OAUTH}"] * 2
    assert len(others) == 5
    for request in others:
        assert request.headers["x-api-key"] == OTHERS_KEY
        assert not any(OAUTH in value or changed.key in value for value in request.headers.values())
    assert (changed.folder / "proxy.log").read_text("utf-8").count("the login of a Claude subscription is kept from 127.0.0.1") == 1


@pytest.fixture
def by_kind(changed: Home) -> Iterator[None]:
    """Each kind of request of Claude Code has a label of its own, for one test."""
    before = (changed.folder / "policy.ccp").read_text("utf-8")
    put_in_force(changed, BY_KIND)
    yield
    put_in_force(changed, before)


@pytest.mark.parametrize("login", ["key", "subscription"])
@pytest.mark.usefixtures("by_kind")
def test_claude_code_itself(changed: Home, provider: Upstream, login: str, cache: pytest.Cache) -> None:
    claude = claude_code(cache.mkdir("claude-code"))
    note = changed.path / "note.txt"
    note.write_text("Some words.\n")
    provider.clear()
    provider.says = model(note)
    mine = {"ANTHROPIC_API_KEY": "sk-ant-of-the-user"} if login == "key" else {"CLAUDE_CODE_OAUTH_TOKEN": OAUTH}
    words = ["run", str(claude), "-p", MAIN_TASK, "--output-format", "json", "--allowedTools", "Read", "Agent"]
    told = changed.run(*words, environment=QUIET | mine)
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    assert json.loads(told.stdout)["result"] == "Done."
    models: dict[str, set[str]] = {}
    for request in received:
        models.setdefault(kind_of(request), set()).add(request.model)
    models.pop("chore", None)
    assert models == {"main turn": {"up-web_search"}, "tool use": {"up-think"}, "subagent": {"up-background"}}
    credentials = (PROVIDER_KEY, None) if login == "key" else (None, f"Bearer {OAUTH}")
    for request in received:
        assert (request.headers.get("x-api-key"), request.headers.get("authorization")) == credentials
        assert not any(changed.key in value or "sk-ant-of-the-user" in value for value in request.headers.values())


def test_the_exit_code_of_a_command(changed: Home) -> None:
    assert changed.run("run", "sh", "-c", "exit 7").returncode == 7
    told = changed.run("run", "no-such-command-anywhere")
    assert (told.returncode, told.stderr) == (2, "ccproxy: no-such-command-anywhere can't be run: no such file or directory\n")


def test_doctor_sees_the_proxy(changed: Home) -> None:
    told = changed.run("doctor", environment={"ANTHROPIC_API_KEY": "x"})
    assert f"fine     proxy: answers on {changed.url}" in told.stdout
    assert "warning  api_base" in told.stdout
    assert told.returncode == 1


def test_secrets_are_for_their_owner_alone(changed: Home) -> None:
    for name in ("proxy.log", "config.yaml"):
        assert (changed.folder / name).stat().st_mode & 0o077 == 0
    assert changed.key not in (changed.folder / "proxy.log").read_text("utf-8", "replace")


def test_stop_leaves_nothing(changed: Home) -> None:
    pid = changed.status()[1]["pid"]
    stopped = changed.run("stop")
    assert (stopped.returncode, stopped.stdout) == (0, f"stopped the proxy (pid {pid})\n")
    assert processes_of(changed.folder) == []
    assert changed.status()[0] == 2
    assert changed.run("stop").returncode == 2
    assert json.loads(changed.run("status", "--json").stdout)["running"] is False
    assert changed.run("run", "true").stderr == "ccproxy: no proxy runs; start one: ccproxy start --detach\n"
