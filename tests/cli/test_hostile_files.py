"""Files that somebody may have put into a repository to hold up, or fill, whatever reads it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.config.settings import SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.language.loader import MOST_READ
from ccproxy.lsp.case_index import cases_of
from ccproxy.lsp.documents import open_document
from ccproxy.lsp.project import Project
from ccproxy.models.litellm_config import LiteLLMConfig, read_litellm_config
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.regular_files import open_regular, read_regular, read_start
from tests.cli.run import ccproxy

FINE = "default -> default\n"
HUGE = 1 << 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fine.ccp").write_text(FINE)
    (tmp_path / "request.json").write_text('{"messages": []}')
    return tmp_path


def put(path: Path, kind: str) -> None:
    """Something in the place of a file."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(HUGE)


def commands(name: str) -> Iterator[list[str]]:
    """The ways in which the commands read a file of that name, by its ending."""
    match name:
        case "hostile.ccp":
            for command in ("check", "fmt", "graph"):
                yield [command, name]
            yield ["check", "--fix", name]
            yield ["diff", name, "fine.ccp"]
            yield ["diff", "fine.ccp", name]
            yield ["explain", "request.json", "--policy", name]
            yield ["facts", "request.json", "--policy", name, "--at", "2026-01-01T10:00"]
            yield ["test", "--generate", name]
        case "hostile.cases.yaml":
            yield ["test", name]
            yield ["graph", "fine.ccp", "--hits", name]
        case "config.yaml":
            yield ["check", "fine.ccp", "--config", name]
        case _:
            yield ["explain", name, "--policy", "fine.ccp"]
            yield ["facts", name]
            yield ["diff", "fine.ccp", "fine.ccp", "--requests", name]


TOO_LONG, LOOP = "a" * 300 + ".ccp", "loop.ccp"


@pytest.mark.parametrize("name", [TOO_LONG, LOOP])
@pytest.mark.parametrize(
    "arguments",
    [
        *(["check"], ["check", "fine.ccp", "--config"], ["explain"], ["explain", "request.json", "--policy"], ["facts"], ["fmt"]),
        *(["test"], ["test", "--policy"], ["test", "--generate"], ["diff", "fine.ccp"], ["diff", "fine.ccp", "fine.ccp", "--requests"]),
        *(["graph"], ["graph", "fine.ccp", "--hits"], ["bench"], ["replay"], ["replay", "request.json", "--policy"], ["import"]),
        *(["replay", "request.json", "--policy", "fine.ccp", "--config"], ["live", "--records"], ["models", "--config"]),
        ["bench", "fine.ccp"],
    ],
    ids=" ".join,
)
def test_a_name_that_can_stand_for_nothing(folder: Path, arguments: list[str], name: str) -> None:
    (folder / LOOP).symlink_to(folder / LOOP)
    result = ccproxy(*arguments, name)
    told = result.stdout + result.stderr
    assert result.exit_code in (1, 2), told
    assert "mistake of ccproxy" not in told
    assert any(word in told for word in ("there is no", "can't be read", "name too long", "symbolic links", "No such option")), told


@pytest.mark.parametrize("name", [TOO_LONG, LOOP])
def test_a_file_names_what_can_stand_for_nothing(folder: Path, name: str) -> None:
    (folder / LOOP).symlink_to(folder / LOOP)
    (folder / "including.ccp").write_text(f'include "{name}"\n{FINE}')
    (folder / "a.cases.yaml").write_text(f"policy: {name}\ncases: [{{request: {name}, expect: default}}]\n")
    (folder / "config.yaml").write_text(f"include: [{name}]\nmodel_list: []\n")
    (folder / "ccproxy.yaml").write_text(f"policy: {name}\nlitellm: {{config: {name}}}\nshadow: {name}\n")
    here = ["--config-dir", str(folder)]
    for arguments in (
        ["check", "including.ccp"],
        ["fmt", "--check", "including.ccp"],
        ["test", "a.cases.yaml"],
        ["check", "fine.ccp", "--config", "config.yaml"],
        *(
            [*here, *command]
            for command in (["check"], ["check", "fine.ccp"], ["explain", "request.json"], ["doctor"], ["status"], ["start"])
        ),
    ):
        result = ccproxy(*arguments)
        assert "mistake of ccproxy" not in result.stdout + result.stderr, arguments
        assert result.exit_code in (0, 1, 2)


