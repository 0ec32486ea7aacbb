"""No bytes, as a policy or as YAML, have anything raise that a check does with them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import check
from ccproxy.checks.labels import check_labels
from ccproxy.config.settings import SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.language.loader import load_file
from ccproxy.models.litellm_config import read_litellm_config
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.render.diagnostics.github import render_github
from ccproxy.render.diagnostics.json import render_json
from ccproxy.render.diagnostics.sarif import render_sarif
from ccproxy.render.diagnostics.text import render_text
from ccproxy.suite.case_files import read_case_file
from tests.language.profile import examples

WORDS = (
    *("when", "default", "let", "include", "timezone", "predicate", "assert", "version", "because", "fallback", "keep", "reject", "by"),
    *("and", "or", "not", "in", "matches", "contains", "starts with", "any", "all", "none", "has", "count", "true", "never", "only", "mon"),
    *("->", "==", "!=", "<", "<=", "..", "+", "-", "*", "(", ")", "[", "]", ",", "=", "tokens", "model", "tools", "stream", "time", "x"),
    *(
        '"a"',
        '"*"',
        '"UTC"',
        '"\\u{1B}"',
        "/a+/i",
        "1",
        "0.5",
        "60k",
        "22:00",
        "50%",
        'header("x")',
        'body("a.0")',
        "a.b",
        "#",
        "\n",
        "\x00",
    ),
)
POLICIES = st.lists(st.sampled_from(WORDS), max_size=40).map(lambda words: " ".join(words).encode()) | st.binary(max_size=80)
YAML_WORDS = (
    *("model_list:", "\n", "  ", "- ", "cases:", "policy:", "{", "}", "[", "]", "&a ", "*a", "<<:", ": ", "?", "'", '"', "|", "!!int "),
    *("!!bool ", "!!timestamp ", "1:1", "null", "include:", "a", "model_name:", "litellm_params:", "tokens:", "\t", "---", "%"),
)
YAMLS = st.lists(st.sampled_from(YAML_WORDS), max_size=30).map(lambda words: "".join(words).encode()) | st.binary(max_size=80)


@examples(200)
@given(POLICIES)
@example(b"when " + b"tokens * " * 900 + b"1 > 0 -> a")
@example(b"let a0 = tokens\n" + b"".join(b"let a%d = a%d * a%d\n" % (n + 1, n, n) for n in range(25)) + b"when a25 > 0 -> a")
@example(b"when " + b"(" * 100_000)
def test_no_policy(data: bytes) -> None:
    diagnostics, checked = check(load_file(Path("policy.ccp"), lambda _: data))
    if checked is not None:
        diagnostics = [*diagnostics, *analyse(checked, Fuel(20_000, 5_000))]
    for diagnostic in diagnostics:
        render_text(diagnostic)
    render_github(diagnostics)
    render_json(diagnostics)
    render_sarif(diagnostics)


@examples(200)
@given(YAMLS)
@example(b"[" * 100_000)
@example(b"a: &a {<<: *a}")
@example(b"model_list: &a [*a]")
@example(b"!!int ")
def test_no_yaml(data: bytes) -> None:
    for problem in read_case_file(data, "a.cases.yaml", None).problems:
        str(problem)


@examples(60)
@given(YAMLS)
@example(b"model_list: [{model_name: '*a*a*', litellm_params: {model: a}}]")
@example(b"<<:")
@example(b"model_list: [{<<: 5}]")
def test_no_config(data: bytes) -> None:
    with TemporaryDirectory() as name:
        read_all(Path(name), data)


def read_all(folder: Path, data: bytes) -> None:
    (folder / "config.yaml").write_bytes(data)
    (folder / "ccproxy.yaml").write_bytes(data)
    models, _ = read_model_list(folder / "config.yaml", {})
    read_litellm_config(folder / "config.yaml", {})
    checked = check(load_file(Path("policy.ccp"), lambda _: b"when stream -> a\ndefault -> b\n"))[1]
    if models is not None and checked is not None:
        list(check_labels(checked, models))
    try:
        read_settings(folder)
    except SettingsError as error:
        str(error)
