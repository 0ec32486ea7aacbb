let Big = tokens > 5
when Big -> think
default -> default
