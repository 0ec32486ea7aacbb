"""The facts of real requests of Claude Code, against `captures.json`.

The expected values were reviewed by hand, against what each request was captured as. To write them again after a change of a
fact's meaning, run `python -m tests.facts.test_captures`, and review the difference.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ccproxy.facts import FACTS, TokenCounter, observe

CAPTURES = Path(__file__).parents[1] / "captures"
EXPECTED = Path(__file__).with_name("captures.json")
ZONE = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 22, 23, 10, tzinfo=ZONE)
COUNTER = TokenCounter()
CLASSES = {"main": "main", "subagent": "subagent", "aux": "auxiliary", "compaction": "compaction", "count": "auxiliary"}
WRONG_WITHOUT_HINTS = {
    "30-subagent-hook-agent": "main",
    "38-aux-recap": "main",
    "43-compaction-auto": "main",
    "44-compaction-reactive": "main",
    "55-v1.0.128-subagent": "main",
    "59-v2.0.76-subagent": "main",
}


def capture(name: str) -> Any:
    return json.loads((CAPTURES / f"{name}.json").read_text())


def names() -> list[str]:
    return sorted(path.stem for path in CAPTURES.glob("*.json"))


def facts_of(name: str) -> dict[str, Any]:
    """The facts that a captured request has, as JSON, and which source told the class."""
    request = capture(name)
    facts = observe(request["body"], headers=request["headers"], path=request["path"], at=AT, zone=ZONE, counter=COUNTER)
    values = {fact.name: facts.read(fact.name) for fact in FACTS}
    found: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None
    }
    for long in ("prompt", "system"):
        if len(found.get(long, "")) > 60:
            found[long] = {"characters": len(found[long]), "starts": found[long][:60]}
    return {**found, "source of agent.class": facts.source_of("agent.class")}


def test_all_captures_are_expected() -> None:
    assert len(names()) == 41
    assert sorted(json.loads(EXPECTED.read_text())) == names()


@pytest.mark.parametrize("name", names())
def test_facts(name: str) -> None:
    assert facts_of(name) == json.loads(EXPECTED.read_text())[name]


@pytest.mark.parametrize("name", names())
def test_class_without_hints(name: str) -> None:
    """Without hint headers, the marks tell the class of all but the requests that are known to have none."""
    kind = next((CLASSES[part] for part in name.split("-") if part in CLASSES), None)
    request = capture(name)
    if kind is None or "upstream" in name:
        return
    headers = {key: value for key, value in request["headers"].items() if key.lower() != "x-claude-code-request-class"}
    facts = observe(request["body"], headers=headers, path=request["path"])
    assert facts.agent_class == WRONG_WITHOUT_HINTS.get(name, kind)
    assert facts.source_of("agent.class").startswith("fallback: ")


def document() -> str:
    """What `captures.json` holds: a fact a line."""
    requests = []
    for name in names():
        lines = [f"  {json.dumps(fact)}: {json.dumps(value, ensure_ascii=False)}" for fact, value in facts_of(name).items()]
        requests.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(requests) + "\n}\n"


if __name__ == "__main__":
    EXPECTED.write_text(document())
