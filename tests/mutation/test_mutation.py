"""What is planted is planted: the tool that measures the tests is tested itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.__main__ import ENDLESS, NOTICED, OPTIONS, SURVIVED, UNREACHED, Planting, in_a_copy, plant
from tests.mutation.faults import Fault, fault_at, places_in

TEXT = """
class Bounds:
    def holds(self, number: int | None) -> bool:
        return 3 < number and not number == 7


def nested(numbers):
    def is_big(number):
        return number > 10
    return [number for number in numbers if is_big(number)]


def over(limit):
    def is_over(number):
        return number >= limit
    return is_over


over_ten = over(10)


def down(number):
    while number > 0:
        number -= 1
    return number


def never_called():
    return 1
"""
TESTS = """
from {name} import Bounds, down, nested

def test_holds():
    assert Bounds().holds(5) and not Bounds().holds(2)

def test_nested():
    assert nested([1, 20]) == [20]

def test_down():
    assert down(2) == 0
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "subject_of_faults.py"
    path.write_text(TEXT, "utf-8")
    return path


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _faults(path: Path) -> list[Fault]:
    return [fault for fault in map(fault_at, places_in(path)) if fault is not None]


def test_faults_are_in_what_runs_and_not_in_annotations(path: Path) -> None:
    assert {(fault.function, fault.was, fault.becomes) for fault in _faults(path) if fault.line == 4} == {
        ("Bounds.holds", "return 3 < number and (not number == 7)", "return None"),
        ("Bounds.holds", "3 < number and (not number == 7)", "3 < number or not number == 7"),
        ("Bounds.holds", "3 < number", "3 <= number"),
        ("Bounds.holds", "not number == 7", "not not number == 7"),
        ("Bounds.holds", "3", "4"),
        ("Bounds.holds", "number == 7", "number != 7"),
        ("Bounds.holds", "7", "8"),
    }
    assert all(fault.line != 3 for fault in _faults(path))


def test_a_fault_is_in_the_function_that_was_there_before(path: Path) -> None:
    module = _module(path)
    nested = module.nested
    fault = next(fault for fault in _faults(path) if fault.was == "number > 10")
    assert nested([10, 20]) == [20]
    assert plant(fault)
    assert nested([10, 20]) == [10, 20]


def test_a_fault_is_in_functions_that_its_function_made_before(path: Path) -> None:
    module = _module(path)
    over_ten = module.over_ten
    fault = next(fault for fault in _faults(path) if fault.was == "number >= limit")
    assert over_ten(10)
    assert plant(fault)
    assert not over_ten(10)
    assert not module.over(10)(10)


def test_a_copy_that_ends_early_or_never_gives_nothing() -> None:
    assert in_a_copy(lambda: 7, 10) == 7
    assert in_a_copy(lambda: int("seven"), 10) is None
    assert in_a_copy(_endless, 0.2) is None


def _endless() -> None:
    while True:
        pass


def test_each_fault_has_its_result(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(path.parent)
    monkeypatch.setattr("tests.mutation.__main__.SLACK", 3.0)
    tests = path.parent / "test_subject.py"
    tests.write_text(TESTS.format(name=path.stem), "utf-8")
    chosen = [
        next(fault for fault in _faults(path) if fault.was == was)
        for was in ("number == 7", "number > 10", "3 < number and (not number == 7)", "return 1", "number -= 1")
    ]

    def results() -> list[str]:
        planting = Planting(chosen, 0.01, lambda _: None)
        pytest.main([*OPTIONS, "--rootdir", str(path.parent), str(tests)], plugins=[planting])
        return [result for _, result in planting.results]

    assert in_a_copy(results, 100) == [NOTICED, SURVIVED, NOTICED, UNREACHED, ENDLESS]
