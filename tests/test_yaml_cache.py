"""How a YAML text is built is kept for the next command: what is read from the cache is what PyYAML reads, or nothing is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccproxy import yaml_cache
from ccproxy.config.settings import SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.models.config_files import ConfigFiles
from ccproxy.models.litellm_config import read_litellm_config
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.source import Source
from ccproxy.yaml_cache import MOST_FILES, YamlCache, value_of
from ccproxy.yaml_nodes import Node, NotYamlError, is_mapping, is_scalar
from ccproxy.yaml_reader import compose, construct
from tests.language.profile import examples

ROOT = Path(__file__).parents[1]
CONFIG, SETTINGS = ((ROOT / "ccproxy/service/templates" / name).read_text("utf-8") for name in ("config.yaml", "ccproxy.yaml"))
WITH_ALL = """
model_list:
  - model_name: default # the first
    litellm_params: &shared {model: anthropic/claude-opus-5-5, api_key: "sk-secret", rpm: 60, input_cost_per_token: 0.000003}
    model_info: {base_model: null, supports_vision: yes, tags: ['a', "b"], empty: }
  - {model_name: two, litellm_params: *shared}
litellm_settings: {drop_params: true, fallbacks: [{default: [two]}], timeout: -1.5, note: é 😀}
"""
KEPT = {
    "the starter's": CONFIG,
    "all": WITH_ALL,
    "a scalar": "a",
    "a list": "- 1\n- [a, {b: c}]",
    "empty ones": "{a: [], b: {}, c: ''}",
}
UNKEPT = {
    "an escape": 'a: "\\n"',
    "a quote": "a: 'it''s'",
    "a block": "a: |\n  b\n",
    "a folded text": "a: b\n  c\n",
    "another base": "a: 0x1f",
    "an octal": "a: 010",
    "sixties": "a: 1:30",
    "endless": "a: .inf",
    "another type": "a: !!set {b}",
    "a tag": 'a: !!int "3"',
    "an equals sign": "=: 1",
    "a merge key": "a: {<<: {b: 1}}",
    "a key twice": "a: 010\na: 2",
    "long texts again": f"a: &a [{'x' * 10_000}]\nb: [{'*a,' * 9_000}]",
}


def parsed(text: str) -> tuple[Any, Any]:
    """What PyYAML makes of a text: the node and the value."""
    root: Any = compose(Source(text))
    return root, construct(root)


def told(node: Any) -> object:
    """All that readers see of a node."""
    value = node.value
    if is_mapping(node):
        value = [(told(key), told(one)) for key, one in value]
    elif not is_scalar(node):
        value = [told(one) for one in value]
    return node.id, node.tag, value, node.start_mark.index, node.end_mark.index


def kept(folder: Path, text: str) -> Node | None:
    """What another process finds after one has kept a text."""
    root: Any = compose(Source(text))
    YamlCache(folder).keep(Source(text), root)
    return YamlCache(folder).find(Source(text))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a cache, which is not there yet."""
    return tmp_path / "caches" / "ccproxy"


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_kept_is_what_was_read(folder: Path, text: str) -> None:
    found = kept(folder, text)
    assert found is not None
    root, value = parsed(text)
    assert told(found) == told(root)
    assert repr(value_of(found)) == repr(value)
    assert YamlCache(folder).find(Source(text + " ")) is None


@pytest.mark.parametrize("text", UNKEPT.values(), ids=UNKEPT)
def test_what_the_places_do_not_tell_is_not_kept(folder: Path, text: str) -> None:
    assert kept(folder, text) is None
    assert not folder.exists()


def test_no_text_is_copied_for_each_alias(folder: Path) -> None:
    text = "[abcd]"
    assert kept(folder, text) is not None
    (file,) = folder.iterdir()
    assert file.read_text() == "0,0,6,1,2,1,5,0"
    file.write_text("0,0,6,2,2,1,5,0,2,1,5,0")
    assert YamlCache(folder).find(Source(text)) is None


def test_large_texts_are_neither_kept_nor_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = yaml_cache.MOST_NUMBERS // 4
    assert kept(folder, f"[{'a,' * (entries - 1)}]") is not None
    read: list[object] = []
    monkeypatch.setattr(yaml_cache, "_read", lambda *given: read.append(given))
    assert kept(folder, f"[{'a,' * entries}]") is None
    assert not read


