"""Several hosts: LiteLLM alone, by the commands of the README, over one read-only folder that is mounted as a ConfigMap is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from ccproxy.service.litellm_process import ProxyProcess, free_port, stop_proxy, wait_until_ready

from ..readme import block_with
from .proxy import wait_for
from .upstream import Upstream

MANIFESTS: dict[str, Any] = {manifest["kind"]: manifest for manifest in yaml.safe_load_all(block_with("yaml", "ConfigMap"))}
POD = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
(IMAGE_COMMAND,) = [
    json.loads(line.removeprefix("CMD ")) for line in block_with("dockerfile", "FROM").splitlines() if line.startswith("CMD ")
]
FILES: dict[str, str] = MANIFESTS["ConfigMap"]["data"]
SECRETS: dict[str, str] = MANIFESTS["Secret"]["stringData"]
BEARER = f"Bearer {SECRETS['LITELLM_MASTER_KEY']}"

INCLUDING = 'include "rules.ccp"\ndefault -> default\n'
FIRST = 'when header("x-split") == "yes" -> 50% think, 50% background by session\n'
SECOND = 'when header("x-split") == "yes" -> 20% think, 80% default by session\n'
VERSIONS = {
    "readme": {},
    "first": {"policy.ccp": INCLUDING, "rules.ccp": FIRST},
    "second": {"policy.ccp": INCLUDING, "rules.ccp": SECOND},
    "broken": {"policy.ccp": INCLUDING, "rules.ccp": "when nonsense -> think\n"},
}


@dataclass(frozen=True)
class Pod:
    """What runs in a container, with which environment, and in how many workers."""

    command: Sequence[str]
    environment: dict[str, str]
    workers: int


PODS = (
    Pod(IMAGE_COMMAND, SECRETS, 1),
    Pod(CONTAINER["command"], {variable["name"]: variable["value"] for variable in CONTAINER["env"]} | SECRETS, 2),
)
"""The image as it is, and as the Deployment has it."""


@dataclass(frozen=True)
class Replica:
    """A running pod."""

    url: str
    workers: int
    log: Path

    def said(self, text: str) -> int:
        """How often it said something."""
        return self.log.read_text("utf-8", errors="replace").count(text)


def mount(folder: Path, places: dict[str, str]) -> None:
    """A folder as Kubernetes mounts a ConfigMap: files are links by way of `..data`. `places`: path in the container -> path here."""
    for name, files in VERSIONS.items():
        version = folder / f"..{name}"
        version.mkdir(parents=True)
        for file, text in ({"rules.ccp": ""} | FILES | files).items():
            (version / file).write_text(placed(text, places))
    (folder / "..data").symlink_to("..readme")
    for file in ("rules.ccp", *FILES):
        (folder / file).symlink_to(f"..data/{file}")
    # root can write to any folder: only this tells it no
    (folder / "status").write_text("no folder")
    folder.chmod(0o555)


def placed(text: str, places: dict[str, str]) -> str:
    for there, here in places.items():
        text = text.replace(there, here)
    return text


def swap(folder: Path, version: str) -> None:
    folder.chmod(0o755)
    (folder / "..data_tmp").symlink_to(f"..{version}")
    (folder / "..data_tmp").rename(folder / "..data")
    folder.chmod(0o555)


@contextmanager
def running(pod: Pod, home: Path, places: dict[str, str], upstream: Upstream) -> Iterator[Replica]:
    """A pod that listens on loopback; Anthropic is `upstream`."""
    home.mkdir()
    port = free_port()
    command = [placed(word, places | {"0.0.0.0": "127.0.0.1", "4000": str(port)}) for word in pod.command]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "ANTHROPIC_API_BASE": upstream.url,
        **{name: placed(value, places) for name, value in pod.environment.items()},
    }
    log = home / "log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=home,
            start_new_session=True,
        )
    process = ProxyProcess(child, "127.0.0.1", port, log)
    try:
        wait_until_ready(process)
        replica = Replica(process.url, pod.workers, log)
        # the first worker answers while the second still starts
        wait_for(lambda: replica.said("Application startup complete") == pod.workers, 60)
        yield replica
    finally:
        stop_proxy(process)


def ask(client: httpx.Client, replica: Replica, **headers: str) -> httpx.Response:
    body = {"model": "claude-opus-5-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    return client.post(replica.url + "/v1/messages", json=body, headers={"authorization": BEARER, **headers})


def digest_of(*policy: str) -> str:
    """What answers call a policy and its includes."""
    return hashlib.sha256("".join(policy).encode()).hexdigest()[:12]


def labels(client: httpx.Client, replica: Replica, **headers: str) -> list[str]:
    """Where a replica sends 16 sessions."""
    answers = [ask(client, replica, **headers, **{"x-my-session-id": f"s{number}"}) for number in range(16)]
    return [answer.headers["x-ccproxy-label"] for answer in answers]


def test_replicas_over_one_mounted_folder(upstream: Upstream, tmp_path: Path) -> None:
    places = {mounted["mountPath"]: str(tmp_path / mounted["name"]) for mounted in CONTAINER["volumeMounts"]}
    folder, records = tmp_path / "config", tmp_path / "records"
    (tmp_path / "metrics").mkdir()
    mount(folder, places)
    before = sorted(path.name for path in folder.iterdir())

    def start(stack: ExitStack, number: int) -> Replica:
        return stack.enter_context(running(PODS[number], tmp_path / f"home-{number}", places, upstream))

    with ExitStack() as first, ExitStack() as second, ThreadPoolExecutor(2) as pool, httpx.Client(trust_env=False, timeout=30) as client:
        replicas = list(pool.map(start, (first, second), (0, 1)))

        def sent(headers: dict[str, str]) -> set[str]:
            """Where both send 16 sessions: to the same labels."""
            one, other = (labels(client, each, **headers) for each in replicas)
            assert one == other
            return set(one)

        def taken_up(version: str, *policy: str) -> None:
            digest = digest_of(*policy)
            expected = [each.said(f"({digest})") + each.workers for each in replicas]
            swap(folder, version)
            wait_for(lambda: [each.said(f"({digest})") for each in replicas] == expected)
            assert ask(client, replicas[0]).headers["x-ccproxy-policy"] == digest

        for each in replicas:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert client.get(each.url + CONTAINER[probe]["httpGet"]["path"]).status_code == 200
        assert sent({"x-claude-code-request-class": "main"}) == {"default", "think"}
        taken_up("first", INCLUDING, FIRST)
        assert sent({"x-split": "yes"}) == {"think", "background"}
        taken_up("second", INCLUDING, SECOND)
        assert sent({"x-split": "yes"}) == {"think", "default"}
        swap(folder, "broken")
        wait_for(lambda: all(each.said("rules.ccp:1:6: error unknown-name") == each.workers for each in replicas))
        assert [ask(client, each).headers["x-ccproxy-policy"] for each in replicas] == [digest_of(INCLUDING, SECOND)] * 2
        taken_up("readme", FILES["policy.ccp"])
        metrics = [client.get(each.url + "/metrics/", headers={"authorization": BEARER}).text for each in replicas]
        requests = len(upstream.received)
    assert os.geteuid() == 0 or sorted(path.name for path in folder.iterdir()) == before
    assert [each.said("the status can't be written") for each in replicas] == [each.workers for each in replicas]
    lines = [json.loads(line) for line in (records / "decisions.jsonl").read_text().splitlines()]
    assert sum("id" in line for line in lines) == requests
    assert {line["answer"] for line in lines if "answer" in line} == {line["id"] for line in lines if "id" in line}
    assert {request.headers["x-api-key"] for request in upstream.received} == {SECRETS["ANTHROPIC_API_KEY"]}
    assert sum(total(text) for text in metrics) == requests


def total(metrics: str) -> float:
    """The requests that a replica counted, in all its workers."""
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("ccproxy_requests_total"))
