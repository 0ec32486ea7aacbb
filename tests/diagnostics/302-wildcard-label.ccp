when stream -> claude-haiku-4-5
default -> default
