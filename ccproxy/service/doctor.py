"""Examines what would go wrong with the proxy of a config folder, and what to do about it. Starts nothing and sends nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ccproxy.config.configured_counter import counting_problem
from ccproxy.diagnostics import Code, Diagnostic, Severity
from ccproxy.models.addresses import ADDRESS_VARIABLES, is_anthropic_address
from ccproxy.models.label_models import Models
from ccproxy.models.litellm_config import HOOK, LiteLLMConfig, master_key_of, read_litellm_config, resolve
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.regular_files import exists, expanded
from ccproxy.service.claude_settings import NOT_ANTHROPIC, overridden_by_settings
from ccproxy.service.client import policy_deployments
from ccproxy.service.examined import Finding, Level
from ccproxy.service.install import is_installed
from ccproxy.service.litellm_process import url_of
from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.preflight import (
    COUNTING_ADVICE,
    POLICY_ADVICE,
    CannotStartError,
    Plan,
    check_files,
    check_policy,
    pass_through_problem,
    plan_start,
    port_problem,
    reason,
    settings_of,
)
from ccproxy.service.shared_memory import examine_memory

OLDEST_LITELLM, FIRST_UNKNOWN_LITELLM = (1, 106), (2,)
CLAUDE_CODE_MODELS = (
    "claude-opus-5-5",
    "claude-sonnet-5",
    "claude-haiku-5-5",
    "claude-opus-4-7",
    "claude-sonnet-4-6",
    "claude-haiku-4-5-20251001",
)
"""Default model names of Claude Code, current and earlier versions."""
KNOWN_KEYS = ("sk-1234", "sk-12345", "sk-123456")
"""Example master keys from LiteLLM's documentation."""


def examine(folder: Path, environment: Mapping[str, str], here: Path) -> Iterator[Finding]:
    """Examine everything, in order of importance. `here` is the folder that Claude Code would be run in."""
    yield from _versions()
    if os.path.exists(folder) and not os.access(folder, os.R_OK | os.X_OK):
        yield Finding(Level.PROBLEM, "folder", f"{folder} can't be read, or is no folder", f"chmod 700 {folder}, or name another folder")
        return
    if not is_installed(folder):
        yield Finding(Level.PROBLEM, "folder", f"nothing is installed in {folder}", "ccproxy install writes the starter files")
        return
    yield from _permissions(folder)
    try:
        plan = plan_start(folder, (), environment)
    except CannotStartError as error:
        for why in error.reasons:
            yield Finding(Level.PROBLEM, "settings", why, "correct ccproxy.yaml; its comments tell what may stand there")
        return
    yield Finding(Level.FINE, "settings", f"{plan.host}:{plan.port}, {plan.workers} worker{'' if plan.workers == 1 else 's'}")
    yield from _files(plan)
    yield from _shadow(plan)
    yield from _counting(plan)
    yield from _port(plan)
    config = read_litellm_config(plan.config, environment)
    yield from _hook(plan, config)
    yield from examine_memory(plan, config, environment)
    yield from _master_key(config, environment)
    yield from _references(config, environment)
    yield from _model_names(plan)
    yield from _models(plan, environment)
    yield from _address(plan, environment)
    yield from _client(plan, config, environment, here)


def _versions() -> Iterator[Finding]:
    try:
        litellm = version("litellm")
    except PackageNotFoundError:
        yield Finding(
            Level.PROBLEM, "versions", "LiteLLM is not installed beside ccproxy", "install ccproxy anew: it depends on litellm[proxy]"
        )
        return
    numbers = tuple(int(part) for part in litellm.split(".")[:2] if part.isdecimal())
    python = ".".join(map(str, sys.version_info[:3]))
    told = f"ccproxy {version('ccproxy-policy')}, LiteLLM {litellm}, Python {python}"
    if OLDEST_LITELLM <= numbers < FIRST_UNKNOWN_LITELLM:
        yield Finding(Level.FINE, "versions", told)
    else:
        yield Finding(Level.PROBLEM, "versions", f"{told}: this LiteLLM is not known to work", 'install "litellm[proxy]>=1.106,<2"')
    if not _litellm_can_check_access():
        message = "this LiteLLM has no check whether a key may use a label: keys with any limit are refused"
        yield Finding(Level.WARNING, "versions", message, "take another version of LiteLLM")


def _litellm_can_check_access() -> bool:
    spec = find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return False
    source = Path(next(iter(spec.submodule_search_locations)), "proxy", "auth", "auth_checks.py")
    try:
        return "def can_key_call_resolved_model(" in source.read_text("utf-8")
    except OSError:
        return False


def _permissions(folder: Path) -> Iterator[Finding]:
    for path in (folder, *sorted(folder.glob("config.yaml*")), *sorted(folder.glob("proxy.log*"))):
        mode = path.stat().st_mode & 0o077
        if mode and path != folder:
            yield Finding(Level.WARNING, "folder", f"others on this machine can read {path}", f"chmod 600 {path}")
        elif mode & 0o022:
            yield Finding(Level.WARNING, "folder", f"others on this machine can write to {path}", f"chmod 700 {path}")
    if not os.access(folder, os.W_OK):
        message = f"{folder} can't be written to: no records, no pid file"
        yield Finding(Level.WARNING, "folder", message, "name another folder under records: in ccproxy.yaml, and start LiteLLM by itself")


