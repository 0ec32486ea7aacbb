when header("x-team") == "research" -> research
when header("X-UPPER") == "up" -> upper
when header("x-long") contains ", " -> joined
when header("content-type") starts with "application/" and header("x-ct") == "yes" -> content_type
when metadata("team") == "research" -> metadata
when metadata("Team") == "case" -> metadata_case
when metadata("a.b") == "dots" -> metadata_dots
when header("x-team") matches "*" -> other_team
default -> nothing
