"""What keeps the proxy from being started is told within seconds, and nothing is left running."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ccproxy.service.lifecycle import proxy_environment
from ccproxy.service.litellm_process import free_port
from ccproxy.service.preflight import CannotStartError, plan_start, port_problem

from .home import Home, processes_of


def refused(home: Home, *arguments: str, litellm: bool = False) -> str:
    """What `start` says when it does not start anything: before LiteLLM is, unless `litellm` has to find out."""
    told = home.run("start", "--detach", *arguments, seconds=360)
    assert told.returncode == 2, told.stdout + told.stderr
    assert litellm or not (home.folder / "proxy.log").exists()
    assert "Traceback" not in told.stderr
    assert processes_of(home.folder) == []
    assert not (home.folder / "proxy.pid").exists()
    return told.stderr


def write(name: str, text: str) -> Callable[[Home], None]:
    def break_it(home: Home) -> None:
        (home.folder / name).write_text(text, "utf-8")

    return break_it


def without_model(home: Home) -> None:
    config = home.config()
    config["model_list"] = [entry for entry in config["model_list"] if entry["model_name"] != "think"]
    home.config(config)


def without_policy(home: Home) -> None:
    (home.folder / "policy.ccp").unlink()


def without_config(home: Home) -> None:
    (home.folder / "config.yaml").unlink()


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (write("ccproxy.yaml", "\nprot: 5\n"), 'ccproxy.yaml:2:1: unknown setting "prot"; did you mean "port"?'),
        (write("ccproxy.yaml", "policy: other.ccp\n"), "other.ccp can't be read: no such file"),
        (write("policy.ccp", "when efort == 1 -> think\n"), "policy.ccp:1:6"),
        (write("policy.ccp", "default -> thinck\n"), 'did you mean "think"?'),
        (write("policy.ccp", 'predicate odd = "nowhere_at_all.odd"\nwhen odd -> think\n'), "there is no module `nowhere_at_all`"),
        (write("config.yaml", "model_list: [\n"), "this is not YAML"),
        (write("config.yaml", "model_list: []\n"), 'has no model_name "default"'),
        (without_model, 'config.yaml has no model_name "think"'),
        (without_policy, "policy.ccp can't be read"),
        (without_config, "config.yaml can't be read"),
    ],
)
def test_broken_files(home: Home, break_it: Callable[[Home], None], reason: str) -> None:
    home.install()
    break_it(home)
    assert reason in refused(home)


def test_a_callback_that_litellm_can_t_load(home: Home) -> None:
    home.install()
    config = home.config()
    config["litellm_settings"]["callbacks"].append("nowhere_at_all.handler")
    home.config(config)
    (home.folder / "proxy.log").write_text("said before\n")
    told = refused(replace(home, measured=False), litellm=True)
    assert "No module named 'nowhere_at_all'" in told
    assert "said before" not in told


def test_a_port_that_is_taken(home: Home) -> None:
    port = home.install()
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port} on 127.0.0.1 is in use" in refused(home)
    with socket.create_server(("127.0.0.1", 0)) as other:
        for arguments in (["--"], []):
            assert "is in use" in refused(home, *arguments, "--port", str(other.getsockname()[1]))


def without_powers() -> list[str]:
    """What to put before a command that root must run like anybody else, for whom the modes of files count."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root can write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.mark.parametrize(
    ("mode", "command", "told"),
    [
        (0o555, "start", "can't be written to, and has to hold the log and the pid"),
        (0o000, "start", "can't be written to, and has to hold the log and the pid"),
        (0o000, "status", "policy.ccp can't be read"),
        (0o000, "doctor", "can't be read, or is no folder"),
        (0o000, "logs", "proxy.log can't be read: permission denied"),
    ],
)
def test_a_folder_without_permission(home: Home, mode: int, command: str, told: str) -> None:
    home.install()
    home.folder.chmod(mode)
    try:
        said = home.run(command, prefix=without_powers())
    finally:
        home.folder.chmod(0o700)
    assert said.returncode == (1 if command == "doctor" else 2)
    assert told in said.stdout + said.stderr
    assert "mistake of ccproxy's own" not in said.stderr
    assert processes_of(home.folder) == []


def test_hosts() -> None:
    port = free_port()
    assert port_problem("127.0.0.1", port) is None
    assert port_problem("0.0.0.0", port) is None
    assert "no address" in str(port_problem("no.such.host.invalid", port))
    assert "nothing can listen" in str(port_problem("192.0.2.1", port))
    with socket.create_server(("127.0.0.1", port)):
        assert "in use" in str(port_problem("0.0.0.0", port))


def test_arguments_behind_the_dashes(tmp_path: Path) -> None:
    (tmp_path / "ccproxy.yaml").write_text("litellm: {detailed_debug: true}\nworkers: 2\n")
    plan = plan_start(tmp_path, ["--port", "5000", "--host=0.0.0.0", "--num_workers", "3", "--telemetry", "False"], {})
    assert (plan.host, plan.port, plan.workers) == ("0.0.0.0", 5000, 3)
    assert plan.arguments == ("--detailed_debug", "--telemetry", "False")
    assert plan_start(tmp_path, ["--config", "/x.yaml"], {}).config == Path("/x.yaml")
    assert plan_start(tmp_path, [], {"CCPROXY_POLICY": "/p.ccp"}).policy == Path("/p.ccp")
    for arguments in (["--port", "x"], ["--port"], ["--num_workers=0"]):
        with pytest.raises(CannotStartError, match="takes a whole number"):
            plan_start(tmp_path, arguments, {})


def test_the_environment_of_the_proxy(tmp_path: Path) -> None:
    plan = plan_start(tmp_path, ["--port", "5000"], {})
    given = {
        "DEBUG": "express:*",
        "PORT": "80",
        "ANTHROPIC_BASE_URL": "http://localhost:5000/",
        "ANTHROPIC_AUTH_TOKEN": "sk-proxy",
        "ANTHROPIC_API_KEY": "sk-ant",
        "LITELLM_LOCAL_MODEL_COST_MAP": "False",
    }
    made = proxy_environment(plan, given)
    assert {"DEBUG", "PORT", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"}.isdisjoint(made)
    assert made["ANTHROPIC_API_KEY"] == "sk-ant"
    assert made["LITELLM_LOCAL_MODEL_COST_MAP"] == "False"
    assert made["CCPROXY_CONFIG_DIR"] == str(tmp_path)
    # somebody else's gateway stays the provider
    assert "ANTHROPIC_BASE_URL" in proxy_environment(plan, given | {"ANTHROPIC_BASE_URL": "https://gateway.example"})
