"""Checks names: that each one is defined, and used where it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic, Fix, Note, fix
from ccproxy.diagnostics.spelling import names_meant
from ccproxy.facts.asked import fact_read
from ccproxy.facts.definitions import ADDED_LATER, FACT_NAMES, FACTS, fact_named
from ccproxy.facts.readers import FUNCTIONS, REFUSED_BODY_PARTS, REFUSED_HEADERS
from ccproxy.language import syntax
from ccproxy.language.literals import WEEKDAYS, is_name
from ccproxy.source import Span

_FUNCTIONS = frozenset(function.name for function in FUNCTIONS) | {"count"}
_FORMS = {function.name: function.form for function in FUNCTIONS} | {"count": "count(…)"}
_FIRST_PARTS = frozenset(fact.name.partition(".")[0] for fact in FACTS)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LITERALS = {word: word for word in ("true", "false", *WEEKDAYS)} | dict(zip(_DAYS, WEEKDAYS, strict=True))
"""Values of the language, by what others write for them in lower case."""
_DOTTED = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+"

_HYPHENATED = r"(?:-\w+(?:\.\w+)*)+"


def definition_problem(name: syntax.Name, defined: Mapping[str, Span]) -> Diagnostic | None:
    """Reports an invalid name of a `let` or `predicate`."""
    written = name.name
    if written in defined:
        first = Note(f"`{written}` is defined here first", defined[written])
        return Diagnostic(Code.DUPLICATE_NAME, name.span, f"`{written}` is defined already", "take another name", (first,))
    if written not in ADDED_LATER and (written in _FIRST_PARTS or written in _FUNCTIONS or fact_named(written)):
        message = f"`{written}` is a {'function' if written in _FUNCTIONS else 'fact'} of the language"
        return Diagnostic(Code.SHADOWED_FACT, name.span, message, f"take another name, such as my_{written.replace('.', '_')}")
    if not is_name(written):
        better = re.sub(r"[^a-z0-9_]", "_", written.lower()).lstrip("_0123456789")
        if is_name(better):
            fixes = (fix.replace(name.span, better),)
            return Diagnostic(Code.BAD_NAME, name.span, f"`{written}` can't be a name", f"write {better}", fixes=fixes)
        hint = "write lower case letters, digits and underscores, a letter first"
        return Diagnostic(Code.BAD_NAME, name.span, f"`{written}` can't be a name", hint)
    return None


def with_own_names(policy: syntax.Policy) -> syntax.Policy:
    """The policy with those names marked that it has taken from facts of later releases."""
    named = {item.name.name for item in policy.statements if isinstance(item, syntax.Let | syntax.Predicate)}
    own = {name for name in named & ADDED_LATER if fact_named(name)}
    return replace(policy, statements=tuple(_marked(item, own) for item in policy.statements)) if own else policy


def _marked(part: Any, own: set[str]) -> Any:
    """A node, or what a node has, with these names marked in it."""
    match part:
        case syntax.Name(name=name):
            return replace(part, own=True) if name in own else part
        case syntax.Node():
            return replace(part, **{name: _marked(getattr(part, name), own) for name in part.__match_args__ if name not in syntax.PLACES})
        case tuple():
            return tuple(_marked(item, own) for item in part)
        case _:
            return part


def hidden_fact(name: syntax.Name) -> Iterator[Diagnostic]:
    """Advises of a `let` or `predicate` that hides a fact of a later release."""
    if name.own:
        message = f"`{name.name}` is a fact too, which this policy can't ask for"
        yield Diagnostic(Code.HIDDEN_FACT, name.span, message, f"take another name, such as my_{name.name}")


def predicate_problem(predicate: syntax.Predicate) -> Diagnostic | None:
    """Reports a malformed dotted name of a predicate."""
    if re.fullmatch(_DOTTED, predicate.target.value):
        return None
    message = f'"{predicate.target.value}" is no dotted name of a class or function'
    return Diagnostic(Code.BAD_PREDICATE, predicate.target.span, message, 'write "package.module.Thing"')


def expression_problems(
    expressions: Iterable[syntax.Expression],
    is_defined: Callable[[str], bool],
    later: Mapping[str, Span],
    similar: Iterable[str] | None = (),
) -> Iterator[Diagnostic]:
    """Reports undefined names among expressions, not in those below them.

    `is_defined` knows the lets and predicates so far, `later` has those to come. Suggestions come from the facts and from `similar`;
    with None there are none.
    """
    for expression in expressions:
        if isinstance(expression, syntax.Name):
            if not is_defined(expression.name) and fact_read(expression) is None:
                yield _unknown_name(expression, later, similar)
        elif isinstance(expression, syntax.Call) and (problem := call_problem(expression)):
            yield problem


def _unknown_name(name: syntax.Name, later: Mapping[str, Span], similar: Iterable[str] | None) -> Diagnostic:
    written = name.name
    if written in later:
        note = Note(f"`{written}` is defined here", later[written])
        message = f"`{written}` is used before it is defined"
        return Diagnostic(Code.USED_BEFORE_DEFINITION, name.span, message, "move the definition above this statement", (note,))
    fixes: tuple[Fix, ...] = ()
    if (literal := _LITERALS.get(written.lower())) is not None:
        hint, fixes = f"write {literal}", (fix.replace(name.span, literal),)
    elif written in _FUNCTIONS:
        hint = f"write {_FORMS[written]}"
    elif similar is not None and (meant := names_meant(written, FACT_NAMES, similar)):
        hint = str(meant)
        fixes = tuple(fix.replace(name.span, known) for known in meant.names)
    else:
        text = _as_text(name.span)
        hint = f'if it is text, quote it: "{text.text}"; the facts are listed by ccproxy facts'
        fixes = (fix.quote(text),)
    return Diagnostic(Code.UNKNOWN_NAME, name.span, f"no fact, let or predicate is called `{written}`", hint, fixes=fixes)


def _as_text(word: Span) -> Span:
    """The word and what is joined to it by hyphens, as in `claude-haiku-4-5`: a subtraction has spaces, or facts."""
    written = re.compile(_HYPHENATED).match(word.source.text, word.end)
    if written is None or any(fact_named(part) for part in written.group().split("-")):
        return word
    return Span(word.source, word.start, written.end())


def call_problem(call: syntax.Call) -> Diagnostic | None:
    """Reports a call of an unknown function, or one that reads a credential."""
    function, argument = call.function, call.argument
    if function not in _FUNCTIONS:
        close = closest(function, _FUNCTIONS)
        hint = f"did you mean {close}?" if close else f"the functions are {', '.join(list(_FORMS.values())[:-1])} and count(…)"
        span = Span(call.span.source, call.span.start, call.span.start + len(function))
        fixes = (fix.replace(span, close),) if close else ()
        return Diagnostic(Code.UNKNOWN_FUNCTION, span, f"there is no function `{function}`", hint, fixes=fixes)
    if function == "header" and argument.value.strip().lower() in REFUSED_HEADERS:
        hint = "to tell callers apart, use key.alias, key.team or key.user"
        return Diagnostic(Code.CREDENTIAL, argument.span, f"the header {argument.value.lower()} holds credentials", hint)
    if function == "body":
        refused = [part for part in argument.value.lower().split(".") if part in REFUSED_BODY_PARTS]
        if refused:
            return Diagnostic(Code.CREDENTIAL, argument.span, f"`{refused[0]}` holds credentials", "to tell callers apart, use key.alias")
    return None
