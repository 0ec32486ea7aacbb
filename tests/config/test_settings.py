"""`ccproxy.yaml`: every setting, and what is said of mistakes."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from ccproxy.config.settings import (
    FitSettings,
    LiteLLMSettings,
    MemorySettings,
    RecordSettings,
    Settings,
    SettingsError,
    ShadowSettings,
    TokenSettings,
)
from ccproxy.config.settings_file import read_settings
from ccproxy.config.settings_text import parse_settings
from ccproxy.source import Source


def parse(text: str) -> Settings:
    return parse_settings(Source(text, "ccproxy.yaml"))


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == parse("") == parse("# nothing\n") == Settings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", FitSettings()), ("false", FitSettings(enabled=False)), ("{think: false}", FitSettings(think=False)), ("{}", FitSettings())],
)
def test_fit(text: str, expected: FitSettings) -> None:
    assert parse(f"fit: {text}").fit == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sometimes", "1:6: fit is true, false or {think: false}, not 'sometimes'"),
        ("{thnik: false}", '1:7: unknown setting "thnik"; did you mean "think"?'),
        ("{think: 3}", "1:14: think is true or false, not '3'"),
    ],
)
def test_a_wrong_fit(text: str, told: str) -> None:
    assert problems(f"fit: {text}") == [f"ccproxy.yaml:{told}"]


def test_shadow() -> None:
    assert parse("shadow: next.ccp").shadow == parse("shadow: {policy: next.ccp}").shadow == ShadowSettings("next.ccp")
    assert parse("shadow: {policy: next.ccp, predicates: true}").shadow == ShadowSettings("next.ccp", predicates=True)
    assert parse("shadow:").shadow is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("true", "1:9: shadow is the path of a policy, or {policy: PATH, predicates: true}, not 'true'; leave it out to have none"),
        ("[next.ccp]", "1:9: shadow is the path of a policy, or {policy: PATH, predicates: true}, not a list; leave it out to have none"),
        ("{predicates: true}", "1:9: shadow names no policy; shadow is the path of a policy, or {policy: PATH, predicates: true}"),
        ("{polciy: next.ccp}", '1:10: unknown setting "polciy"; did you mean "policy"?'),
        ("{policy: next.ccp, predicates: 3}", "1:40: predicates is true or false, not '3'"),
    ],
)
def test_a_wrong_shadow(text: str, told: str) -> None:
    assert problems(f"shadow: {text}") == [f"ccproxy.yaml:{told}"]


def test_memory() -> None:
    assert parse("memory: {kind: sqlite, entries: 5, hours: 1}").memory == MemorySettings("sqlite", 5, 1)
    assert parse("memory: {kind: off}").memory.kind == "off"
    assert problems("memory: {kind: elsewhere}") == ["ccproxy.yaml:1:16: kind is auto or sqlite or redis or off, not 'elsewhere'"]


def test_every_setting() -> None:
    text = """
