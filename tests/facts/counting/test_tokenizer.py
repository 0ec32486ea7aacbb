"""The tokenizer: offline, exact, in bounded time."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import tiktoken
from hypothesis import example, given
from hypothesis import strategies as st

from ccproxy.facts import TokenCounter, TokenizerError, observe
from ccproxy.facts.counting import tokenizer
from ccproxy.facts.counting.opened import byte_length
from tests.language.profile import examples

ENCODE: dict[str, Callable[[str], list[int]]] = {name: tokenizer.load(name) for name in tokenizer.VOCABULARIES}
MIXED = st.text(st.sampled_from("aB'sé1 \n\t.,_-中。\u0301ß٣²\u3000Σ😀\r/"), max_size=200) | st.text(max_size=100)


@pytest.mark.parametrize("encoding", ENCODE)
@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("hello world", 2), ("a" * 16, 2), ("\ud800", 1), ("\ud83d\ude00", 2)])
def test_counts(encoding: str, text: str, tokens: int) -> None:
    count = TokenCounter(encoding).count(text)
    assert abs(count - tokens) <= 1  # the vocabularies differ by a token


@pytest.mark.parametrize("encoding", ENCODE)
def test_special_tokens_are_ordinary_text(encoding: str) -> None:
    assert TokenCounter(encoding).count("<|endoftext|>") > 1


@pytest.mark.parametrize("encoding", ENCODE)
@examples(80)
@given(st.text(st.characters() | st.sampled_from("\ud800\udc00\udfff a")))
def test_a_count_lies_between_its_bounds(encoding: str, text: str) -> None:
    length = byte_length(text)
    assert ceil(length / tokenizer.LONGEST_TOKEN) <= TokenCounter(encoding).count(text) <= length


@pytest.mark.parametrize("encoding", ENCODE)
@examples(80)
@given(MIXED)
@example("don't do's")
def test_cuts_at_boundaries_do_not_change_the_count(encoding: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer, "CHUNK", 16)
        pieces = list(tokenizer.chunks(text))
    assert "".join(pieces) == text
    assert all(len(piece) <= 16 for piece in pieces)
    cut_in_a_word = any(len(piece) == 16 for piece in pieces[:-1])
    whole, cut = len(ENCODE[encoding](text)), sum(len(ENCODE[encoding](piece)) for piece in pieces)
    assert cut == whole or cut_in_a_word


@pytest.mark.parametrize("encoding", ENCODE)
def test_long_prose_is_counted_exactly(encoding: str) -> None:
    prose = "".join(
        f"Line {n}: the quick brown fox, said <b>nobody</b>, can't jump {n * 7} dogs!\n\n    def f(x): return x\n" for n in range(2000)
    )
    assert TokenCounter(encoding).count(prose) == len(ENCODE[encoding](prose))
    chinese = "我喜欢你，因为你很好。但是，今天没有时间！" * 1000
    assert TokenCounter(encoding).count(chinese) == len(ENCODE[encoding](chinese))


@pytest.mark.parametrize("unit", ["a", " ", "\n", "😀", "中", "!", "\ud800", "aB3", "<|endoftext|>", "\0"])
def test_a_megabyte_without_a_word_boundary_is_cut(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert max(map(len, tokenizer.chunks(text))) <= tokenizer.CHUNK
    assert 0 < TokenCounter().count(text) <= byte_length(text)


def test_longest_token(theirs: tiktoken.Encoding) -> None:
    assert max(map(len, theirs.token_byte_values())) == tokenizer.LONGEST_TOKEN


@examples(200)
@given(MIXED)
@example("\ud800 don't DON'T  \r\n\t x123456 'S ’s")
def test_tokens_are_those_of_tiktoken(theirs: tiktoken.Encoding, text: str) -> None:
    assert ENCODE[theirs.name](text) == theirs.encode_ordinary(text)


def test_every_token_has_its_rank(theirs: tiktoken.Encoding) -> None:
    tokens = [token.decode("utf-8", "replace") for token in theirs.token_byte_values()]
    assert [ENCODE[theirs.name](token) for token in tokens] == [theirs.encode_ordinary(token) for token in tokens]


def test_litellm_is_not_imported_and_the_environment_is_left_alone() -> None:
    program = """
