# CCP203: write the number without quotes: 5k
when tokens > "5k" -> think
default -> default
