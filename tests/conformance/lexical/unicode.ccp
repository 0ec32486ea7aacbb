# Ünïcödé in comments
when model == "modèle-é" -> accent
when model == "😀" -> emoji
when model matches /日本/ -> pattern
when model matches "*ß*" -> glob
default -> other
