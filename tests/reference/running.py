"""Running the examples of a page by everything that `ccproxy check` runs."""

from __future__ import annotations

import json
import runpy
from contextlib import chdir
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import ccproxy
from ccproxy.analysis.examination import diagnose
from ccproxy.checks import with_models
from ccproxy.cli import main
from ccproxy.config.settings_file import read_settings
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.language.formatter.verified import format_data
from ccproxy.language.literals import write_label, write_text
from ccproxy.language.parser import parse
from ccproxy.language.printer import format_target
from ccproxy.language.syntax import Rule
from ccproxy.models.label_models import Models
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.policy import check_file
from ccproxy.source import Source

from .examples import Example


def lay_out(example: Example, folder: Path) -> Path:
    """Write an example and the files around it into an empty folder; the path of its policy."""
    policy = folder / "policy.ccp"
    for name, text in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if example.kind == "ccp":
        policy.write_text(example.text, "utf-8")
    else:
        program = folder / "write.py"
        program.write_text(example.text, "utf-8")
        with chdir(folder):
            runpy.run_path(str(program))
        program.unlink()
    return policy


def diagnostics_of(policy: Path) -> list[Diagnostic]:
    """Every diagnostic of a policy that is not acknowledged: text, names, types, predicates, labels where a config is there, analyses."""
    found, checked = check_file(policy)
    if checked is None:
        return found
    config = policy.parent / "config.yaml"
    model_list, problems = read_model_list(config) if config.exists() else (None, [])
    passed = read_settings(policy.parent).other_calls
    checked = with_models(checked, Models.read(config) if config.exists() else None)
    diagnosed = diagnose(found, checked, [policy.parent], model_list, passed=passed, today=date(2026, 1, 1))
    return [*problems, *(item for item in diagnosed if not item.acknowledged)]


def assert_canonical(example: Example) -> None:
    """`ccproxy fmt` leaves the policy of an example, and the files it includes, as they are, unless it says that it doesn't."""
    texts = [example.text] if example.kind == "ccp" and not example.loose else []
    for text in [*texts, *(text for name, text in example.files.items() if name.endswith(".ccp"))]:
        assert format_data(text.encode("utf-8"), "policy.ccp").text in (text, None), f"line {example.line}"


def assert_holds(example: Example, folder: Path) -> None:
    """The example gives the codes it says, or none that is an error; and its requests go where they should."""
    policy = lay_out(example, folder)
    found = diagnostics_of(policy)
    told = [f"{item.code.number} {item.code.slug} line {item.span.line}: {item.message}" for item in found]
    if example.codes:
        wanted = set(example.codes)
        counted = {item.code.number for item in found if item.severity is not Severity.NOTE or item.code.number in wanted}
        assert counted == wanted, f"line {example.line}: {told}"
    else:
        assert not [item for item in found if item.severity is Severity.ERROR], f"line {example.line}: {told}"
    for text in example.cases:
        (folder / "policy.cases.yaml").write_text(text, "utf-8")
        tested = CliRunner().invoke(main, ["--config-dir", str(folder), "test", str(folder / "policy.cases.yaml")])
        assert tested.exit_code == 0, f"line {example.line}: {tested.output}"
    if example.checks:
        config = folder / "config.yaml"
        loaded = ccproxy.load(policy, models=Models.read(config) if config.exists() else None)
        for kind, request, target in example.checks:
            assert decided(loaded, kind, request) == target_text(target), f"line {example.line}: {request}"


def decided(policy: ccproxy.Policy, kind: str, request: str) -> str:
    """Where a request goes, as a target is written."""
    value: Any = json.loads(request)
    decision = policy.decide({}, facts=value) if kind == "facts" else policy.decide(ccproxy.Request.from_envelope(value))
    match decision.action:
        case "route":
            return " fallback ".join(map(write_label, (decision.label or "", *decision.fallbacks)))
        case "reject":
            return f"reject {write_text(decision.message or '')}"
        case "keep":
            return "keep"


def target_text(target: str) -> str:
    """A target in canonical form."""
    (rule,) = parse(Source(f"default -> {target}")).file.statements
    assert isinstance(rule, Rule)
    return format_target(rule.target)
