"""`ccproxy docs`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.diagnostics import Code


@pytest.mark.parametrize("named", ["CCP401", "ccp401", "unreachable-rule", "Unreachable-Rule"])
def test_shows_the_page(named: str) -> None:
    result = CliRunner().invoke(main, ["docs", named])
    assert result.exit_code == 0
    assert result.stdout.startswith("# CCP401 unreachable-rule\n")
    assert "## Corrected" in result.stdout


def test_lists_the_codes() -> None:
    result = CliRunner().invoke(main, ["docs"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == len(Code)
    assert all(line.startswith(code.number) and code.title in line for line, code in zip(lines, Code, strict=True))


@pytest.mark.parametrize(("named", "meant"), [("unreachable-rul", "unreachable-rule"), ("CCP4011", "CCP401")])
def test_an_unknown_code(named: str, meant: str) -> None:
    result = CliRunner().invoke(main, ["docs", named])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"did you mean {meant}?" in result.stderr


def test_a_code_that_is_like_no_other() -> None:
    result = CliRunner().invoke(main, ["docs", "zzz"])
    assert result.exit_code == 2
    assert "ccproxy docs lists them" in result.stderr
