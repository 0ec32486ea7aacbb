let big = tokens > 6
