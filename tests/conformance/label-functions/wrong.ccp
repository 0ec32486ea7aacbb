when fits() -> a
when fits think -> a
when quota("x", "y") > 1 -> a
when cost(think) -> a
when fits(think) > 3 -> a
when healthy(when) -> a
when cost(think) contains "a" -> a
when fits("") -> a
when quota -> a
when tokens > 3 -> 50% a, 50% b by fits(a)
default -> a
