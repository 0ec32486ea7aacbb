from ccproxy.facts import FACTS, FUNCTIONS, REFUSED_BODY_PARTS, REFUSED_HEADERS, Facts, Presence, fact_named, observe
from ccproxy.facts.lazy import Lazy
from ccproxy.language.types import Type


def test_names_are_unique_and_found() -> None:
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    assert all(fact_named(fact.name) is fact for fact in FACTS)
    assert fact_named("token") is None


def test_every_fact_is_an_attribute_of_facts() -> None:
    facts = observe({})
    for fact in FACTS:
        assert isinstance(vars(Facts)[fact.name.replace(".", "_")], Lazy)
        facts.read(fact.name)


def test_tokens_alone_are_never_missing() -> None:
    always = {fact.name for fact in FACTS if fact.presence is Presence.ALWAYS}
    assert always == {"tokens", "tokens.system", "tokens.tools", "tokens.messages", "tokens.latest"}


def test_counts_are_whole() -> None:
    whole = {fact.name for fact in FACTS if fact.whole}
    assert whole == {
        "tokens",
        "tokens.system",
        "tokens.tools",
        "tokens.messages",
        "tokens.latest",
        "messages",
        "turns",
        "images",
        "documents",
        "images.latest",
    }
    assert all(fact.type is Type.NUMBER for fact in FACTS if fact.whole)


def test_every_fact_says_what_it_is() -> None:
    assert all(fact.source and fact.meaning and fact.cost in range(4) for fact in FACTS)


def test_readers_and_what_they_refuse() -> None:
    assert [function.name for function in FUNCTIONS] == ["header", "metadata", "body"]
    assert "authorization" in REFUSED_HEADERS & REFUSED_BODY_PARTS
    assert all(name == name.lower() for name in REFUSED_HEADERS | REFUSED_BODY_PARTS)
