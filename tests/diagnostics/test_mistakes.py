"""Mistakes that people make, one file each in `mistakes/`: its first line has the help expected, and the fixes offered leave no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.diagnostics.fix import apply_edits
from tests.reference.running import diagnostics_of

FOLDER = Path(__file__).parent / "mistakes"
FILES = sorted(FOLDER.glob("*.ccp"))
LABELS = ("default", "think", "vision", "vision model", "trial", "long_context", "local/*")
CONFIG = "model_list:\n" + "".join(
    f"  - {{model_name: {label}, litellm_params: {{model: a/b}}, model_info: {{max_input_tokens: 1000}}}}\n" for label in LABELS
)
STEPS = 3
"""The most fixes made in a row: what was meant may take two, as `stream == True` does."""


def found(text: str, folder: Path) -> list[Diagnostic]:
    """What `ccproxy check` finds, the errors first."""
    (folder / "config.yaml").write_text(CONFIG)
    policy = folder / "policy.ccp"
    policy.write_text(text, "utf-8")
    return sorted(diagnostics_of(policy), key=lambda item: item.severity is not Severity.ERROR)


def told(text: str, folder: Path) -> Diagnostic | None:
    """The first finding."""
    return next(iter(found(text, folder)), None)


def mended(text: str, folder: Path) -> list[str]:
    """The errors left, and the first finding if it is there still, after the likeliest fixes."""
    first = told(text, folder)
    if first is None or not first.fixes:
        return ["nothing is offered"]
    for _ in range(STEPS):
        now = told(text, folder)
        if now is None or not now.fixes or (now.severity is not Severity.ERROR and now.code is not first.code):
            break
        text = apply_edits(now.fixes[0].edits, text)
    return [item.message for item in found(text, folder) if item.severity is Severity.ERROR or item.code is first.code]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_help_is_as_expected(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    first = told(text, tmp_path)
    assert first is not None
    assert f"# {first.code.number}: {first.help}" == text.partition("\n")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_fix_leaves_no_error(path: Path, tmp_path: Path) -> None:
    assert mended(path.read_text("utf-8"), tmp_path) == []


def test_the_table_is_long() -> None:
    assert len(FILES) >= 150


@pytest.mark.parametrize("name", ["072-head-stream-thinking-vision-branch", "075-endpoint-respones"])
def test_one_mistake_is_one_message(name: str, tmp_path: Path) -> None:
    assert len(found((FOLDER / f"{name}.ccp").read_text("utf-8"), tmp_path)) == 1
