"""Collects the status of the proxy of a config folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ccproxy.config.calibration import read_groups, told
from ccproxy.config.locations import POLICY_NAME, SettingsError, locate
from ccproxy.frozen import frozen
from ccproxy.language.loader import load_file
from ccproxy.policy import hash_of
from ccproxy.private_files import read_text
from ccproxy.service.litellm_process import answers
from ccproxy.service.pid_file import Running, read_pid_file
from ccproxy.service.preflight import settings_of
from ccproxy.service.processes import listening, parent_of, session_of, started_at

STATUS_FOLDER = "status"
"""The folder with a JSON file for each worker, written by the hook: `PID.json`."""


@frozen
class Status:
    """The status of the proxy, or its absence; counts are sums over its workers since its start.

    `policy` is the one in force in the workers: `file`, `sha256`, `loaded_at`; without a proxy, the policy that one would load. `reload`:
    `at` and `error` of the last reload. Times are ISO 8601. `tokens`: texts with a cached count (`hits`), texts that were tokenised
    (`misses`) and their `characters`. `calibration`: `ratio` and `answers` of each model group, over all starts.
    `dollars`: what answers cost, as LiteLLM calculated it, by the label that served (`labels`) and by rule (`rules`).
    `memory`: the `kind` of the store of what is remembered (None before the first request), with SQLite how many `conversations` it has;
    `unread` counts the requests that went without, `lost` what couldn't be written, `trouble` is whether that goes on. None where the
    policy asks for nothing of it.
    `shadow`: of a candidate for the policy the `file` and `sha256`, the `requests` that it decided too since it was read, how many would go
    `elsewhere`, how many it is `undecided` on by the fact that was wanting, and `failed` on; `error` and `at` of the last reading.
    `unrecorded`: requests whose record could not be written. `died`: without a proxy, the pid of the last one if nobody stopped it.
    `plain`: the proxy is one that `litellm --config` started; then the counts are of the workers that run now.
    """

    pid: int | None
    host: str
    port: int
    workers: int
    healthy: bool
    policy: Mapping[str, str | None]
    reload: Mapping[str, str | None] = field(default_factory=lambda: {"at": None, "error": None})
    requests: int = 0
    failures: int = 0
    unrecorded: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    calibration: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    dollars: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: {"labels": {}, "rules": {}})
    memory: Mapping[str, Any] | None = None
    shadow: Mapping[str, Any] | None = None
    died: int | None = None
    plain: bool = False

    @property
    def running(self) -> bool:
        """Whether the proxy runs."""
        return self.pid is not None

    def to_dict(self) -> dict[str, Any]:
        """The status as `status --json` prints it."""
        return {
            "running": self.running,
            "pid": self.pid,
            "host": self.host,
            "port": self.port,
            "workers": self.workers,
            "healthy": self.healthy,
            "policy": dict(self.policy),
            "reload": dict(self.reload),
            "requests": self.requests,
            "failures": self.failures,
            "unrecorded": self.unrecorded,
            "labels": dict(self.labels),
            "rules": dict(self.rules),
            "dollars": {of: dict(sums) for of, sums in self.dollars.items()},
            "memory": None if self.memory is None else dict(self.memory),
            "tokens": {"hits": 0, "misses": 0, "characters": 0, **self.tokens},
            "calibration": {group: dict(seen) for group, seen in self.calibration.items()},
            "shadow": None if self.shadow is None else dict(self.shadow),
        }


def read_status(folder: Path, environment: Mapping[str, str]) -> Status:
    """Read the status of a folder's proxy: the one that `ccproxy start` started, else any whose workers write to this folder."""
    folder = folder.absolute()
    policy, calibration = _policy(folder, environment), told(read_groups(folder))
    running = read_pid_file(folder)
    if running is not None and running.alive:
        return _status(running, running.answers, list(read_workers(folder, running)), policy, calibration)
    settings = settings_of(folder)
    # workers that outlive a killed proxy of ours for a moment are no other proxy
    killed = None if running is None else running.pid
    running_now = (worker for worker in _all_workers(folder) if started_at(worker["pid"]) is not None)
    workers = [worker for worker in running_now if killed != session_of(worker["pid"]) == worker.get("session")]
    if workers:
        plain = _plain(workers, settings.host, settings.port)
        return replace(_status(plain, answers(plain.url), workers, policy, calibration), plain=True)
    on_disk, died = _policy_on_disk(policy), None if running is None else running.pid
    return Status(None, settings.host, settings.port, settings.workers, False, on_disk, calibration=calibration, died=died)


