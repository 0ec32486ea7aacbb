when any tools.types matches "web_*" -> a
when any tools.types == "web_search_20250305" -> b  # ! unreachable-rule
default -> default
