"""What commands import, and what they do with it when they start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run import CAPTURES, ROOT, STARTER, process

REQUEST = CAPTURES / "01-main-first-turn.json"
LIST_MODULES = """
import sys
from ccproxy.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert ended.code == 0, ended.code
print("MODULES", *sorted(sys.modules))
"""


def imported(*arguments: str | Path) -> set[str]:
    """The modules that a command imports, without coverage's own."""
    command = [sys.executable, "-c", LIST_MODULES, "--config-dir", "no-such-folder", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, env=environment, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["check", STARTER], {"litellm", "tiktoken", "yaml", "ccproxy.models.model_list_reader", "ccproxy.policy", "difflib"}),
        (["explain", REQUEST], {"litellm", "yaml"}),
        (["test", STARTER], {"litellm", "tiktoken", "hashlib", "ccproxy.analysis"}),
        (["check", "policies/minimal.ccp"], {"litellm", "tiktoken", "yaml", "re2", "ccproxy.models.model_list_reader"}),
        (["check", "policies/minimal.ccp"], {"ccproxy.language.syntax_errors", "ccproxy.compiler.index", "ccproxy.analysis.assertions"}),
        (["check", "--no-config", "policies/minimal.ccp"], {"ccproxy.facts.calls", "ccproxy.models.model_list", "ccproxy.config.settings"}),
        (["explain", REQUEST, "--policy", "tests/conformance/boolean/boolean.ccp"], {"litellm", "tiktoken", "yaml", "re2"}),
        (["facts", REQUEST], {"litellm", "yaml", "re2", "ccproxy.analysis", "ccproxy.language.syntax"}),
        (["facts"], {"litellm", "yaml", "re2", "tiktoken", "ccproxy.analysis"}),
        (["docs"], {"litellm", "yaml", "re2", "tiktoken", "ccproxy.policy"}),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str | Path], unneeded: set[str]) -> None:
    assert imported(*arguments) & unneeded == set()


@pytest.mark.parametrize("arguments", [["check", STARTER], ["explain", REQUEST], ["facts", REQUEST]])
def test_commands_work_with_a_fresh_home(arguments: list[str | Path], tmp_path: Path) -> None:
    result = process(arguments, environment={"HOME": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_imports_make_is_never_searched_for_garbage() -> None:
    """And who calls a command looks for garbage as before."""
    asked = "assert gc.isenabled()\nassert gc.get_threshold() == before\nprint('FROZEN', gc.get_freeze_count())"
    program = f"import gc\nbefore = gc.get_threshold()\n{LIST_MODULES}\n{asked}"
    result = subprocess.run([sys.executable, "-c", program, "facts"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert int(result.stdout.split()[-1]) > 10_000, result.stderr
