when model == "written" -> 90% default, 10% canary by session
default -> 90% default, 10% canary
