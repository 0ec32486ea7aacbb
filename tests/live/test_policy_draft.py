"""A policy that is edited: what is found in it, what completes it, how it is written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ccproxy.facts import TokenCounter
from ccproxy.live.completer import Completer
from ccproxy.live.policy_draft import Draft, NotSavedError, drawn, errors_of
from ccproxy.models.model_list_reader import read_model_list

TEXT = 'when tokens > 200k -> long\nwhen effort == "high" -> think\ndefault -> default\n'


def draft(folder: Path, data: bytes = TEXT.encode()) -> Draft:
    (folder / "policy.ccp").write_bytes(data)
    return Draft(folder / "policy.ccp", read_model_list, TokenCounter, (folder,))


def test_a_text_with_errors_has_no_policy_and_is_not_saved(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    checked = edited.put("when tokns > 5 -> long\ndefault -> default\n")
    assert (errors_of(checked.diagnostics), checked.policy) == (1, None)
    assert [(mark["from"], mark["to"]) for mark in checked.marks(checked.diagnostics) if mark["class"] == "found-error"] == [(5, 10)]
    with pytest.raises(NotSavedError, match="errors"):
        edited.save(checked, ())
    assert edited.path.read_text() == TEXT


def test_it_is_saved_with_mode_and_link_kept(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    real = tmp_path / "real.ccp"
    edited.path.rename(real)
    real.chmod(0o640)
    edited.path.symlink_to(real)
    new = TEXT.replace("200k", "100k")
    assert not edited.is_changed
    checked = edited.put(new)
    assert edited.is_changed
    edited.save(checked, ())
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode), edited.path.is_symlink()) == (new, 0o640, True)
    assert not edited.is_changed
    edited.save(edited.put(TEXT), ())  # its own writing is no conflict
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.ccp", "real.ccp"]


def test_what_somebody_else_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    edited.path.write_text("default -> other\n")
    with pytest.raises(NotSavedError, match="changed by somebody else"):
        edited.save(edited.put(TEXT), ())
    assert edited.path.read_text() == "default -> other\n"
    edited.path.unlink()
    with pytest.raises(NotSavedError, match="changed by somebody else"):
        edited.save(edited.put(TEXT), ())
    assert not edited.path.exists()
    edited.reload()
    edited.save(edited.put(TEXT), ())
    assert edited.path.read_text() == TEXT


def test_a_text_that_is_not_the_one_that_was_checked_is_not_saved(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    checked = edited.put("default -> other\n")
    edited.text = "defa"
    with pytest.raises(NotSavedError):
        edited.save(checked, ())


@pytest.mark.parametrize("data", [TEXT.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + TEXT.encode(), b""])
def test_line_ends_and_byte_order_mark_stay(tmp_path: Path, data: bytes) -> None:
    edited = draft(tmp_path, data)
    assert "\r" not in edited.text
    assert not edited.is_changed
    edited.save(edited.put(edited.text + "# more\ndefault -> x\n" if not data else edited.text + "# more\n"), ())
    ending = b"\r\n" if b"\r\n" in data else b"\n"
    assert edited.path.read_bytes().startswith(data)
    assert b"# more" + ending in edited.path.read_bytes()


def test_what_is_no_text_can_not_be_edited(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="UTF-8"):
        draft(tmp_path, b"\xff\xfe")


def test_findings_of_the_analyses_have_a_witness(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    checked = edited.put("when tokens > 5 -> a\nwhen tokens > 9 -> b\ndefault -> c\nassert when tokens > 3 -> only a\n")
    assert errors_of(checked.diagnostics) == 0
    found = edited.analyse(checked)
    assert found is not None
    assert {(item.code.slug, item.witness is not None) for item in found} >= {("unreachable-rule", False), ("assertion-broken", True)}


def test_the_format_is_the_canonical_one(tmp_path: Path) -> None:
    edited = draft(tmp_path)
    edited.text = "when   tokens>5   ->   a\ndefault->b\n"
    assert edited.formatted() == "when tokens > 5 -> a\ndefault         -> b\n"
    edited.text = "when"
    assert edited.formatted() is None


def test_the_picture_has_the_hits(tmp_path: Path) -> None:
    checked = draft(tmp_path).put(TEXT)
    assert checked.policy is not None
    assert "1,234 requests" in drawn(checked.policy, [], {"policy.ccp:2": 1234})


@pytest.mark.parametrize(
    ("text", "at", "expected", "starts"),
    [
        ("when tok", 8, "tokens", 5),
        ('when agent.class == "', 21, "auxiliary", 20),
        ("# \U0001f600\nwhen tok", 13, "tokens", 10),
        ("let mine = tokens > 5\nwhen mi", 29, "mine", 27),
    ],
)
def test_completion_is_the_language_servers_in_the_editors_units(tmp_path: Path, text: str, at: int, expected: str, starts: int) -> None:
    (tmp_path / "policy.ccp").write_text(TEXT)
    found = Completer(tmp_path / "policy.ccp", read_model_list, (tmp_path,)).complete(text, at)
    assert expected in [option["label"] for option in found["options"]]
    assert found["from"] == starts


def test_python_that_was_just_typed_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("import pathlib\npathlib.Path(__file__).with_name('ran').touch()\ndef f(request):\n    return True\n")
    edited = draft(tmp_path)
    checked = edited.put('predicate f = python "evil:f"\nwhen f -> a\ndefault -> b\n')
    edited.analyse(checked)
    assert not (tmp_path / "ran").exists()


def test_the_config_that_is_named_tells_the_labels(tmp_path: Path) -> None:
    """Also where another lies beside the policy."""
    draft(tmp_path)
    (tmp_path / "config.yaml").write_text("model_list: [{model_name: beside, litellm_params: {model: m}}]\n")
    (tmp_path / "named.yaml").write_text("model_list: [{model_name: default, litellm_params: {model: m}}]\n")
    path, named = tmp_path / "policy.ccp", tmp_path / "named.yaml"
    assert not errors_of(Draft(path, read_model_list, TokenCounter, (tmp_path,), named).put("default -> default\n").diagnostics)
    assert errors_of(draft(tmp_path).put("default -> default\n").diagnostics) == 1
    found = Completer(path, read_model_list, (tmp_path,), named).complete("default -> ", 11)
    assert "default" in {option["label"] for option in found["options"]}
    assert "beside" not in {option["label"] for option in found["options"]}
