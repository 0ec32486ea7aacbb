"""Reads the values that subjects have in one request."""

from __future__ import annotations

from collections.abc import Mapping

from ccproxy.analysis.formulas.atoms import CACHED_AN_HOUR, Call, Kind, Source, Subject
from ccproxy.analysis.formulas.evaluate import Values
from ccproxy.facts import Facts
from ccproxy.facts.values import Value
from ccproxy.language.paths import parts_of


def values_of(facts: Facts, predicates: Mapping[str, bool]) -> Values:
    """The facts as values; `predicates` are the answers of Python's, as far as they are known."""

    def read(subject: Subject) -> Value:
        of = subject.of
        if isinstance(of, Call):
            return predicates.get(of.name)
        if not isinstance(of, Source):
            return None
        match of.reader:
            case "fact" | "label":
                return facts.read(of.name)
            case "cache":
                from ccproxy.models.input_cost import cache_life  # only costs ask for it

                life = cache_life(facts.body)
                return life == "1h" if of == CACHED_AN_HOUR else life is not None
            case "header":
                return facts.header(of.name)
            case "metadata":
                return facts.metadata(of.name)
            case "body":
                return _in_body(facts, subject.kind, parts_of(of.name))
            case "sum":  # a factor that has no value of its own
                return None
            case reader:
                raise KeyError(reader)

    return read


def _in_body(facts: Facts, kind: Kind, parts: tuple[str, ...]) -> Value:
    match kind:
        case Kind.NUMBER:
            return facts.body_number(parts)
        case Kind.TEXT:
            return facts.body_text(parts)
        case Kind.BOOL:
            return facts.body_bool(parts)
        case Kind.LIST:
            return facts.body_list(parts)
        case Kind.ANY:
            return True if facts.at_path(parts) is not None else None
        case _:
            raise ValueError(f"no body has a {kind}")
