when (model == "a" or model == "b" or model == "c" or model == "d") and tokens > 100k and tokns < 200k and (prompt contains "x" or prompt contains "y") -> think
default -> default
