when true -> a- because "no label ends in a hyphen"
default -> ok
