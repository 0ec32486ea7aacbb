when tokens > 150k -> think
default -> stay fallback think
