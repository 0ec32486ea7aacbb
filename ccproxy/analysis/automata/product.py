"""Product automata: search for texts that match some patterns and not others."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence

from ccproxy.analysis.automata.alphabet import Alphabet
from ccproxy.analysis.automata.automaton import FOUND, LOST, Dfa, build_nfa
from ccproxy.analysis.automata.regex import Regex
from ccproxy.analysis.fuel import Fuel

State = tuple[int, tuple[tuple[int, int], ...]]
"""The patterns already found, as a bit mask, and the DFA states of those still open."""

Parents = dict[State, tuple[State, int] | None]
"""The state from which, and the letter over which, a state was first reached."""


class Product:
    """The product of patterns 0 to n - 1 over one alphabet; TooLargeError if one of them is too large."""

    def __init__(self, trees: Sequence[Regex], fuel: Fuel) -> None:
        nfas = [build_nfa(tree) for tree in trees]
        fuel.spend(5 * sum(len(nfa.epsilons) for nfa in nfas))
        self.alphabet = Alphabet(chars for nfa in nfas for chars in nfa.charsets())
        self._dfas = [Dfa(nfa, self.alphabet, fuel) for nfa in nfas]
        self.start = self._state((index, dfa.start) for index, dfa in enumerate(self._dfas))

    def shortest(self) -> str | None:
        """A shortest text in which the first pattern is found."""
        letters = self._dfas[0].shortest()
        return None if letters is None else self.alphabet.write(letters)

    def step(self, state: State, letter: int) -> State:
        """The state after one more letter."""
        found, parts = self._state((index, self._dfas[index].step(part, letter)) for index, part in state[1])
        return state[0] | found, parts

    def accepted(self, state: State) -> int:
        """The patterns found in a text that ends here, as a bit mask."""
        found = state[0]
        for index, part in state[1]:
            if self._dfas[index].accepts(part):
                found |= 1 << index
        return found

    def text_to(self, parents: Parents, state: State) -> str:
        """The text that leads to the state."""
        letters = []
        step = parents[state]
        while step is not None:
            letters.append(step[1])
            step = parents[step[0]]
        return self.alphabet.write(reversed(letters))

    @staticmethod
    def _state(parts: Iterable[tuple[int, int]]) -> State:
        found = 0
        rest = []
        for index, part in parts:
            if part == FOUND:
                found |= 1 << index
            elif part != LOST:
                rest.append((index, part))
        return found, tuple(rest)


class Search:
    """Searches for texts that match all wanted patterns of a product and no unwanted ones, shortest first."""

    def __init__(self, product: Product, wanted: int, unwanted: int, fuel: Fuel) -> None:
        self._product = product
        self._wanted = wanted
        self._unwanted = unwanted
        self._work = fuel

    def first(self) -> str | None:
        """A shortest text, None if there is none. OutOfFuelError if the search takes too long."""
        start = self._product.start
        parents: Parents = {start: None}
        queue = deque([start] if self._hopeful(start) else [])
        while queue:
            state = queue.popleft()
            if self._accepts(state):
                return self._product.text_to(parents, state)
            for letter, after in self._steps(state):
                if after not in parents:
                    parents[after] = state, letter
                    queue.append(after)
        return None

    def outside(self, taken: Container[str]) -> str | None:
        """A shortest text that is not taken, None if there is none."""
        moves: dict[State, list[tuple[int, State]]] = {}
        stack = [self._product.start]
        while stack:
            state = stack.pop()
            if state not in moves:
                moves[state] = list(self._steps(state))
                stack.extend(after for _, after in moves[state])
        # ends[n]: the states from which some n letters lead to an accepted text
        ends = [{state for state in moves if self._accepts(state)}]
        empty = 0
        while empty <= len(moves):
            if self._product.start in ends[-1]:
                empty = 0
                text = next((text for text in self._texts(moves, ends) if text not in taken), None)
                if text is not None:
                    return text
            else:
                empty += 1
            self._work.spend(sum(map(len, moves.values())) + 1)
            ends.append({state for state, steps in moves.items() if any(after in ends[-1] for _, after in steps)})
        return None

    def _texts(self, moves: dict[State, list[tuple[int, State]]], ends: list[set[State]]) -> Iterator[str]:
        """All accepted texts of `len(ends) - 1` letters, without dead ends on the way."""
        stack = [("", self._product.start)]
        while stack:
            text, state = stack.pop()
            left = len(ends) - 1 - len(text)
            if not left:
                yield text
                continue
            self._work.spend(len(moves[state]) + 1)
            onward = [(letter, after) for letter, after in moves[state] if after in ends[left - 1]]
            for letter, after in reversed(onward):
                stack.extend([(text + character, after) for character in reversed(self._product.alphabet.members(letter))])

    def _steps(self, state: State) -> Iterator[tuple[int, State]]:
        for letter in range(self._product.alphabet.size):
            self._work.spend(2 * len(state[1]) + 2)
            after = self._product.step(state, letter)
            if self._hopeful(after):
                yield letter, after

    def _hopeful(self, state: State) -> bool:
        """Whether no unwanted pattern has been found and no wanted one lost."""
        found = state[0]
        if found & self._unwanted:
            return False
        missing = self._wanted & ~found
        for index, _ in state[1]:
            missing &= ~(1 << index)
        return not missing

    def _accepts(self, state: State) -> bool:
        found = self._product.accepted(state)
        return not self._wanted & ~found and not found & self._unwanted