import os, sys
from ccproxy.facts import TokenCounter, observe
assert observe({"prompt": "hello world"}).tokens == 2
assert "litellm" not in sys.modules
assert "TIKTOKEN_CACHE_DIR" not in os.environ
"""
    environment = {name: value for name, value in os.environ.items() if name != "TIKTOKEN_CACHE_DIR"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_offline_with_an_empty_cache_folder_nothing_is_fetched(tmp_path: Path) -> None:
    program = """
import socket, sys
from pathlib import Path
def refuse(*arguments, **options):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from ccproxy.facts import ENCODINGS, TokenCounter, observe
for encoding in ENCODINGS:
    counter = TokenCounter(encoding)
    assert observe({"prompt": "hello world"}, counter=counter).tokens == 2
    assert counter.error is None
    try:
        TokenCounter(encoding, folder=Path(sys.argv[1], "nowhere")).load()
    except Exception as error:
        assert "cannot read the vocabulary" in str(error), error
"""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "TIKTOKEN_CACHE_DIR": str(tmp_path / "cache"),
    }
    (tmp_path / "cache").mkdir()
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=environment)
    assert [path.name for path in tmp_path.rglob("*")] == ["cache"]


def test_an_environment_of_ones_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/nowhere")
    TokenCounter().load()
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "/nowhere"


def test_a_vocabulary_is_loaded_once_and_goes_only_with_what_is_searched_for() -> None:
    """A command that ends doesn't search, and so doesn't take all tokens apart."""
    tokenizer._loaded.cache_clear()
    encode: Any = tokenizer.load("cl100k_base")
    assert id(tokenizer.load("cl100k_base")) == id(encode)
    encoding = weakref.ref(encode.__self__)
    tokenizer._loaded.cache_clear()
    del encode
    assert encoding() is not None
    gc.collect()
    assert encoding() is None


def test_unknown_encoding() -> None:
    with pytest.raises(TokenizerError, match="unknown encoding 'p50k'; known: cl100k_base, o200k_base"):
        TokenCounter("p50k").load()


def test_missing_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="cannot read the vocabulary of cl100k_base"):
        TokenCounter(folder=tmp_path).load()


def test_damaged_vocabulary_is_left_as_it_is(tmp_path: Path) -> None:
    """tiktoken would remove the file and fetch it from the network."""
    file = tmp_path / tokenizer.VOCABULARIES["cl100k_base"].file
    file.write_bytes((tokenizer.shipped_folder() / file.name).read_bytes()[:-1])
    with pytest.raises(TokenizerError, match="the vocabulary of cl100k_base is damaged"):
        TokenCounter(folder=tmp_path).load()
    assert file.exists()


def test_litellm_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "find_spec", lambda name: None)
    with pytest.raises(TokenizerError, match="LiteLLM, which ships the tokenizer's vocabulary, is not installed"):
        TokenCounter().load()


def test_routing_goes_on_without_a_tokenizer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counter = TokenCounter(folder=tmp_path)
    assert not counter.loaded
    for _ in range(3):
        facts = observe({"prompt": "é" * 100}, counter=counter)
        assert facts.tokens_above((("tokens", 1),), -49)
        assert not facts.tokens_above((("tokens", 1),), -50)
        assert facts.tokens == 50
        assert facts.source_of("tokens") == "estimate: a token for every 4 bytes"
    assert counter.loaded
    assert isinstance(counter.error, TokenizerError)
    assert len(caplog.records) == 1
    with pytest.raises(TokenizerError):
        counter.load()
