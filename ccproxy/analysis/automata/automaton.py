"""Builds automata from pattern trees: the NFA at once, the DFA lazily, state by state.

Every pattern is searched for anywhere in a text; anchors are part of its tree. Once found it stays found, so a DFA has two
special states: `FOUND`, from which every text is accepted, and `LOST`, from which none is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.alphabet import Alphabet
from ccproxy.analysis.automata.charset import CharSet
from ccproxy.analysis.automata.regex import Chars, Choice, Look, Regex, Repeat, Sequence
from ccproxy.analysis.fuel import Fuel
from ccproxy.frozen import frozen

MAX_NODES = 6_000
"""Maximum nodes of one pattern's NFA; `a{1000}` has about 1,000."""

FOUND = -1
LOST = -2


class TooLargeError(Exception):
    """Raised when an automaton exceeds its bound."""


@frozen
class Nfa:
    """A nondeterministic automaton. Nodes are numbers: `epsilons[n]` are free moves, `looks[n]` conditional ones, `edges[n]` moves over a
    character.
    """

    start: int
    final: int
    epsilons: tuple[tuple[int, ...], ...]
    looks: tuple[tuple[tuple[Look, int], ...], ...]
    edges: tuple[tuple[tuple[CharSet, int], ...], ...]

    def charsets(self) -> set[CharSet]:
        """The sets of characters that the pattern distinguishes."""
        sets = {chars for edges in self.edges for chars, _ in edges}
        kinds = {look for looks in self.looks for look, _ in looks}
        if kinds & {Look.BEGIN_LINE, Look.END_LINE}:
            sets.add(charset.NEWLINE)
        if Look.WORD_BOUNDARY in kinds:
            sets.add(charset.WORD)
        return sets


def build_nfa(tree: Regex) -> Nfa:
    """The NFA that finds the tree anywhere in a text; TooLargeError beyond `MAX_NODES`."""
    builder = _Builder()
    start, final = builder.node(), builder.node()
    builder.edges[start].append((charset.ANY, start))
    builder.add(tree, start, final)
    return Nfa(
        start,
        final,
        tuple(map(tuple, builder.epsilons)),
        tuple(map(tuple, builder.looks)),
        tuple(map(tuple, builder.edges)),
    )


class _Builder:
    def __init__(self) -> None:
        self.epsilons: list[list[int]] = []
        self.looks: list[list[tuple[Look, int]]] = []
        self.edges: list[list[tuple[CharSet, int]]] = []

    def node(self) -> int:
        if len(self.epsilons) >= MAX_NODES:
            raise TooLargeError("a pattern is too large")
        self.epsilons.append([])
        self.looks.append([])
        self.edges.append([])
        return len(self.epsilons) - 1

    def add(self, tree: Regex, start: int, end: int) -> None:
        match tree:
            case Chars():
                self.edges[start].append((tree.chars, end))
            case Look():
                self.looks[start].append((tree, end))
            case Choice():
                for option in tree.options:
                    self.add(option, start, end)
            case Sequence():
                at = start
                for part in tree.parts:
                    after = self.node()
                    self.add(part, at, after)
                    at = after
                self.epsilons[at].append(end)
            case Repeat():
                self.add_repeat(tree, start, end)

    def add_repeat(self, tree: Repeat, start: int, end: int) -> None:
        at = start
        for _ in range(tree.low):
            after = self.node()
            self.add(tree.body, at, after)
            at = after
        if tree.high is None:
            loop = self.node()
            self.epsilons[at].append(loop)
            self.epsilons[loop].append(end)
            back = self.node()
            self.add(tree.body, loop, back)
            self.epsilons[back].append(loop)
            return
        for _ in range(tree.high - tree.low):
            self.epsilons[at].append(end)
            inner, after = self.node(), self.node()
            self.epsilons[at].append(inner)
            self.add(tree.body, inner, after)
            at = after
        self.epsilons[at].append(end)


_Kind = int
_START, _NEWLINE, _WORD, _OTHER, _END = range(5)

_State = tuple[frozenset[int], _Kind]


