when header("x-ask") == "first" -> stay
when header("x-ask") == "falls" -> stay fallback think fallback background
when header("x-ask") == "split" -> 50% a, 50% b fallback c
when header("x-ask") == "quoted" -> "stay"
when tokens > 1M -> "odd label"
default -> default
