"""`ccproxy fmt` as people run it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ccproxy.cli import main
from ccproxy.language import syntax
from ccproxy.language.formatter.layout import Layout, lay_out
from ccproxy.language.formatter.verified import Formatted, format_source
from ccproxy.source import Source

UNTIDY = "when tokens>3->x # why\ndefault->y\n"
TIDY = "when tokens > 3 -> x  # why\ndefault         -> y\n"


def run(*arguments: str | Path, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["fmt", *map(str, arguments)], input=given)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.ccp"
    path.write_text(UNTIDY, "utf-8")
    return path


def test_it_writes(policy: Path) -> None:
    policy.chmod(0o640)
    result = run(policy)
    assert (result.exit_code, result.stdout) == (0, "")
    assert policy.read_text("utf-8") == TIDY
    assert stat.S_IMODE(policy.stat().st_mode) == 0o640
    assert [path.name for path in policy.parent.iterdir()] == ["policy.ccp"]
    assert run(policy).stderr == ""


def test_a_name_that_nothing_has_is_no_matter_of_layout(policy: Path) -> None:
    policy.write_text('when  modl == "a"->x\n', "utf-8")
    assert run(policy).exit_code == 0
    assert policy.read_text("utf-8") == 'when modl == "a" -> x\n'
    assert "A file with a syntax error is left" in run("--help").stdout


def test_what_is_tidy_is_not_written_again(policy: Path) -> None:
    run(policy)
    before = policy.stat()
    run(policy)
    assert policy.stat().st_mtime_ns == before.st_mtime_ns
    assert policy.stat().st_ino == before.st_ino


def test_a_link_stays_a_link(policy: Path) -> None:
    link = policy.with_name("link.ccp")
    link.symlink_to(policy)
    assert run(link).exit_code == 0
    assert link.is_symlink()
    assert policy.read_text("utf-8") == TIDY


def test_check_writes_nothing(policy: Path) -> None:
    result = run("--check", policy)
    assert (result.exit_code, result.stdout) == (1, f"{policy} would change\n")
    assert policy.read_text("utf-8") == UNTIDY
    run(policy)
    assert run("--check", policy).exit_code == 0


def test_diff_writes_nothing(policy: Path) -> None:
    result = run("--diff", policy)
    assert result.exit_code == 1
    assert "-default->y\n" in result.stdout
    assert "+default         -> y\n" in result.stdout
    assert policy.read_text("utf-8") == UNTIDY


def test_standard_input() -> None:
    result = run("-", given=UNTIDY)
    assert (result.exit_code, result.stdout, result.stderr) == (0, TIDY, "")
    assert run("--check", "-", given=UNTIDY).stdout == "<stdin> would change\n"


def test_errors_leave_the_file_as_it_is(policy: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ccp"
    broken.write_text("when -> x\ndefault->y", "utf-8")
    result = run(broken, policy)
    assert result.exit_code == 1
    assert "syntax-error" in result.stderr
    assert f"{broken}:1:6" in result.stderr
    assert broken.read_text("utf-8") == "when -> x\ndefault->y"
    assert policy.read_text("utf-8") == TIDY
    assert run("-", given="when -> x").stdout == ""


def test_what_is_no_text_is_left(tmp_path: Path) -> None:
    path = tmp_path / "policy.ccp"
    path.write_bytes(b"default -> \xff")
    assert run(path).exit_code == 1
    assert path.read_bytes() == b"default -> \xff"


def test_a_file_that_is_not_to_be_written(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for somebody who is not root: the mode of a file says no, though its folder would let it be replaced."""
    other = policy.with_name("other.ccp")
    other.write_text(UNTIDY, "utf-8")
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK or Path(path) != policy)
    result = run(policy, other)
    assert (result.exit_code, result.stderr) == (2, f"ccproxy: {policy} can't be written: permission denied\n{other} formatted\n")
    assert policy.read_text("utf-8") == UNTIDY
    assert run("--check", policy).exit_code == 1


def test_no_file(policy: Path) -> None:
    result = run(policy.with_name("policies.ccp"))
    assert result.exit_code == 2
    assert "did you mean" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_layout_that_fails_its_test_is_not_written(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(data: bytes, name: str, path: Path | None = None) -> Formatted:
        return Formatted(Source(data.decode()), None, (), "the result would not mean the same")

    monkeypatch.setattr("ccproxy.cli.fmt.format_data", wrong)
    result = run(policy)
    assert result.exit_code == 1
    assert "left as it is: the result would not mean the same" in result.stderr
    assert policy.read_text("utf-8") == UNTIDY


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("when tokens > 3 -> x  # why\ndefault -> z\n", "would not mean the same"),
        ("when tokens > 3 -> x\ndefault -> y\n", "would not have the same comments"),
        ("when tokens > 3 -> x  # why\ndefault  -> y\n", "would change it again"),
        ("when -> x\n", "has an error on line 1"),
    ],
)
def test_a_layout_is_tested(wrong: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([wrong])

    def once(file: syntax.File, max_line: int) -> Layout:
        layout = lay_out(file, max_line)
        return Layout(next(answers, layout.text), layout.comments)

    monkeypatch.setattr("ccproxy.language.formatter.verified.lay_out", once)
    result = format_source(Source(UNTIDY))
    assert result.text is None
    assert result.problem is not None
    assert problem in result.problem
