"""`ccproxy lsp` where its extra is not installed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ccproxy.cli import lsp, main


def test_says_how_to_install_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsp, "find_spec", lambda _name: None)
    result = CliRunner().invoke(main, ["lsp"])
    assert result.exit_code == 2
    assert result.stderr == "ccproxy: the language server needs pygls; install it: pip install 'ccproxy[lsp]'\n"
