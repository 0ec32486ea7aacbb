assert when effort == "low" and effort == "high" -> never local  # ! never-true
default -> local
