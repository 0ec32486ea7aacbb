"""Running `ccproxy`, in this process or as people do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from ccproxy.cli import main

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "tests" / "captures"
STARTER = ROOT / "policies" / "claude-code.ccp"
CONFIG = """
model_list:
  - model_name: default
    litellm_params: {model: anthropic/claude-sonnet-5}
  - model_name: think
    litellm_params: {model: anthropic/claude-opus-5-5}
"""


def ccproxy(*arguments: str | Path, input: str | bytes | None = None, folder: Path = Path("no-such-folder")) -> Result:
    """`ccproxy --config-dir FOLDER …` in this process."""
    return CliRunner().invoke(main, ["--config-dir", str(folder), *map(str, arguments)], input=input)


def answer(*arguments: str | Path, **options: Any) -> Any:
    """The JSON that a command prints; it has to end well."""
    result = ccproxy(*arguments, **options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def process(
    arguments: Sequence[str | Path], *, input: bytes | None = None, environment: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own, with a fresh environment but for `environment`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    command = [str(Path(sys.executable).with_name("ccproxy")), *map(str, arguments)]
    return subprocess.run(command, input=input, env=kept | (environment or {}), cwd=cwd, capture_output=True, timeout=60, check=False)
