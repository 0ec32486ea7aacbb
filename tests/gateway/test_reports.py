"""What the hook hears of Python predicates that fail."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

import pytest

from ccproxy.compiler.python_predicates import PredicateRunner
from ccproxy.gateway.failures import Failures


def fails() -> object:
    raise ValueError("the secret prompt")


@pytest.mark.parametrize("answer", [True, False])
def test_a_bool_is_the_answer(answer: bool) -> None:
    failures = Failures()
    assert PredicateRunner(failures.report_predicate).run("vip", lambda: answer) is answer
    assert failures.count == 0


@pytest.mark.parametrize("call", [fails, lambda: sys.exit(3), lambda: "yes", lambda: None, lambda: 1])
def test_anything_else_is_false_and_counted(call: Callable[[], object], caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures()
    failures.request_id.set("req-1")
    with caplog.at_level(logging.ERROR):
        assert PredicateRunner(failures.report_predicate).run("vip", call) is False
    assert failures.count == 1
    assert 'predicate "vip"' in caplog.text
    assert "req-1" in caplog.text
    assert "secret" not in caplog.text


def test_no_answer_in_time_is_false() -> None:
    failures, release = Failures(), threading.Event()
    runner = PredicateRunner(failures.report_predicate, time_limit=0.01, most_at_once=2)
    assert runner.run("slow", release.wait) is False
    assert runner.run("slow", release.wait) is False
    assert failures.count == 2
    # both still run: a third does not even start
    assert runner.run("slow", lambda: True) is False
    assert runner.run("other", lambda: True) is True
    release.set()
    while not runner.run("slow", lambda: True):
        pass


def test_the_place_of_an_error_is_told(caplog: pytest.LogCaptureFixture) -> None:
    PredicateRunner(Failures().report_predicate).run("vip", fails)
    assert "ValueError at test_reports.py:" in caplog.text