policy: rules/main.ccp
host: 0.0.0.0
port: 5000
workers: 4
debug: yes
on_failure: keep
calibrate: true
litellm: {config: other.yaml, detailed_debug: true, use_queue: false, request_timeout: 600, headers: [a, b]}
tokens: {encoding: o200k_base, scale: {"claude-*": 1.15, "*": 2}, cache_megabytes: 0}
records: {enabled: true, folder: /var/log, max_megabytes: 1, max_days: 2}
"""
    arguments = ("--detailed_debug", "--request_timeout", "600", "--headers", "a", "--headers", "b")
    assert parse(text) == Settings(
        policy="rules/main.ccp",
        host="0.0.0.0",
        port=5000,
        workers=4,
        debug=True,
        on_failure="keep",
        calibrate=True,
        litellm=LiteLLMSettings("other.yaml", arguments),
        tokens=TokenSettings("o200k_base", {"claude-*": Fraction(23, 20), "*": Fraction(2)}, 0),
        records=RecordSettings(True, "/var/log", 1, 2),
    )


def test_short_forms() -> None:
    assert parse("records: false").records == RecordSettings(enabled=False)
    assert parse("litellm: [--debug, --model, x]").litellm.arguments == ("--debug", "--model", "x")
    assert parse("port:\nworkers: null\n") == Settings()


def test_the_starter_file_has_every_setting_with_its_default() -> None:
    text = (files("ccproxy.service") / "templates" / "ccproxy.yaml").read_text("utf-8")
    assert parse(text.replace("policy: policy.ccp\n", "")) == Settings()
    assert set(yaml.safe_load(text)) == {field.name for field in fields(Settings)}
    for part in (RecordSettings, TokenSettings):
        assert all(f"{field.name}:" in text for field in fields(part))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("host: a\nprot: 5\n", '2:1: unknown setting "prot"; did you mean "port"?'),
        (
            "ccproxy:\n  rules: []\n",
            '1:1: unknown setting "ccproxy"; its rules were an earlier ccproxy\'s, and become a policy by: mv ',
        ),
        ("zzz: 5\n", '1:1: unknown setting "zzz"; the settings here are: policy, host, port, workers, '),
        ("port: '4000'\n", "1:7: port is a whole number from 1 to 65535, not '4000'"),
        ("port: 0\n", "1:7: port is a whole number from 1 to 65535, not '0'"),
        ("port: true\n", "1:7: port is a whole number from 1 to 65535, not 'true'"),
        ("workers: [2]\n", "1:10: workers is a whole number from 1 to 256, not a list"),
        ("host: 5\n", "1:7: host is text, not '5'; put quotes around it"),
        ("policy: ''\n", "1:9: policy is text, not nothing"),
        ("debug: maybe\n", "1:8: debug is true or false, not 'maybe'"),
        ("on_failure: kepp\n", "1:13: on_failure is default or keep, not 'kepp'; did you mean \"keep\"?"),
        ("tokens: 5\n", "1:9: tokens is a mapping, not '5'"),
        ("tokens:\n  encodng: a\n", '2:3: unknown setting "encodng"; did you mean "encoding"?'),
        ("tokens: {encoding: cl100k}\n", "1:20: encoding is cl100k_base or o200k_base, not 'cl100k'; did you mean \"cl100k_base\"?"),
        ("tokens: {scale: {a: 0}}\n", "1:21: the scale of \"a\" is a number over 0, not '0'"),
        ("tokens: {scale: {a: .inf}}\n", "1:21: the scale of \"a\" is a number over 0, not '.inf'"),
        ("tokens: {scale: {'claude-[a': 1}}\n", "1:26: the set [ is not closed by ]; for the character itself write [[]"),
        ("tokens:\n  scale:\n    gpt[]: 1\n", "3:8: the set is empty; for the character itself write [[]"),
        ('tokens: {scale: {"\\x61[z-a]": 1}}\n', "1:18: the range z-a runs backwards; for the character itself write [[]"),
        ("records: {max_days: 0}\n", "1:21: max_days is a whole number from 1 to 36500, not '0'"),
        ("records: []\n", "1:10: records is a mapping, not a list"),
        ("litellm: {port: 5}\n", '1:11: port is not set under litellm; set "port" at the top of the file'),
        ("litellm: {num_workers: 5}\n", '1:11: num_workers is not set under litellm; set "workers" at the top of the file'),
        ("litellm: {'a b': 5}\n", '1:11: "a b" is no flag of LiteLLM; litellm --help lists them; write them without the dashes'),
        ("litellm: {a: {b: c}}\n", "1:14: a is true, false, text, a number or a list of them, not a mapping"),
        ("litellm: [5]\n", "1:11: an argument is text, not '5'; put quotes around it"),
        ("port: 1\nport: 2\n", '2:1: "port" is set twice'),
        ("[a]: 2\n", "1:1: a setting's name is text, not a list"),
        ("- a\n", "1:1: the file is a mapping, not a list"),
        ("a: b: c\n", "1:5: this is not YAML: mapping values are not allowed in this context"),
        ("port: !!int x\n", "1:7: port is a whole number from 1 to 65535, not 'x'"),
    ],
)
def test_mistakes(text: str, problem: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(f"ccproxy.yaml:{problem}")


def test_all_mistakes_are_told() -> None:
    assert len(problems("prot: 1\nhost: 2\ntokens: {a: 1, encoding: b}\n")) == 4


def test_deep_nesting() -> None:
    assert "this is not YAML" in problems("[" * 1500)[0]


def test_no_text(tmp_path: Path) -> None:
    (tmp_path / "ccproxy.yaml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"ccproxy\.yaml:1:1: the file can't be read: it is not UTF-8 text"):
        read_settings(tmp_path)
    (tmp_path / "ccproxy.yaml").unlink()
    (tmp_path / "ccproxy.yaml").mkdir()
    with pytest.raises(SettingsError, match="Is a directory"):
        read_settings(tmp_path)
