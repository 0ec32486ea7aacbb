when model == "secret" -> reject "secret data \u{2014} stay home"
when model == "why" -> reject "no" because "we said so"
when model == "kept" -> keep
when model == "kept why" -> keep because "it knows best"
default -> other
