when model == "plain" -> target
when model == "one fallback" -> target fallback second
when model == "two fallbacks" -> target fallback second fallback "third one" because "it is slow"
when model == "default fallback" -> target fallback default
when model == "to default" -> default fallback target
when model == "because" -> target because "with \"quotes\""
default -> other fallback last because "nothing else"
