"""Starts, stops and restarts the proxy of a config folder."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from ccproxy.config.locations import LITELLM_CONFIG_NAME
from ccproxy.frozen import frozen
from ccproxy.private_files import make_folder
from ccproxy.regular_files import is_folder
from ccproxy.service.client import CLIENTS
from ccproxy.service.install import install, is_installed
from ccproxy.service.litellm_process import Patience, ProxyProcess, ProxyStartError, ending, start_proxy, stop_proxy, wait_until_ready
from ccproxy.service.logs import LOG_NAME, follow, rotate
from ccproxy.service.pid_file import Running, locked, read_pid_file, remove_pid_file, write_pid_file
from ccproxy.service.preflight import CannotStartError, Plan, Preflight, plan_start, preflight
from ccproxy.service.processes import end, marked_members, started_at, wait_for_end, when_told_to_end
from ccproxy.service.status import STATUS_FOLDER

GRACE_SECONDS = 10
"""Seconds that pending requests have to finish when the proxy is stopped."""
OTHER_COMMAND = "another ccproxy starts or stops the proxy"
MARK = "CCPROXY_SERVICE"
"""The environment variable of a proxy and its workers that names their config folder."""

Say = Callable[[str], None]


@frozen
class Console:
    """Output for people: `say` and `warn` get lines, `report` the findings of the preflight, `waiting` what is waited for, and how long."""

    say: Say
    warn: Say
    report: Callable[[Preflight], None]
    waiting: Callable[[str, float], None]


def start(folder: Path, arguments: Sequence[str], console: Console, *, detach: bool) -> int:
    """Start the proxy of a folder, after installing the starter files if there are none. Returns the exit code.

    If detached, it returns when the proxy answers; else when the proxy ends or this process is told to. A proxy that already runs is
    left alone. Raises CannotStartError and OSError.
    """
    return _start(folder, arguments, console, detach=detach, told=frozenset())


def _start(folder: Path, arguments: Sequence[str], console: Console, *, detach: bool, told: frozenset[str]) -> int:
    folder = folder.absolute()
    make_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        advice = f"LiteLLM by itself needs no more: litellm --config {folder / LITELLM_CONFIG_NAME}"
        raise CannotStartError(f"{folder} can't be written to, and has to hold the log and the pid of the proxy; {advice}")
    with locked(folder, partial(console.waiting, OTHER_COMMAND)):
        running = read_pid_file(folder)
        if running is not None and running.alive:
            console.say(f"the proxy runs already: {running.url} (pid {running.pid}); to start it anew: ccproxy restart")
            return 0
        if not is_installed(folder):
            for installed in install(folder):
                if installed.written:
                    console.say(f"wrote {installed.path}")
        plan = plan_start(folder, arguments, os.environ)
        _end_leftovers(folder, running, console.warn)
        _check(plan, console, told=told)
        log_start = rotate(folder / LOG_NAME)
        child = _launch(plan, arguments, console)
    return 0 if detach else _attend(folder, child, log_start, console.say)


def stop(folder: Path, console: Console, *, grace_seconds: float = GRACE_SECONDS) -> bool:
    """Stop the proxy of a folder. Returns whether there was one; a process not started as the proxy is left alone. Raises OSError."""
    folder = folder.absolute()
    if not is_folder(folder):
        return False
    with locked(folder, partial(console.waiting, OTHER_COMMAND)):
        return _stop(folder, console, grace_seconds)


def restart(folder: Path, arguments: Sequence[str] | None, console: Console) -> int:
    """Stop the proxy of a folder if it runs, and start it detached, with its previous arguments unless others are given.

    Whatever would keep the new one from starting is found while the old one still runs, and it keeps running.
    """
    folder = folder.absolute()
    running = read_pid_file(folder) if is_folder(folder) else None
    told: frozenset[str] = frozenset()
    if running is not None and running.alive:
        arguments = running.arguments if arguments is None else arguments
        try:
            plan = plan_start(folder, arguments, os.environ)
            told = _check(plan, console, port_is_ours=(plan.host, plan.port) == (running.host, running.port))
        except CannotStartError as error:
            raise CannotStartError(*error.reasons, f"the proxy that runs (pid {running.pid}) goes on as it is") from error
        stop(folder, console)
    return _start(folder, arguments or (), console, detach=True, told=told)


def _stop(folder: Path, console: Console, grace_seconds: float) -> bool:
    running = read_pid_file(folder)
    if running is None or not running.alive:
        left = running is not None and _end_leftovers(folder, running, console.say)
        remove_pid_file(folder)
        return left
    forced = end(running.pid, running.start, grace_seconds, partial(console.waiting, "requests under way are let finish"))
    _end_leftovers(folder, running, console.say)
    remove_pid_file(folder)
    console.say(f"stopped the proxy (pid {running.pid})" + (f" by force, after {grace_seconds:g} seconds" if forced else ""))
    return True


def _check(plan: Plan, console: Console, *, port_is_ours: bool = False, told: frozenset[str] = frozenset()) -> frozenset[str]:
    """Tells of what the preflight finds and is not `told` yet; what it found, as texts. Raises CannotStartError."""
    found = preflight(plan, os.environ, port_is_ours=port_is_ours)
    console.report(replace(found, diagnostics=tuple(item for item in found.diagnostics if str(item) not in told)))
    for warning in found.warnings:
        if warning not in told:
            console.warn(f"warning: {warning}")
    if not found.ready:
        raise CannotStartError(*found.messages, *(["the policy or LiteLLM's config has errors"] if found.errors else []))
    return frozenset({*map(str, found.diagnostics), *found.warnings})


def _launch(plan: Plan, arguments: Sequence[str], console: Console) -> ProxyProcess:
    """Start LiteLLM, and wait until it answers. If this fails or is interrupted, nothing is left running. Raises CannotStartError."""
    folder, log = plan.folder, plan.folder / LOG_NAME
    shutil.rmtree(folder / STATUS_FOLDER, ignore_errors=True)
    console.say(f"starting LiteLLM, which takes some seconds; its log is {log}")
    try:
        child = start_proxy(
            plan.config,
            host=plan.host,
            port=plan.port,
            log=log,
            environment=proxy_environment(plan, os.environ),
            arguments=litellm_arguments(plan),
        )
    except ProxyStartError as error:
        raise CannotStartError(str(error)) from error
    try:
        with _interrupted_by_signals():
            running = Running(child.child.pid, started_at(child.child.pid) or "", plan.host, plan.port, plan.workers, tuple(arguments))
            write_pid_file(folder, running)
            waiting = partial(console.waiting, f"LiteLLM starts, and will answer on {child.url}")
            wait_until_ready(child, Patience(most_ended=2 * plan.workers), waiting)
    except BaseException as error:
        _stop_child(folder, child)
        if isinstance(error, ProxyStartError):
            raise CannotStartError(str(error)) from error
        raise
    console.say(f"the proxy listens on {child.url} (pid {running.pid}, {plan.workers} worker{'' if plan.workers == 1 else 's'})")
    console.say("use it from Claude Code:  ccproxy run claude")
    console.say(f"or from another client:   ccproxy run COMMAND, which knows {', '.join(name for name in CLIENTS if name != 'claude')}")
    console.say(
        f"or from anything else:    ANTHROPIC_BASE_URL={child.url}, OPENAI_BASE_URL={child.url}/v1 or GOOGLE_GEMINI_BASE_URL={child.url},"
    )
    console.say(f"                          with the master_key of {plan.config} as the API key")
    return child


def _attend(folder: Path, child: ProxyProcess, log_start: int, say: Say) -> int:
    """Show the log of a proxy in the foreground until it ends or a signal ends it."""
    status: int | None = None
    try:
        with _interrupted_by_signals():
            for text in follow(child.log, start=log_start, until=lambda: child.child.poll() is not None):
                say(text)
            status = child.child.wait()
    except BaseException as error:
        _stop_child(folder, child)
        if not isinstance(error, KeyboardInterrupt):
            raise
        say("stopped")
        return 0
    stopped = read_pid_file(folder) is None or status in (0, -signal.SIGTERM)
    _kill_marked(folder, child.child.pid)
    remove_own_pid_file(folder, child.child.pid)
    if stopped:
        return 0
    raise CannotStartError(f"LiteLLM {ending(status)}; what it said is above, and in {child.log}")


def _stop_child(folder: Path, child: ProxyProcess) -> None:
    try:
        stop_proxy(child, GRACE_SECONDS)
    finally:
        _kill_marked(folder, child.child.pid)
        remove_own_pid_file(folder, child.child.pid)


def remove_own_pid_file(folder: Path, pid: int) -> None:
    """Remove the pid file if it is still about this proxy."""
    running = read_pid_file(folder)
    if running is not None and running.pid == pid:
        remove_pid_file(folder)


def _end_leftovers(folder: Path, running: Running | None, warn: Say) -> bool:
    """End workers that have outlived their proxy, because they would hold its port."""
    if running is None or running.alive:
        return False
    ended = _kill_marked(folder, running.pid)
    if ended:
        warn(f"ended {ended} worker{'' if ended == 1 else 's'} that outlived the proxy (pid {running.pid})")
    return ended > 0


def _kill_marked(folder: Path, session: int) -> int:
    ended = [(pid, started_at(pid)) for pid in marked_members(session, MARK, str(folder))]
    for pid, _ in ended:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    for pid, began in ended:
        if began is not None:
            wait_for_end(pid, began, 5)
    return len(ended)


def proxy_environment(plan: Plan, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a proxy: the current one, without what would misdirect it."""
    kept = {name: value for name, value in environment.items() if name not in _DECIDED_HERE}
    own = (f"//127.0.0.1:{plan.port}", f"//localhost:{plan.port}", f"//{plan.host}:{plan.port}")
    if any(address in kept.get("ANTHROPIC_BASE_URL", "") + " " + kept.get("ANTHROPIC_API_BASE", "") for address in own):
        # the shell is set up for clients of this proxy: the proxy would take these for its provider's settings, and call itself
        for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"):
            kept.pop(name, None)
    kept.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    kept.setdefault("LITELLM_LOCAL_BLOG_POSTS", "True")
    if plan.workers > 1:
        # LiteLLM's default is one folder for all proxies on the machine, and each empties it when it starts
        kept.setdefault("PROMETHEUS_MULTIPROC_DIR", str(plan.folder / "metrics"))
    # without it Python puts the current folder before everything installed: any yaml.py there would be imported
    return kept | {"CCPROXY_CONFIG_DIR": str(plan.folder), MARK: str(plan.folder), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def litellm_arguments(plan: Plan) -> list[str]:
    """The arguments of LiteLLM's command line, except the config and the address."""
    arguments = ["--num_workers", str(plan.workers), *plan.arguments]
    if plan.workers > 1 and not any(argument.startswith((HEALTHCHECK, *OTHER_SERVERS)) for argument in plan.arguments):
        # uvicorn ends a worker that is silent for 5 seconds: on a busy machine that hits workers still importing LiteLLM, over and over
        arguments += [HEALTHCHECK, str(HEALTHCHECK_SECONDS)]
    return arguments


HEALTHCHECK = "--timeout_worker_healthcheck"
HEALTHCHECK_SECONDS = 90
OTHER_SERVERS = ("--run_gunicorn", "--run_hypercorn", "--run_granian")
_DECIDED_HERE = frozenset({"HOST", "PORT", "NUM_WORKERS", "DEBUG", "DETAILED_DEBUG", "CONFIG_FILE_PATH", "WORKER_CONFIG", MARK})
"""Variables that LiteLLM reads but ccproxy.yaml decides; other programs use some of these names for their own purposes."""


def _interrupted_by_signals() -> AbstractContextManager[None]:
    """Within the block, a request to terminate (by `kill`, or by a closing terminal) acts like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    return when_told_to_end(interrupt)
