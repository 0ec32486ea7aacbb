"""The simulation of conversations tells policies apart."""

import ccproxy
from tests.benchmarks.conversations import run, variants


def test_each_rule_that_stays_saves_switches() -> None:
    switches = {name: run(ccproxy.loads(text), 20).switches for name, text in variants()}
    sticky = switches.pop("sticky.ccp")
    assert len(switches) == 3
    assert all(sticky < others for others in switches.values())
