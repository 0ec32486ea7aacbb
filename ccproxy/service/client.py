"""Points a client's command, `claude` or `codex` for example, at the proxy: its environment, and the arguments that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from ccproxy.checks.labels import labels_in
from ccproxy.frozen import frozen
from ccproxy.models.litellm_config import Deployment, LiteLLMConfig, master_key_of, read_litellm_config
from ccproxy.policy import check_file
from ccproxy.regular_files import expanded
from ccproxy.service.claude_settings import OTHER_WAYS, claude_variables, has_subscription, overridden_by_settings
from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.preflight import CannotStartError, Obstacle, plan_start

GOOGLE_WAYS = ("GOOGLE_GENAI_USE_GCA", "GOOGLE_GENAI_USE_VERTEXAI")
"""Variables that make Gemini CLI talk to another service instead of GOOGLE_GEMINI_BASE_URL."""
GEMINI_LOGIN = "gemini-api-key"
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY")
"""Variables with keys of providers, which the proxy must not be sent."""


class NoProxyError(Exception):
    """Raised if there is no proxy to talk to, or no key for it; the message says what to do."""


@frozen
class Address:
    """Where the proxy listens (`url`, without a path), and its key."""

    url: str
    key: str


@frozen
class Pointing:
    """What one client needs beyond the common variables: arguments `before` the user's own, variables, and what still leads past us."""

    before: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    obstacles: tuple[Obstacle, ...] = ()


@frozen
class PointedCommand:
    """A command pointed at the proxy: its words, its complete environment, and what still leads past the proxy.

    `subscription`: it keeps its user's own Claude login, and the key only lets it into the proxy. `deployments` are those that its
    requests can go to.
    """

    words: tuple[str, ...]
    variables: dict[str, str]
    subscription: bool
    deployments: tuple[Deployment, ...]
    obstacles: tuple[Obstacle, ...]


def point_at_running(folder: Path, words: Sequence[str], environment: Mapping[str, str], here: Path) -> PointedCommand:
    """A command, run in the folder `here`, pointed at the running proxy of a config folder. Raises NoProxyError."""
    running = read_pid_file(folder)
    if running is None or not running.alive:
        raise NoProxyError("no proxy runs; start one: ccproxy start --detach")
    try:
        plan = plan_start(folder, running.arguments, environment)
    except CannotStartError as error:
        raise NoProxyError(str(error)) from error
    config = read_litellm_config(plan.config, environment)
    key = master_key_of(config, environment)
    if key is None:
        raise NoProxyError(f"the key of the proxy is not known here: {plan.config} has no master_key; set LITELLM_MASTER_KEY")
    return point(words, Address(running.url, key), policy_deployments(plan.policy, config), environment, here)


def policy_deployments(policy: Path, config: LiteLLMConfig) -> tuple[Deployment, ...]:
    """The deployments behind the labels of a policy; all in the config if the policy can't be read."""
    try:
        checked = check_file(policy)[1]
    except OSError:
        checked = None
    if checked is None:
        return config.deployments
    labels = dict.fromkeys(["default", *[label.name for label in labels_in(checked.policy)]])
    return tuple(deployment for label in labels for deployment in config.of_label(label))


def point(
    words: Sequence[str], address: Address, deployments: Sequence[Deployment], environment: Mapping[str, str], here: Path
) -> PointedCommand:
    """A command pointed at the proxy; `deployments` are those of the policy's labels, `here` is the folder that it runs in.

    A command that isn't a known client gets what every client gets, and an obstacle that says so. If its user has a Claude
    subscription it keeps that, as Claude Code does, because it may be built on Claude Code.
    """
    name = Path(words[0]).stem
    variables = {one: value for one, value in environment.items() if one not in (*OTHER_WAYS, *GOOGLE_WAYS, *KEYS)}
    variables |= _common(address) | _past_other_proxies(address, environment)
    subscription = False
    obstacles: tuple[Obstacle, ...] = ()
    if name == "claude" or name not in CLIENTS:
        subscription = has_subscription(environment)
        variables |= claude_variables(address.url, address.key, deployments, environment)
        obstacles = tuple(overridden_by_settings(environment, here, variables))
    if name != "claude" and not subscription:
        variables.pop("ANTHROPIC_AUTH_TOKEN", None)
        variables["ANTHROPIC_API_KEY"] = address.key
    pointing = CLIENTS.get(name, _unknown)(address, words, environment)
    return PointedCommand(
        (words[0], *pointing.before, *words[1:]),
        variables | pointing.variables,
        subscription,
        tuple(deployments),
        (*obstacles, *pointing.obstacles),
    )


