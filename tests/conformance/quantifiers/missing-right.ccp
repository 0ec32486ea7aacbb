# The text on the right is missing: every element fails it, but for the negations, which every element satisfies.
let h = header("x-tool")
when model == "any ==" and any tools == h -> holds
when model == "all ==" and all tools == h -> holds
when model == "none ==" and none tools == h -> holds
when model == "any !=" and any tools != h -> holds
when model == "all !=" and all tools != h -> holds
when model == "none !=" and none tools != h -> holds
when model == "any contains" and any tools contains h -> holds
when model == "none contains" and none tools contains h -> holds
when model == "any in" and any tools in tools.called -> holds
when model == "none in" and none tools in tools.called -> holds
when model == "any not in" and any tools not in tools.called -> holds
default -> fails
