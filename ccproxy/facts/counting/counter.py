"""Counting the tokens of texts, each text once."""

from __future__ import annotations

import marshal
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from threading import Lock

from ccproxy.facts.counting import tokenizer
from ccproxy.facts.counting.conversations import Conversations, Found
from ccproxy.facts.counting.opened import Bounds, Key, RecurringValues, byte_length
from ccproxy.facts.counting.tokenizer import TokenizerError
from ccproxy.facts.values import Json
from ccproxy.frozen import frozen
from ccproxy.language.matching import compile_glob

ENTRY_BYTES = 400
"""What one entry of the cache is taken to cost in memory, its key included (measured: 320 to 360 bytes, more while the table grows)."""

BYTES_PER_TOKEN = 4
"""Where there is no tokenizer, a text is taken to have a token for every so many UTF-8 bytes."""

LARGEST_VALUE = 64 * 1024
"""The largest value, in bytes as `marshal` writes it, of which bounds are kept: what is larger may be an image, that no one reads."""


@frozen
class TokenStats:
    """What a counter has done: counts found in the cache, counts made, characters tokenised for them; what the cache holds."""

    hits: int
    misses: int
    tokenised_characters: int
    entries: int
    bytes: int


@frozen
class Counting:
    """How the texts of one request are counted.

    `encoding` is None where there is no tokenizer; `scale` is the factor that the settings have for the model, `ratio` that of the
    calibration, None where none is applied.
    """

    encoding: str | None
    scale: Fraction
    ratio: Fraction | None

    def __str__(self) -> str:
        how = self.encoding or f"a token for every {BYTES_PER_TOKEN} bytes"
        scale = "" if self.scale == 1 else f" × {float(self.scale):g}"
        return f"estimate: {how}{scale}" + ("" if self.ratio is None else f" × {float(self.ratio):g} (calibrated)")


