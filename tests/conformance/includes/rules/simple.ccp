when model == "simple" -> simple
