when effort == "low" -> low
when effort in ["xhigh", "max"] -> very_high
when effort == "high" -> high
when has effort -> other
default -> missing
