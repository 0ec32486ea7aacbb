"""What is completed where: `|` is the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccproxy.lsp.case_index import Seen
from ccproxy.lsp.completion import complete
from ccproxy.lsp.documents import open_document
from ccproxy.lsp.project import Project
from ccproxy.models.model_list_reader import read_model_list

SEEN = Seen(
    {
        "effort": {"xhigh": None},
        "tools": {"Bash": None},
        "header": {"x-team": None},
        "header:x-team": {"research": None},
        "label": {"long": None},
    }
)


def labels(marked: str) -> list[str]:
    """The completions at the bar, the rest of the text with a let and a predicate before it."""
    text = 'let big = tokens > 5k\nlet known = ["a"]\npredicate vip = "a.b"\n' + marked
    document = open_document("untitled:1", text.replace("|", ""), 1, "utf-16")
    project = Project(read_model_list)
    project.put(document)
    return [item.label for item in complete(document, text.index("|"), project.snapshot(document), SEEN)]


@pytest.mark.parametrize(
    ("marked", "there", "not_there"),
    [
        ("|", ["when", "let", "assert"], ["tokens", "=="]),
        ("when |", ["tokens", "big", "vip", "known", "not", "any", "has", 'header("…")'], ["when", "==", "->"]),
        ("when agent.|", ["agent.class"], ["when"]),
        ("when tokens |", ["==", "<", "in", "+", "and", "->"], ["matches", "contains", "tokens"]),
        ("when model |", ["==", "matches", "starts with", "in"], ["<", "+"]),
        ("when stream |", ["and", "or", "->"], ["==", "in", "<"]),
        ("when vip |", ["and", "or", "->"], ["=="]),
        ("when big a|", ["and", "or", "->"], ["=="]),
        ("when time |", ["<", "in", "=="], ["matches"]),
        ("when any |", ["tools", "betas", "key.tags", "known", 'body("…")'], ["tokens", "big"]),
        ("when any tools |", ["==", "matches", "in", "not in"], ["<", "and", "->"]),
        ('when any tools == "|"', ["Bash"], ["tokens"]),
        ("when count(|", ["tools"], ["tokens"]),
        ("when has |", ["effort", 'metadata("…")'], ["big", "vip"]),
        ("when tokens > 5 and |", ["tokens"], ["=="]),
        ("when effort == |", ["xhigh", "tokens"], ["when"]),
        ('when effort == "|"', ["xhigh"], ["tokens"]),
        ('when effort in ["a", "|"]', ["xhigh"], ["tokens"]),
        ("when effort in [|", ["xhigh"], ["when"]),
        ('when effort not in ["|"]', ["xhigh"], ["tokens"]),
        ('when effort starts with "|"', ["xhigh"], ["tokens"]),
        ("when model starts |", ["with"], ["tokens"]),
        ("when weekday == |", ["mon", "sun"], []),
        ("when weekday in mon..|", ["tokens"], ["when"]),
        ('when endpoint == "|"', ["messages", "count_tokens"], []),
        ('when agent.type == "|"', ["Explore", "Plan", "custom"], ["tokens"]),
        ('when any tools.types == "|"', ["web_search_20250305"], ["tokens"]),
        ('when header("|")', ["x-team"], ["tokens"]),
        ('let h = headdr("x")\nwhen |', ["h", "tokens"], []),
        ('let h = not headdr("x") == "a"\nwhen h |', ["and", "=="], []),
        ('when body("|") == "tool"', ["messages.last.role", "input.last.type", "messages.*.role"], ["tokens"]),
        ('when any body("messages.|', ["messages.*.role"], ["tokens"]),
        ('when header("X-Team") == "|"', ["research"], []),
        ("when stream -> |", ["default", "long", "keep", "reject"], ["tokens", "never"]),
        ("when fits(|", ["default", "long"], ["tokens"]),
        ('when cost("|") > 3', ["default", "long"], ["tokens"]),
        ('when not fits("l|', ["default", "long"], ["tokens"]),
        ("when stream -> a fallback |", ["default", "a"], ["keep", "tokens"]),
        ("when stream -> 90% a, 10% |", ["default", "a"], ["keep", "tokens"]),
        ("when stream -> 90% a, 10% b |", ["by", "fallback", "because"], ["->"]),
        ("when stream -> 90% a, 10% b by |", ["session", "user"], ["tokens", "big", "default"]),
        ("when stream -> a |", ["fallback", "because"], ["by", "tokens"]),
        ("when stream -> a\n|", ["fallback", "when", "default"], ["tokens"]),
        ("when stream -> keep\n|", ["because", "when"], []),
        ("assert |", ["when"], ["tokens"]),
        ("assert when stream -> |", ["never", "only"], ["keep"]),
        ("assert when stream -> never |", ["default", "long"], ["keep", "tokens"]),
        ("assert when stream -> never default, |", ["long"], ["tokens"]),
        ('timezone "Eur|"', ["Europe/Berlin"], ["tokens"]),
        ("let x = tokens |", ["+", "and", "<"], ["->"]),
        ("let x = |", ["tokens", "big"], ["when"]),
        ("# |", [], ["when", "tokens"]),
        ("when model matches /|", [], ["when", "tokens"]),
        ('include "|"', [], ["when", "tokens"]),
        ('when stream -> a because "|"', [], ["when", "tokens"]),
        ("when tokens > 5\n|", ["->", "and"], ["when"]),
        ("when tokens = 5 and |", ["tokens", "not"], ["==", "->"]),
        ("when stream -> lon-|", ["long", "default"], ["because", "fallback"]),
        ("when tokens -|", ["tokens", "count"], ["->"]),
        ("assert when stream -> never a |", ["when"], ["fallback", "because", "never"]),
        ("let |", [], ["tokens", "when", "big"]),
        ("when model not |", ["in"], ["==", "not in", "tokens"]),
    ],
)
def test_completion(marked: str, there: list[str], not_there: list[str]) -> None:
    found = labels(marked)
    assert set(there) <= set(found), found
    assert not set(not_there) & set(found), found


@pytest.mark.parametrize(("text", "inserted"), [("when fits(l", "long"), ('when fits("l', '"long"'), ('when stream -> "l"', '"long"')])
def test_a_label_in_quotes_stays_there(text: str, inserted: str) -> None:
    document = open_document("untitled:1", text, 1, "utf-16")
    project = Project(read_model_list)
    project.put(document)
    offset = text.rindex("l") + 1
    (item,) = [item for item in complete(document, offset, project.snapshot(document), SEEN) if item.label == "long"]
    assert item.text_edit is not None
    assert (item.text_edit.new_text, item.filter_text) == (inserted, inserted)


def test_a_completion_replaces_what_is_typed() -> None:
    document = open_document("untitled:1", "when agent.cl == 5", 1, "utf-16")
    project = Project(read_model_list)
    project.put(document)
    item = next(item for item in complete(document, 13, project.snapshot(document), Seen()) if item.label == "agent.class")
    assert item.text_edit is not None
    assert (item.text_edit.new_text, str(item.text_edit)[:0]) == ("agent.class", "")
    assert "request class" in str(item.documentation) or "agent.class" in str(item.documentation)


@pytest.mark.parametrize(
    "marked",
    [
        'when effort == "|"', 'when effort in ["|"]', 'when any tools == "|"', "when weekday == |", "when weekday in |",
        "when weekday in [mon, |",
        "let tokens = 5\nwhen |", "let fits = stream\nwhen |", "when stream -> |", "when stream -> a fallback |", "when |", "|",
    ],
)  # fmt: skip
def test_nothing_is_offered_twice(marked: str) -> None:
    found = labels(marked)
    assert found
    assert len(found) == len(set(found))


def test_a_let_stands_for_the_later_fact_whose_name_it_has() -> None:
    policy = "let tags = max_tokens\n"
    assert labels(f"{policy}when |").count("tags") == 1
    assert "tags" not in labels(f"{policy}when any |")
    assert "<" in labels(f"{policy}when tags |")


def test_labels_are_of_the_config_that_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "ccproxy.yaml").write_text("litellm: {config: team.yaml}\n")
    (tmp_path / "team.yaml").write_text("model_list: [{model_name: of the team, litellm_params: {model: openai/gpt-5}}]\n")
    project = Project(read_model_list, (tmp_path,))
    document = open_document("untitled:1", "default -> ", 1, "utf-16")
    project.put(document)
    assert "of the team" in [item.label.strip('"') for item in complete(document, 11, project.snapshot(document), SEEN)]
    (tmp_path / "ccproxy.yaml").write_text("litellm: [\n")
    assert project.snapshot(document) is not None
