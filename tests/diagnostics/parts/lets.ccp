let big = tokens > 100k
