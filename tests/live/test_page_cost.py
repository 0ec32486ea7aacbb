"""What the page must not do for each that opens it, and for each key typed: what only many requests, or a slow start, would show."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

import ccproxy
from ccproxy.facts import TokenCounter
from ccproxy.live.colours import Colours
from ccproxy.live.lean_imports import imported_without
from ccproxy.live.policy_draft import Draft
from ccproxy.live.policy_part import PolicyPart
from ccproxy.live.window import Window
from ccproxy.models.label_models import Models
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.replay.bill import Bill
from ccproxy.replay.deciders import Deciders

from .records import decision

TEXT = "default -> default\n"


def test_the_name_that_nicegui_gives_a_task_tells_of_no_request(tmp_path: Path) -> None:
    path = tmp_path / "policy.ccp"
    path.write_text(TEXT)
    record, window = json.loads(decision(1, ccproxy.loads(TEXT), {}).line()), Window()
    window.add([record])
    draft = Draft(path, read_model_list, TokenCounter, (tmp_path,))
    part = PolicyPart(draft, window, Bill(Models.without_config()), Deciders(), Colours(), lambda seen, policy: None)
    assert record["id"] not in str(part.connected)


def test_what_is_not_used_is_as_if_it_were_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only_looked_for.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with imported_without("only_looked_for"), pytest.raises(ImportError):
        import_module("only_looked_for")
    import_module("only_looked_for")
