when tokens > 60K -> think
default -> default