def _common(address: Address) -> dict[str, str]:
    """What every command gets. Claude Code's hints cost no other client anything, and it may be behind any command."""
    openai = f"{address.url}/v1"
    return {
        "OPENAI_BASE_URL": openai,
        "OPENAI_API_BASE": openai,
        "OPENAI_API_KEY": address.key,
        "GOOGLE_GEMINI_BASE_URL": address.url,
        "GEMINI_API_KEY": address.key,
        "ANTHROPIC_BASE_URL": address.url,
        "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    }


def _past_other_proxies(address: Address, environment: Mapping[str, str]) -> dict[str, str]:
    if not any(environment.get(name) for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return {}
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY")
    hosts = dict.fromkeys(["127.0.0.1", "localhost", urlsplit(address.url).hostname])
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, [excepted, *hosts])))


def _unknown(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    advice = "it goes to the proxy only if it heeds OPENAI_BASE_URL, ANTHROPIC_BASE_URL or GOOGLE_GEMINI_BASE_URL"
    return Pointing(obstacles=(Obstacle(f"{Path(words[0]).name} is no client that ccproxy knows", advice),))


def _by_variables(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """A client that heeds the common variables."""
    return Pointing()


def _codex(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """Codex reads a provider from its configuration only; one of its own also keeps it from opening a WebSocket."""
    provider = f'{{name="ccproxy",base_url="{address.url}/v1",env_key="OPENAI_API_KEY",wire_api="responses"}}'
    before = ("-c", "model_provider=ccproxy", "-c", f"model_providers.ccproxy={provider}")
    winning = [
        word
        for word in words[1:]
        if word == "--oss" or word.startswith(("model_provider=", "--config=model_provider=", "-cmodel_provider="))
    ]
    winning += [word for word in words[1:] if word in ("-p", "--profile") or word.startswith("--profile=")]
    return Pointing(
        before, obstacles=tuple(Obstacle(f"codex's {word} may choose another provider than ccproxy", "leave it out") for word in winning)
    )


def _opencode(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """opencode reads addresses from its configuration only; a provider that isn't pointed at the proxy is turned off."""
    mine = {name: {"options": {"baseURL": f"{address.url}/v1", "apiKey": address.key}} for name in ("anthropic", "openai")}
    try:
        users = json.loads(environment.get("OPENCODE_CONFIG_CONTENT") or "{}")
    except ValueError:
        users = None
    if not isinstance(users, dict):
        return Pointing(
            obstacles=(Obstacle("OPENCODE_CONFIG_CONTENT is no JSON object, so opencode can't be pointed at the proxy", "unset it"),)
        )
    providers = users.get("provider")
    content = users | {"provider": (providers if isinstance(providers, dict) else {}) | mine, "enabled_providers": list(mine)}
    return Pointing(variables={"OPENCODE_CONFIG_CONTENT": json.dumps(content)})


def _gemini(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """Gemini CLI heeds the variables only if its own settings choose the login by key."""
    # seen in 0.61: of an address alone it makes a login that it then refuses
    path = Path(environment.get("GEMINI_CLI_HOME") or environment.get("HOME") or expanded("~")) / ".gemini" / "settings.json"
    chosen = _chosen_login(path)
    if chosen == GEMINI_LOGIN:
        return Pointing()
    what = (
        f'chooses the login "{chosen}", which goes past the proxy'
        if chosen
        else "chooses no login, and without a terminal gemini then ends"
    )
    wanted = json.dumps({"security": {"auth": {"selectedType": GEMINI_LOGIN}}})
    return Pointing(obstacles=(Obstacle(f"{path} {what}", f"choose the API key once (/auth), or write {wanted} there"),))


def _chosen_login(path: Path) -> str | None:
    try:
        settings = json.loads(path.read_text("utf-8"))
        chosen = settings.get("security", {}).get("auth", {}).get("selectedType") or settings.get("selectedAuthType")
    except (OSError, ValueError, RecursionError, AttributeError):
        return None
    return chosen if isinstance(chosen, str) else None


def _qwen(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """Qwen Code has to be told the API, and a model's name; the policy decides which model it gets."""
    chosen = any(word == "--auth-type" or word.startswith("--auth-type=") for word in words)
    return Pointing(() if chosen else ("--auth-type", "openai"), {"OPENAI_MODEL": environment.get("OPENAI_MODEL") or "default"})


def _cline(address: Address, words: Sequence[str], environment: Mapping[str, str]) -> Pointing:
    """Cline goes by what its own `auth` has stored."""
    if "auth" in words[1:2]:
        return Pointing()
    login = """ccproxy run sh -c 'cline auth openai -k "$OPENAI_API_KEY" -m default -b "$OPENAI_BASE_URL"'"""
    return Pointing(obstacles=(Obstacle("cline goes by its own stored login", f"to point it at the proxy, once: {login}"),))


CLIENTS: Mapping[str, Callable[[Address, Sequence[str], Mapping[str, str]], Pointing]] = {
    "claude": _by_variables,
    "codex": _codex,
    "opencode": _opencode,
    "gemini": _gemini,
    "qwen": _qwen,
    "aider": _by_variables,
    "llm": _by_variables,
    "cline": _cline,
}
"""Each known client's command, and what it needs."""
