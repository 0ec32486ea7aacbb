"""Checks, before LiteLLM is started, for everything that would make it fail or route to nowhere."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ccproxy.analysis.examination import diagnose
from ccproxy.checks import with_models
from ccproxy.config.configured_counter import counting_problem
from ccproxy.config.configured_models import configured_models
from ccproxy.config.locations import locate
from ccproxy.config.settings import Settings, SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.diagnostics import Code, Diagnostic, Severity
from ccproxy.facts.calls import Kind
from ccproxy.frozen import frozen
from ccproxy.models.label_models import Models
from ccproxy.models.litellm_config import HOOK, LiteLLMConfig, read_litellm_config
from ccproxy.policy import check_file
from ccproxy.regular_files import expanded, real_path

LITELLMS_DEFAULT_PORT = 4000


class CannotStartError(Exception):
    """Raised if the proxy can't be or was not started; the `reasons` say why, one line each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@frozen
class Obstacle:
    """Something that prevents the start, and what to do about it; as text, both on one line."""

    message: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}" if self.advice else self.message


@frozen
class Plan:
    """How to start a proxy: its address, workers, files and further arguments."""

    folder: Path
    policy: Path
    config: Path
    host: str
    port: int
    workers: int
    arguments: tuple[str, ...]


def plan_start(folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> Plan:
    """The plan that results from the settings and the further `arguments`. Raises CannotStartError if the settings are invalid."""
    folder = folder.absolute()
    try:
        settings = read_settings(folder)
        policy = locate({**environment, "CCPROXY_CONFIG_DIR": str(folder)}).policy
    except SettingsError as error:
        raise CannotStartError(*map(str, error.problems)) from error
    config = folder / expanded(settings.litellm.config)
    return _overridden(Plan(folder, policy, config, settings.host, settings.port, settings.workers, settings.litellm.arguments), arguments)


def _overridden(plan: Plan, arguments: Sequence[str]) -> Plan:
    """The plan as overridden by the command line; arguments that are part of the plan are not passed on."""
    rest: list[str] = list(plan.arguments)
    given = iter(arguments)
    for argument in given:
        flag, equals, value = argument.partition("=")
        if flag not in ("--host", "--port", "--num_workers", "--config", "-c"):
            rest.append(argument)
            continue
        if not equals:
            value = next(given, "")
        if flag == "--host":
            plan = replace(plan, host=value)
        elif flag in ("--config", "-c"):
            plan = replace(plan, config=expanded(value).absolute())
        else:
            most = 65535 if flag == "--port" else 256
            if not value.isdecimal() or not 1 <= int(value) <= most:
                raise CannotStartError(f"{flag} takes a whole number from 1 to {most}, not {value!r}")
            plan = replace(plan, port=int(value)) if flag == "--port" else replace(plan, workers=int(value))
    return replace(plan, arguments=tuple(rest))


@frozen
class Preflight:
    """The result. `diagnostics` are those of the policy, its labels and the config; `messages` everything else that stops the start."""

    diagnostics: tuple[Diagnostic, ...]
    messages: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that stop the start: errors, and an empty policy."""
        return [found for found in self.diagnostics if found.severity is Severity.ERROR or found.code is Code.EMPTY_POLICY]

    @property
    def ready(self) -> bool:
        """Whether LiteLLM can be started."""
        return not self.errors and not self.messages


def preflight(plan: Plan, environment: Mapping[str, str], *, port_is_ours: bool = False) -> Preflight:
    """Check everything that the start needs; `port_is_ours`: the proxy that listens there is going to be replaced."""
    messages: list[str] = []
    diagnostics: list[Diagnostic] = []
    warnings: list[str] = []
    try:
        diagnostics = list(check_files(plan))
    except OSError as error:
        messages.append(f"the policy {plan.policy} can't be read: {reason(error)}; {POLICY_ADVICE}")
    config = read_litellm_config(plan.config, environment)
    readable = not any(diagnostic.code is Code.BAD_CONFIG for diagnostic in diagnostics)
    if readable and HOOK not in config.callbacks:
        warnings.append(f'{plan.config} does not load the hook, so nothing is routed; set litellm_settings: {{callbacks: ["{HOOK}"]}}')
    around = pass_through_problem(plan, config)
    if around is not None:
        warnings.append(str(around))
    counting = counting_problem(plan.folder)
    if counting is not None:
        warnings.append(f"{counting}; {COUNTING_ADVICE}")
    if not port_is_ours:
        problem = port_problem(plan.host, plan.port)
        if problem is not None:
            messages.append(str(problem))
    return Preflight(tuple(diagnostics), tuple(messages), tuple(warnings))


def pass_through_problem(plan: Plan, config: LiteLLMConfig) -> Obstacle | None:
    """What becomes of the pass_through_endpoints of LiteLLM's config, which no policy can route; None without any."""
    if not config.passed_through:
        return None
    paths = ", ".join(config.passed_through)
    if Kind.PASS_THROUGH in settings_of(plan.folder).other_calls:
        return Obstacle(f"what is sent to {paths} goes round the policy", "other_calls: {pass_through: refuse} in ccproxy.yaml refuses it")
    return Obstacle(f"what is sent to {paths} is refused", "other_calls: {pass_through: pass} in ccproxy.yaml lets it go round the policy")


COUNTING_ADVICE = "install litellm anew: the file is part of it"
POLICY_ADVICE = "name another under policy: in ccproxy.yaml, or write the starter policy: ccproxy install"


def reason(error: OSError) -> str:
    """Why a file can't be used, as part of a sentence."""
    return (error.strerror or str(error)).lower()


def check_files(plan: Plan) -> Iterator[Diagnostic]:
    """What is wrong, and not acknowledged, with the policy, its labels and rules, and LiteLLM's config. OSError without a policy."""
    _, problems = configured_models(plan.config, plan.folder)
    yield from problems
    yield from check_policy(plan, plan.policy)


def check_policy(plan: Plan, policy: Path) -> Iterator[Diagnostic]:
    """What is wrong, and not acknowledged, with a policy, its labels and rules. OSError without one."""
    model_list, _ = configured_models(plan.config, plan.folder)
    found, checked = check_file(policy)
    if checked is not None:
        passed = settings_of(plan.folder).other_calls
        checked = with_models(checked, Models.read(plan.config))
        found = diagnose(found, checked, [plan.folder, real_path(policy).parent], model_list, passed=passed, today=date.today())
    yield from (item for item in found if not item.acknowledged)


def port_problem(host: str, port: int) -> Obstacle | None:
    """Why it is impossible to listen there; None if it is possible."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        return Obstacle(f"host: {host} is no address of this machine: {error}")
    # LiteLLM checks its default port on localhost only, and then takes a random one
    more = [(socket.AF_INET, ("127.0.0.1", port))] if port == LITELLMS_DEFAULT_PORT else []
    for family, address in [*[(found[0], found[4]) for found in addresses], *more]:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as listener:
                if os.name == "posix":
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Obstacle(f"port {port} on {host} is in use by another process", "end that, or set another port: in ccproxy.yaml")
            if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL) and len(addresses) > 1:
                continue
            return Obstacle(f"nothing can listen on port {port} of {host}: {error.strerror or error}")
    return None


def settings_of(folder: Path) -> Settings:
    """The settings of a folder, the defaults if they can't be read."""
    try:
        return read_settings(folder)
    except SettingsError:
        return Settings()