class TokenCounter:
    """Counts tokens of texts with one encoding, and keeps the counts. Safe to use from many threads.

    `scale` maps globs of the language over the requested model to factors for the counts of texts (the first that matches; 1 without
    one): Claude's own tokenizer is not public, so a count is an estimate. `cache_bytes` bounds the memory of the cache, least recently
    used counts go first. `correction` gives a further factor for a requested model, one that may change from request to request
    (calibration).
    `folder` holds the vocabulary file, for tests; LiteLLM's without it.

    Where the tokenizer can't be had, counts are a token for every `BYTES_PER_TOKEN` bytes: routing goes on. `error` tells why, and
    it is logged once. `recurring` is for who counts the same objects again and again.
    Raises ValueError for a scale that is no number over 0, GlobError for a malformed glob.
    """

    def __init__(
        self,
        encoding: str = "cl100k_base",
        scale: Mapping[str, Fraction | int | float | str] | None = None,
        cache_bytes: int = 16 * 1024 * 1024,
        *,
        correction: Callable[[str | None], Fraction] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.encoding = encoding
        self.correction = correction
        self.error: TokenizerError | None = None
        self.recurring: RecurringValues | None = None
        self._scale = [(compile_glob(glob), Fraction(str(factor))) for glob, factor in (scale or {}).items()]
        if any(factor <= 0 for _, factor in self._scale):
            raise ValueError("a scale must be over 0")
        self._most_entries = cache_bytes // ENTRY_BYTES
        self._conversations = Conversations(cache_bytes)
        self._folder = folder
        self._encode: Callable[[str], list[int]] | None = None
        self._counts: OrderedDict[Key | None, Bounds] = OrderedDict()  # never of None, which is what has no key
        self._lock = Lock()
        self._loading = Lock()
        self._secret = os.urandom(16).hex()
        self._hits = self._misses = self._characters = 0

    @property
    def loaded(self) -> bool:
        """Whether `count` can tokenise, or has given up, without loading anything first."""
        return self._encode is not None or self.error is not None

    @property
    def scales(self) -> bool:
        """Whether the requested model makes a difference to counts."""
        return bool(self._scale) or self.correction is not None

    @property
    def stats(self) -> TokenStats:
        """What was done so far."""
        with self._lock:
            entries = len(self._counts)
            return TokenStats(self._hits, self._misses, self._characters, entries, entries * ENTRY_BYTES)

    def load(self) -> None:
        """Loads the tokenizer, about a tenth of a second the first time in a process. Raises TokenizerError where it can't be had."""
        self._loaded()

    def _loaded(self) -> Callable[[str], list[int]]:
        with self._loading:
            if self.error is not None:
                raise self.error
            if self._encode is None:
                try:
                    self._encode = tokenizer.load(self.encoding, self._folder)
                except TokenizerError as error:
                    self.error = error
                    import logging  # most processes that count never need it

                    log = logging.getLogger("ccproxy.tokens")
                    log.error("%s; a token is taken for every %d bytes of text instead", error, BYTES_PER_TOKEN)
                    raise
            return self._encode

    def scale_of(self, model: str | None) -> Fraction:
        """The factor for the counts of texts in requests for this model."""
        return next((factor for matches, factor in self._scale if matches(model or "")), Fraction(1))

    def key(self, text: str) -> Key:
        """What the count of a text is kept under."""
        # Python's keyed hash (SipHash) reads the text as it lies in memory: a quarter of the time of a digest. What stands before the
        # text keeps its key secret where PYTHONHASHSEED doesn't, and the length tells texts apart that differ in the width of characters
        return hash(self._secret + text), len(text)

    def key_of(self, value: Json, how: str) -> Key | None:
        """What is found of a whole value, in a way of counting that `how` tells from others, is kept under this; None where it isn't."""
        if not isinstance(value, (dict, list)):
            return None
        try:
            # a third of the time of JSON; this version of the format writes equal values alike
            written = marshal.dumps((self._secret, how, value), 2)
        except ValueError:  # nested too deep, or no JSON
            return None
        return (hash(written), len(written)) if len(written) <= LARGEST_VALUE else None

    def kept_of(self, values: list[Json], how: str, *, conversation: bool) -> tuple[int, list[Found]]:
        """What is kept of some values, in a way of counting: the tokens of those that are counted for good, and the others.

        Values of a `conversation` come again in its next turn, at the same places: those that came before are not looked at again.
        """
        if conversation:
            tokens, others = self._conversations.look_up(values, lambda value: self.key_of(value, how), self._kept)
            with self._lock:
                self._hits += len(values) - sum([kept is None for *_, kept in others])
            return tokens, others
        keys = [self.key_of(value, how) for value in values]
        return 0, list(zip(values, keys, self.kept(keys), strict=True))

    def kept(self, keys: Sequence[Key | None]) -> list[Bounds | None]:
        """What is kept under these keys, of a text its count twice; None where there is nothing."""
        counts = self._kept(keys)
        with self._lock:
            self._hits += len(counts) - counts.count(None)
        return counts

    def _kept(self, keys: Sequence[Key | None]) -> list[Bounds | None]:
        with self._lock:
            counts = [*map(self._counts.get, keys)]
            for key, count in zip(keys, counts, strict=True):
                if count is not None:
                    self._counts.move_to_end(key)
            return counts

    def count(self, text: str, key: Key | None = None) -> int:
        """The number of tokens of a text, tokenised unless it is kept. `key`: that of the text, where it is known already."""
        key = self.key(text) if key is None else key
        (kept,) = self.kept([key])
        if kept is not None:
            return kept[0]
        count = self._tokenise(text)
        if self._encode is not None:
            with self._lock:
                self._misses += 1
                self._characters += len(text)
            self.keep(key, (count, count))
        return count

    def _tokenise(self, text: str) -> int:
        encode = self._encode
        if encode is None:
            try:
                encode = self._loaded()
            except TokenizerError:
                return ceil(byte_length(text) / BYTES_PER_TOKEN)
        return sum(len(encode(chunk)) for chunk in tokenizer.chunks(text))

    def keep(self, key: Key, bounds: Bounds) -> None:
        """Keeps what was found of a text or value."""
        with self._lock:
            self._counts[key] = bounds
            while len(self._counts) > self._most_entries:
                self._counts.popitem(last=False)
