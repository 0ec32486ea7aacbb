"""Builds the pieces of a statement, ready to be broken into lines: its words as written, with its comments between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from ccproxy.language import syntax
from ccproxy.language.formatter.pieces import Close, Comment, Line, Mark, Open, Piece, Words
from ccproxy.language.literals import LABEL_FUNCTIONS, write_label
from ccproxy.language.tokens import Token, tokens

WIDTH = 100
"""Maximum columns of a condition with its arrow and label, of a list, of a named condition."""
TARGET_WIDTH = 120
"""Maximum columns of a line with the rest of its target and its `because`."""
INDENT = 4


class StatementWriter:
    """Reads the words of a text in order, and carries the comments along."""

    def __init__(self, text: str) -> None:
        self.comments: list[str] = []
        self.blank = False
        self._text = text
        self._tokens = tokens(text)
        self._next = 0
        self._pieces: list[Piece] = []
        self._depth = 0

    def between(self) -> list[tuple[Comment, bool]]:
        """The comments up to the next word, each with whether a blank line precedes it; `blank` says so of the word."""
        found: list[tuple[Comment, bool]] = []
        while True:
            breaks = self._breaks()
            self.blank = breaks > 1
            if self._next == len(self._tokens) or self._tokens[self._next].type != "COMMENT":
                return found
            comment = Comment(self._tokens[self._next].text.rstrip(" \t\r"), not breaks)
            self.comments.append(comment.text)
            found.append((comment, self.blank))
            self._next += 1

    def _breaks(self) -> int:
        """The line breaks before the next token; the start of the text counts as one."""
        end = self._tokens[self._next].start if self._next < len(self._tokens) else len(self._text)
        return self._text.count("\n", self._tokens[self._next - 1].end, end) if self._next else self._text.count("\n", 0, end) + 1

    def pieces(self, statement: syntax.Statement) -> list[Piece]:
        """The pieces of the next statement."""
        self._pieces = []
        self._depth = INDENT
        self._statement(statement)
        return self._pieces

    # ── Pieces ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, *pieces: Piece) -> None:
        self._pieces.extend(pieces)

    def _take(self) -> Token:
        """Take the next word, past comments."""
        self._pieces.extend(comment for comment, _ in self.between())
        if self._next == len(self._tokens):
            raise ValueError("the text has no further word")
        self._next += 1
        return self._tokens[self._next - 1]

    def _word(self, *words: str, before: str = "", after: str = "") -> None:
        """Take the next words, which are these."""
        for word in words:
            token = self._take()
            if token.text != word:
                raise ValueError(f"`{word}` was expected at offset {token.start}")
            self._put(Words(before + word + after))

    def _leaf(self, node: syntax.Node, free: bool = False) -> None:
        """Take the next word, which is a literal, a name or a label."""
        token = self._take()
        if (token.start, token.end) != (node.span.start, node.span.end):
            raise ValueError(f"a literal was expected at offset {token.start}")
        self._put(Words(token.text, free))

    def _call(self, call: syntax.Call) -> None:
        self._word(call.function, "(")
        if call.function in LABEL_FUNCTIONS:
            self._label(call.argument)
        else:
            self._leaf(call.argument)
        self._word(")")

    def _label(self, label: syntax.Text) -> None:
        """Take the next word, which is the label in a function's parentheses; it is written without quotes where that may be."""
        token = self._take()
        if (token.start, token.end) != (label.span.start, label.span.end):
            raise ValueError(f"a label was expected at offset {token.start}")
        self._put(Words(write_label(label.value)))

    def _line(self, flat: str = " ") -> None:
        self._put(Line(flat, self._depth, self._depth))

    def _enclosed(self, opening: str, closing: str, inside: Callable[[], None]) -> None:
        """Brackets with what is between them on the same line or on indented lines of its own."""
        self._word(opening)
        self._put(Open(WIDTH))
        self._depth += INDENT
        self._line("")
        inside()
        self._depth -= INDENT
        self._put(Line("", self._depth, self._depth + INDENT))
        self._word(closing)
        self._put(Close())

    def _listed(self, items: Iterable[Callable[[], None]]) -> None:
        """Items separated by commas, all on one line or each on its own."""
        for index, item in enumerate(items):
            if index:
                self._word(",")
                self._line()
            item()

    # ── Statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _statement(self, statement: syntax.Statement) -> None:
        match statement:
            case syntax.Rule(condition=condition, target=target, because=because):
                if condition is None:
                    self._word("default", after=" ")
                    self._put(Mark())
                    self._word("->", after=" ")
                else:
                    self._condition(condition)
                self._target(target)
                if because is not None:
                    self._put(Open(TARGET_WIDTH))
                    self._line()
                    self._word("because", after=" ")
                    self._leaf(because)
                    self._put(Close())
            case syntax.Assertion(condition=condition, kind=kind, labels=labels):
                self._word("assert", after=" ")
                self._condition(condition)
                self._word(kind, after=" ")
                self._put(Open(TARGET_WIDTH))
                self._depth += INDENT
                self._listed([lambda label=label: self._leaf(label) for label in labels])  # type: ignore[misc]
                self._put(Close())
            case syntax.Let(name=name, value=value):
                self._named("let", name)
                self._depth = INDENT if isinstance(value, syntax.And | syntax.Or) else 0
                self._put(Open(WIDTH))
                self._expression(value, grouped=True)
                self._put(Close())
            case syntax.Predicate(name=name, target=target, arguments=arguments):
                self._named("predicate", name)
                self._leaf(target)
                self._depth = 0
                self._arguments(statement, arguments)
            case syntax.Include(path=literal) | syntax.Timezone(zone=literal) | syntax.Version(number=literal):
                self._word(type(statement).__name__.lower(), after=" ")
                self._leaf(literal)

    def _condition(self, condition: syntax.Expression) -> None:
        """`when CONDITION ->`."""
        self._word("when", after=" ")
        self._put(Open(WIDTH))
        self._expression(condition, grouped=True)
        self._line()
        self._put(Mark())
        self._word("->", after=" ")
        self._put(Close())

    def _named(self, keyword: str, name: syntax.Name) -> None:
        """`let NAME =`."""
        self._word(keyword, after=" ")
        self._leaf(name)
        self._put(Words(" "), Mark())
        self._word("=", after=" ")

    def _arguments(self, statement: syntax.Predicate, arguments: tuple[syntax.Argument, ...]) -> None:
        if arguments:
            self._enclosed("(", ")", lambda: self._listed([lambda argument=argument: self._argument(argument) for argument in arguments]))  # type: ignore[misc]
        elif statement.span.end > statement.target.span.end:
            self._word("(", ")")

    def _argument(self, argument: syntax.Argument) -> None:
        if argument.name is not None:
            self._word(argument.name, "=")
        self._leaf(argument.value)

    def _target(self, target: syntax.Target) -> None:
        self._put(Open(TARGET_WIDTH))
        self._depth += INDENT
        for index, clause in enumerate(target.clauses):
            if index:
                self._line()
            self._clause(clause)
        self._depth -= INDENT
        self._put(Close())

    def _clause(self, clause: syntax.Clause) -> None:
        for index, part in enumerate(clause):
            match part:
                case str():
                    self._word(part, after=" " if index < len(clause) - 1 else "")
                case syntax.Branch():
                    self._branch(part)
                case syntax.Label():
                    self._leaf(part)
                case syntax.Text():
                    self._leaf(part, free=True)
                case expression:
                    self._expression(expression)

    def _branch(self, branch: syntax.Branch) -> None:
        share = self._take()
        if share.type != "PERCENT":
            raise ValueError(f"a share was expected at offset {share.start}")
        self._put(Words(share.text + " "))
        self._leaf(branch.label)

    # ── Expressions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _expression(self, expression: syntax.Expression, grouped: bool = False) -> None:
        """An expression. `grouped`: the lines of its `and` or `or` belong to the group that is already open."""
        match expression:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                self._chain("and" if isinstance(expression, syntax.And) else "or", operands, grouped)
            case syntax.Group(operand=operand) if isinstance(operand, syntax.And | syntax.Or):
                self._enclosed("(", ")", lambda: self._expression(operand, grouped=True))
            case syntax.Group(operand=operand):
                self._word("(")
                self._expression(operand)
                self._word(")")
            case syntax.ListLiteral(items=()):
                self._word("[", "]")
            case syntax.ListLiteral(items=items):
                self._enclosed("[", "]", lambda: self._listed([lambda item=item: self._expression(item) for item in items]))  # type: ignore[misc]
            case syntax.Range(low=low, high=high):
                self._expression(low)
                self._word("..")
                self._expression(high)
            case syntax.Call():
                self._call(expression)
            case syntax.Count(operand=operand):
                self._word("count", "(")
                self._expression(operand)
                self._word(")")
            case syntax.Has(operand=operand):
                self._word("has", after=" ")
                self._expression(operand)
            case syntax.Not(operand=operand):
                self._word("not", after=" ")
                self._expression(operand)
            case syntax.Comparison(operands=operands, relations=relations):
                self._infixes(operands, relations)
            case syntax.Sum(operands=operands, signs=signs):
                self._infixes(operands, signs[1:])
            case syntax.Product(operands=operands):
                self._infixes(operands, ["*"] * (len(operands) - 1))
            case syntax.Test(left=left, operator=operator, right=right):
                self._expression(left)
                self._operator(operator)
                self._expression(right)
            case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
                self._word(quantifier, after=" ")
                self._expression(operand)
                self._operator(operator)
                self._expression(right)
            case _:
                self._leaf(expression)

    def _chain(self, word: str, operands: tuple[syntax.Expression, ...], grouped: bool) -> None:
        if not grouped:
            self._put(Open(WIDTH))
            self._depth += INDENT
        self._expression(operands[0])
        for operand in operands[1:]:
            self._line()
            self._word(word, after=" ")
            self._expression(operand)
        if not grouped:
            self._depth -= INDENT
            self._put(Close())

    def _infixes(self, operands: tuple[syntax.Expression, ...], operators: Iterable[str]) -> None:
        self._expression(operands[0])
        for (_, operand), operator in zip(pairwise(operands), operators, strict=True):
            self._word(operator, before=" ", after=" ")
            self._expression(operand)

    def _operator(self, operator: syntax.Infix) -> None:
        self._word(*operator.split(), before=" ")
        self._put(Words(" "))
