"""CONTRIBUTING.md: each list of what to touch has the files that know its example, and no others."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}
MOREOVER = {
    "A fact": {"ccproxy/analysis/witness/", "ccproxy/gateway/litellm_data.py"},
    "A target": {"ccproxy/language/tokens.py", "grammar/README.md"},
    "An operator": {"ccproxy/language/tokens.py", "ccproxy/checks/typing.py", "ccproxy/compiler/emitter.py", "grammar/README.md"},
}
"""What the lists name for others of the kind, and the example has no part in."""


def paths(text: str) -> set[str]:
    """The files and folders of the repository that a text names."""
    return {path for path in re.findall(r"`([^` ]+)`", text) if re.match(r"\.ci/|(?:ccproxy|grammar|tests)/|[A-Z]+\.md$", path)}


def test_there_is_a_list_for_each_kind() -> None:
    assert list(SECTIONS) == ["A fact", "A shape of request", "A target", "An operator", "A diagnostic"]
    assert len(TEXT.splitlines()) <= 80


@pytest.mark.parametrize("path", sorted(paths(TEXT)))
def test_every_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("kind", SECTIONS)
def test_a_list_has_what_knows_its_example(kind: str) -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no repository of git's")
    (command,) = re.findall(r"`(git grep [^`]+)`", SECTIONS[kind])
    found = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    listed = {path for path in paths(SECTIONS[kind]) if not path.startswith("tests/")}
    assert listed == {*found, *MOREOVER.get(kind, ())}


@pytest.mark.parametrize("module", re.findall(r"`uv run python -m (\S+)`", TEXT))
def test_what_writes_a_file_is_there(module: str) -> None:
    assert "__main__" in (ROOT / module.replace(".", "/")).with_suffix(".py").read_text("utf-8")
