"""Facts that are set outright: only values of their types are taken."""

from typing import Any

import pytest

from ccproxy.facts.request import EnvelopeError, fact_value

SET: list[tuple[str, Any, Any]] = [
    ("stream", True, True),
    ("stream", False, False),
    ("stream", "true", True),
    ("stream", "false", False),
    ("tokens", 5, 5),
    ("tokens", "5k", 5_000),
    ("weekday", "mon", 0),
    ("weekday", 6, 6),
    ("time", "22:30", 1350),
    ("tools", ["Bash"], ("Bash",)),
    ("model", "m", "m"),
]
REFUSED: list[tuple[str, Any]] = [
    *(("stream", value) for value in (1, 0, 1.0, 0.0, "yes", "1", ["true"])),
    *(("tokens", value) for value in (True, "many", [5], float("nan"))),
    *(("weekday", value) for value in (True, 7, "monday", 1.0)),
    *(("time", value) for value in (True, "24:00", 1440, "noon")),
    *(("tools", value) for value in ("Bash", [1], {"Bash": 1})),
    *(("model", value) for value in (1, True, ["m"])),
]


@pytest.mark.parametrize(("fact", "written", "value"), SET)
def test_a_value_of_the_type_is_taken(fact: str, written: Any, value: Any) -> None:
    got = fact_value(fact, written)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(("fact", "written"), REFUSED)
def test_a_value_of_another_type_is_refused(fact: str, written: Any) -> None:
    with pytest.raises(EnvelopeError, match=f"the fact {fact} is a "):
        fact_value(fact, written)