class Dfa:
    """A pattern over an alphabet; states are numbers from 0, made when they are first reached."""

    def __init__(self, nfa: Nfa, alphabet: Alphabet, fuel: Fuel) -> None:
        self._nfa = nfa
        self._work = fuel
        self._edges = [[(alphabet.letters_of(chars), target) for chars, target in edges] for edges in nfa.edges]
        self._kinds = [_kind_of(alphabet, letter) for letter in range(alphabet.size)]
        self._alive = _alive_after_start(nfa)
        self._waits = [any(look is not Look.BEGIN_TEXT for look, _ in looks) for looks in nfa.looks]
        self._numbers: dict[_State, int] = {}
        self._states: list[_State] = []
        self._moves: list[list[int | None]] = []
        self._accepts: list[bool | None] = []
        self._size = alphabet.size
        self.start = self._number(self._close({nfa.start}, _START, None), _START)

    def step(self, state: int, letter: int) -> int:
        """The state after one more letter."""
        if state < 0:
            return state
        known = self._moves[state][letter]
        if known is None:
            known = self._moves[state][letter] = self._move(state, letter)
        return known

    def accepts(self, state: int) -> bool:
        """Whether the pattern is found in a text that ends here."""
        if state < 0:
            return state == FOUND
        known = self._accepts[state]
        if known is None:
            nodes, before = self._states[state]
            known = self._accepts[state] = self._nfa.final in self._close(nodes, before, _END)
        return known

    def run(self, letters: Iterable[int]) -> bool:
        """Whether the pattern is found in the text."""
        state = self.start
        for letter in letters:
            state = self.step(state, letter)
            if state < 0:
                break
        return self.accepts(state)

    def shortest(self) -> tuple[int, ...] | None:
        """The first of the shortest texts in which the pattern is found; None if there is none."""
        parents: dict[int, tuple[int, int] | None] = {self.start: None}
        queue = deque([self.start])
        while queue:
            state = queue.popleft()
            if self.accepts(state):
                return tuple(_letters_to(parents, state))[::-1]
            for letter in range(self._size):
                after = self.step(state, letter)
                if after != LOST and after not in parents:
                    parents[after] = state, letter
                    queue.append(after)
        return None

    def _move(self, state: int, letter: int) -> int:
        nodes, before = self._states[state]
        self._work.spend(2 * len(nodes) + 4)
        kind = self._kinds[letter]
        closed = self._close(nodes, before, kind) if self._waiting(nodes) else nodes
        if self._nfa.final in closed:
            return FOUND
        bit = 1 << letter
        targets = {target for node in closed for letters, target in self._edges[node] if letters & bit}
        return self._number({node for node in self._close(targets, kind, None) if self._alive[node]}, kind)

    def _number(self, nodes: set[int] | frozenset[int], before: _Kind) -> int:
        if self._nfa.final in nodes:
            return FOUND
        if not nodes:
            return LOST
        key = frozenset(nodes), before if before == _START or self._waiting(nodes) else _OTHER
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._states)
            self._states.append(key)
            self._moves.append([None] * self._size)
            self._accepts.append(None)
        return number

    def _waiting(self, nodes: Iterable[int]) -> bool:
        return any(self._waits[node] for node in nodes)

    def _close(self, nodes: Iterable[int], before: _Kind, after: _Kind | None) -> set[int] | frozenset[int]:
        """All nodes reachable without a character; `after` is None if the next character is not known yet."""
        closed = set(nodes)
        stack = list(closed)
        while stack:
            node = stack.pop()
            for target in self._nfa.epsilons[node]:
                if target not in closed:
                    closed.add(target)
                    stack.append(target)
            for look, target in self._nfa.looks[node]:
                if target not in closed and _holds(look, before, after):
                    closed.add(target)
                    stack.append(target)
        return closed


def _letters_to(parents: dict[int, tuple[int, int] | None], state: int) -> Iterator[int]:
    step = parents[state]
    while step is not None:
        yield step[1]
        step = parents[step[0]]


def _holds(look: Look, before: _Kind, after: _Kind | None) -> bool:
    """Whether the condition certainly holds between two characters of these kinds."""
    match look:
        case Look.BEGIN_TEXT:
            return before == _START
        case Look.BEGIN_LINE:
            return before in (_START, _NEWLINE)
        case Look.END_TEXT:
            return after == _END
        case Look.END_LINE:
            return after in (_END, _NEWLINE)
        case Look.WORD_BOUNDARY:
            return after is not None and (before == _WORD) != (after == _WORD)


def _kind_of(alphabet: Alphabet, letter: int) -> _Kind:
    point = ord(alphabet.example(letter))
    if point == 10:
        return _NEWLINE
    return _WORD if charset.contains(charset.WORD, point) else _OTHER


def _alive_after_start(nfa: Nfa) -> list[bool]:
    """The nodes that can still lead to the final one once the start of the text has been passed."""
    before: list[list[int]] = [[] for _ in nfa.epsilons]
    for node in range(len(nfa.epsilons)):
        for target in nfa.epsilons[node]:
            before[target].append(node)
        for look, target in nfa.looks[node]:
            if look is not Look.BEGIN_TEXT:
                before[target].append(node)
        for chars, target in nfa.edges[node]:
            if chars:
                before[target].append(node)
    alive = [False] * len(before)
    alive[nfa.final] = True
    stack = [nfa.final]
    while stack:
        for node in before[stack.pop()]:
            if not alive[node]:
                alive[node] = True
                stack.append(node)
    return alive
