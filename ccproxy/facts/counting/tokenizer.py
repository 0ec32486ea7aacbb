"""The tokenizer: tiktoken, with the vocabulary files that LiteLLM ships. Never the network."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ccproxy.frozen import frozen


class TokenizerError(Exception):
    """The tokenizer cannot be had here; the message says why."""


@frozen
class _Vocabulary:
    """A vocabulary file: its name in a tiktoken cache folder (the SHA-1 of its address), the SHA-256 that tiktoken demands, and the pattern
    of the pieces that texts are cut into before.

    The file has a token a line, in base 64 and ordered by rank.
    """

    file: str
    sha256: str
    pattern: str


VOCABULARIES = {
    "cl100k_base": _Vocabulary(
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    ),
    "o200k_base": _Vocabulary(
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ),
}

ENCODINGS = tuple(VOCABULARIES)
"""The encodings that can be chosen."""

LONGEST_TOKEN = 128
"""The bytes of the longest token of these encodings: a text has at least its bytes over this many tokens."""

CHUNK = 8192
"""The most characters that are tokenised at once: a long run without a word boundary costs more than in proportion."""

# After a letter or digit and before one of these, both encodings always end a token: no token spans the cut.
_BOUNDARY = r"[^\W_](?=[\x00-&(-/:-@\[-`{-\x7f\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20])"


def shipped_folder() -> Path:
    """The folder of LiteLLM's vocabulary files. LiteLLM is not imported. Raises TokenizerError where it is not installed."""
    try:
        spec = find_spec("litellm")
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise TokenizerError("LiteLLM, which ships the tokenizer's vocabulary, is not installed")
    return Path(next(iter(spec.submodule_search_locations)), "litellm_core_utils", "tokenizers")


def check_vocabulary(encoding: str, folder: Path | None = None) -> Path:
    """The folder of the vocabulary file, which was looked at; LiteLLM's where `folder` names none.

    Raises TokenizerError for an unknown encoding and for a file that is missing or damaged.
    """
    folder = folder or shipped_folder()
    _read(encoding, folder)
    return folder


def _read(encoding: str, folder: Path) -> bytes:
    vocabulary = VOCABULARIES.get(encoding)
    if vocabulary is None:
        raise TokenizerError(f"unknown encoding {encoding!r}; known: {', '.join(VOCABULARIES)}")
    path = folder / vocabulary.file
    try:
        found = path.read_bytes()
    except OSError as error:
        raise TokenizerError(f"cannot read the vocabulary of {encoding}: {error}") from error
    from hashlib import sha256  # OpenSSL takes its time to load

    if sha256(found).hexdigest() != vocabulary.sha256:
        raise TokenizerError(f"the vocabulary of {encoding} is damaged: {path}")
    return found


def load(encoding: str, folder: Path | None = None) -> Callable[[str], list[int]]:
    """The function that encodes text, special tokens as ordinary text and lone surrogates as U+FFFD.

    `folder` holds the vocabulary, LiteLLM's without it. Takes about a tenth of a second the first time, of which other threads may run
    half: tiktoken's own reading of the file would take as long again, and look for it elsewhere where it is damaged. Raises
    TokenizerError where there is no vocabulary that can be used.
    """
    return _loaded(encoding, folder or shipped_folder())


@cache
def _loaded(encoding: str, folder: Path) -> Callable[[str], list[int]]:
    tokens = _read(encoding, folder).split()[::2]
    try:
        import tiktoken

        ranks = dict(zip(map(a2b_base64, tokens), range(len(tokens)), strict=True))
        pattern = VOCABULARIES[encoding].pattern
        encode = tiktoken.Encoding(encoding, pat_str=pattern, mergeable_ranks=ranks, special_tokens={}).encode_ordinary
        # in a circle, which no command looks for when it ends: to take all tokens apart would take a third of the time again
        kept: list[object] = [encode]
        kept.append(kept)
        return encode
    except Exception as error:
        raise TokenizerError(f"tiktoken cannot load {encoding}: {error}") from error


def chunks(text: str) -> Iterator[str]:
    """The text in pieces of at most `CHUNK` characters.

    A piece ends at the first word boundary (a letter or digit before ASCII or East Asian punctuation or white space) of its second
    half, where the counts of the pieces add up to that of the whole. Where the second half has none, it ends at `CHUNK` characters,
    and the sum may be a token or two off there.
    """
    start = 0
    while len(text) - start > CHUNK:
        boundary = re.compile(_BOUNDARY).search(text, start + CHUNK // 2, start + CHUNK)
        end = boundary.end() if boundary else start + CHUNK
        yield text[start:end]
        start = end
    yield text[start:] if start else text
