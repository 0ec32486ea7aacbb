"""What is in the wheel: every package, the grammar, the starter policies."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from ..readme import block_with

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns("node_modules", "__pycache__")


def declared() -> dict[str, object]:
    settings: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    return settings


def test_the_list_of_packages_is_the_folders() -> None:
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "ccproxy").rglob("__init__.py")
        if "node_modules" not in path.parts
    }
    assert sorted(declared()["packages"]) == sorted({*folders, "ccproxy.conformance", "ccproxy.grammar", "ccproxy.policies"})  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a wheel has that is built of the files that the container file copies."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    copied = [line.split()[1:] for line in block_with("dockerfile", "FROM").splitlines() if line.startswith("COPY ")]
    for *names, to in copied:
        for name in names:
            path, place = ROOT / name, source / to / name if to == "./" else source / to
            shutil.copytree(path, place, ignore=NOT_COPIED) if path.is_dir() else shutil.copy(path, place)
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(target), str(source)], check=True, timeout=120)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        return archive.namelist()


@pytest.mark.parametrize(
    "name",
    [
        "ccproxy/py.typed",
        "ccproxy/grammar/ccp.table.json",
        "ccproxy/policies/claude-code.ccp",
        "ccproxy/policies/claude-code.cases.yaml",
        "ccproxy/facts/counting/counter.py",
        "ccproxy/gateway/hook.py",
    ],
)
def test_the_wheel_has_it(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_every_data_file_is_in_the_wheel(wheel: list[str]) -> None:
    for folder in ("policies", "grammar"):
        for path in (ROOT / folder).iterdir():
            if path.suffix in (".ccp", ".lark", ".json") or path.name.endswith(".cases.yaml"):
                assert f"ccproxy/{folder}/{path.name}" in wheel
    for page in (ROOT / "ccproxy" / "diagnostics" / "pages").glob("*.md"):
        assert f"ccproxy/diagnostics/pages/{page.name}" in wheel
    suite = ROOT / "tests" / "conformance"
    for path in suite.rglob("*.*"):
        if "__pycache__" not in path.parts:
            assert f"ccproxy/conformance/{path.relative_to(suite).as_posix()}" in wheel
