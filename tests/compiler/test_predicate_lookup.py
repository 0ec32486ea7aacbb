"""The dotted name of a predicate is looked up without importing anything, and what an import would find is what is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ccproxy.compiler.predicate_lookup import find_problem
from ccproxy.compiler.python_predicates import load_predicate
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language import syntax
from ccproxy.language.loader import load_text

FILES = {
    "lookup_plain.py": """
import sys
from os.path import exists as there
class Vip:
    def evaluate(self, request, config): return True
    class Inner(Exception):
        def evaluate(self, request, config): return True
    made = staticmethod(lambda request: True)
def f(request): return True
def g(request):
    hidden = 1
    return True
if sys.platform:
    def chosen(request): return True
else:
    def other(request): return True
try:
    from no_such_module_anywhere import gone
except ImportError:
    gone = f
for made_in_a_loop in (f,): pass
(left, right) = f, f
""",
    "lookup_star.py": "from lookup_plain import *\n",
    "lookup_dynamic.py": "def __getattr__(name): return lambda request: True\n",
    "lookup_globals.py": "globals()['f'] = lambda request: True\n",
    "lookup_global.py": "def make():\n    global f\n    f = lambda request: True\nmake()\n",
    "lookup_broken.py": "def f(:\n",
    "lookup_package/__init__.py": "from lookup_plain import f\n",
    "lookup_package/rules.py": "def f(request): return True\n",
    "lookup_package/deeper/more.py": "def f(request): return True\n",
    "lookup_folder/rules.py": "def f(request): return True\n",
}
FOUND = [
    *("lookup_plain.Vip", "lookup_plain.Vip.Inner", "lookup_plain.Vip.made", "lookup_plain.f", "lookup_plain.there", "lookup_plain.chosen"),
    *("lookup_plain.other", "lookup_plain.gone", "lookup_plain.made_in_a_loop", "lookup_plain.left", "lookup_plain.right"),
    *("lookup_package.f", "lookup_package.rules.f", "lookup_package.deeper.more.f", "lookup_folder.rules.f"),
]
MISSING = {
    "lookup_plain.Vipp": "there is no `Vipp` in `lookup_plain`",
    "lookup_plain.hidden": "there is no `hidden` in `lookup_plain`",
    "lookup_plain.Vip.Iner": "there is no `Iner` in `lookup_plain.Vip`",
    "lookup_no_such.Vip": "there is no module `lookup_no_such`",
    "lookup_package.rulez.f": "there is no `rulez` in `lookup_package`",
    "lookup_package.rules": "`lookup_package.rules` is a module, neither class nor function",
    "lookup_package.rules.g": "there is no `g` in `lookup_package.rules`",
    "lookup_folder.rulez.f": "there is no module `lookup_folder.rulez`",
    "lookup_broken.f": "`lookup_broken` is no Python: line 1",
    "ccproxy.rules.TokenCountRule": "there is nothing at `ccproxy.rules.TokenCountRule`: it was a rule of an earlier ccproxy",
}
UNTOLD = [
    *("lookup_star.f", "lookup_dynamic.f", "lookup_globals.f", "lookup_global.f", "lookup_plain.f.partial"),
    *("lookup_plain.Vip.Inner.args", "sys.exit", "_bisect.bisect", "os.path.exists", "__main__.f"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def predicate(dotted: str) -> syntax.Predicate:
    statement = load_text(f'predicate p = "{dotted}"\nwhen p -> a\n').policy.statements[0]
    assert isinstance(statement, syntax.Predicate)
    return statement


def told(dotted: str, folder: Path) -> Diagnostic | None:
    before = set(sys.modules)
    found = find_problem(predicate(dotted), [folder])
    assert not [name for name in set(sys.modules) - before if name.startswith("lookup_")]
    return found


@pytest.mark.parametrize("dotted", FOUND)
def test_what_is_there(dotted: str, folder: Path) -> None:
    assert told(dotted, folder) is None


@pytest.mark.parametrize("dotted", MISSING)
def test_what_is_not_there(dotted: str, folder: Path) -> None:
    found = told(dotted, folder)
    assert found is not None
    assert (found.code, found.message) == (Code.PREDICATE_NOT_FOUND, MISSING[dotted])
    assert isinstance(load_predicate(predicate(dotted), [folder]), Diagnostic)


@pytest.mark.parametrize("dotted", UNTOLD)
def test_what_only_an_import_tells(dotted: str, folder: Path) -> None:
    found = told(dotted, folder)
    assert found is not None
    assert found.code is Code.PREDICATE_UNTOLD


def test_a_source_past_the_limit_and_one_that_is_no_file_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "lookup_long.py").write_text("#" * 4_000_001)
    (tmp_path / "lookup_deep.py").write_text("x = " + "(" * 5_000)
    for module in ("lookup_long", "lookup_deep"):
        assert told(f"{module}.f", tmp_path) is not None


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("TokenCountRule", "when tokens > 60k -> LABEL"),
        ("MatchModelRule", "when model matches /haiku/i -> LABEL"),
        ("ThinkingRule", 'when effort in ["xhigh", "max"] -> LABEL'),
        ("MatchToolRule", 'when any tools.called == "WebFetch" -> LABEL'),
        ("NoSuchRule", "ccproxy import"),
    ],
)
def test_a_rule_of_an_earlier_ccproxy_says_what_to_write(name: str, rule: str, tmp_path: Path) -> None:
    found = told(f"ccproxy.rules.{name}", tmp_path)
    assert found is not None
    assert rule in (found.help or "")
    assert "ccproxy import" in (found.help or "")
    loaded = load_predicate(predicate(f"ccproxy.rules.{name}"), [tmp_path])
    assert isinstance(loaded, Diagnostic)
    assert (loaded.message, loaded.help) == (found.message, found.help)
