"""All patterns asked of one text: which combinations of them a text can have, and an example of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from ccproxy.analysis.alphabet import Alphabet
from ccproxy.analysis.automaton import FOUND, LOST, Dfa, build_nfa
from ccproxy.analysis.regex import Regex
from ccproxy.analysis.work import TooMuchWorkError, Work

_Product = tuple[int, tuple[tuple[int, int], ...]]
"""Which patterns are found for good, a bit each, and the DFA states of those that are still open."""

_FILLERS = ("other", "x", "a b", "0")
"""Texts to try first where nothing in particular is wanted."""


class Language:
    """Patterns 0 to n - 1 over one alphabet; TooLargeError where one of them is too large."""

    def __init__(self, trees: Sequence[Regex], work: Work) -> None:
        nfas = [build_nfa(tree) for tree in trees]
        self.alphabet = Alphabet(chars for nfa in nfas for chars in nfa.charsets())
        self._dfas = [Dfa(nfa, self.alphabet) for nfa in nfas]
        self._work = work
        self._shortest: dict[int, str | None] = {}
        self._found: dict[tuple[frozenset[int], frozenset[int], frozenset[str]], str | None] = {}

    def signature(self, text: str) -> int:
        """The patterns that are found in the text, a bit each."""
        letters = self.alphabet.read(text)
        if letters is None:
            raise ValueError("a text with surrogates")
        return sum(1 << index for index, dfa in enumerate(self._dfas) if dfa.run(letters))

    def matches(self, text: str, wanted: Iterable[int], unwanted: Iterable[int]) -> bool:
        """Whether all the wanted patterns and none of the unwanted are found in the text."""
        letters = self.alphabet.read(text)
        return (
            letters is not None
            and all(self._dfas[index].run(letters) for index in wanted)
            and not any(self._dfas[index].run(letters) for index in unwanted)
        )

    def signatures(self, limit: int, steps: int) -> dict[int, str] | None:
        """Every combination of patterns that a text can have, with a shortest text of it.

        None where there are more than `limit` of them, or where finding them takes more than `steps` steps.
        """
        start = self._start(range(len(self._dfas)))
        parents: dict[_Product, tuple[_Product, int] | None] = {start: None}
        queue = deque([start])
        found: dict[int, str] = {}
        while queue:
            state = queue.popleft()
            signature = state[0]
            for index, part in state[1]:
                if self._dfas[index].accepts(part):
                    signature |= 1 << index
            if signature not in found:
                found[signature] = self._text_to(parents, state)
                if len(found) > limit:
                    return None
            for letter in range(self.alphabet.size):
                steps -= len(state[1]) + 1
                after = self._step(state, letter)
                if after not in parents:
                    parents[after] = state, letter
                    queue.append(after)
            if steps < 0:
                return None
        return found

    def find(self, wanted: frozenset[int], unwanted: frozenset[int], taken: Collection[str] = ()) -> str | None:
        """A text with all the wanted patterns and none of the unwanted that is not taken yet, legible before short.

        None where there is none; TooMuchWorkError where that is too much to find out.
        """
        key = wanted, unwanted, frozenset(taken)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, wanted: frozenset[int], unwanted: frozenset[int], taken: frozenset[str]) -> str | None:
        if wanted & unwanted or any(self._word(index) is None for index in wanted):
            return None
        for guess in self._guesses(sorted(wanted)):
            if guess not in taken and self.matches(guess, wanted, unwanted):
                return guess
        if len(wanted) + len(unwanted) > 2 and self.clash(wanted, unwanted) is not None:
            return None
        search = _Search(self, wanted, unwanted)
        first = search.first()
        if first is None or first not in taken:
            return first
        return search.outside(taken)

    def clash(self, wanted: frozenset[int], unwanted: frozenset[int]) -> tuple[frozenset[int], frozenset[int]] | None:
        """Two of the patterns of which no text has the first and, as asked, has or has not the second; None where there are none.

        Most of what is impossible is so for two patterns alone, and that is soon found out.
        """
        nothing: frozenset[int] = frozenset()
        for index in sorted(wanted):
            one = frozenset([index])
            for other in sorted(unwanted):
                if not self.matches(self._word(index) or "", one, (other,)) and self.find(one, frozenset([other])) is None:
                    return one, frozenset([other])
            for other in sorted(wanted):
                if other > index and self.find(frozenset([index, other]), nothing) is None:
                    return frozenset([index, other]), nothing
        return None

    def _word(self, index: int) -> str | None:
        """A shortest text in which the pattern is found."""
        if index not in self._shortest:
            letters = self._dfas[index].shortest(20_000)
            self._shortest[index] = None if letters is None else self.alphabet.write(letters)
        return self._shortest[index]

    def _guesses(self, wanted: list[int]) -> Iterator[str]:
        words = [self._word(index) or "" for index in wanted]
        if not words:
            yield from _FILLERS
            return
        ordered = sorted(zip(wanted, words, strict=True), key=self._place)
        longest = max(words, key=len)
        yield longest
        for separator in ("", " ", "-", "_ "):
            yield separator.join(word for _, word in ordered)
        yield f"x {' '.join(word for _, word in ordered)} x"

    def _place(self, item: tuple[int, str]) -> int:
        """Where a pattern's word has to stand: first, anywhere, last."""
        index, word = item
        if not self.matches(f"- {word}", (index,), ()):
            return 0
        return 1 if self.matches(f"{word} -", (index,), ()) else 2

    def _start(self, indexes: Iterable[int]) -> _Product:
        return _product((index, self._dfas[index].start) for index in indexes)

    def _step(self, state: _Product, letter: int) -> _Product:
        found, parts = _product((index, self._dfas[index].step(part, letter)) for index, part in state[1])
        return state[0] | found, parts

    def _text_to(self, parents: dict[_Product, tuple[_Product, int] | None], state: _Product) -> str:
        letters = []
        step = parents[state]
        while step is not None:
            letters.append(step[1])
            step = parents[step[0]]
        return self.alphabet.write(reversed(letters))