STYLES = st.fixed_dictionaries(
    {"default_flow_style": st.sampled_from([True, False, None]), "default_style": st.sampled_from([None, '"', "'"])}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["os.environ/A", "a: b", "#", "<<", "="])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4), max_leaves=12)


@examples(300)
@given(VALUES, STYLES, st.text("\t ,:[]{}&*!|>'\"#-=<ab1.\n", max_size=12))
def test_whatever_is_found_is_what_was_read(value: Any, style: dict[str, Any], noise: str) -> None:
    for text in (yaml.dump(value, allow_unicode=True, **style), noise):
        try:
            root, made = parsed(text)
        except (NotYamlError, yaml.YAMLError, ValueError, AttributeError):
            continue
        with TemporaryDirectory() as folder:
            found = kept(Path(folder) / "ccproxy", text)
        assert found is None or (told(found) == told(root) and repr(value_of(found)) == repr(made))


@examples(300)
@given(st.lists(st.integers(-2, 80) | st.just(10**9), max_size=24))
def test_a_garbled_file_is_not_of_the_text(numbers: list[int]) -> None:
    text = "a: [1, yes, b]"
    with TemporaryDirectory() as name:
        folder = Path(name) / "ccproxy"
        assert kept(folder, text) is not None
        (file,) = folder.iterdir()
        right = [int(number) for number in file.read_text().split(",")]
        file.write_text(",".join(map(str, numbers)))
        found = YamlCache(folder).find(Source(text))
        assert found is None or is_scalar(found) or not found.value or numbers == right
        file.write_text(",".join(map(str, right[:-4] + numbers)))
        YamlCache(folder).find(Source(text))


@pytest.mark.parametrize("garbage", ["", ",", "[]", "a", "0,0,1,1e9", "1," * 100_000, "1" * 10_000, "2,0,1,-1", "\udce9"])
def test_nothing_is_found_in_garbage(folder: Path, garbage: str) -> None:
    assert kept(folder, CONFIG) is not None
    (file,) = folder.iterdir()
    file.write_bytes(garbage.encode(errors="surrogateescape"))
    assert YamlCache(folder).find(Source(CONFIG)) is None


def test_no_word_of_the_text_is_kept(folder: Path) -> None:
    assert kept(folder, WITH_ALL) is not None
    (file,) = folder.iterdir()
    assert re.fullmatch(r"[\d,]+", file.read_text())
    assert re.fullmatch(r"yaml1-[0-9a-f]{16}\.txt", file.name)
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_form_is_the_one_of_its_number(folder: Path) -> None:
    """What other versions find: where this changes, `FORM` has to."""
    assert kept(folder, "a: [1, 'b']") is not None
    (file,) = folder.iterdir()
    assert [int(number) for number in file.read_text().split(",")] == [1, 0, 11, 1, 2, 0, 1, 0, 0, 3, 11, 2, 5, 4, 5, 0, 2, 7, 10, 1]


def test_the_newest_files_stay(folder: Path) -> None:
    for number in range(MOST_FILES + 3):
        assert kept(folder, f"a: {number}") is not None
        for file in folder.iterdir():  # each is older than what follows
            os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns - 10**9))
    assert len(list(folder.iterdir())) == MOST_FILES
    (folder / ".yaml1-0.txt.a.tmp").write_text("")
    os.utime(folder / ".yaml1-0.txt.a.tmp", (0, 0))
    (folder / "another's").write_text("")
    os.utime(folder / "another's", (0, 0))
    assert kept(folder, "a: again") is not None
    assert {file.name[:5] for file in folder.iterdir()} == {"yaml1", "anoth"}
    assert [YamlCache(folder).find(Source(f"a: {number}")) is None for number in (0, 3, 4)] == [True, True, False]


# ── Whose the folder is ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_not_used(folder: Path, mode: int) -> None:
    assert kept(folder, CONFIG) is not None
    folder.chmod(mode)
    assert YamlCache(folder).find(Source(CONFIG)) is None
    assert kept(folder, "a: 1") is None
    assert len(list(folder.iterdir())) == 1


