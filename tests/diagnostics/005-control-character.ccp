when model == "ab" -> think # ‮txet
default -> default
