when model == "before" -> 10% canary, 90% default by user
default -> 20% canary, 80% default by user