def _counting(plan: Plan) -> Iterator[Finding]:
    problem = counting_problem(plan.folder)
    if problem is None:
        yield Finding(Level.FINE, "tokens", "the tokenizer's vocabulary is there")
    else:
        yield Finding(Level.WARNING, "tokens", problem, COUNTING_ADVICE)


def _files(plan: Plan) -> Iterator[Finding]:
    """Examine the policy, its labels and LiteLLM's config."""
    try:
        found = list(check_files(plan))
    except OSError as error:
        yield Finding(Level.PROBLEM, "policy", f"the policy {plan.policy} can't be read: {reason(error)}", POLICY_ADVICE)
        return
    levels = {Severity.ERROR: Level.PROBLEM, Severity.WARNING: Level.WARNING}
    told = [_told(diagnostic, levels[diagnostic.severity]) for diagnostic in found if diagnostic.severity in levels]
    yield from told
    if not told:
        yield Finding(Level.FINE, "policy", f"{plan.policy}, and every label of it is in {plan.config}")


def _shadow(plan: Plan) -> Iterator[Finding]:
    """Examine the candidate that the proxy compares with: without it, requests go all the same."""
    shadow = settings_of(plan.folder).shadow
    if shadow is None:
        return
    path = plan.folder / expanded(shadow.policy)
    try:
        wrong = [found for found in check_policy(plan, path) if found.severity is Severity.ERROR]
    except OSError as error:
        message = f"the shadow policy {path} can't be read: {reason(error)}"
        yield Finding(Level.WARNING, "shadow", message, "write it, or take shadow: out of ccproxy.yaml; until then nothing is compared")
        return
    yield from (replace(_told(diagnostic, Level.WARNING), about="shadow") for diagnostic in wrong)
    if not wrong:
        yield Finding(Level.FINE, "shadow", f"{path} decides too, and nothing goes by it")


def _told(diagnostic: Diagnostic, level: Level) -> Finding:
    span = diagnostic.span
    at = span.source.position(span.start)
    about = _ABOUT.get(diagnostic.code, "policy")
    file = span.source.path or span.source.name
    return Finding(level, about, f"{file}:{at.line}:{at.column}: {diagnostic.message}", diagnostic.help or "ccproxy check shows the place")


_ABOUT = {
    Code.BAD_CONFIG: "config",
    Code.FOREIGN_API_BASE: "api_base",
    Code.UNKNOWN_LABEL: "labels",
    Code.WILDCARD_LABEL: "labels",
    Code.SHELL_VARIABLE: "keys",
}


def _port(plan: Plan) -> Iterator[Finding]:
    running = read_pid_file(plan.folder)
    if running is not None and running.alive:
        if not running.answers:
            advice = "ccproxy logs shows why; it may still be starting; ccproxy restart"
            yield Finding(Level.PROBLEM, "proxy", f"the proxy runs (pid {running.pid}) and does not answer on {running.url}", advice)
            return
        yield Finding(Level.FINE, "proxy", f"answers on {running.url} (pid {running.pid})")
        if (running.host, running.port) == (plan.host, plan.port):
            return
        yield Finding(Level.WARNING, "proxy", f"ccproxy.yaml says {plan.host}:{plan.port} meanwhile", "ccproxy restart")
    problem = port_problem(plan.host, plan.port)
    if problem is not None:
        yield Finding(Level.PROBLEM, "port", problem.message, problem.advice or "set another host: or port: in ccproxy.yaml")
    else:
        yield Finding(Level.FINE, "port", f"{plan.port} is free")


def _hook(plan: Plan, config: LiteLLMConfig) -> Iterator[Finding]:
    if HOOK not in config.callbacks:
        advice = f'litellm_settings: {{callbacks: ["{HOOK}"]}}'
        yield Finding(Level.PROBLEM, "hook", f"{plan.config} does not load the hook: nothing is routed", advice)
    around = pass_through_problem(plan, config)
    if around is not None:
        yield Finding(Level.WARNING, "other calls", around.message, around.advice)
    passed = sorted(settings_of(plan.folder).other_calls)
    if passed:
        message = f"calls of these kinds go round the policy: {', '.join(passed)}"
        yield Finding(Level.NOTE, "other calls", message, "other_calls: refuse in ccproxy.yaml refuses them")
    if config.callbacks and "prometheus" not in config.callbacks:
        yield Finding(Level.NOTE, "hook", "without prometheus in callbacks there is no /metrics", "add it in litellm_settings")
    elif "prometheus" in config.callbacks and find_spec("prometheus_client") is None:
        yield Finding(
            Level.PROBLEM, "hook", "prometheus is in callbacks, and prometheus-client is not installed", "install it, or take it out"
        )
    for shadow in (plan.config.parent / "ccproxy" / "gateway" / "hook.py", plan.config.parent / "ccproxy.py"):
        if exists(shadow):
            message = f"{shadow} stands beside LiteLLM's config and can be taken for ccproxy itself"
            yield Finding(Level.PROBLEM, "hook", message, "move it away, or rename it")
    if any(argument.startswith("--run_gunicorn") for argument in plan.arguments):
        advice = "take run_gunicorn out of litellm: in ccproxy.yaml; uvicorn, the default, is as fast"
        yield Finding(Level.WARNING, "hook", "under gunicorn LiteLLM hangs in one start of three", advice)


