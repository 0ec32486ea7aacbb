"""The simulation of conversations tells policies apart."""

import ccproxy
from tests.benchmarks.conversations import run, variants


def test_each_rule_on_memory_saves_what_it_is_for() -> None:
    found = {name: run(ccproxy.loads(text), 60) for name, text in variants()}
    sticky = found.pop("sticky.ccp")
    assert len(found) == 6
    for name, result in found.items():
        if "session.spend" in name:
            assert (result.rejected, result.dollars > sticky.dollars) == (0, True)
        elif "quota" in name:
            assert result.refused > sticky.refused
        else:
            assert result.switches > sticky.switches
