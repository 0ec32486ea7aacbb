when tokens > 300k -> default
when tokens > 100k -> long
default            -> default
