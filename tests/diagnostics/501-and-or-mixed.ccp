when stream or thinking and tokens > 5k -> think
default -> default