def test_a_link_is_not_used(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    assert kept(elsewhere, CONFIG) is not None
    folder.symlink_to(elsewhere)
    assert YamlCache(folder).find(Source(CONFIG)) is None
    assert kept(folder, "a: 1") is None
    (file,) = elsewhere.iterdir()
    away = file.rename(file.with_name("away"))
    file.symlink_to(away)
    assert YamlCache(elsewhere).find(Source(CONFIG)) is None


def test_the_folder_of_another_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(folder, CONFIG) is not None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert YamlCache(folder).find(Source(CONFIG)) is None
    assert kept(folder, "a: 1") is None


def test_where_no_folder_can_be_made_texts_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "config.yaml").write_text(CONFIG)
    for folder in (tmp_path / "file" / "a" / "b", tmp_path / ("a" * 300) / "b", tmp_path / "a\0" / "b"):
        files = ConfigFiles(folder)
        assert read_model_list(tmp_path / "config.yaml", files=files)[0] is not None


# ── Files of a config folder ─────────────────────────────────────────────────────────────────────────────────────────

SETTINGS_TEXTS = [
    SETTINGS,
    "polcy: a.ccp\nport: 4000000\nworkers: two\nfit: {think: 1}",
    "tokens: {scale: {claude-*: 1.1, '[': 2, gpt-*: no}}",
    "litellm: {detailed_debug: true, a: [1, {}], drop_params: false, config: 'x.yaml'}",
    "records: off\nother_calls: {realtime: pass, batches: perhaps}\nshadow: next.ccp\nmemory: {hours: 0x10}",
    "policy: a.ccp\npolicy: b.ccp",
    "memory: {hours: 010000, hours: 2}",
    "port: &port 4000\nworkers: *port",
    "<<: {port: 4000}",
    "host: |\n  a",
    "- a",
    "a: [",
    "",
]


@pytest.mark.parametrize(
    "text",
    [
        *KEPT.values(),
        *UNKEPT.values(),
        "a: [",
        "model_list: [3, {litellm_params: {<<: 3}}]",
        "router_settings: {model_group_alias: {a: {<<: 3}}}",
        "- a",
        "",
    ],
)
def test_a_config_says_the_same_from_the_cache(folder: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    apart = repr((read_model_list(path, {}), read_litellm_config(path, {})))
    for _ in range(2):
        files = ConfigFiles(folder)
        assert repr((read_model_list(path, {}, files), read_litellm_config(path, {}, files))) == apart


@pytest.mark.parametrize("text", SETTINGS_TEXTS)
def test_settings_say_the_same_from_the_cache(folder: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "ccproxy.yaml"
    path.write_text(text)

    def said(*cache: Path) -> str:
        try:
            return repr(read_settings(tmp_path, *cache))
        except SettingsError as error:
            return str(error)

    apart = said()
    assert [said(folder), said(folder)] == [apart, apart]
    other = folder.with_name("other")
    with suppress(NotYamlError):
        ConfigFiles(other).read(path)  # --config ccproxy.yaml
    assert said(other) == apart


@pytest.mark.parametrize(
    "named", [["--config-dir", "none", "check", "policy.ccp"], ["--config-dir", ".", "check"]], ids=["config", "settings"]
)
def test_the_second_command_imports_no_yaml(tmp_path: Path, named: list[str]) -> None:
    (tmp_path / "policy.ccp").write_bytes((ROOT / "policies/claude-code.ccp").read_bytes())
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "ccproxy.yaml").write_text(SETTINGS)
    code = "import sys, atexit; atexit.register(lambda: print('yaml' in sys.modules)); from ccproxy.cli import main; main(sys.argv[1:])"
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}

    def printed() -> list[str]:
        command = [sys.executable, "-c", code, *named]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()

    assert printed() == ["policy.ccp: fine, 10 rules", "True"]
    assert printed() == ["policy.ccp: fine, 10 rules", "False"]
    assert len(list((tmp_path / "cache" / "ccproxy").iterdir())) == (1 if "none" in named else 2)


@pytest.mark.parametrize("named", ["", "here"])
def test_a_cache_that_is_not_named_in_full_is_in_the_home(tmp_path: Path, named: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    environment = os.environ | {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": named}
    command = [sys.executable, "-m", "ccproxy", "models", "--config", "config.yaml"]
    subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "home"]
    assert len(list((tmp_path / "home/.cache/ccproxy").iterdir())) == 1
