when images > 0 -> a
when images == 0 and output.format == "json_schema" -> b  # ! always-true-here
when output.format == "json_schema" -> c  # ! unreachable-rule
when images == 0 and stream -> d  # ! always-true-here
when images == 0 -> e
default -> default
