"""Every diagnostic code there is: one append-only table; a number is never given twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Severity(StrEnum):
    """An error stops a policy from being used; a warning is probably a mistake; a note is for your information."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """One row: `CCP401 unreachable-rule warning`, and what it says in one line."""

    number: str
    name: str
    severity: Severity
    title: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CATALOGUE: tuple[Code, ...] = (
    # CCP0xx: reading
    Code("CCP001", "unreadable-file", _E, "the file can't be read"),
    Code("CCP002", "not-utf8", _E, "the file is not UTF-8 text"),
    Code("CCP003", "file-too-large", _E, "a policy file may have 1,048,576 bytes"),
    Code("CCP004", "line-too-long", _E, "a line may have 4,096 bytes"),
    Code("CCP005", "control-character", _E, "control characters have no place in a policy"),
    Code("CCP006", "syntax-error", _E, "the text is not a statement of the language"),
    Code("CCP007", "unclosed-text", _E, "a quoted text ends on the line that it starts on"),
    Code("CCP008", "unclosed-pattern", _E, "a /pattern/ ends on the line that it starts on"),
    Code("CCP009", "bad-escape", _E, "the escape is none of the language's"),
    Code("CCP010", "bad-number", _E, "the number is not written as the language has it"),
    Code("CCP011", "bad-time", _E, "a time of day is written HH:MM, from 00:00 to 23:59"),
    Code("CCP012", "nesting-too-deep", _E, "parentheses and nots may be nested 64 deep"),
    Code("CCP013", "bad-label", _E, "the label is not written as the language has it"),
    Code("CCP014", "reserved-word", _E, "a reserved word stands where a name or a label is due"),
    Code("CCP015", "unknown-version", _E, "this ccproxy knows version 1 of the language"),
    Code("CCP016", "version-not-first", _E, "version stands first in its file"),
    Code("CCP017", "include-not-found", _E, "the included file can't be read"),
    Code("CCP018", "include-outside", _E, "an include stays inside the folder of the main policy"),
    Code("CCP019", "include-cycle", _E, "a file includes itself, directly or through others"),
    Code("CCP020", "include-too-deep", _E, "includes may be nested 16 deep"),
    Code("CCP021", "bad-pattern", _E, "the pattern is not RE2 syntax"),
    Code("CCP022", "pattern-too-long", _E, "a pattern may have 1,000 characters"),
    Code("CCP023", "bad-flags", _E, "the flags of a pattern are i, m and s, each once"),
    Code("CCP024", "bad-glob", _E, "the glob is not written as the language has it"),
    Code("CCP025", "too-many-rules", _E, "a policy may have 20,000 rules"),
    # CCP1xx: names
    Code("CCP101", "unknown-name", _E, "no fact, let or predicate has this name"),
    Code("CCP102", "duplicate-name", _E, "the name is defined already"),
    Code("CCP103", "shadowed-fact", _E, "a let or predicate may not take the name of a fact or function"),
    Code("CCP104", "bad-name", _E, "a name is written in lower case letters, digits and underscores"),
    Code("CCP105", "used-before-definition", _E, "a let or predicate is defined before it is used"),
    Code("CCP106", "unused-let", _W, "the let is never used"),
    Code("CCP107", "unknown-timezone", _E, "no time zone has this name"),
    Code("CCP108", "duplicate-timezone", _E, "a policy has one timezone"),
    Code("CCP109", "credential", _E, "a policy may not read credentials"),
    Code("CCP110", "rule-after-default", _E, "no rule can follow default"),
    Code("CCP111", "duplicate-default", _E, "a policy has one default"),
    Code("CCP112", "implied-default", _N, "the policy does not say where all other requests go"),
    Code("CCP113", "unknown-function", _E, "there is no such function"),
    Code("CCP114", "predicate-not-found", _E, "the Python predicate can't be found"),
    Code("CCP115", "bad-predicate", _E, "the Python predicate is not written as the language has it"),
    Code("CCP116", "unused-predicate", _W, "the predicate is never used"),
    # CCP2xx: types
    Code("CCP201", "not-a-condition", _E, "a condition is true or false"),
    Code("CCP202", "type-mismatch", _E, "the types of the two sides don't go together"),
    Code("CCP203", "wrong-operand", _E, "the operator does not take this type"),
    Code("CCP204", "bad-list", _E, "a list holds literals of one type, and stands right of in"),
    Code("CCP205", "bad-range", _E, "a range has ends of one type, and stands right of in"),
    Code("CCP206", "untyped-body", _E, "nothing here says what type the body's value has"),
    Code("CCP207", "bad-chain", _E, "a chain of comparisons runs one way"),
    Code("CCP208", "not-a-fact", _E, "has asks whether a fact is there"),
    Code("CCP209", "bad-quantifier", _E, "any, all and none ask about the elements of a list"),
    Code("CCP210", "not-a-literal", _E, "a glob or pattern is written out where it is used"),
    # CCP3xx: labels and LiteLLM's config
    Code("CCP301", "unknown-label", _E, "LiteLLM's model_list has no such model_name"),
    Code("CCP302", "wildcard-label", _W, "only a wildcard of the model_list matches the label"),
    Code("CCP303", "bad-share", _E, "the shares of a split are over 0 and add up to 100%"),
    Code("CCP304", "duplicate-branch", _E, "the labels of a split are distinct"),
    Code("CCP305", "bad-split-fact", _E, "a split is by a text fact, header, metadata or body"),
    Code("CCP306", "bad-config", _E, "LiteLLM's config can't be used"),
    Code("CCP307", "foreign-api-base", _W, "an anthropic/ model has somebody else's address"),
    # CCP4xx: what the analyses prove
    Code("CCP401", "unreachable-rule", _W, "no request can end at this rule"),
    Code("CCP402", "never-true", _E, "the condition holds for no request"),
    Code("CCP403", "always-true", _W, "the condition holds for every request"),
    Code("CCP404", "unreachable-default", _W, "no request can end at default"),
    Code("CCP405", "redundant-rule", _W, "without this rule every request would go the same way"),
    Code("CCP406", "never-true-here", _W, "this part of the condition is never true here"),
    Code("CCP407", "always-true-here", _W, "this part of the condition is always true here"),
    Code("CCP408", "duplicate-rule", _W, "an earlier rule has the same condition"),
    Code("CCP409", "assertion-broken", _E, "a request breaks the assertion"),
    Code("CCP410", "undecided", _N, "the analysis could not decide"),
    # CCP5xx: advice
    Code("CCP501", "and-or-mixed", _W, "or stands beside and without parentheses"),
    Code("CCP502", "negated-missing", _N, "a negation is true where the fact is missing"),
    Code("CCP503", "empty-list-holds", _N, "all and none hold for a list without elements"),
)


@cache
def _by_name() -> dict[str, Code]:
    return {code.name: code for code in CATALOGUE}


def code_named(name: str) -> Code:
    """The row with this name; KeyError where there is none."""
    return _by_name()[name]