def _product(parts: Iterable[tuple[int, int]]) -> _Product:
    found = 0
    rest = []
    for index, part in parts:
        if part == FOUND:
            found |= 1 << index
        elif part != LOST:
            rest.append((index, part))
    return found, tuple(rest)


class _Search:
    """The texts with some patterns and without others, shortest first."""

    def __init__(self, language: Language, wanted: frozenset[int], unwanted: frozenset[int]) -> None:
        self._language = language
        self._wanted = sum(1 << index for index in wanted)
        self._unwanted = sum(1 << index for index in unwanted)
        self._start = language._start(sorted(wanted | unwanted))

    def first(self) -> str | None:
        """A shortest text, None where there is none."""
        language = self._language
        parents: dict[_Product, tuple[_Product, int] | None] = {self._start: None}
        queue = deque([self._start] if self._hopeful(self._start) else [])
        while queue:
            state = queue.popleft()
            if self._accepts(state):
                return language._text_to(parents, state)
            for letter, after in self._steps(state):
                if after not in parents:
                    parents[after] = state, letter
                    queue.append(after)
        return None

    def outside(self, taken: frozenset[str]) -> str | None:
        """A text that is not taken, None where there is none."""
        moves: dict[_Product, list[tuple[int, _Product]]] = {}
        stack = [self._start]
        while stack:
            state = stack.pop()
            if state not in moves:
                moves[state] = list(self._steps(state))
                stack.extend(after for _, after in moves[state])
        useful = self._useful(moves)
        texts = deque([("", self._start)] if self._start in useful else [])
        while texts:  # every text here leads on to an accepted one, so few more than the taken ones are looked at
            text, state = texts.popleft()
            if self._accepts(state) and text not in taken:
                return text
            for letter, after in moves[state]:
                if after in useful:
                    characters = islice(self._language.alphabet.members(letter), len(taken) + 1)
                    texts.extend((text + character, after) for character in characters)
            self._language._work.spend(len(moves[state]))
            if len(texts) > 100 * (len(taken) + 10):
                raise TooMuchWorkError("there are too many texts to try")
        return None

    def _useful(self, moves: dict[_Product, list[tuple[int, _Product]]]) -> set[_Product]:
        """The states from which an accepted text is reached."""
        before: dict[_Product, list[_Product]] = {}
        for state, steps in moves.items():
            for _, after in steps:
                before.setdefault(after, []).append(state)
        stack = [state for state in moves if self._accepts(state)]
        useful = set(stack)
        while stack:
            for state in before.get(stack.pop(), ()):
                if state not in useful:
                    useful.add(state)
                    stack.append(state)
        return useful

    def _steps(self, state: _Product) -> Iterator[tuple[int, _Product]]:
        language = self._language
        for letter in range(language.alphabet.size):
            language._work.spend(len(state[1]) // 4 + 1)
            after = language._step(state, letter)
            if self._hopeful(after):
                yield letter, after

    def _hopeful(self, state: _Product) -> bool:
        """Whether no unwanted pattern is found, and none wanted is lost."""
        found = state[0]
        if found & self._unwanted:
            return False
        missing = self._wanted & ~found
        for index, _ in state[1]:
            missing &= ~(1 << index)
        return not missing

    def _accepts(self, state: _Product) -> bool:
        found = state[0]
        for index, part in state[1]:
            if self._language._dfas[index].accepts(part):
                found |= 1 << index
        return not self._wanted & ~found and not found & self._unwanted
