when output.format == "json_schema" -> json_schema
when output.format == "json_object" -> json_object
when output.format == "text" -> plain
when has output.format -> other
when mode == "plan" -> plan
when has mode -> other_mode
when speed == "fast" -> fast
when has speed -> other_speed
default -> missing
