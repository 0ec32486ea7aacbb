"""Runs the tests of the gateway on another LiteLLM: `uv run python -m tests.versions oldest` (or `newest`, or a version).

`oldest` is the lowest that pyproject.toml allows, `newest` what the package index resolves now; the locked one is what
`uv run pytest` runs on. The environment is a temporary one. Other arguments are pytest's: `… newest -- tests/service -x`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Install and run; pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", metavar="oldest|newest|VERSION")
    parser.add_argument("pytest", nargs="*", default=["tests/gateway"], help="arguments of pytest; without any the gateway's tests")
    arguments = parser.parse_args()
    wanted = requirement(arguments.version)
    resolution = "lowest-direct" if arguments.version == "oldest" else "highest"
    with tempfile.TemporaryDirectory(prefix="ccproxy-litellm-") as folder:
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": folder}
        environment.pop("VIRTUAL_ENV", None)
        python = Path(folder) / "bin" / "python"
        uv(["sync", "--locked", "--quiet"], environment)
        choice = ["--upgrade-package", "litellm", "--resolution", resolution]
        uv(["pip", "install", "--quiet", *choice, "--python", str(python), wanted], environment)
        show = "from importlib.metadata import version; print('LiteLLM', version('litellm'), flush=True)"
        subprocess.run([python, "-c", show], check=True)
        return subprocess.run([python, "-m", "pytest", "--no-cov", *arguments.pytest], cwd=ROOT, check=False).returncode


def requirement(version: str) -> str:
    """What to install: `litellm[proxy]>=1.106,<2`, `litellm[proxy]==1.107.1`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    allowed = next(name for name in project["dependencies"] if name.startswith("litellm["))
    return allowed if version in ("oldest", "newest") else f"{allowed.partition('>')[0]}=={version}"


def uv(arguments: list[str], environment: dict[str, str]) -> None:
    """Run uv in the project."""
    subprocess.run(["uv", *arguments], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
