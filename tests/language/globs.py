"""Globs, matched by following every way through them at once."""

from __future__ import annotations

from collections.abc import Callable


def glob_matches(glob: str, text: str) -> bool:
    """Whether the glob matches the whole text: the set of places in the glob where one may be, character by character."""
    tokens: list[Callable[[str], bool] | None] = []
    at = 0
    while at < len(glob):
        if glob[at] == "*":
            tokens.append(None)
        elif glob[at] == "?":
            tokens.append(lambda _: True)
        elif glob[at] == "[":
            end = glob.index("]", at)
            tokens.append(_set(glob[at + 1 : end]))
            at = end
        else:
            tokens.append(glob[at].__eq__)
        at += 1

    def past_stars(places: set[int]) -> set[int]:
        for place in range(len(tokens)):
            if place in places and tokens[place] is None:
                places.add(place + 1)
        return places

    places = past_stars({0})
    for character in text:
        after = set()
        for place in places:
            if place < len(tokens):
                token = tokens[place]
                if token is None:
                    after.add(place)
                elif token(character):
                    after.add(place + 1)
        places = past_stars(after)
    return len(tokens) in places


def _set(inside: str) -> Callable[[str], bool]:
    negated, inside = inside.startswith("!"), inside.removeprefix("!")
    ranges: list[tuple[str, str]] = []
    while inside:
        if len(inside) > 2 and inside[1] == "-":
            ranges.append((inside[0], inside[2]))
            inside = inside[3:]
        else:
            ranges.append((inside[0], inside[0]))
            inside = inside[1:]
    return lambda character: any(low <= character <= high for low, high in ranges) != negated
