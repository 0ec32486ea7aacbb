"""Policies that are made, not kept: the limits of the language, just inside and just outside, and bytes that are awkward in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ccproxy.diagnostics import Code

Place = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Made:
    """A policy that is made, not kept; `error` is the code of the one diagnostic that it must give, None where it must load.

    `place` is the line and column of the diagnostic, None where any will do; `model` is the model of a request that must end at the label
    `ok`.
    """

    name: str
    content: Callable[[], str | bytes]
    error: Code | None = None
    place: Place = None
    model: str | None = None


END = "\ndefault -> ok\n"


def nested(opening: str, depth: int, inner: str, closing: str) -> Callable[[], str]:
    return lambda: "when " + opening * depth + inner + closing * depth + " -> ok" + "\ndefault -> other\n"


def padded(size: int) -> Callable[[], str]:
    """A policy of exactly `size` bytes, in lines of a thousand."""
    return lambda: (END[1:] + ("#" + "x" * 998 + "\n") * (size // 1_000 + 1))[: size - 1] + "\n"


def rules(count: int) -> Callable[[], str]:
    """`count` rules, the last of them `default`."""
    return lambda: "when stream->a\n" * (count - 1) + "default->ok\n"


def line_of(size: int, start: str = "when model in [", end: str = '"ok"] -> ok') -> Callable[[], str]:
    """A policy whose second line has exactly `size` bytes before its line break."""
    return lambda: "# first\n" + start + " " * (size - len(start) - len(end)) + end + "\ndefault -> other\n"


def pattern(size: int) -> Callable[[], str]:
    return lambda: "when model matches /" + "a" * (size - 3) + "|ok/ -> ok\ndefault -> other\n"


def control(character: str, before: str, after: str) -> Callable[[], bytes]:
    return f"# first\n{before}{character}{after}{END}".encode


def product(*factors: str) -> str:
    """A rule that asks about a product of these factors, which a request without a token has more than 0 - 1 of."""
    return "when " + "\n* ".join(factors) + " > 0 - 1 -> ok\ndefault -> no\n"


def lets(count: int, value: str) -> str:
    """`a0` and as many lets upon it; `{}` in the value is the number of the let before."""
    made = [f"let a{number} = {value.format(number - 1)}\n" for number in range(1, count + 1)]
    return f"let a0 = tokens\n{''.join(made)}when a{count} > 0 - 1 -> ok\ndefault -> no\n"


BEFORE_TEXT, AFTER_TEXT = 'when model == "a', '" -> b'

MADE = (
    Made("64 parentheses", nested("(", 64, 'model == "ok"', ")"), model="ok"),
    Made("65 parentheses", nested("(", 65, 'model == "ok"', ")"), Code.NESTING_TOO_DEEP, (1, 6 + 64)),
    Made("64 nots", nested("not ", 64, 'model == "ok"', ""), model="ok"),
    Made("65 nots", nested("not ", 65, 'model == "ok"', ""), Code.NESTING_TOO_DEEP, (1, 6 + 4 * 64)),
    Made("32 nots and 32 parentheses", nested("not (", 32, 'model == "ok"', ")"), model="ok"),
    Made("33 nots and 32 parentheses", nested("not (", 32, 'not model == "ok"', ")"), Code.NESTING_TOO_DEEP, (1, 6 + 5 * 32)),
    Made(
        "many parentheses side by side", lambda: "when " + " and\n".join('(model == "ok")' for _ in range(500)) + " -> ok" + END, model="ok"
    ),
    Made("a thousand parentheses", nested("(", 1_000, 'model == "ok"', ")"), Code.NESTING_TOO_DEEP),
    Made("64 parentheses around numbers", nested("(", 64, "1", ") + 1"), Code.NOT_A_CONDITION),
    Made("a line of 4,096 bytes", line_of(4_096), model="ok"),
    Made("a line of 4,097 bytes", line_of(4_097), Code.LINE_TOO_LONG, (2, 4_097)),
    Made("a line of 4,096 bytes and CR LF", lambda: line_of(4_096)().replace("\n", "\r\n"), model="ok"),
    Made("a comment of 4,097 bytes", lambda: "#" + "x" * 4_096 + END, Code.LINE_TOO_LONG, (1, 4_097)),
    Made("bytes count, not characters", lambda: "#" + "é" * 2_048 + END, Code.LINE_TOO_LONG, (1, 2_049)),
    Made("2,047 characters of two bytes", lambda: "#" + "é" * 2_047 + END, model="any"),
    Made("a last line of 4,096 bytes without a line break", lambda: "default -> ok #" + "x" * (4_096 - 15), model="any"),
    Made("a file of 1,048,576 bytes", padded(1_048_576), model="any"),
    Made("a file of 1,048,577 bytes", padded(1_048_577), Code.FILE_TOO_LARGE),
    Made("20,000 rules", rules(20_000), model="any"),
    Made("20,001 rules", rules(20_001), Code.TOO_MANY_RULES, (20_001, 1)),
    Made("a pattern of 1,000 characters", pattern(1_000), model="ok"),
    Made("a pattern of 1,001 characters", pattern(1_001), Code.PATTERN_TOO_LONG, (1, 20)),
    Made(
        "an or of 5,000 operands",
        lambda: "when " + "\nor ".join(f'model == "{i}"' for i in range(5_000)) + '\nor model == "ok" -> ok\ndefault -> no',
        model="ok",
    ),
    Made(
        "a list of 5,000 elements",
        lambda: "when model in [" + ",\n".join(f'"{i}"' for i in range(5_000)) + ',\n"ok"] -> ok\ndefault -> no',
        model="ok",
    ),
    Made("a sum of 5,000 operands", lambda: "when " + "\n+ ".join("1" for _ in range(5_000)) + "\n== 5k -> ok\ndefault -> no", model="any"),
    Made(
        "lets a thousand deep",
        lambda: (
            'let a0 = model == "ok"\n' + "".join(f"let a{i} = not a{i - 1}\n" for i in range(1, 1_001)) + "when a1000 -> ok\ndefault -> no"
        ),
        model="ok",
    ),
    Made(
        "a chain of a thousand comparisons",
        lambda: "when " + " <\n".join(str(i) for i in range(1_000)) + " -> ok\ndefault -> no",
        model="any",
    ),
    Made("a number of 40 digits", lambda: "when tokens < " + "9" * 40 + " -> ok\ndefault -> no", model="any"),
    Made("a number of 41 digits", lambda: "when tokens < 1" + "0" * 40 + " -> ok\ndefault -> no", Code.NUMBER_TOO_LARGE, (1, 15)),
    Made("a number of 4,000 digits", lambda: "when tokens < 1" + "0" * 4_000 + " -> ok\ndefault -> no", Code.NUMBER_TOO_LARGE, (1, 15)),
    Made("the suffix counts", lambda: "when tokens < " + "9" * 38 + "k -> ok\ndefault -> no", Code.NUMBER_TOO_LARGE, (1, 15)),
    Made("zeros at either end do not", lambda: "when tokens < " + "0" * 99 + "9." + "0" * 99 + " -> ok\ndefault -> no", model="any"),
    Made("20 digits after the point", lambda: "when tokens + 0." + "0" * 19 + "1 > 0 -> ok\ndefault -> no", model="any"),
    Made("21 digits after the point", lambda: "when tokens > 0." + "0" * 20 + "1 -> ok" + END, Code.NUMBER_TOO_LARGE, (1, 15)),
    Made("a share of 21 digits after the point", lambda: "default -> 0." + "0" * 20 + "1% a, 99% b", Code.NUMBER_TOO_LARGE, (1, 12)),
    Made("the numbers of a product", lambda: product("tokens", "9" * 40, "0.5"), model="any"),
    Made("the numbers of a product are too large", lambda: product("tokens", "9" * 40, "2"), Code.NUMBER_TOO_LARGE, (1, 6)),
    Made("through parentheses of a product", lambda: product("9" * 40, "(2 * tokens)"), Code.NUMBER_TOO_LARGE, (1, 6)),
    Made("not through those of a sum", lambda: product("9" * 40, "(2 + tokens)"), model="any"),
    Made("through a constant let", lambda: "let two = 2\n" + product("9" * 40, "tokens", "two"), Code.NUMBER_TOO_LARGE, (2, 6)),
    Made("not through another let", lambda: "let twice = tokens * 2\n" + product("9" * 40, "twice"), model="any"),
    Made("the numbers of a sum", lambda: "when tokens - 1 + " + "9" * 40 + " > 0 -> ok\ndefault -> no", model="any"),
    Made(
        "the numbers of a sum are too large", lambda: "when tokens + (1 + " + "9" * 40 + ") > 0 -> a" + END, Code.NUMBER_TOO_LARGE, (1, 6)
    ),
    Made("25 lets that multiply", lambda: lets(25, "a{} * " + "9" * 40), model="any"),
    Made("26 lets that multiply", lambda: lets(26, "a{} * " + "9" * 40), Code.NUMBER_TOO_LARGE, (27, 11)),
    Made("a thousand lets that count", lambda: lets(1_000, "a{} + 1"), model="any"),
    Made("degree 8", lambda: product(*["tokens"] * 8), model="any"),
    Made("degree 9", lambda: product(*["tokens"] * 9), Code.DEGREE_TOO_HIGH, (1, 6)),
    Made("degree 900", lambda: product(*["tokens"] * 900), Code.DEGREE_TOO_HIGH, (1, 6)),
    Made("a product of 900 numbers", lambda: product("tokens", *["1"] * 900), model="any"),
    Made("degree 8 through sums", lambda: product(*["(tokens + 1)"] * 8), model="any"),
    Made("degree 9 through sums", lambda: product(*["(tokens + 1)"] * 9), Code.DEGREE_TOO_HIGH, (1, 6)),
    Made("degree 8 through lets", lambda: lets(3, "a{0} * a{0}"), model="any"),
    Made("degree 16 through lets", lambda: lets(4, "a{0} * a{0}"), Code.DEGREE_TOO_HIGH, (5, 10)),
    Made("numbers that square", lambda: lets(25, "a{0} * a{0}"), Code.DEGREE_TOO_HIGH, (5, 10)),
    Made("a byte order mark", lambda: b'\xef\xbb\xbfwhen model == "x" -> ok\ndefault -> no\n', model="x"),
    Made("a byte order mark takes no column", lambda: b'\xef\xbb\xbfwhen modell == "x" -> ok\ndefault -> no\n', Code.UNKNOWN_NAME, (1, 6)),
    Made("CR LF and tabs", lambda: '\twhen\tmodel ==\r\n\t"x"\r\n-> ok # why\r\ndefault\t-> no\r\n', model="x"),
    Made(
        "CR LF positions", lambda: '# a\r\nwhen model == "x" # b\r\nand modell == "y" -> ok\r\ndefault -> no\r\n', Code.UNKNOWN_NAME, (3, 5)
    ),
    Made("a CR alone is white space", lambda: 'when model == "x"\r-> ok\rdefault -> no', model="x"),
    Made("no line break at the end", lambda: "default -> ok", model="any"),
    Made("a comment without a line break at the end", lambda: "default -> ok # end", model="any"),
    Made("white space only", lambda: " \t\r\n \n default -> ok", model="any"),
    Made("a byte that is no UTF-8", lambda: b"# first\ndefault -> \xff\n", Code.NOT_UTF8, (2, 12)),
    Made("a character cut short", lambda: "default -> ok # é".encode()[:-1], Code.NOT_UTF8, (1, 17)),
    Made("an encoded surrogate", lambda: b"# \xed\xa0\x80\ndefault -> ok\n", Code.NOT_UTF8, (1, 3)),
    Made("Latin-1", lambda: "# caf\xe9\ndefault -> ok\n".encode("latin-1"), Code.NOT_UTF8, (1, 6)),
    Made("UTF-16", lambda: END.encode("utf-16"), Code.NOT_UTF8, (1, 1)),
    *(
        Made(f"U+{ord(character):04X} {where}", control(character, before, after), Code.CONTROL_CHARACTER, (2, len(before) + 1))
        for character in "\x00\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x9f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        "\u200e\u200f\u061c"
        for where, before, after in [("in a comment", "# a ", " b"), ("in text", BEFORE_TEXT, AFTER_TEXT)]
    ),
    Made("U+0001 between words", control("\x01", "when ", "true -> b"), Code.CONTROL_CHARACTER, (2, 6)),
    Made("U+202E in a pattern", control("\u202e", "when model matches /a", "/ -> b"), Code.CONTROL_CHARACTER, (2, 22)),
)
