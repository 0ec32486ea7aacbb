"""Random small policies whose conditions overlap a lot, over facts of every type."""

from __future__ import annotations

from random import Random
from typing import get_args

from ccproxy.language.syntax import Infix

LABELS = ("a", "b", "c", "d")
TEXTS = ("", "a", "b", "ab", "ba", "aab", "abc", "haiku", "x-haiku", "A")
GLOBS = ("a*", "*b", "*a*", "a*b", "?", "??", "*", "[ab]", "[!a]*", "*haiku", "a?*", "[a-c]b*", "*ab*ba*")
PATTERNS = ("^a", "b$", "a", "^[ab]+$", "^a.*b$", "ab|ba", "^$", "(?i)haiku", "^(a|b){2}$", "a+b", "^.{3}$", "^aa?$")
WITH_A_TEXT = [operator for operator in get_args(Infix) if operator not in ("==", "!=", "in", "not in", "matches")]
TEXT_FACTS = ("model", "effort", 'header("x-a")', 'body("t.x")', 'body("e.last.x")')
LISTS = ("tools", "betas", 'body("l.*.x")')
WHOLE = ("tokens", "tokens.latest", "messages", "images", "max_tokens")
DECIMAL = ("key.spend", 'body("n.x")')
BOOLS = ("stream", 'body("b.x")')


class SmallPolicies:
    """Draws policies and conditions, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def policy(self) -> str:
        """Two to six rules, some over `let`s, some with a `default`."""
        lets = self.random.choice((0, 0, 1, 2))
        names = [f"l{number}" for number in range(lets)]
        lines = [f"let {name} = ({self.condition(2)}) and true" for name in names]
        for _ in range(self.random.randint(2, 6)):
            lines.append(f"when {self.condition(2, names)} -> {self._target()}")
        if self.random.random() < 0.7:
            lines.append(f"default -> {self.random.choice(LABELS)}")
        return "\n".join([*lines, ""])

    def _target(self) -> str:
        """A label, or where the conversation is."""
        random = self.random
        return random.choice((*LABELS, *LABELS, "stay", f"stay fallback {random.choice(LABELS)}"))

    def condition(self, depth: int, lets: list[str] | None = None) -> str:
        """A condition of at most this depth."""
        choice = self.random.random()
        if depth == 0 or choice < 0.35:
            return self.atom(lets or [])
        if choice < 0.5:
            return f"not ({self.condition(depth - 1, lets)})"
        word = self.random.choice((" and ", " or "))
        return word.join(f"({self.condition(depth - 1, lets)})" for _ in range(self.random.choice((2, 2, 3))))

    def atom(self, lets: list[str]) -> str:
        """One comparison."""
        random = self.random
        if lets and random.random() < 0.2:
            return random.choice(lets)
        kinds = (self._text, self._text, self._number, self._number, self._list, self._moment, self._other, self._label, self._memory)
        return random.choice(kinds)()

    def _text(self) -> str:
        fact, text = self.random.choice(TEXT_FACTS), self.random.choice(TEXTS)
        return f"{fact} {self._text_test(text)}"

    def _text_test(self, text: str) -> str:
        return self.random.choice(
            (
                f'== "{text}"',
                f'!= "{text}"',
                f'in ["{text}", "{self.random.choice(TEXTS)}"]',
                f'not in ["{text}", "{self.random.choice(TEXTS)}"]',
                f'matches "{self.random.choice(GLOBS)}"',
                f"matches /{self.random.choice(PATTERNS)}/",
                *(f'{operator} "{text}"' for operator in WITH_A_TEXT),
            )
        )

    def _number(self) -> str:
        random = self.random
        if random.random() < 0.3:
            fact, bound, other = random.choice(DECIMAL), random.choice(("1", "1.5", "2")), random.choice(("1.5", "3"))
        else:
            fact, bound, other = random.choice(WHOLE), str(random.randint(0, 4)), str(random.randint(0, 6))
        relation = random.choice(("<", "<=", ">", ">=", "==", "!="))
        return random.choice(
            (
                f"{fact} {relation} {bound}",
                f"{fact} {relation} {bound}",
                f"{bound} < {fact} <= {other}",
                f"{fact} in {bound}..{other}",
                f"tokens - tokens.latest {relation} {random.randint(0, 4)}",
                f"{fact} + 2 * images {relation} {other}",
                f"messages {relation} images",
            )
        )

    def _list(self) -> str:
        random = self.random
        name = random.choice(LISTS)
        quantifier = random.choice(("any", "all", "none"))
        return random.choice(
            (
                f"{quantifier} {name} {self._text_test(random.choice(TEXTS[1:]))}",
                f"{quantifier} {name} {self._text_test(random.choice(TEXTS[1:]))}",
                f"count({name}) {random.choice(('<', '>', '=='))} {random.randint(0, 3)}",
                f'"{random.choice(TEXTS[1:])}" in {name}',
                f"has {name}",
            )
        )

    def _moment(self) -> str:
        random = self.random
        start, end = (f"{random.randint(0, 23):02}:00" for _ in range(2))
        days = [random.choice(("mon", "wed", "fri", "sun")) for _ in range(2)]
        return random.choice(
            (
                f"time in {start}..{end}",
                f"time {random.choice(('<', '>='))} {start}",
                f"weekday in {days[0]}..{days[1]}",
                f"weekday == {days[0]}",
            )
        )

    def _label(self) -> str:
        random = self.random
        return random.choice(
            (
                "fits(a)",
                "fits(b)",
                "not fits(a) and fits(b)",
                "fits(c)",
                "healthy(b)",
                f"quota(a) {random.choice(('<', '>=', '=='))} {random.choice(('1', '1.5', '2'))}",
                "has quota(a)",
                f"cost(a) {random.choice(('<', '>=', '=='))} {random.randint(0, 12)}",
                f"cost(a) - tokens {random.choice(('<', '>'))} {random.randint(0, 6)}",
                f"cost(b) > {random.randint(0, 3)}",
                "has cost(a)",
            )
        )

    def _memory(self) -> str:
        random = self.random
        relation, label, other = random.choice(("<", ">=", "==")), random.choice(LABELS), random.choice(LABELS)
        return random.choice(
            (
                f'session.label == "{label}"',
                f'session.label in ["{label}", "{other}"]',
                "has session.label",
                f"session.idle {relation} {random.choice(('1', '1.5', '2'))}",
                f"session.requests {relation} {random.randint(0, 3)}",
                f"not (session.spend {relation} {random.choice(('1', '2.5'))})",
                f"cache.tokens {relation} {random.randint(0, 4)}",
                f'cache.tokens < tokens and session.label != "{label}"',
                f"turn.step {relation} {random.randint(0, 3)}",
                f'session.label == "a" and cost(a) {relation} {random.randint(0, 12)}',
            )
        )

    def _other(self) -> str:
        random = self.random
        return random.choice(
            (
                f"has {random.choice((*TEXT_FACTS, 'stream', *DECIMAL, 'max_tokens'))}",
                'has body("' + random.choice(("t.x", "n.x", "b.x")) + '")',
                random.choice(BOOLS),
                "true",
                'body("n.x") == "a"',
            )
        )
