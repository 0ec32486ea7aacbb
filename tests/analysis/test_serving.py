"""What is told of the models behind the labels: a corpus of pairs of policy and config, and that `check` pays little for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccproxy.analysis.examination import diagnose
from ccproxy.checks import check, with_models
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.facts import Request, observe_request
from ccproxy.language.loader import load_text
from ccproxy.models.label_models import Models
from ccproxy.models.model_list_reader import read_model_list

PAIRS: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("pairs.yaml").read_text("utf-8"))
TODAY = date(2026, 1, 1)


def config_of(models: dict[str, Any], folder: Path) -> Path:
    """LiteLLM's config with these models behind the labels."""
    entries = []
    for label, behind in models.items():
        for known in behind if isinstance(behind, list) else [behind]:
            info = dict(known)
            model = info.pop("model", f"hosted_vllm/{label}")
            prices = {name: info.pop(name) for name in list(info) if "_cost_" in name}
            entries.append({"model_name": label, "litellm_params": {"model": model, "api_key": "k", **prices}, "model_info": info})
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"model_list": entries}), "utf-8")
    return path


def found(text: str, config: Path) -> list[Diagnostic]:
    """Every diagnostic of a policy with a config; LiteLLM's map knows nothing."""
    diagnostics, checked = check(load_text(text))
    assert checked is not None, diagnostics
    models = Models.read(config, map_path=config.with_name("no map"))
    return diagnose(diagnostics, with_models(checked, models), [], read_model_list(config)[0], today=TODAY)


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_gives_its_findings_and_no_others(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    told = [
        (item.span.line, item.code.number, f"{item.message} {item.help}")
        for item in found(pair["policy"], config_of(pair["models"], tmp_path))
    ]
    expected = [line.split() for line in pair["findings"]]
    assert sorted({(line, code) for line, code, _ in told}) == sorted({(int(line), code) for line, code, *_ in expected}), told
    for line, code, *named in expected:
        assert any((item[0], item[1]) == (int(line), code) and all(word in item[2] for word in named) for item in told), told


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if any("CCP601" in line for line in pair["findings"])])
def test_the_fix_writes_the_rule(name: str, tmp_path: Path) -> None:
    """With its fix made, a finding is gone; the fixes for several things that a label lacks are one."""
    pair = PAIRS[name]
    config, text = config_of(pair["models"], tmp_path), pair["policy"]
    before = [item for item in found(text, config) if item.code is Code.CANNOT_SERVE]
    for _ in range(len(before) + 2):
        item = next((item for item in found(text, config) if item.code is Code.CANNOT_SERVE), None)
        if item is None:
            break
        (fix,) = item.fixes
        text = apply_edits(fix.edits, text)
    assert not [item for item in found(text, config) if item.code is Code.CANNOT_SERVE], text


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if any("CCP60" in line for line in pair["findings"])])
def test_a_witness_is_a_request(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    for item in found(pair["policy"], config_of(pair["models"], tmp_path)):
        if item.code in (Code.CANNOT_SERVE, Code.PRICE_CLIFF):
            assert item.witness is not None
            assert observe_request(Request.from_envelope(item.witness)).tokens >= 0


def test_without_models_nothing_is_told() -> None:
    diagnostics, checked = check(load_text('when effort == "max" -> think\ndefault -> default\n'))
    assert checked is not None
    assert diagnose(diagnostics, checked, [], None, today=TODAY) == []


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        ("when turn.step > 0 -> stay fallback blind", "when turn.step > 0 and not fits(blind) -> stay"),
        (
            'when effort == "low" -> 50% default, 50% other by user fallback blind',
            'when effort == "low" and not fits(blind) -> 50% default, 50% other by user',
        ),
        (
            'when effort == "low" # cheap\n  and prompt contains "two  spaces" -> blind',
            'when effort == "low" and prompt contains "two  spaces" and not fits(blind) -> default',
        ),
        ("when stream or thinking -> blind", "when (stream or thinking) and not fits(blind) -> default"),
        ("when stream -> short", "when stream and not fits(short) and fits(default) -> default"),
        ("when images > 0 and tokens > 9 -> short", "when images > 0 and tokens > 9 and fits(default) -> default"),
    ],
)
def test_the_rule_that_is_suggested_leaves_the_rest_as_it_was(rule: str, written: str, tmp_path: Path) -> None:
    """A target loses the fallback alone; a condition keeps its texts, no comment of it swallows the rest, and nothing is asked in vain."""
    seeing = {"supports_vision": True, "supports_audio_input": "short" not in rule}
    blind = {"supports_vision": False, "supports_audio_input": True}
    short = {"supports_vision": False, "supports_audio_input": False, "max_input_tokens": 9}
    config = config_of({"default": seeing, "other": seeing, "blind": blind, "short": short}, tmp_path)
    text = f"{rule}\ndefault -> default\n"
    (item,) = (item for item in found(text, config) if item.code is Code.CANNOT_SERVE)
    assert item.help == f"write a rule for them: {written}"
    (fix,) = item.fixes
    mended = apply_edits(fix.edits, text)
    assert mended.splitlines()[0] == written
    assert not [item for item in found(mended, config) if item.code in (Code.CANNOT_SERVE, Code.ALWAYS_TRUE_HERE, Code.UNREACHABLE_RULE)]


def test_a_label_that_can_take_none_of_a_rule_s_requests_is_replaced(tmp_path: Path) -> None:
    config = config_of({"default": {"supports_vision": True}, "blind": {"supports_vision": False}}, tmp_path)
    text = 'when images > 0 -> blind fallback other fallback default because "x"\ndefault -> default\n'
    (item,) = (item for item in found(text, config) if item.code is Code.CANNOT_SERVE)
    assert item.help == "write -> default fallback other"
    assert apply_edits(item.fixes[0].edits, text).startswith('when images > 0 -> default fallback other because "x"\n')


def test_a_cheaper_label_is_no_fallback_of_itself(tmp_path: Path) -> None:
    config = config_of(PAIRS["a price cliff"]["models"], tmp_path)
    text = "when tokens > 250k -> default fallback long fallback default\ndefault -> long\n"
    (item,) = (item for item in found(text, config) if item.code is Code.PRICE_CLIFF)
    assert "write -> long fallback default" in str(item.help)
    assert apply_edits(item.fixes[0].edits, text).startswith("when tokens > 250k -> long fallback default\n")
