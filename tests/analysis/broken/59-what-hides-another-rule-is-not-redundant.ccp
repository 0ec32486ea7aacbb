when model starts with "us-" or model starts with "ap-" -> a
when model starts with "ap-" -> b  # ! unreachable-rule
default -> a
