let tags = header("x-tags")
when tags contains "batch" -> think
default -> default
