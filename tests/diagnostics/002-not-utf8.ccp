# grün
when model == "grün" -> think