@pytest.mark.parametrize("kind", ["fifo", "zero", "sparse"])
@pytest.mark.parametrize("name", ["hostile.ccp", "hostile.cases.yaml", "config.yaml", "request.json.json", "requests.jsonl"])
def test_commands_read_no_more_than_the_limit(folder: Path, name: str, kind: str) -> None:
    put(folder / name, kind)
    for arguments in commands(name):
        result = ccproxy(*arguments)
        assert result.exit_code in (1, 2) or arguments[0] == "facts", arguments
        told = result.stdout + result.stderr
        assert any(
            word in told for word in ("regular file", "more than", "not named .ccp", "there is no LiteLLM config", "times are in UTC")
        ), told
        assert "mistake of ccproxy" not in told


@pytest.mark.parametrize("kind", ["fifo", "zero", "sparse"])
def test_what_a_policy_or_a_case_names_is_read_no_further_either(folder: Path, kind: str) -> None:
    put(folder / "hostile", kind)
    (folder / "includes.ccp").write_text('include "hostile"\n' + FINE)
    result = ccproxy("check", "includes.ccp")
    assert result.exit_code == 1, result.output
    (folder / "config.yaml").write_text("include: [hostile]\nmodel_list: []\n")
    assert ccproxy("check", "fine.ccp", "--config", "config.yaml").exit_code == 1
    (folder / "fine.cases.yaml").write_text("cases: [{name: a, request: hostile, expect: default}]")
    assert ccproxy("test", "fine.cases.yaml").exit_code == 1
    (folder / "fine.cases.yaml").write_text("policy: hostile\ncases: [{name: a, request: request.json, expect: default}]")
    assert ccproxy("test", "fine.cases.yaml").exit_code == 1


@pytest.mark.parametrize("kind", ["fifo", "zero", "sparse"])
def test_what_the_proxy_and_the_editor_read_of_themselves(folder: Path, kind: str) -> None:
    put(folder / "ccproxy.yaml", kind)
    with pytest.raises(SettingsError, match=r"can't be read: (it is a pipe|it has more)"):
        read_settings(folder)
    put(folder / "config.yaml", kind)
    assert read_model_list(folder / "config.yaml")[0] is None
    assert read_litellm_config(folder / "config.yaml", {}) == LiteLLMConfig()
    put(folder / "hostile.cases.yaml", kind)
    assert cases_of(folder / "fine.ccp") is None
    put(folder / "including.ccp", kind)
    project = Project(read_model_list)
    project.put(open_document((folder / "fine.ccp").as_uri(), FINE, 1, "utf-16"))
    assert project.main_of(folder / "fine.ccp") == folder / "fine.ccp"


def test_standard_input_is_bounded(folder: Path) -> None:
    many = b" " * (MOST_READ + 10)
    for arguments in (["check", "-"], ["fmt", "-"], ["diff", "-", "fine.ccp"]):
        result = ccproxy(*arguments, input=many)
        assert "more than 1,048,576 bytes" in result.output, arguments
    result = ccproxy("test", "-", input=b"#" * 16_777_217)
    assert (result.exit_code, "more than 16,777,216 bytes" in result.output) == (2, True)


def test_files_that_change_under_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    assert read_start(path, 3) == b"123"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_regular(path, 4)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="pipe or a device"):
        open_regular(path)


# ── Homes that nobody knows ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_without_a_home_names_the_config_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container, say, whose user the system doesn't know. A folder named `~` would be taken for the home by whoever removes it."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    before = sorted(os.listdir())
    result = CliRunner().invoke(main, ["check", "fine.ccp"])
    assert (result.exit_code, result.stderr) == (
        2,
        "ccproxy: no home folder is known: name the config folder, by --config-dir or $CCPROXY_CONFIG_DIR\n",
    )
    (folder / "config.yaml").write_text("model_list: [{model_name: default, litellm_params: {model: claude-opus-5-5}}]")
    result = ccproxy("check", "fine.ccp")
    assert (result.exit_code, result.stdout) == (0, "fine.ccp: fine, 1 rule\n")
    assert sorted(os.listdir()) == sorted([*before, "config.yaml"])


def test_the_home_of_nobody_is_a_name_like_another(folder: Path) -> None:
    (folder / "ccproxy.yaml").write_text(
        "policy: ~nobody-at-all/policy.ccp\nrecords: {folder: ~nobody-at-all}\nlitellm: {config: ~nobody-at-all/c}"
    )
    result = ccproxy("check", folder=folder)
    assert result.exit_code == 2
    assert f"there is no policy {folder}/~nobody-at-all/policy.ccp" in result.stderr
    for arguments, named in ((["check", "fine.ccp"], folder), (["check", "fine.ccp"], Path("~nobody-at-all"))):
        assert ccproxy(*arguments, folder=named).exit_code == 0
