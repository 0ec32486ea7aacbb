# Columns count code points, from 1; a tab is one.
when model == "é😀日本" = "x" -> a
		when model = "x" -> a
when user == "\u{1F600}" and model == "𝔘" = "x" -> a
default -> ok