def _master_key(config: LiteLLMConfig, environment: Mapping[str, str]) -> Iterator[Finding]:
    key = master_key_of(config, environment)
    if key is None and config.master_key is not None:
        yield Finding(Level.PROBLEM, "master key", f"{config.master_key} is not set here", "set it, and start the proxy from that shell")
    elif key is None:
        yield Finding(Level.PROBLEM, "master key", "there is none: LiteLLM does not start", "set general_settings: {master_key: sk-…}")
    elif not key.startswith("sk-"):
        yield Finding(Level.PROBLEM, "master key", "LiteLLM wants it to start with sk-", "change it in general_settings")
    elif key in KNOWN_KEYS or len(key) < 16:
        yield Finding(Level.WARNING, "master key", "anybody can guess it", f"take a random one, say sk-{os.urandom(24).hex()}")
    else:
        yield Finding(Level.FINE, "master key", "is set")


def _references(config: LiteLLMConfig, environment: Mapping[str, str]) -> Iterator[Finding]:
    names = dict.fromkeys(name for deployment in config.deployments for name in deployment.references)
    for name in names:
        if environment.get(name):
            continue
        labels = list(dict.fromkeys(deployment.name for deployment in config.deployments if name in deployment.references))
        message = f"{name} is not set here; {', '.join(labels[:6])}{', …' if len(labels) > 6 else ''} would go without"
        if name == "ANTHROPIC_API_KEY":
            yield Finding(Level.NOTE, "keys", message, "fine with a Claude subscription; else set it where the proxy is started")
        else:
            yield Finding(Level.WARNING, "keys", message, "set it where the proxy is started")


def _model_names(plan: Plan) -> Iterator[Finding]:
    model_list, _ = read_model_list(plan.config)
    if model_list is None or not model_list.complete:
        return
    lost = [name for name in CLAUDE_CODE_MODELS if name not in model_list.names and model_list.wildcard_for(name) is None]
    if lost:
        message = f"LiteLLM does not know names that Claude Code sends: {', '.join(lost)}; it could not count tokens for them"
        yield Finding(Level.PROBLEM, "model names", message, "add an entry with model_name: claude-* and model: anthropic/claude-*")
    else:
        yield Finding(Level.FINE, "model names", "all that Claude Code sends are known")
    if "*" in model_list.wildcards:
        message = "a deployment for * takes every name: a label with a typo is sent to the provider as a model"
        yield Finding(Level.WARNING, "model names", message, "name it claude-* instead")


def _models(plan: Plan, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Models of which nothing is known."""
    models = Models.read(plan.config, environment=environment)
    unknown: dict[str, str] = {}
    for label in models.labels:
        for model in models.of(label):
            if not model.known:
                unknown.setdefault(model.name, label)
    for name, label in unknown.items():
        message = f"nothing is known of {name}, behind {label}: not what it can take, nor what it costs"
        yield Finding(Level.NOTE, "models", message, "say so in the deployment's model_info: max_input_tokens, supports_vision, …")


def _address(plan: Plan, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in ADDRESS_VARIABLES:
        base = environment.get(name)
        if base and not is_anthropic_address(base) and url_of(plan.host, plan.port).partition("://")[2] not in base:
            message = f"{name} is {base} here: LiteLLM takes it for every anthropic/ model without an api_base"
            yield Finding(Level.WARNING, "api_base", message, f"unset {name} where the proxy is started, or set api_base in {plan.config}")


def _client(plan: Plan, config: LiteLLMConfig, environment: Mapping[str, str], here: Path) -> Iterator[Finding]:
    """Examine what keeps Claude Code from using the proxy."""
    key = resolve(config.master_key, environment) or ""
    wanted = {
        "ANTHROPIC_BASE_URL": url_of(plan.host, plan.port),
        "ANTHROPIC_AUTH_TOKEN": key,
        "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
        **NOT_ANTHROPIC,
    }
    obstacles = list(overridden_by_settings(environment, here, wanted))
    for obstacle in obstacles:
        yield Finding(Level.WARNING, "Claude Code", obstacle.message, obstacle.advice)
    others = [deployment for deployment in policy_deployments(plan.policy, config) if not deployment.is_anthropic]
    if others:
        names = ", ".join(dict.fromkeys(deployment.name for deployment in others))
        needed = " ".join(f"{name}={value}" for name, value in NOT_ANTHROPIC.items())
        message = f"not Anthropic's own models: {names}; Claude Code has to be told"
        yield Finding(Level.NOTE, "Claude Code", message, f"ccproxy run sets {needed}; set them where you run it otherwise")
    if not obstacles:
        yield Finding(Level.FINE, "Claude Code", "no settings file of it stands in the way")