def _status(
    running: Running, healthy: bool, workers: list[dict[str, Any]], policy: Path, calibration: Mapping[str, Mapping[str, float]]
) -> Status:
    """The status of a proxy with these workers."""
    workers = sorted(workers, key=lambda worker: _text(_mapping(worker.get("policy")).get("loaded_at")) or "")
    latest = _mapping(workers[-1].get("policy")) if workers else {}
    # the report of any worker counts: if one could not load a policy, people have to know
    reloads = [_mapping(worker.get("reload")) for worker in workers]
    reload = max(reloads, key=lambda told: (told.get("error") is not None, _text(told.get("at")) or ""), default={})
    return Status(
        running.pid,
        running.host,
        running.port,
        running.workers,
        healthy,
        {name: _text(latest.get(name)) for name in ("file", "sha256", "loaded_at")} if latest else _policy_on_disk(policy),
        {name: _text(reload.get(name)) for name in ("at", "error")},
        sum(_count(worker.get("requests")) for worker in workers),
        sum(_count(worker.get("failures")) for worker in workers),
        sum(_count(worker.get("unrecorded")) for worker in workers),
        _sums(worker.get("labels") for worker in workers),
        _sums(worker.get("rules") for worker in workers),
        _sums(worker.get("tokens") for worker in workers),
        calibration,
        {of: _dollars(_mapping(worker.get("dollars")).get(of) for worker in workers) for of in ("labels", "rules")},
        _memory([told for worker in workers if (told := _mapping(worker.get("memory")))]),
        _shadow([_mapping(worker["shadow"]) for worker in workers if "shadow" in worker]),
    )


def _memory(told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The store of the workers, and the sums of what went wrong in them."""
    if not told:
        return None
    known = next((one for one in reversed(told) if one.get("kind") is not None), told[-1])
    return {
        "kind": _text(known.get("kind")),
        "conversations": known.get("conversations"),
        **{name: sum(_count(one.get(name)) for one in told) for name in ("unread", "lost")},
        "trouble": any(one.get("trouble") is True for one in told),
    }


def _shadow(told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The sums over the workers that compare with the same candidate as the last one to read it."""
    latest = max(told, key=lambda one: (one.get("error") is not None, _text(one.get("at")) or ""), default=None)
    if latest is None:
        return None
    same = [one for one in told if one.get("sha256") == latest.get("sha256")]
    return {
        **{name: _text(latest.get(name)) for name in ("file", "sha256", "error", "at")},
        **{name: sum(_count(one.get(name)) for one in same) for name in ("requests", "elsewhere", "failed")},
        "undecided": _sums(one.get("undecided") for one in same),
    }


def _plain(workers: list[dict[str, Any]], host: str, port: int) -> Running:
    """The proxy that LiteLLM's own command started with these workers; `host` and `port` where its address can't be had."""
    pids = [worker["pid"] for worker in workers]
    pid = pids[0] if len(pids) == 1 else parent_of(pids) or pids[0]
    address = next((found for found in map(listening, [pid, *pids]) if found is not None), (host, port))
    return Running(pid, started_at(pid) or "", *address, len(workers))


def read_workers(folder: Path, running: Running) -> Iterator[dict[str, Any]]:
    """The status files of a proxy's workers: those that run, and those that it has replaced since."""
    # the proxy leads a session of its own, which contains no other proxy's processes
    return (worker for worker in _all_workers(folder) if running.pid in (worker.get("session"), session_of(worker["pid"])))


def _all_workers(folder: Path) -> Iterator[dict[str, Any]]:
    """The status files of a folder, each with the pid of its worker."""
    try:
        paths = sorted((folder / STATUS_FOLDER).glob("*.json"))
    except OSError:  # told of by what reads the policy
        return
    for path in paths:
        try:
            worker = json.loads(read_text(path))
        except (OSError, ValueError):
            continue
        if isinstance(worker, dict) and isinstance(worker.get("pid"), int):
            yield worker


def _policy(folder: Path, environment: Mapping[str, str]) -> Path:
    """The policy file that a proxy started now would load."""
    try:
        return locate({**environment, "CCPROXY_CONFIG_DIR": str(folder)}).policy
    except SettingsError:
        return folder / POLICY_NAME


def _policy_on_disk(path: Path) -> dict[str, str | None]:
    try:
        sha256: str | None = hash_of(load_file(path).policy)
    except OSError:
        sha256 = None
    return {"file": str(path), "sha256": sha256, "loaded_at": None}


def _sums(counts: Iterator[object]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update({name: _count(number) for name, number in _mapping(count).items()})
    return dict(total.most_common())


def _dollars(sums: Iterator[object]) -> dict[str, float]:
    total: dict[str, float] = {}
    for one in sums:
        for name, dollars in _mapping(one).items():
            if isinstance(dollars, int | float):
                total[name] = total.get(name, 0.0) + dollars
    return total


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
