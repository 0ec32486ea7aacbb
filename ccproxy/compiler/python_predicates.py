"""Loads and calls the predicates that users write in Python, so that none can break a request or delay it for long."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ccproxy.compiler.earlier_rules import missing_rule
from ccproxy.compiler.emitter import constant_value
from ccproxy.compiler.router import PredicateCall
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.facts import Facts, WouldBlock
from ccproxy.language import syntax

TIME_LIMIT = 1.0
"""Seconds that a predicate may take."""
MOST_AT_ONCE = 16
"""Maximum number of concurrent calls of one predicate. A call past its time limit can't be stopped; it keeps its slot until it returns."""

Report = Callable[[str, str, BaseException | None], None]
"""Called when a predicate fails: its name, what happened, and the exception, if any."""


def load_predicate(predicate: syntax.Predicate, folders: Sequence[Path]) -> Callable[[Any], object] | Diagnostic:
    """Import and build a predicate: returns a function of the request body, or why there is none."""
    dotted = predicate.target.value
    positional = [constant_value(argument.value) for argument in predicate.arguments if argument.name is None]
    named = {argument.name: constant_value(argument.value) for argument in predicate.arguments if argument.name is not None}
    span = predicate.target.span
    if (earlier := missing_rule(dotted)) is not None:
        return Diagnostic(Code.PREDICATE_NOT_FOUND, span, *earlier)
    try:
        with _searched_first(folders):
            thing = _import(dotted)
        if inspect.isclass(thing):
            built: Any = thing(*positional, **named)
            evaluate = built.evaluate
            return lambda request: evaluate(request, {})
        if callable(thing):
            inspect.signature(thing).bind(None, *positional, **named)
            return lambda request: thing(request, *positional, **named)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may raise anything
        what = str(error) if isinstance(error, ImportError | AttributeError | TypeError) else type(error).__name__
        return Diagnostic(Code.PREDICATE_NOT_FOUND, span, f'"{dotted}" can\'t be loaded: {what}', "see that the module imports by itself")
    message = f'"{dotted}" is neither a class with evaluate(request, config) nor a function'
    return Diagnostic(Code.PREDICATE_NOT_FOUND, span, message, "name a class or a function")


def _import(dotted: str) -> Any:
    """Resolve a dotted name: the longest prefix that is a module, then attributes. Raises ImportError, AttributeError."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        try:
            found: Any = import_module(module)
        except ModuleNotFoundError as error:
            if length > 1 and error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
                continue
            raise
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise ImportError(f"no module in {dotted}")


@contextmanager
def _searched_first(folders: Sequence[Path]) -> Iterator[None]:
    added = [str(folder) for folder in folders if str(folder) not in sys.path]
    sys.path[:0] = added
    try:
        yield
    finally:
        for folder in added:
            sys.path.remove(folder)


class PredicateError(ValueError):
    """Raised when a decision depends on a predicate that has no result."""


class UnknownPredicateError(PredicateError):
    """Raised for a predicate that must not be called."""

    def __init__(self, name: str) -> None:
        super().__init__(f"not decided: it depends on the predicate {name}, which is unknown (--no-predicates)")
        self.name = name


class FailedPredicateError(PredicateError):
    """Raised for a failed predicate, if that rejects the request."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the predicate {name} failed")
        self.name = name


def unknown_predicate(name: str) -> PredicateCall:
    """Stands in for a predicate that is not imported."""

    def holds(_facts: Facts) -> bool:
        raise UnknownPredicateError(name)

    return holds


class PredicateRunner:
    """Runs predicates in threads of their own: a result that is not a bool, an error of any kind and a timeout are failures.

    A predicate that fails is false; with `reject` it raises FailedPredicateError, which rejects the request.
    Each predicate has its own slots, so that one that hangs takes none from the rest.
    """

    def __init__(self, report: Report, time_limit: float = TIME_LIMIT, most_at_once: int = MOST_AT_ONCE, *, reject: bool = False) -> None:
        self._report = report
        self._reject = reject
        self._time_limit = time_limit
        self._most_at_once = most_at_once
        self._places: dict[str, threading.BoundedSemaphore] = {}

    def bind(self, name: str, predicate: Callable[[Any], object]) -> PredicateCall:
        """The predicate as the compiled policy calls it. It raises WouldBlock if the caller must not be blocked."""

        def holds(facts: Facts) -> bool:
            if facts.inline_limit is not None:
                raise WouldBlock
            request = facts.request
            return self.run(name, lambda: predicate(request))

        return holds

    def run(self, name: str, call: Callable[[], object]) -> bool:
        """The result of `call`. Blocks for up to the time limit, so it must not be called on an event loop."""
        places = self._places.setdefault(name, threading.BoundedSemaphore(self._most_at_once))
        if not places.acquire(blocking=False):
            return self._failed(name, "all its threads are busy")
        run = _Run(call, places)
        threading.Thread(target=run, name=f"ccproxy predicate {name}", daemon=True).start()
        if not run.finished.wait(self._time_limit):
            return self._failed(name, f"no answer in {self._time_limit:g} s")
        if run.error is not None:
            return self._failed(name, "it raised", run.error)
        if not isinstance(run.answer, bool):
            return self._failed(name, f"the answer is a {type(run.answer).__name__}")
        return run.answer

    def _failed(self, name: str, what: str, error: BaseException | None = None) -> bool:
        self._report(name, what, error)
        if self._reject:
            raise FailedPredicateError(name)
        return False


class _Run:
    """One call, its result, and whether it is over."""

    def __init__(self, call: Callable[[], object], place: threading.BoundedSemaphore) -> None:
        self.finished = threading.Event()
        self.answer: object = None
        self.error: BaseException | None = None
        self._call = call
        self._place = place

    def __call__(self) -> None:
        try:
            self.answer = self._call()
        except BaseException as error:
            self.error = error
        finally:
            self._place.release()
            self.finished.set()
