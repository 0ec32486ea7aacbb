"""Every diagnostic has a page; what its page calls wrong is reported with its code alone, and what it calls right is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import ccproxy.diagnostics
from ccproxy.cli import main
from ccproxy.diagnostics import Code
from tests.reference.examples import Example, examples
from tests.reference.running import assert_canonical, assert_holds, diagnostics_of, lay_out

PAGES = Path(ccproxy.diagnostics.__file__).parent / "pages"
UNREADABLE = "CCP001"
"""Told by `ccproxy check` about no text: the one code without a policy that shows it."""
EXAMPLES = [(code, example) for code in Code for example in examples(PAGES / f"{code.number}.md")]


def test_the_pages_are_those_of_the_catalogue() -> None:
    assert sorted(path.name for path in PAGES.iterdir()) == sorted(f"{code.number}.md" for code in Code)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.number)
def test_a_page_has_its_parts(code: Code) -> None:
    text = (PAGES / f"{code.number}.md").read_text("utf-8")
    assert text.startswith(f"# {code.number} {code.slug}\n\n*{code.severity}*: {code.title}\n\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Fails", "Why", "Corrected"]
    shown = {bool(example.codes) for example in examples(PAGES / f"{code.number}.md")}
    assert shown == ({False} if code.number == UNREADABLE else {True, False})


@pytest.mark.parametrize(("code", "example"), EXAMPLES, ids=[f"{code.number} line {example.line}" for code, example in EXAMPLES])
def test_example(code: Code, example: Example, tmp_path: Path) -> None:
    assert_canonical(example)
    if example.codes:
        assert example.codes == (code.number,)
        assert_holds(example, tmp_path)
    else:
        assert [item.message for item in diagnostics_of(lay_out(example, tmp_path))] == []


def test_the_page_of_the_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = PAGES / f"{UNREADABLE}.md"
    (policy,) = examples(page)
    lay_out(policy, tmp_path)
    text = page.read_text("utf-8")
    wrong, right = re.findall(r"^```sh\nccproxy (.*)\n```$", text, re.MULTILINE)
    (told,) = re.findall(r"^```text\n(.*?)```$", text, re.MULTILINE | re.DOTALL)
    result = CliRunner().invoke(main, ["--config-dir", "no-folder", *wrong.split()])
    assert (result.exit_code, result.stdout) == (2, told)
    result = CliRunner().invoke(main, ["--config-dir", "no-folder", *right.split()])
    assert (result.exit_code, result.output) == (0, "")
