"""Globs as the language defines them: every glob over a few telling characters, on every text over them."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ccproxy
from ccproxy.diagnostics import Code
from ccproxy.policy import loads

from .globs import glob_matches
from .printing import text
from .profile import examples

SETS = re.compile(r"\[(!?)([^]]*)\]")

GLOBS = st.lists(st.sampled_from([*"ab*?[]!-\\", "**", "[a]", "[!a]", "[a-c]", "[*]"]), max_size=7).map("".join)
TEXTS = st.text("abc*?[]!-\\\n", max_size=6)


@examples(500)
@given(glob=GLOBS, texts=st.lists(TEXTS, min_size=1, max_size=8))
def test_globs(glob: str, texts: list[str]) -> None:
    rest = SETS.sub("", glob)
    sets = [inside for _, inside in SETS.findall(glob)]
    assume(not any(low > high for inside in sets for low, high in re.findall("(.)-(.)", inside)))
    policy_text = f"when model matches {text(glob)} -> yes\ndefault -> no\n"
    if "[" in rest or "" in sets:
        with pytest.raises(ccproxy.PolicyError) as raised:
            loads(policy_text)
        assert [item.code for item in raised.value.diagnostics] == [Code.BAD_GLOB]
        return
    policy = loads(policy_text)
    for one in texts:
        assert (policy.decide({"model": one}).label == "yes") == glob_matches(glob, one)
