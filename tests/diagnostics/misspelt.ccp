whn stream -> think
lte long = tokens > 60k
if tools > 5 -> think
when modle == "a" and long -> think
when tokens > 60,000 -> think
when key.team in "a", "b" -> think
when tokens > "5k" -> think
defualt -> default
